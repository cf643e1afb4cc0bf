//! A tray icon with one menu item, and nothing else: the limit of `desktop.start_to_tray_ms` and
//! `desktop.tray_pss_mb`.

use tauri::menu::{Menu, MenuItem};
use tauri::tray::TrayIconBuilder;

fn main() {
    let app = tauri::Builder::default().setup(|app| {
        let item = MenuItem::with_id(app, "quit", "Quit", true, None::<&str>)?;
        let mut tray = TrayIconBuilder::with_id("bare").menu(&Menu::with_items(app, &[&item])?);
        if let Some(icon) = app.default_window_icon() {
            tray = tray.icon(icon.clone());
        }
        tray.build(app)?;
        Ok(())
    });
    match app.build(tauri::generate_context!()) {
        Ok(app) => app.run(|_, event| {
            if let tauri::RunEvent::ExitRequested { api, code: None, .. } = event {
                api.prevent_exit();
            }
        }),
        Err(error) => {
            eprintln!("the bare tray could not start: {error}");
            std::process::exit(1);
        }
    }
}
