//! To come.
pub(crate) fn run() {}
