//! Writes the window's TypeScript anew: `cargo run -p firebell-client --bin firebell-bindings`.

use std::path::Path;

fn main() -> anyhow::Result<()> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/bindings");
    // What is no longer generated must not stay behind.
    if dir.exists() {
        std::fs::remove_dir_all(&dir)?;
    }
    std::fs::create_dir_all(&dir)?;
    firebell_client::bindings::export(&dir)?;
    Ok(())
}
