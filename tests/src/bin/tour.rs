//! `make run`: on the screen that is there, until Ctrl-C; without one, a tour on virtual screens that leaves
//! pictures in `target/tour/`.

use firebell_journeys::{Journey, places, tour};
use std::io::Write;

#[tokio::main]
async fn main() {
    let has_screen =
        ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|v| std::env::var_os(v).is_some_and(|s| !s.is_empty()));
    let journey = Journey::outside_tests("run", places::fresh_folder("run"));
    if has_screen {
        let sample = tour::on_this_screen(&journey).await;
        if let Err(error) = tokio::signal::ctrl_c().await {
            eprintln!("Ctrl-C cannot be heard ({error}); ending.");
        }
        drop(sample);
        let _ = writeln!(std::io::stderr(), "\nEverything has ended.");
    } else {
        tour::on_virtual_screens(&journey, &places::fresh_folder("tour")).await;
    }
}
