//! Keeps the desk as the client says it should be: notifications, alarm, pager window, tray. From the whole state
//! each time, so that nothing depends on having seen every change.

use crate::alarm::{Alarm, Ring};
use crate::notify::{Notice as Said, Notifier, Say, Screen, Told, Wanted};
use crate::sound::Sound;
use crate::tray::{Chosen, Tray};
use crate::windows::{PagerWindow, Wish};
use crate::{windows, words};
use chrono::{DateTime, Utc};
use firebell_client::ClientApp;
use firebell_client::desk::{Desk, RingingPage};
use firebell_client::notice::Notice;
use firebell_protocol::sync::PageRequest;
use firebell_protocol::window::{Change, Place, WindowError};
use firebell_protocol::{IncidentId, PageId, RaiseId, Via};
use std::sync::Arc;
use std::time::Duration;
use tauri::{AppHandle, Emitter};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// How long a test page rings when nobody answers it.
const TEST_RINGS: Duration = Duration::from_secs(15);
/// How long the pager window stays after the last answer, so that the person reads how it ended.
const PAGER_STAYS: Duration = Duration::from_secs(3);
/// What a click on the notification of a test page names; no real page has it.
const TEST_PAGE: PageId = PageId(uuid::Uuid::nil());

/// What happens outside the client.
pub enum Event {
    Chosen(Chosen),
    /// The person closed the pager window.
    PagerClosed,
    /// The person went on in the main window.
    Show(Place),
}

/// Everything on the desk, and what it takes to keep it.
pub struct Keeper {
    pub app: AppHandle,
    pub client: Arc<ClientApp>,
    pub notifier: Notifier,
    pub alarm: Alarm,
    pub tray: Option<Tray>,
    pub events: mpsc::UnboundedReceiver<Event>,
    pub tests: mpsc::UnboundedReceiver<()>,
}

impl Keeper {
    /// For as long as the client lives.
    pub async fn keep(mut self) {
        let mut desk = self.client.desk();
        let mut changes = self.client.changes();
        let mut overdue = self.client.overdue();
        let mut rings: Vec<Notice> = vec![];
        let Some(mut notices) = self.client.notices() else { return };
        let mut pager = PagerWindow::default();
        let mut test_ends: Option<Instant> = None;
        let mut pager_ends: Option<Instant> = None;
        loop {
            let now = desk.borrow_and_update().clone();
            // The notification first: it is what is waited for. What follows waits for the main thread, and whoever
            // was woken on this worker would wait with it.
            self.notify(&now, test_ends.is_some());
            tokio::task::yield_now().await;
            pager_ends = tokio::task::block_in_place(|| {
                self.show(&now, test_ends.is_some());
                match self.wish(&mut pager, &now, test_ends.is_some()) {
                    Wish::Show => {
                        self.show_pager(&now);
                        None
                    }
                    Wish::Leave => None,
                    Wish::Retire => pager_ends.or_else(|| Some(Instant::now() + PAGER_STAYS)),
                }
            });
            // Waits until the desk may have to look otherwise; everything else is done in here.
            loop {
                tokio::select! {
                    changed = desk.changed() => match changed {
                        Ok(()) => break,
                        Err(_) => return,
                    },
                    Some(told) = self.notifier.told.recv() => {
                        if self.hear(told) {
                            test_ends = None;
                            break;
                        }
                    }
                    Some(event) = self.events.recv() => match event {
                        Event::Chosen(chosen) => self.choose(chosen),
                        Event::Show(place) => self.show_main(place),
                        Event::PagerClosed => {
                            pager.was_closed(&raises(&now));
                            test_ends = None;
                            break;
                        }
                    },
                    Some(()) = self.tests.recv() => {
                        test_ends = Some(Instant::now() + TEST_RINGS);
                        break;
                    }
                    change = changes.recv() => match change {
                        Ok(change) => {
                            self.pass_on(&change);
                            // The sound, its volume or its start may be others now.
                            if change == Change::State {
                                self.ring(&now, test_ends.is_some());
                            }
                        }
                        Err(RecvError::Lagged(_)) => self.pass_on(&Change::State),
                        Err(RecvError::Closed) => return,
                    },
                    Some(notice) = notices.recv() => self.tell(&notice),
                    Ok(()) = overdue.changed() => {
                        let wanted = overdue.borrow_and_update().clone();
                        self.ring_overdue(&rings, &wanted);
                        rings = wanted;
                        self.ring(&now, test_ends.is_some());
                    }
                    () = at(test_ends) => {
                        test_ends = None;
                        break;
                    }
                    () = at(pager_ends) => {
                        let on_it = tokio::task::block_in_place(|| windows::went_on_in_pager(&self.app));
                        // Not under their hands: it goes once they are back.
                        pager_ends = on_it.then(|| Instant::now() + PAGER_STAYS);
                        if !on_it {
                            log("the pager window could not be closed", windows::destroy_pager(&self.app));
                        }
                    }
                }
            }
        }
    }

