//! Reads tauri.conf.json.

fn main() {
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new()) {
        eprintln!("tauri.conf.json is wrong: {error:#}");
        std::process::exit(1);
    }
}
