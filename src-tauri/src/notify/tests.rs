//! The notifier against a real bus and a real, if small, daemon that behaves as daemons do: it restarts, counts
//! from 1 again, and answers faster than one can listen.

use super::{DaemonHealth, Notice, Notifier, Say, Screen, Told, Wanted, bus};
use crate::testing::PrivateBus;
use firebell_protocol::window::Place;
use firebell_protocol::{IncidentId, PageId, RaiseId};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;
use uuid::Uuid;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedValue;
use zbus::{Connection, connection, interface};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

/// What the daemon was asked.
#[derive(Debug, PartialEq)]
enum Asked {
    Show { id: u32, replaces: u32, title: String, body: String, urgency: u8, resident: bool, timeout: i32 },
    Close { id: u32 },
}

struct Daemon {
    last: u32,
    asked: mpsc::UnboundedSender<Asked>,
    /// Clicks Acknowledge before the caller has its answer.
    clicks_at_once: bool,
}

#[interface(name = "org.freedesktop.Notifications")]
impl Daemon {
    #[allow(clippy::too_many_arguments)]
    async fn notify(
        &mut self,
        _app: String,
        replaces: u32,
        _icon: String,
        title: String,
        body: String,
        _actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        timeout: i32,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> u32 {
        let id = if replaces > 0 {
            replaces
        } else {
            self.last += 1;
            self.last
        };
        let urgency = hints.get("urgency").and_then(|v| v.downcast_ref::<u8>().ok()).unwrap_or(1);
        let resident = hints.get("resident").and_then(|v| v.downcast_ref::<bool>().ok()).unwrap_or(false);
        if self.clicks_at_once {
            Self::action_invoked(&emitter, id, "acknowledge").await.unwrap();
        }
        self.asked.send(Asked::Show { id, replaces, title, body, urgency, resident, timeout }).unwrap();
        id
    }

    fn close_notification(&self, id: u32) {
        self.asked.send(Asked::Close { id }).unwrap();
    }

    fn get_capabilities(&self) -> Vec<String> {
        vec!["actions".into(), "body".into(), "body-markup".into()]
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ("small daemon".into(), "tests".into(), "1".into(), "1.2".into())
    }

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, key: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn notification_closed(emitter: &SignalEmitter<'_>, id: u32, reason: u32) -> zbus::Result<()>;
}

/// A daemon on the bus. Dropping its connection is its crash.
struct Running {
    connection: Connection,
    asked: mpsc::UnboundedReceiver<Asked>,
}

impl Running {
    async fn start(bus: &PrivateBus, clicks_at_once: bool) -> Self {
        let (ask, asked) = mpsc::unbounded_channel();
        let daemon = Daemon { last: 0, asked: ask, clicks_at_once };
        let connection = connection::Builder::address(bus.address.as_str())
            .unwrap()
            .serve_at(PATH, daemon)
            .unwrap()
            .name(NAME)
            .unwrap()
            .build()
            .await
            .unwrap();
        Self { connection, asked }
    }

    async fn click(&self, id: u32, button: &str) {
        let emitter = SignalEmitter::new(&self.connection, PATH).unwrap();
        Daemon::action_invoked(&emitter, id, button).await.unwrap();
    }

    async fn put_away(&self, id: u32) {
        let emitter = SignalEmitter::new(&self.connection, PATH).unwrap();
        Daemon::notification_closed(&emitter, id, 2).await.unwrap();
    }

    async fn asked(&mut self) -> Asked {
        soon(self.asked.recv()).await.expect("the daemon lives")
    }

    /// The id of the next notification and its title.
    async fn shown(&mut self) -> (u32, String) {
        match self.asked().await {
            Asked::Show { id, title, .. } => (id, title),
            other => panic!("expected a notification, got {other:?}"),
        }
    }
}

async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(20), what).await.expect("it happens soon")
}

async fn told(notifier: &mut Notifier) -> Told {
    soon(notifier.told.recv()).await.expect("the notifier lives")
}

