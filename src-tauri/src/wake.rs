//! When a new try is worth it at once: the computer slept, so that timers stood still and the connection is gone without
//! knowing it; or its network is another one.

#[cfg(target_os = "linux")]
pub use system_bus::watch;

#[cfg(target_os = "linux")]
mod system_bus {
    use futures_util::StreamExt;
    use std::collections::HashMap;
    use std::time::Duration;
    use tokio::time::{Instant, sleep_until};
    use zbus::message::Type;
    use zbus::zvariant::Value;
    use zbus::{Connection, MatchRule, Message, MessageStream, fdo};

    const LOGIND: &str = "org.freedesktop.login1";
    const NETWORK_MANAGER: &str = "org.freedesktop.NetworkManager";
    const NETWORKD: &str = "org.freedesktop.network1";
    const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
    /// `NM_STATE_CONNECTED_SITE`: from here on, up to 70, more than this computer can be reached.
    const CONNECTED: u32 = 60;
    /// A network that comes up says so several times; it is tried when it has been quiet for so long.
    const QUIET: Duration = Duration::from_millis(300);

    /// Calls `wake` after every resume and when the network changed, as far as the system says so.
    pub async fn watch(wake: impl Fn() + Send) {
        let followed = async { heed(listen(&Connection::system().await?).await?, wake).await };
        if let Err(error) = followed.await {
            tracing::info!(%error, "resume and network changes are not announced here; the connection's own pings notice them later");
        }
    }

    /// Everything that the system says of these matters from here on.
    pub(super) async fn listen(bus: &Connection) -> zbus::Result<MessageStream> {
        let said = MessageStream::from(bus);
        let daemon = fdo::DBusProxy::new(bus).await?;
        let signals = [
            (LOGIND, "org.freedesktop.login1.Manager", "PrepareForSleep"),
            (NETWORK_MANAGER, NETWORK_MANAGER, "StateChanged"),
            (NETWORK_MANAGER, PROPERTIES, "PropertiesChanged"),
            (NETWORKD, PROPERTIES, "PropertiesChanged"),
        ];
        for (sender, interface, member) in signals {
            // Not there yet, or never: the bus waits with us.
            let rule = MatchRule::builder()
                .msg_type(Type::Signal)
                .sender(sender)?
                .interface(interface)?
                .member(member)?
                .build();
            daemon.add_match_rule(rule).await?;
        }
        Ok(said)
    }

