//! Notices that hang on the screen beside the pages: what was said, and what a click on it means.

use super::Told;
use firebell_protocol::IncidentId;
use firebell_protocol::window::Place;
use std::collections::VecDeque;

/// Notices that wait for a daemon; older ones are let go.
const WAITING_MAX: usize = 50;

/// One notice, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Say {
    pub incident: IncidentId,
    pub title: String,
    /// Plain text; the notifier escapes what the daemon could take for markup.
    pub body: String,
    /// It stays, critical, until it is taken down or put away.
    pub rings: bool,
    /// Where a click on it leads.
    pub leads_to: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    Say(Say),
    /// What rang for this incident does not any more.
    Over(IncidentId),
}

#[derive(Clone, Debug)]
struct Hanging {
    daemon: String,
    id: u32,
    say: Say,
}

/// Pure: the daemon is driven by whoever asks for [`Notices::next`].
#[derive(Clone, Debug, Default)]
pub struct Notices {
    waiting: VecDeque<Notice>,
    hanging: Vec<Hanging>,
}

impl Notices {
    pub fn add(&mut self, notice: Notice) {
        if let Notice::Over(incident) = &notice {
            // Not yet on the screen: it need not come.
            self.waiting.retain(|n| !matches!(n, Notice::Say(say) if say.rings && say.incident == *incident));
        }
        if self.waiting.len() >= WAITING_MAX {
            self.waiting.pop_front();
        }
        self.waiting.push_back(notice);
    }

    /// What is to be done first; it stays first until [`Notices::done`].
    pub fn next(&self) -> Option<&Notice> {
        self.waiting.front()
    }

    pub fn done(&mut self) {
        self.waiting.pop_front();
    }

    /// Where what rings for this incident hangs: (daemon, id). What is said once more takes its place.
    pub fn rings_at(&self, incident: IncidentId) -> Option<(String, u32)> {
        let found = self.hanging.iter().find(|h| h.say.rings && h.say.incident == incident);
        found.map(|h| (h.daemon.clone(), h.id))
    }

    pub fn was_posted(&mut self, say: Say, daemon: String, id: u32) {
        // A daemon that gives out an id anew has taken the first one down.
        self.hanging.retain(|h| (h.id, &h.daemon) != (id, &daemon));
        self.hanging.push(Hanging { daemon, id, say });
    }

    pub fn was_closed(&mut self, daemon: &str, id: u32) {
        self.hanging.retain(|h| (h.id, h.daemon.as_str()) != (id, daemon));
    }

    /// Another daemon, or none: what rings is said again to the next one.
    pub fn daemon_is(&mut self, daemon: Option<&str>) {
        let (here, lost): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.hanging).into_iter().partition(|h| Some(h.daemon.as_str()) == daemon);
        self.hanging = here;
        for hanging in lost.into_iter().filter(|h| h.say.rings) {
            self.add(Notice::Say(hanging.say));
        }
    }

    /// A button was clicked, says `daemon`; it takes the notification down.
    pub fn clicked(&mut self, daemon: &str, id: u32, button: &str) -> Option<Told> {
        let at = self.at(daemon, id).filter(|_| ["open", "default"].contains(&button))?;
        let Say { incident, leads_to, .. } = self.hanging[at].say;
        Some(Told::Notice { incident, leads_to })
    }

    /// It left the screen, says `daemon`. Put away by the person is heard; anything else is not.
    pub fn left(&mut self, daemon: &str, id: u32, by_the_person: bool) -> Option<Told> {
        let at = self.at(daemon, id)?;
        let say = self.hanging.remove(at).say;
        (say.rings && by_the_person).then_some(Told::IncidentHeard { incident: say.incident })
    }

    fn at(&self, daemon: &str, id: u32) -> Option<usize> {
        self.hanging.iter().position(|h| h.id == id && h.daemon == daemon)
    }
}
