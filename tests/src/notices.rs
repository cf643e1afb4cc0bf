//! What programs asked the notification daemon to show, as seen on the bus: every `Notify` with its id, and what
//! became of it.

use crate::deadline::PATIENCE;
use futures_util::StreamExt;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use zbus::message::Type;
use zbus::zvariant::OwnedValue;
use zbus::{MatchRule, Message, MessageStream};

const DAEMON: &str = "org.freedesktop.Notifications";

#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Counts what was posted on this bus, from 0.
    pub number: usize,
    /// The daemon's number; a restarted daemon begins at 1 again, and a replacement keeps it.
    pub id: u32,
    pub app: String,
    pub summary: String,
    pub body: String,
    /// Keys and labels, in the order in which the buttons stand.
    pub actions: Vec<(String, String)>,
    /// 0 low, 1 normal, 2 critical.
    pub urgency: Option<u8>,
    /// On the screen, as far as the daemon said.
    pub open: bool,
    /// Which life of the daemon showed it, from 1.
    pub life: u32,
    /// When the call went over the bus; the daemon answers later.
    pub called_at: Instant,
}

impl Notice {
    pub fn says(&self, text: &str) -> bool {
        self.summary.contains(text) || self.body.contains(text)
    }
}

/// Everything that was ever posted, oldest first.
#[derive(Clone, Debug, Default)]
struct Seen {
    notices: Vec<Notice>,
    life: u32,
    asked: HashMap<(String, u32), Asked>,
    clicked: Vec<(u32, String)>,
}

#[derive(Clone, Debug)]
struct Asked {
    replaces: u32,
    notice: Notice,
}

/// A monitor on one session bus.
pub struct Notices {
    seen: watch::Receiver<Seen>,
    watching: tokio::task::JoinHandle<()>,
}

impl Notices {
    pub async fn watch(bus: &str) -> zbus::Result<Self> {
        let connection = zbus::connection::Builder::address(bus)?.build().await?;
        let rules: [MatchRule<'_>; 4] = [
            MatchRule::builder().msg_type(Type::MethodCall).interface(DAEMON)?.member("Notify")?.build(),
            MatchRule::builder().msg_type(Type::MethodReturn).build(),
            MatchRule::builder().msg_type(Type::Signal).interface(DAEMON)?.build(),
            MatchRule::builder().msg_type(Type::Signal).member("NameOwnerChanged")?.add_arg(DAEMON)?.build(),
        ];
        let mut messages = MessageStream::from(&connection);
        zbus::fdo::MonitoringProxy::new(&connection).await?.become_monitor(&rules, 0).await?;
        let (sender, seen) = watch::channel(Seen { life: 1, ..Seen::default() });
        let watching = tokio::spawn(async move {
            // The stream ends with the bus.
            while let Some(Ok(message)) = messages.next().await {
                sender.send_modify(|seen| {
                    let _ = seen.take_in(&message);
                });
            }
            drop(connection);
        });
        Ok(Self { seen, watching })
    }

    /// Everything posted so far, oldest first; a replacement is an entry of its own.
    pub fn posted(&self) -> Vec<Notice> {
        self.seen.borrow().notices.clone()
    }

    /// What is on the screen, oldest first.
    pub fn open(&self) -> Vec<Notice> {
        self.seen.borrow().notices.iter().filter(|n| n.open).cloned().collect()
    }

    /// Buttons that the daemon said were pressed: (id, action).
    pub fn clicked(&self) -> Vec<(u32, String)> {
        self.seen.borrow().clicked.clone()
    }

    /// Waits until one that fits is on the screen.
    pub async fn wait(&self, what: &str, fits: impl Fn(&Notice) -> bool) -> Notice {
        self.wait_within(PATIENCE, what, fits).await
    }

    /// As [`wait`](Self::wait), for what takes longer by its nature.
    pub async fn wait_within(&self, limit: Duration, what: &str, fits: impl Fn(&Notice) -> bool) -> Notice {
        self.wait_seen(limit, what, |seen| seen.notices.iter().rev().find(|n| n.open && fits(n)).cloned())
            .await
    }