    pub(super) async fn heed(mut said: MessageStream, wake: impl Fn() + Send) -> zbus::Result<()> {
        let mut due: Option<Instant> = None;
        loop {
            let quiet = async {
                match due {
                    Some(due) => sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                message = said.next() => match message {
                    Some(message) => match event(&message?) {
                        Some(Event::Resumed) => {
                            tracing::info!("the computer woke up");
                            wake();
                        }
                        Some(Event::NetworkChanged) => due = Some(Instant::now() + QUIET),
                        None => {}
                    },
                    None => return Ok(()),
                },
                () = quiet => {
                    tracing::info!("the network changed");
                    due = None;
                    wake();
                }
            }
        }
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(super) enum Event {
        Resumed,
        NetworkChanged,
    }

    pub(super) fn event(message: &Message) -> Option<Event> {
        let header = message.header();
        if message.message_type() != Type::Signal {
            return None;
        }
        match header.member()?.as_str() {
            "PrepareForSleep" => {
                let begins = message.body().deserialize::<bool>().ok()?;
                (!begins).then_some(Event::Resumed)
            }
            "StateChanged" => {
                let state = message.body().deserialize::<u32>().ok()?;
                (state >= CONNECTED).then_some(Event::NetworkChanged)
            }
            "PropertiesChanged" => {
                let body = message.body();
                let (of, changed, _): (String, HashMap<String, Value<'_>>, Vec<String>) =
                    body.deserialize().ok()?;
                let is_another = match of.as_str() {
                    // Another cable, another Wi-Fi; `/` is none at all.
                    NETWORK_MANAGER => changed
                        .get("PrimaryConnection")
                        .is_some_and(|path| !matches!(path, Value::ObjectPath(p) if p.as_str() == "/")),
                    "org.freedesktop.network1.Manager" => changed
                        .get("OperationalState")
                        .is_some_and(|state| matches!(state, Value::Str(s) if s.as_str() == "routable")),
                    _ => false,
                };
                is_another.then_some(Event::NetworkChanged)
            }
            _ => None,
        }
    }
}

/// Elsewhere the connection's own pings notice that time has passed.
#[cfg(not(target_os = "linux"))]
pub async fn watch(_wake: impl Fn() + Send) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::system_bus::{Event, event, heed, listen};
    use crate::testing::PrivateBus;
    use std::collections::HashMap;
    use std::time::Duration;
    use tokio::sync::mpsc;
    use tokio::time::timeout;
    use zbus::Message;
    use zbus::zvariant::{ObjectPath, Value};

    const LOGIND: (&str, &str) = ("/org/freedesktop/login1", "org.freedesktop.login1.Manager");
    const MANAGER: (&str, &str) = ("/org/freedesktop/NetworkManager", "org.freedesktop.NetworkManager");
    const NETWORKD: (&str, &str) = ("/org/freedesktop/network1", "org.freedesktop.network1.Manager");

    fn state(state: u32) -> Option<Event> {
        event(&Message::signal(MANAGER.0, MANAGER.1, "StateChanged").unwrap().build(&state).unwrap())
    }

    fn property((path, of): (&str, &str), name: &str, value: Value<'_>) -> Option<Event> {
        let signal = Message::signal(path, "org.freedesktop.DBus.Properties", "PropertiesChanged").unwrap();
        event(&signal.build(&(of, HashMap::from([(name, value)]), Vec::<&str>::new())).unwrap())
    }

    fn connection(path: &'static str) -> Value<'static> {
        ObjectPath::try_from(path).unwrap().into()
    }

    #[test]
    fn what_is_worth_a_try() {
        let sleep = |begins: bool| {
            let signal = Message::signal(LOGIND.0, LOGIND.1, "PrepareForSleep").unwrap();
            event(&signal.build(&begins).unwrap())
        };
        assert_eq!((sleep(true), sleep(false)), (None, Some(Event::Resumed)));
        // Asleep, disconnected, connecting, connected to a link only; then to the site and to the world.
        assert_eq!([10, 20, 40, 50].map(state), [None; 4]);
        assert_eq!([60, 70].map(state), [Some(Event::NetworkChanged); 2]);
        let changed = Some(Event::NetworkChanged);
        assert_eq!(property(MANAGER, "PrimaryConnection", connection("/")), None, "the cable is out");
        let cafe = connection("/org/freedesktop/NetworkManager/ActiveConnection/7");
        assert_eq!(property(MANAGER, "PrimaryConnection", cafe), changed);
        assert_eq!(property(MANAGER, "WirelessEnabled", true.into()), None);
        assert_eq!(property(NETWORKD, "OperationalState", "degraded".into()), None);
        assert_eq!(property(NETWORKD, "OperationalState", "routable".into()), changed);
    }

    #[tokio::test]
    async fn the_system_says_it_over_its_bus() {
        let bus = PrivateBus::start();
        let (listens, says) = (bus.join().await, bus.join().await);
        says.request_name(MANAGER.1).await.unwrap();
        let said = listen(&listens).await.unwrap();
        let (woken, mut wakes) = mpsc::unbounded_channel();
        let wake = move || {
            let _ended = woken.send(());
        };
        tokio::spawn(async move { heed(said, wake).await });
        says.emit_signal(None::<&str>, MANAGER.0, MANAGER.1, "StateChanged", &70u32).await.unwrap();
        let heard = timeout(Duration::from_secs(20), wakes.recv()).await;
        assert_eq!(heard.expect("a network came up and nobody woke"), Some(()));
    }
}