async fn presented(notifier: &mut Notifier) -> (PageId, String, u32) {
    match told(notifier).await {
        Told::Presented { raise, daemon, id } => (raise.page, daemon, id),
        other => panic!("expected it to be presented, got {other:?}"),
    }
}

fn page(n: u128) -> PageId {
    PageId(Uuid::from_u128(n))
}

fn ringing(n: u128) -> Wanted {
    let raise = RaiseId { page: page(n), round: 1, step: 0, person: "ana".into() };
    Wanted { raise, title: format!("SEV2 · page {n}"), body: "since 02:13".into(), earlier: None }
}

fn want(notifier: &Notifier, wanted: &[Wanted]) {
    notifier.screen.send_replace(Screen { wanted: wanted.to_vec(), stale: vec![] });
}

#[tokio::test]
async fn a_page_stays_on_the_screen_as_critical_and_its_text_is_no_markup() {
    let bus = PrivateBus::start();
    let mut daemon = Running::start(&bus, false).await;
    let mut notifier = bus::start(Some(bus.address.clone()));
    let mut one = ringing(1);
    one.body = "<b>5</b> & \"6\"\0<img src='x'>".into();
    want(&notifier, &[one]);
    assert_eq!(
        daemon.asked().await,
        Asked::Show {
            id: 1,
            replaces: 0,
            title: "SEV2 · page 1".into(),
            body: "&lt;b&gt;5&lt;/b&gt; &amp; &quot;6&quot;&lt;img src=&#39;x&#39;&gt;".into(),
            urgency: 2,
            resident: true,
            timeout: 0,
        }
    );
    assert_eq!(presented(&mut notifier).await.0, page(1));
    // Answered somewhere else: it goes.
    want(&notifier, &[]);
    assert_eq!(daemon.asked().await, Asked::Close { id: 1 });
    let health = soon(notifier.health.wait_for(|h| matches!(h, DaemonHealth::Present { .. }))).await;
    assert_eq!(*health.unwrap(), DaemonHealth::Present { name: "small daemon".into(), buttons: true });
}

