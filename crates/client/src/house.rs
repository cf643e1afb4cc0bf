//! Rules about this crate itself.

use std::path::{Path, PathBuf};

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs" || e == "toml") {
            found.push(path);
        }
    }
}

#[test]
fn the_core_knows_nothing_of_the_shell() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let shell = ["tauri", "notify_rust", "rodio", "zbus", "keyring"];
    let mut found = vec![];
    for name in ["client", "store", "protocol", "log", "domain"] {
        sources(&crates.join(name), &mut found);
    }
    assert!(found.len() > 50);
    for path in found.into_iter().filter(|p| !p.ends_with("house.rs")) {
        let text = std::fs::read_to_string(&path).unwrap();
        for word in shell {
            let named = [
                format!("use {word}"),
                format!("{word}::"),
                format!("\n{word}"),
                format!("\n{}", word.replace('_', "-")),
            ];
            assert!(!named.iter().any(|n| text.contains(n.as_str())), "{} names {word}", path.display());
        }
    }
}