    /// Waits until none that fits is on the screen any more.
    pub async fn wait_gone(&self, what: &str, fits: impl Fn(&Notice) -> bool) {
        let what = format!("no notification is open that {what}");
        self.wait_seen(PATIENCE, &what, |seen| {
            (!seen.notices.iter().any(|n| n.open && fits(n))).then_some(())
        })
        .await;
    }

    /// Waits until the daemon reports that a button was pressed.
    pub async fn wait_clicked(&self, id: u32, action: &str) {
        let what = format!("the daemon reports a click on {action} of notification {id}");
        self.wait_seen(PATIENCE, &what, |seen| {
            seen.clicked.iter().any(|(i, a)| *i == id && a == action).then_some(())
        })
        .await;
    }

    async fn wait_seen<T>(&self, limit: Duration, what: &str, find: impl Fn(&Seen) -> Option<T>) -> T {
        let mut seen = self.seen.clone();
        let found = tokio::time::timeout(limit, seen.wait_for(|s| find(s).is_some())).await;
        match found {
            Ok(Ok(seen)) => find(&seen).expect("it was there a moment ago"),
            _ => panic!("waited {} s in vain for: {what}; posted were {:#?}", limit.as_secs(), self.posted()),
        }
    }
}

impl Drop for Notices {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

impl Seen {
    fn take_in(&mut self, message: &Message) -> zbus::Result<()> {
        let header = message.header();
        let member = header.member().map(|m| m.as_str().to_owned()).unwrap_or_default();
        match (message.message_type(), member.as_str()) {
            (Type::MethodCall, "Notify") => {
                type Notify =
                    (String, u32, String, String, String, Vec<String>, HashMap<String, OwnedValue>, i32);
                let (app, replaces, _, summary, body, actions, hints, _): Notify =
                    message.body().deserialize()?;
                let pairs = actions.chunks_exact(2).map(|p| (p[0].clone(), p[1].clone())).collect();
                let urgency = hints.get("urgency").and_then(|v| u8::try_from(v.clone()).ok());
                let notice = Notice {
                    number: 0,
                    id: 0,
                    app,
                    summary,
                    body,
                    actions: pairs,
                    urgency,
                    open: true,
                    life: 0,
                    called_at: Instant::now(),
                };
                let sender = header.sender().map(ToString::to_string).unwrap_or_default();
                self.asked.insert(
                    (sender, message.primary_header().serial_num().get()),
                    Asked { replaces, notice },
                );
            }
            (Type::MethodReturn, _) => {
                let to = header.destination().map(ToString::to_string).unwrap_or_default();
                let Some(serial) = header.reply_serial() else { return Ok(()) };
                let Some(asked) = self.asked.remove(&(to, serial.get())) else { return Ok(()) };
                let id: u32 = message.body().deserialize()?;
                if asked.replaces != 0 {
                    self.close(|n| n.id == asked.replaces);
                }
                let number = self.notices.len();
                // The daemon that answered: a call waits on the bus until one is there.
                self.notices.push(Notice { number, id, life: self.life, ..asked.notice });
            }
            (Type::Signal, "NotificationClosed") => {
                let (id, _): (u32, u32) = message.body().deserialize()?;
                self.close(|n| n.id == id);
            }
            (Type::Signal, "ActionInvoked") => {
                let (id, action): (u32, String) = message.body().deserialize()?;
                self.clicked.push((id, action));
            }
            (Type::Signal, "NameOwnerChanged") => {
                let (_, old, new): (String, String, String) = message.body().deserialize()?;
                if !old.is_empty() {
                    self.close(|_| true);
                }
                if !new.is_empty() && !self.notices.is_empty() {
                    self.life += 1;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, which: impl Fn(&Notice) -> bool) {
        for notice in self.notices.iter_mut().filter(|n| which(n)) {
            notice.open = false;
        }
    }
}
