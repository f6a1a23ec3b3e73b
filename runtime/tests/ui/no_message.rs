//! What a handler does with messages is its one duty.

use specgen_runtime::Handler;

struct Deaf;

impl Handler for Deaf {}

fn main() {}
