//! `citygate cordon` and `citygate gates` on instances from outside, with the binary that ships.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what fails here fails the test")]

mod cordon_cli {
    mod folder;
    mod formats;
    mod refusals;
    mod small;
    mod town;
}
