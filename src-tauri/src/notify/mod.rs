//! Native notifications of pages, and notices of incidents beside them.
//!
//! State-based: the notifier is told which pages ring for me ([`Wanted`]) and makes the screen agree. What it
//! learns on the way (shown, clicked) it says as [`Told`].
//!
//! **Invariant**: a click acknowledges the page whose notification was clicked, or nothing. An id counts only
//! together with the daemon that gave it out, because a restarted daemon counts from 1 again.

mod board;
#[cfg(target_os = "linux")]
mod bus;
mod notices;
#[cfg(not(target_os = "linux"))]
mod other;
#[cfg(all(test, target_os = "linux"))]
mod tests;

use firebell_protocol::window::Place;
use firebell_protocol::{IncidentId, PageId, RaiseId};
use tokio::sync::{mpsc, watch};

#[cfg(target_os = "linux")]
pub use bus::start;
pub use notices::{Notice, Say};
#[cfg(not(target_os = "linux"))]
pub use other::start;

/// A page that should be on the screen, with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub raise: RaiseId,
    pub title: String,
    /// Plain text; the notifier escapes what the daemon could take for markup.
    pub body: String,
    /// Where an earlier run of this app posted the page: (daemon, id).
    pub earlier: Option<(String, u32)>,
}

/// What should be on the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    pub wanted: Vec<Wanted>,
    /// What an earlier run may have left there for pages that no longer ring: (page, daemon, id).
    pub stale: Vec<(PageId, String, u32)>,
}

/// What the notifier has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// The daemon took it: it is on the screen.
    Presented {
        raise: RaiseId,
        daemon: String,
        id: u32,
    },
    Acknowledge {
        page: PageId,
    },
    Open {
        page: PageId,
    },
    /// A notice was clicked.
    Notice {
        incident: IncidentId,
        leads_to: Place,
    },
    /// What rang for an incident was put away.
    IncidentHeard {
        incident: IncidentId,
    },
}

/// What diagnostics can say about the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DaemonHealth {
    /// Nothing was asked of it yet.
    Unknown,
    /// It ends when it has nothing to show, and the bus starts it again.
    Asleep,
    /// It is there. `buttons` is false when it cannot show Acknowledge and Open.
    Present { name: String, buttons: bool },
    /// Nobody answers, or it refuses; the words of the error.
    Absent { words: String },
}

/// The hand on a running notifier. It stops when this is dropped.
pub struct Notifier {
    pub screen: watch::Sender<Screen>,
    /// What is said once, beside the pages.
    pub notices: mpsc::UnboundedSender<Notice>,
    pub told: mpsc::UnboundedReceiver<Told>,
    pub health: watch::Receiver<DaemonHealth>,
}

/// What D-Bus and small screens can carry: no control characters but line breaks, at most `max` characters.
fn tidy(text: &str, max: usize) -> String {
    let clean = text.chars().filter(|c| !c.is_control() || *c == '\n');
    let mut cut: String = clean.clone().take(max).collect();
    if clean.count() > max {
        cut.pop();
        cut.push('…');
    }
    cut
}

/// A daemon may read the body as markup: an alert's text must not become a link or a picture.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
