//! Builds the crate anew when the map wall was built: `server/wall.rs` takes in the files of `web/dist` that it finds, and
//! cargo would not notice one that appears.

use std::{env, fs, path::Path};

fn main() {
    let dist = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("web/dist");
    // A folder that is not there counts as changed each time. One that cannot be made is no reason not to build.
    let _made = fs::create_dir_all(&dist);
    println!("cargo::rerun-if-changed=web/dist");
    println!("cargo::rerun-if-changed=web/build.rs");
}
