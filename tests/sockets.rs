//! `specgen sockets` beside sockets of this process, brought into the states that it is to find.

#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "tests read and write")]

mod sockets {
    mod bad_input;
    mod documents;
    mod lab;
    mod options;
    mod states;
}
