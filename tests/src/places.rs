//! Where things are.

use std::path::{Path, PathBuf};

/// The checkout.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A program as `scripts/build-app` left it.
pub fn program(name: &str) -> PathBuf {
    let path = root().join("target/app").join(name);
    assert!(path.exists(), "{} is not there; run scripts/build-app first", path.display());
    path
}

/// An empty folder below `target/`, the old content of it gone.
pub fn fresh_folder(below_target: &str) -> PathBuf {
    let dir = root().join("target").join(below_target);
    if dir.exists() {
        std::fs::remove_dir_all(&dir).expect("the folder of the last run can be removed");
    }
    std::fs::create_dir_all(&dir).expect("target/ can be written");
    dir.canonicalize().expect("it was just made")
}