    fn notify(&self, desk: &Desk, testing: bool) {
        let screen = self.screen(desk, testing);
        self.notifier.screen.send_if_modified(|held| {
            let changed = *held != screen;
            *held = screen;
            changed
        });
    }

    fn show(&mut self, desk: &Desk, testing: bool) {
        self.ring(desk, testing);
        if let Some(tray) = &mut self.tray {
            log("the tray could not be changed", tray.show(&self.app, desk));
        }
    }

    fn screen(&self, desk: &Desk, testing: bool) -> Screen {
        let now = chrono::DateTime::<Utc>::from(std::time::SystemTime::now());
        let mut wanted: Vec<Wanted> = desk
            .ringing
            .iter()
            .map(|page| in_words(page, now, desk.utc_offset_s, self.client.notification_of(page.page)))
            .collect();
        if testing {
            let raise = RaiseId { page: TEST_PAGE, round: 0, step: 0, person: "test".into() };
            let (title, body) = (words::TEST_TITLE.to_owned(), words::TEST_BODY.to_owned());
            wanted.push(Wanted { raise, title, body, earlier: None });
        }
        let stale = desk
            .open
            .iter()
            .filter(|open| !desk.ringing.iter().any(|page| page.page == open.page))
            .filter_map(|open| {
                self.client.notification_of(open.page).map(|(daemon, id)| (open.page, daemon, id))
            })
            .collect();
        Screen { wanted, stale }
    }

    fn ring(&self, desk: &Desk, testing: bool) {
        let settings = self.client.settings();
        let (volume, gentle_start_s) = (settings.volume, settings.gentle_start_s);
        let overdue = !self.client.overdue().borrow().is_empty();
        self.alarm.ring(if !desk.ringing.is_empty() || overdue || testing {
            Some(Ring { sound: Sound::by_name(&settings.sound), volume, gentle_start_s })
        } else if desk.unreachable_alarm {
            Some(Ring { sound: Sound::Knock, volume, gentle_start_s })
        } else {
            None
        });
    }

    fn wish(&self, pager: &mut PagerWindow, desk: &Desk, testing: bool) -> Wish {
        match pager.wish(&raises(desk)) {
            Wish::Retire if testing => Wish::Show,
            wish => wish,
        }
    }

    fn show_pager(&self, desk: &Desk) {
        match windows::show_pager(&self.app, desk.ringing.is_empty()) {
            Ok(()) => {
                for page in &desk.ringing {
                    refused("a page could not be recorded as shown", self.client.presented(&page.raise));
                }
            }
            Err(error) => tracing::error!(%error, "the pager window could not be opened"),
        }
    }

    /// True when the test page was answered.
    fn hear(&self, told: Told) -> bool {
        match told {
            Told::Presented { raise, daemon, id } if raise.page != TEST_PAGE => {
                refused("a page could not be recorded as shown", self.client.presented(&raise));
                let remembered = self.client.notified(&raise, daemon, id);
                refused("a notification could not be remembered", remembered);
            }
            Told::Presented { .. } => {}
            Told::Acknowledge { page: TEST_PAGE } | Told::Open { page: TEST_PAGE } => return true,
            Told::Acknowledge { page } => self.acknowledge(page, Via::Notification),
            Told::Open { page } => self.open(page),
            Told::Notice { incident, leads_to } => {
                self.heard(incident);
                self.show_main(leads_to);
            }
            Told::IncidentHeard { incident } => self.heard(incident),
        }
        false
    }

