//! `desktop.start_to_tray_ms` and `desktop.tray_pss_mb`: the app, signed in, beside an empty Tauri tray app, in turn on
//! the same virtual screen. Prints JSON lines as `make bench` does. From starting the process until its icon has
//! registered with the tray; then its memory, once that has stopped growing.

use firebell_journeys::team::Team;
use firebell_journeys::{Cast, Desktop, Journey, places, until};
use futures_util::StreamExt;
use std::cell::Cell;
use std::time::{Duration, Instant};
use zbus::Proxy;

/// Of each program, in turn.
const ROUNDS: usize = 7;

struct Sample {
    start_ms: f64,
    pss_mb: f64,
}

#[tokio::main]
async fn main() {
    let journey = Journey::outside_tests("desktop-bench", places::fresh_folder("desktop-bench"));
    let cast = Cast::assemble(&journey, &Team::default()).await;
    let mut desktop = cast.desktop(&journey, "ana").await;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        eprintln!("desktop: round {round} of {ROUNDS}");
        ours.push(measure(&mut desktop, |d| d.launch(None)).await);
        bare.push(measure(&mut desktop, |d| d.launch_instead("firebell-bare-tray")).await);
    }
    report("desktop.start_to_tray_ms", "ms", &ours, &bare, |s| s.start_ms);
    report("desktop.tray_pss_mb", "MB", &ours, &bare, |s| s.pss_mb);
}

async fn measure(desktop: &mut Desktop, launch: impl FnOnce(&mut Desktop)) -> Sample {
    desktop.stop_app().await;
    let bus = zbus::connection::Builder::address(desktop.bus()).expect("the address of a bus").build().await;
    let bus = bus.expect("the session bus is there");
    let name = "org.kde.StatusNotifierWatcher";
    let watcher = Proxy::new(&bus, name, "/StatusNotifierWatcher", name).await.expect("there is a tray");
    let mut registered =
        watcher.receive_signal("StatusNotifierItemRegistered").await.expect("it can be listened to");
    let started = Instant::now();
    launch(desktop);
    let icon = tokio::time::timeout(Duration::from_secs(60), registered.next()).await;
    icon.expect("an icon within a minute").expect("the bus goes on");
    let start_ms = started.elapsed().as_secs_f64() * 1_000.0;
    let (file, last) = (format!("/proc/{}/smaps_rollup", desktop.app_id()), Cell::new(0.0));
    let pss_mb = until("the memory to settle", || async {
        let now = pss_mb(&file)?;
        let before = last.replace(now);
        (now > 1.0 && (now - before).abs() < 0.1).then_some(now)
    })
    .await;
    Sample { start_ms, pss_mb }
}

fn pss_mb(file: &str) -> Option<f64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|l| l.starts_with("Pss:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1_024.0)
}

fn report(name: &str, unit: &str, ours: &[Sample], bare: &[Sample], of: fn(&Sample) -> f64) {
    let median = |samples: &[Sample]| {
        let mut values: Vec<f64> = samples.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        eprintln!("{name}: {values:.1?}");
        values[values.len() / 2]
    };
    let round = |x: f64| (x * 100.0).round() / 100.0;
    let (value, limit) = (median(ours), median(bare));
    let line = serde_json::json!({
        "name": name, "value": round(value), "unit": unit, "limit": round(limit), "ratio": round(value / limit),
    });
    println!("{line}");
}
