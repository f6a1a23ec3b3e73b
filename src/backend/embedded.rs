//! Files that are part of specgen, by path below their folder.

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