    fn choose(&self, chosen: Chosen) {
        match chosen {
            Chosen::Acknowledge(page) => self.acknowledge(page, Via::Tray),
            Chosen::Show(page) => self.open(page),
            Chosen::OpenFirebell => self.show_main(Place::Home),
            Chosen::Settings => self.show_main(Place::Settings),
            Chosen::Quit => quit(self.app.clone(), self.client.clone()),
        }
    }

    fn acknowledge(&self, page: PageId, via: Via) {
        if let Err(error) = self.client.ask(page, PageRequest::Acknowledge { via }) {
            tracing::warn!(%page, %error, "a page could not be acknowledged");
            tokio::spawn(crate::notice::tell(words::NOT_ACKNOWLEDGED.to_owned(), error.words));
        }
    }

    /// The library may be busy with a long history: nothing waits for it here.
    fn heard(&self, incident: IncidentId) {
        let client = self.client.clone();
        tokio::task::spawn_blocking(move || {
            refused("an overdue update could not be quieted", client.overdue_heard(incident));
        });
    }

    /// Says it on the screen, once.
    fn tell(&self, notice: &Notice) {
        let now = DateTime::<Utc>::from(std::time::SystemTime::now());
        let zone = self.client.desk().borrow().utc_offset_s;
        let say = Say {
            incident: notice.incident,
            title: words::notice_title(notice),
            body: words::notice_body(notice, now, zone),
            rings: notice.rings(),
            leads_to: notice.leads_to(),
        };
        // The notifier lives as long as this does.
        let _told = self.notifier.notices.send(Said::Say(say));
    }

    /// Makes the screen agree with what is overdue.
    fn ring_overdue(&self, before: &[Notice], now: &[Notice]) {
        for over in before.iter().filter(|b| !now.iter().any(|n| n.incident == b.incident)) {
            let _told = self.notifier.notices.send(Said::Over(over.incident));
        }
        for notice in now.iter().filter(|n| !before.contains(n)) {
            self.tell(notice);
        }
    }

    fn open(&self, page: PageId) {
        refused("a page could not be recorded as seen", self.client.seen(page));
        self.show_main(Place::Page { page });
    }

    fn show_main(&self, place: Place) {
        windows::go(&self.app, &self.client, place);
    }

    fn pass_on(&self, change: &Change) {
        let passed = match change {
            // The pager window stays with what rings.
            Change::Show { .. } => self.app.emit_to(windows::MAIN, "change", change),
            _ => self.app.emit("change", change),
        };
        log("a window could not be told of a change", passed);
    }
}

/// The team is told that this computer can no longer be reached; then the app ends.
pub fn quit(app: AppHandle, client: Arc<ClientApp>) {
    tauri::async_runtime::spawn(async move {
        client.sign_off().await;
        app.exit(0);
    });
}

fn in_words(
    page: &RingingPage,
    now: DateTime<Utc>,
    utc_offset_s: i32,
    earlier: Option<(String, u32)>,
) -> Wanted {
    Wanted {
        raise: page.raise.clone(),
        title: words::page_title(&page.severity.to_string(), &page.service_name),
        body: words::page_body(&page.title, page.started_at, now, utc_offset_s, u64::from(page.alerts)),
        earlier,
    }
}

fn raises(desk: &Desk) -> Vec<RaiseId> {
    desk.ringing.iter().map(|page| page.raise.clone()).collect()
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

fn log(what: &str, done: tauri::Result<()>) {
    if let Err(error) = done {
        tracing::warn!(%error, "{what}");
    }
}

fn refused(what: &str, done: Result<(), WindowError>) {
    if let Err(error) = done {
        tracing::warn!(%error, "{what}");
    }
}
