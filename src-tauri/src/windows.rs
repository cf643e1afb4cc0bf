//! The windows, which exist only while somebody looks at them.
//!
//! **Invariant**: the pager window never takes the focus by itself, so that nobody acknowledges while typing.

use crate::words;
use firebell_client::ClientApp;
use firebell_protocol::RaiseId;
use firebell_protocol::window::Place;
use std::collections::BTreeSet;
use tauri::{AppHandle, LogicalPosition, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder};
use url::Url;

pub const MAIN: &str = "main";
pub const PAGER: &str = "pager";
const PAGER_SIZE: (f64, f64) = (420.0, 480.0);
/// Between the pager window and the edge of the screen, its frame included.
const MARGIN: (f64, f64) = (24.0, 56.0);

/// Where a place is in the window's own address.
fn route(place: Place) -> String {
    match place {
        Place::Home => "index.html#/home".to_owned(),
        Place::Page { page } => format!("index.html#/pages/{page}"),
        Place::Triage { page } => format!("index.html#/triage/{page}"),
        Place::Incident { incident } => format!("index.html#/incidents/{incident}"),
        Place::Postmortem { incident } => format!("index.html#/postmortems/{incident}"),
        Place::Settings => "index.html#/settings".to_owned(),
    }
}

/// Brings the main window to the front, and makes it where there is none. True when it was made, at `place`; one
/// that was there is where the person left it.
fn show_main(app: &AppHandle, place: Place) -> tauri::Result<bool> {
    if let Some(window) = app.get_webview_window(MAIN) {
        window.unminimize()?;
        window.show()?;
        window.set_focus()?;
        return Ok(false);
    }
    let window = builder(app, MAIN, &route(place))
        .title(words::APP)
        .inner_size(1100.0, 760.0)
        .min_inner_size(800.0, 560.0)
        .build()?;
    window.set_focus()?;
    Ok(true)
}

/// Brings the main window to the front, at `place`; [`Place::Home`] leaves one that was open where the person left it.
pub fn go(app: &AppHandle, client: &ClientApp, place: Place) {
    match show_main(app, place) {
        Ok(false) if place != Place::Home => client.show(place),
        Ok(_) => {}
        Err(error) => tracing::error!(%error, "the window could not be opened"),
    }
}

/// Shows the pager window beside what the person is doing. Does nothing when it is there. `test`: nothing rings,
/// and the window says so.
pub fn show_pager(app: &AppHandle, test: bool) -> tauri::Result<()> {
    if app.get_webview_window(PAGER).is_some() {
        return Ok(());
    }
    let route = if test { "index.html#/pager/test" } else { "index.html#/pager" };
    let mut builder = builder(app, PAGER, route)
        .title(words::PAGER_TITLE)
        .inner_size(PAGER_SIZE.0, PAGER_SIZE.1)
        .min_inner_size(360.0, 400.0)
        .always_on_top(true)
        .visible_on_all_workspaces(true)
        .skip_taskbar(false)
        .focused(false)
        .focusable(true)
        .visible(false);
    if let Some(at) = corner(app) {
        builder = builder.position(at.x, at.y);
    }
    let window = builder.build()?;
    show_without_focus(app, window)
}

/// Somebody opened the details of a page in the pager window, and is still there.
pub fn went_on_in_pager(app: &AppHandle) -> bool {
    app.get_webview_window(PAGER).and_then(|window| window.url().ok()).is_some_and(|url| !is_pager(&url))
}

fn is_pager(url: &Url) -> bool {
    url.fragment().is_none_or(|place| place == "/pager" || place.starts_with("/pager/"))
}

/// Its last raise is answered, or the person closed it.
pub fn destroy_pager(app: &AppHandle) -> tauri::Result<()> {
    match app.get_webview_window(PAGER) {
        Some(window) => window.destroy(),
        None => Ok(()),
    }
}

fn builder<'a>(
    app: &'a AppHandle,
    label: &str,
    route: &str,
) -> WebviewWindowBuilder<'a, tauri::Wry, AppHandle> {
    WebviewWindowBuilder::new(app, label, WebviewUrl::App(route.into())).on_navigation(is_our_own)
}

/// The window never leaves its own pages; links are opened by the desktop.
fn is_our_own(url: &Url) -> bool {
    let built = url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost");
    let development = tauri::is_dev() && url.host_str() == Some("localhost") && url.port() == Some(5173);
    built || development
}

