//! Reads tauri.conf.json (at the root, beside Cargo.toml) and the capabilities.

use std::{fs, path::Path};

fn main() {
    println!("cargo:rerun-if-changed=src-tauri/build.rs");
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    println!("cargo:rerun-if-changed=tauri.conf.json");
    println!("cargo:rerun-if-changed=icons");
    println!("cargo:rerun-if-changed=ui/dist");

    // A clean clone has no built window yet, and checks of the Rust code do not need one; the macro that
    // embeds it does need the folder.
    let index = Path::new("ui/dist/index.html");
    if !index.exists()
        && let Err(error) = fs::create_dir_all("ui/dist").and_then(|()| {
            fs::write(index, "<!doctype html><title>Firebell</title><p>The window was not built: run npm --prefix ui run build.\n")
        })
    {
        println!("cargo:warning=ui/dist/index.html could not be made ({error}); run npm --prefix ui run build");
    }

    let commands = tauri_build::AppManifest::new().commands(&["call", "window_close"]);
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("./src-tauri/capabilities/**/*")
        .app_manifest(commands);
    if let Err(error) = tauri_build::try_build(attributes) {
        eprintln!("tauri.conf.json or a capability is wrong: {error:#}");
        std::process::exit(1);
    }
}