#[tokio::test]
async fn a_storm_is_one_notification_that_counts() {
    let bus = PrivateBus::start();
    let mut daemon = Running::start(&bus, false).await;
    let mut notifier = bus::start(Some(bus.address.clone()));
    let count = |n: u32| Wanted { body: format!("{n} alerts"), ..ringing(1) };
    want(&notifier, &[count(1)]);
    presented(&mut notifier).await;
    for n in 2..=500 {
        want(&notifier, &[count(n)]);
        tokio::task::yield_now().await;
    }
    let mut shown = 0;
    loop {
        match daemon.asked().await {
            Asked::Show { id, body, .. } => {
                shown += 1;
                assert_eq!(id, 1);
                if body == "500 alerts" {
                    break;
                }
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(shown <= 5, "the daemon was asked {shown} times");
}

#[tokio::test]
async fn a_click_that_is_faster_than_the_answer_is_not_lost() {
    let bus = PrivateBus::start();
    let _daemon = Running::start(&bus, true).await;
    let mut notifier = bus::start(Some(bus.address.clone()));
    for n in 1..=20 {
        want(&notifier, &[ringing(n)]);
        assert_eq!(presented(&mut notifier).await.0, page(n));
        assert_eq!(told(&mut notifier).await, Told::Acknowledge { page: page(n) });
    }
}

#[tokio::test]
async fn a_restarted_daemon_shows_what_rings_again_and_its_reused_ids_acknowledge_the_right_page() {
    let bus = PrivateBus::start();
    let mut daemon = Running::start(&bus, false).await;
    let mut notifier = bus::start(Some(bus.address.clone()));
    want(&notifier, &[ringing(1), ringing(2)]);
    presented(&mut notifier).await;
    presented(&mut notifier).await;
    assert_eq!(daemon.shown().await, (1, "SEV2 · page 1".into()));
    assert_eq!(daemon.shown().await, (2, "SEV2 · page 2".into()));
    // Page 1 was put away by the person, then the daemon crashes and comes back, counting from 1.
    daemon.put_away(1).await;
    drop(daemon);
    let mut daemon = Running::start(&bus, false).await;
    assert_eq!(daemon.shown().await, (1, "SEV2 · page 2".into()));
    let (again, _, id) = presented(&mut notifier).await;
    assert_eq!((again, id), (page(2), 1));
    // Id 1 was page 1 at the old daemon. It is page 2 now, and acknowledged once.
    daemon.click(1, "acknowledge").await;
    daemon.click(2, "acknowledge").await;
    daemon.click(1, "open").await;
    assert_eq!(told(&mut notifier).await, Told::Acknowledge { page: page(2) });
    assert_eq!(told(&mut notifier).await, Told::Open { page: page(2) });
}

#[tokio::test]
async fn a_click_that_somebody_else_on_the_bus_claims_is_none() {
    let bus = PrivateBus::start();
    let daemon = Running::start(&bus, false).await;
    let mut notifier = bus::start(Some(bus.address.clone()));
    want(&notifier, &[ringing(1)]);
    assert_eq!(presented(&mut notifier).await.2, 1);
    let stranger = bus.join().await;
    stranger.emit_signal(None::<&str>, PATH, NAME, "ActionInvoked", &(1_u32, "acknowledge")).await.unwrap();
    stranger.emit_signal(None::<&str>, PATH, NAME, "NotificationClosed", &(1_u32, 2_u32)).await.unwrap();
    // The bus has passed the stranger's words on when it answers the stranger.
    zbus::fdo::DBusProxy::new(&stranger).await.unwrap().get_id().await.unwrap();
    daemon.click(1, "open").await;
    // The first thing that was heard is what the daemon said.
    assert_eq!(told(&mut notifier).await, Told::Open { page: page(1) });
}

#[tokio::test]
async fn after_a_restart_of_the_app_there_is_one_notification_not_two() {
    let bus = PrivateBus::start();
    let mut daemon = Running::start(&bus, false).await;
    let mut before = bus::start(Some(bus.address.clone()));
    want(&before, &[ringing(1), ringing(2)]);
    let (_, known, one) = presented(&mut before).await;
    let (_, _, two) = presented(&mut before).await;
    drop(before);
    daemon.shown().await;
    daemon.shown().await;
    // Page 2 was answered while the app was away.
    let after = bus::start(Some(bus.address.clone()));
    let mut still = ringing(1);
    still.earlier = Some((known.clone(), one));
    after.screen.send_replace(Screen { wanted: vec![still], stale: vec![(page(2), known, two)] });
    let mut asked = [daemon.asked().await, daemon.asked().await];
    asked.sort_by_key(|asked| matches!(asked, Asked::Show { .. }));
    assert_eq!(asked[0], Asked::Close { id: two });
    assert!(matches!(asked[1], Asked::Show { id, replaces, .. } if id == one && replaces == one));
}

#[tokio::test]
async fn a_daemon_that_appears_later_shows_what_rings_by_then() {
    let bus = PrivateBus::start();
    let mut notifier = bus::start(Some(bus.address.clone()));
    want(&notifier, &[ringing(1)]);
    soon(notifier.health.wait_for(|h| matches!(h, DaemonHealth::Absent { .. }))).await.unwrap();
    let mut daemon = Running::start(&bus, false).await;
    assert_eq!(daemon.shown().await, (1, "SEV2 · page 1".into()));
    assert_eq!(presented(&mut notifier).await.0, page(1));
}

fn incident(n: u128) -> IncidentId {
    IncidentId(Uuid::from_u128(n))
}

fn say(n: u128, rings: bool) -> Say {
    let title = format!("SEV1 · #{n} Checkout is down");
    Say {
        incident: incident(n),
        title,
        body: "Ana Ruiz declared it. <b>".into(),
        rings,
        leads_to: leads_to(n),
    }
}

/// What each of them is about can be told apart.
fn leads_to(n: u128) -> Place {
    Place::Postmortem { incident: incident(n) }
}

fn notice(notifier: &Notifier, notice: Notice) {
    notifier.notices.send(notice).unwrap();
}

#[tokio::test]
async fn a_notice_is_said_once_at_normal_urgency_and_a_click_leads_to_what_it_is_about() {
    let bus = PrivateBus::start();
    let mut daemon = Running::start(&bus, false).await;
    let mut notifier = bus::start(Some(bus.address.clone()));
    notice(&notifier, Notice::Say(say(12, false)));
    let shown = daemon.asked().await;
    let body = "Ana Ruiz declared it. &lt;b&gt;".to_owned();
    let title = "SEV1 · #12 Checkout is down".to_owned();
    let expected = Asked::Show { id: 1, replaces: 0, title, body, urgency: 1, resident: false, timeout: -1 };
    assert_eq!(shown, expected);
    // A page beside it keeps its own buttons.
    want(&notifier, &[ringing(1)]);
    assert_eq!(daemon.shown().await.0, 2);
    presented(&mut notifier).await;
    daemon.click(2, "acknowledge").await;
    assert_eq!(told(&mut notifier).await, Told::Acknowledge { page: page(1) });
    daemon.click(1, "acknowledge").await;
    daemon.click(1, "default").await;
    assert_eq!(told(&mut notifier).await, Told::Notice { incident: incident(12), leads_to: leads_to(12) });
    // The daemon restarts: what was said is not said again, and its id means nothing any more.
    drop(daemon);
    let mut daemon = Running::start(&bus, false).await;
    assert_eq!(daemon.shown().await, (1, "SEV2 · page 1".into()));
    presented(&mut notifier).await;
    daemon.click(1, "open").await;
    assert_eq!(told(&mut notifier).await, Told::Open { page: page(1) });
}

#[tokio::test]
async fn what_rings_for_an_incident_stays_until_it_is_over_or_put_away() {
    let bus = PrivateBus::start();
    let mut daemon = Running::start(&bus, false).await;
    let mut notifier = bus::start(Some(bus.address.clone()));
    notice(&notifier, Notice::Say(say(12, true)));
    assert!(matches!(
        daemon.asked().await,
        Asked::Show { id: 1, urgency: 2, resident: true, timeout: 0, .. }
    ));
    // The next turn takes its place.
    notice(&notifier, Notice::Say(say(12, true)));
    assert!(matches!(daemon.asked().await, Asked::Show { id: 1, replaces: 1, .. }));
    // Another daemon: it rings still.
    drop(daemon);
    let mut daemon = Running::start(&bus, false).await;
    assert_eq!(daemon.shown().await.0, 1);
    notice(&notifier, Notice::Over(incident(12)));
    assert_eq!(daemon.asked().await, Asked::Close { id: 1 });
    notice(&notifier, Notice::Say(say(13, true)));
    assert_eq!(daemon.shown().await.0, 2);
    daemon.put_away(2).await;
    assert_eq!(told(&mut notifier).await, Told::IncidentHeard { incident: incident(13) });
}

#[tokio::test]
async fn a_notice_waits_for_a_daemon_that_comes_later() {
    let bus = PrivateBus::start();
    let notifier = bus::start(Some(bus.address.clone()));
    notice(&notifier, Notice::Say(say(12, false)));
    notice(&notifier, Notice::Say(say(13, true)));
    notice(&notifier, Notice::Over(incident(13)));
    let mut health = notifier.health.clone();
    soon(health.wait_for(|h| matches!(h, DaemonHealth::Absent { .. }))).await.unwrap();
    let mut daemon = Running::start(&bus, false).await;
    assert_eq!(daemon.shown().await, (1, "SEV1 · #12 Checkout is down".into()));
}