/// Lower right of the first screen, clear of its panels.
fn corner(app: &AppHandle) -> Option<LogicalPosition<f64>> {
    let monitor = app.primary_monitor().ok().flatten()?;
    let area = monitor.work_area();
    let scale = monitor.scale_factor();
    let (at, size) = (area.position.to_logical::<f64>(scale), area.size.to_logical::<f64>(scale));
    let x = at.x + size.width - PAGER_SIZE.0 - MARGIN.0;
    let y = at.y + size.height - PAGER_SIZE.1 - MARGIN.1;
    Some(LogicalPosition { x: x.max(at.x), y: y.max(at.y) })
}

#[cfg(target_os = "linux")]
fn show_without_focus(app: &AppHandle, window: WebviewWindow) -> tauri::Result<()> {
    use gtk::prelude::GtkWindowExt;
    // GTK belongs to the main thread.
    app.run_on_main_thread(move || {
        let shown = window.gtk_window().and_then(|gtk| {
            // The window manager is told that nobody asked for this window.
            gtk.set_focus_on_map(false);
            gtk.set_urgency_hint(true);
            window.show()
        });
        if let Err(error) = shown {
            tracing::error!(%error, "the pager window could not be shown");
        }
    })
}

#[cfg(not(target_os = "linux"))]
fn show_without_focus(_app: &AppHandle, window: WebviewWindow) -> tauri::Result<()> {
    window.show()
}

/// Where there is XWayland, it is used: Wayland itself has no window that stays on top. Before GTK starts.
#[cfg(target_os = "linux")]
pub fn prefer_x11() {
    gtk::gdk::set_allowed_backends("x11,*");
}

#[cfg(not(target_os = "linux"))]
pub fn prefer_x11() {}

/// What the pager window should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Show,
    /// As it is: open, or closed by the person.
    Leave,
    /// Nothing rings: it goes when the person has read how it ended.
    Retire,
}

/// What was closed by the person stays closed until something new rings.
#[derive(Debug, Default)]
pub struct PagerWindow {
    closed: BTreeSet<RaiseId>,
}

impl PagerWindow {
    pub fn wish(&mut self, ringing: &[RaiseId]) -> Wish {
        self.closed.retain(|raise| ringing.contains(raise));
        match ringing {
            [] => Wish::Retire,
            some if some.iter().any(|raise| !self.closed.contains(raise)) => Wish::Show,
            _ => Wish::Leave,
        }
    }

    pub fn was_closed(&mut self, ringing: &[RaiseId]) {
        self.closed.extend(ringing.iter().cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firebell_protocol::PageId;
    use uuid::Uuid;

    fn raise(page: u128, round: u32) -> RaiseId {
        RaiseId { page: PageId(Uuid::from_u128(page)), round, step: 0, person: "ana".into() }
    }

    #[test]
    fn the_pager_window_comes_with_a_page_and_goes_with_its_answer() {
        let mut pager = PagerWindow::default();
        assert_eq!(pager.wish(&[raise(1, 1)]), Wish::Show);
        assert_eq!(pager.wish(&[]), Wish::Retire);
    }

    #[test]
    fn closed_by_the_person_it_stays_closed_until_something_new_rings() {
        let mut pager = PagerWindow::default();
        pager.wish(&[raise(1, 1)]);
        pager.was_closed(&[raise(1, 1)]);
        assert_eq!(pager.wish(&[raise(1, 1)]), Wish::Leave);
        assert_eq!(pager.wish(&[raise(1, 1), raise(2, 1)]), Wish::Show);
        pager.was_closed(&[raise(1, 1), raise(2, 1)]);
        assert_eq!(pager.wish(&[raise(1, 2)]), Wish::Show);
    }

    #[test]
    fn whoever_went_on_in_the_pager_window_is_not_at_the_pager() {
        let at_pager = |url: &str| is_pager(&Url::parse(url).unwrap());
        assert!(at_pager("tauri://localhost/index.html#/pager"));
        assert!(at_pager("tauri://localhost/index.html#/pager/test"));
        assert!(at_pager("tauri://localhost/index.html"), "not there yet");
        assert!(!at_pager("tauri://localhost/index.html#/pages/0190a1b2"));
    }

    #[test]
    fn the_window_never_leaves_its_own_pages() {
        let ours = |url: &str| is_our_own(&Url::parse(url).unwrap());
        assert!(ours("tauri://localhost/index.html#/pager"));
        assert!(ours("http://tauri.localhost/index.html"));
        assert!(!ours("https://example.com/"));
        assert!(!ours("http://tauri.localhost.example.com/"));
        assert!(!ours("file:///etc/passwd"));
        assert!(!ours("data:text/html,x"));
    }
}
