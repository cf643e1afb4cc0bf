//! `desktop.start_to_tray_ms` and `desktop.tray_pss_mb`: the app, signed in, beside an empty Tauri tray app, in turn on
//! the same virtual screen. Prints JSON lines as `make bench` does. From starting the process until its icon has
//! registered with the tray; then its memory, once that has stopped growing. And `page.post_to_notified_ms`: from the
//! POST of an alert until the app's call to the notification daemon is on the bus, beside a bare call of the same kind.

use firebell_journeys::team::Team;
use firebell_journeys::{Cast, Desktop, Journey, api, places, until};
use futures_util::StreamExt;
use serde_json::json;
use std::cell::Cell;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use zbus::Proxy;
use zbus::zvariant::Value;

/// Of each program, in turn.
const ROUNDS: usize = 7;
/// Pages that are timed. Each is of a service of its own: one that fired a moment ago would join its page again.
const PAGES: usize = 60;
/// Pages before those, while caches and connections are cold.
const FIRST: usize = 5;
/// Between two pages: the windows of the last one have been drawn, as when a page comes out of the quiet.
const PAUSE: Duration = Duration::from_millis(500);

struct Sample {
    start_ms: f64,
    pss_mb: f64,
}

#[tokio::main]
async fn main() {
    let journey = Journey::outside_tests("desktop-bench", places::fresh_folder("desktop-bench"));
    let cast = Cast::assemble(&journey, &Team { more_services: FIRST + PAGES, ..Team::default() }).await;
    let mut desktop = cast.desktop(&journey, "ana").await;
    notified(&cast, &desktop).await;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        eprintln!("desktop: round {round} of {ROUNDS}");
        ours.push(measure(&mut desktop, |d| d.launch(None)).await);
        bare.push(measure(&mut desktop, |d| d.launch_instead("firebell-bare-tray")).await);
    }
    report("desktop.start_to_tray_ms", "ms", &ours, &bare, |s| s.start_ms);
    report("desktop.tray_pss_mb", "MB", &ours, &bare, |s| s.pss_mb);
}

async fn notified(cast: &Cast, desktop: &Desktop) {
    let http = api::client_that_keeps_connections();
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for service in 1..=FIRST + PAGES {
        let title = format!("Error rate of service {service}");
        let alert = json!({ "title": title, "service": format!("s{service}"), "dedup_key": title });
        let post = async |body: &serde_json::Value| {
            let answer = http.post(&cast.source.url).json(body).send().await.expect("the server answers");
            assert_eq!(answer.status().as_u16(), 202);
        };
        let began = Instant::now();
        let ((), ours_ms) = tokio::join!(post(&alert), async {
            millis(desktop.notification(&title).await.called_at - began)
        });
        let mut over = alert;
        over["status"] = "resolved".into();
        post(&over).await;
        desktop.notices.wait_gone(&title, |n| n.says(&title)).await;
        tokio::time::sleep(PAUSE).await;
        let bare_ms = bare_call(desktop, &format!("a bare call, {service}")).await;
        tokio::time::sleep(PAUSE).await;
        if service > FIRST {
            ours.push(ours_ms);
            bare.push(bare_ms);
        }
    }
    for (name, of) in [("p50", 50), ("p99", 99)] {
        line(
            &format!("page.post_to_notified_ms.{name}"),
            "ms",
            percentile(&mut ours, of),
            percentile(&mut bare, of),
        );
    }
}

/// What any program pays for a notification on this desktop, watched in the same way.
async fn bare_call(desktop: &Desktop, summary: &str) -> f64 {
    let bus = zbus::connection::Builder::address(desktop.bus()).expect("the address of a bus").build().await;
    let bus = bus.expect("the session bus is there");
    let name = "org.freedesktop.Notifications";
    let daemon = Proxy::new(&bus, name, "/org/freedesktop/Notifications", name).await.expect("a daemon");
    let (no_actions, no_hints) = (Vec::<&str>::new(), HashMap::<&str, Value<'_>>::new());
    let notice = ("bench", 0u32, "", summary, "", no_actions, no_hints, 0i32);
    let began = Instant::now();
    let (id, after) = tokio::join!(daemon.call::<_, _, u32>("Notify", &notice), async {
        millis(desktop.notification(summary).await.called_at - began)
    });
    let id = id.expect("the daemon takes a notification");
    daemon.call::<_, _, ()>("CloseNotification", &(id,)).await.expect("the daemon closes it");
    desktop.notices.wait_gone(summary, |n| n.says(summary)).await;
    after
}

fn millis(span: Duration) -> f64 {
    span.as_secs_f64() * 1_000.0
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
    let start_ms = millis(started.elapsed());
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
        eprintln!("{name}: {values:.1?}");
        percentile(&mut values, 50)
    };
    line(name, unit, median(ours), median(bare));
}

fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() * percent / 100).min(values.len() - 1)]
}

fn line(name: &str, unit: &str, value: f64, limit: f64) {
    let round = |x: f64| (x * 100.0).round() / 100.0;
    let line = json!({
        "name": name, "value": round(value), "unit": unit, "limit": round(limit), "ratio": round(value / limit),
    });
    println!("{line}");
}
