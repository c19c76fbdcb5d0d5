//! The `citygate` binary.

fn main() {}
