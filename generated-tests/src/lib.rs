//! The test laboratory: builds generated servers with their real toolchains, starts them, and plays byte streams
//! against them.
//!
//! The integration tests under `tests/` hold every server to `docs/behaviour.md`; `cargo xtask` uses the same
//! helpers for the Autobahn suite and the benchmarks.

pub mod answer;
pub mod broken;
pub mod choice;
pub mod corpus;
pub mod datagrams;
pub mod differential;
pub mod exceptions;
pub mod frame;
pub mod framing;
pub mod gates;
pub mod http;
pub mod kept;
pub mod paths;
pub mod peers;
pub mod player;
pub mod process;
pub mod program;
pub mod request;
pub mod server;
pub mod session;
pub mod shim;
pub mod sockets;
pub mod tls;
pub mod tools;
pub mod variant;
pub mod wine;

/// Makes every named function `fn(Target) -> Result<()>` a test for each target, in a module of the target's name.
#[macro_export]
macro_rules! for_each_target {
    ($($name:ident),* $(,)?) => {
        $crate::for_each_target!(@module c, C, $($name),*);
        $crate::for_each_target!(@module python, Python, $($name),*);
        $crate::for_each_target!(@module nodejs, NodeJs, $($name),*);
        $crate::for_each_target!(@module rust, Rust, $($name),*);
    };
    (@module $module:ident, $target:ident, $($name:ident),*) => {
        mod $module {
            $(
                #[test]
                fn $name() -> anyhow::Result<()> {
                    super::$name($crate::program::Target::$target)
                }
            )*
        }
    };
}
