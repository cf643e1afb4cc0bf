//! What the window is told.

use super::{Moment, Responder};
use firebell_domain::PageId;
use firebell_domain::page::{Page, Recorded};
use firebell_protocol::window::{
    Connection, ConnectionState, PageRow, PendingRequest, Question, Stage, WindowState,
};
use firebell_store::{CommandState, StoreError};

/// What the session knows of the connection beyond whether it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionWords {
    /// An attempt is being made now.
    pub connecting: bool,
    /// The last error; empty when there was none.
    pub words: String,
}

impl Responder {
    pub fn window(&self, profile: &str, connection: &ConnectionWords, at: Moment) -> WindowState {
        let mut pages: Vec<PageRow> =
            self.pages.values().filter(|p| p.is_open()).map(|p| self.row(p)).collect();
        let me = self.me();
        let mine = |r: &PageRow| {
            r.page.acknowledged.as_ref().is_some_and(|a| a.by.person() == me)
                || me.is_some_and(|m| r.page.paged.contains(m))
        };
        pages.sort_by_key(|r| {
            (r.ringing.is_none(), !mine(r), r.page.severity, r.page.opened_at, r.page.number)
        });
        WindowState {
            now: at.now,
            profile: profile.to_owned(),
            stage: if self.identity.is_some() { Stage::Ready } else { Stage::SignedOut },
            connection: Connection {
                state: match (self.link.welcomed, connection.connecting) {
                    (true, _) => ConnectionState::Connected,
                    (false, true) => ConnectionState::Connecting,
                    (false, false) => ConnectionState::Offline,
                },
                since: self.link.since.now,
                server: self.identity.as_ref().map(|i| i.server.clone()),
                words: connection.words.clone(),
                unreachable_alarm: self.is_unreachable(at) && !self.link.alarm_quiet,
            },
            me: self.identity.as_ref().map(|i| i.you.clone()),
            team: self.team.as_ref().map(|t| t.team.clone()),
            shifts: self.team.as_ref().map(|t| t.shifts.clone()).unwrap_or_default(),
            on_call: self.on_call(at),
            pages,
            questions: self.questions(),
            queued: self.outbox.values().filter(|o| o.row.state == CommandState::Queued).count() as u32,
            paging_held: self.paging_held,
            settings: self.settings.clone(),
            clock_offset_ms: self.clock_offset_ms,
        }
    }

    /// Ended pages that are kept here, the newest end first.
    pub fn ended(&self) -> Vec<PageRow> {
        let mut ended: Vec<&Page> = self.pages.values().filter(|p| !p.is_open()).collect();
        ended.sort_by_key(|p| std::cmp::Reverse((p.resolved_at, p.number)));
        ended.into_iter().map(|p| self.row(p)).collect()
    }

    /// One page with what is known to have happened to it; `None` when it is not kept here.
    pub fn detail(&self, page: PageId) -> Result<Option<(PageRow, Vec<Recorded>)>, StoreError> {
        let Some(held) = self.pages.get(&page) else { return Ok(None) };
        Ok(Some((self.row(held), self.store.history(page)?)))
    }

    fn row(&self, page: &Page) -> PageRow {
        PageRow {
            service_name: self.service_name(&page.service),
            ringing: self.ringing_here(page).map(|r| r.raise.clone()),
            pending: self
                .waiting(page.id)
                .map(|o| PendingRequest {
                    counter: o.row.counter,
                    request: o.row.request.clone(),
                    given_at: o.row.given_at,
                })
                .collect(),
            next: self.next_up(page),
            page: page.clone(),
        }
    }

    fn questions(&self) -> Vec<Question> {
        let question = |row: &firebell_store::OutboxRow| match &row.state {
            CommandState::Question { words, can_repeat } => Some(Question {
                counter: row.counter,
                page: row.page,
                page_title: row.page_title.clone(),
                request: row.request.clone(),
                given_at: row.given_at,
                words: words.clone(),
                can_repeat: *can_repeat,
            }),
            _ => None,
        };
        self.outbox.values().filter_map(|o| question(&o.row)).collect()
    }
}
