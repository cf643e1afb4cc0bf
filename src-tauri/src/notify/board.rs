//! What hangs on the screen as far as we know, and what must be done so that it agrees with what should.

use super::{Screen, Told, Wanted};
use firebell_protocol::{PageId, RaiseId};
use std::collections::{BTreeMap, BTreeSet};

/// A notification that a daemon has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Posted {
    daemon: String,
    id: u32,
    wanted: Wanted,
}

/// The next thing to do with the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `replaces` is 0 for a new notification.
    Post {
        wanted: Wanted,
        replaces: u32,
    },
    /// The same raise, in other words (more alerts, for one). There is no hurry.
    Reword {
        wanted: Wanted,
        replaces: u32,
    },
    Close {
        page: PageId,
        id: u32,
    },
}

/// What is posted, by page. Pure: the daemon is driven by whoever asks for [`Board::plan`].
#[derive(Clone, Debug, Default)]
pub struct Board {
    /// The daemon that owns the name now.
    daemon: Option<String>,
    posted: BTreeMap<PageId, Posted>,
    /// Put away by the person without an answer: not shown again for the same raise.
    put_away: BTreeMap<PageId, RaiseId>,
    /// Taken off by the daemon itself (expired, or cleared as it shut down): not shown again by that daemon.
    gone: BTreeMap<PageId, RaiseId>,
    /// Taken down already: what an earlier run is remembered to have left is not looked for again.
    swept: BTreeSet<PageId>,
}

impl Board {
    /// Another daemon owns the name, or none: what hung at the old one hangs nowhere, and its ids mean nothing.
    pub fn daemon_is(&mut self, daemon: Option<String>) {
        if self.daemon != daemon {
            self.posted.clear();
            self.gone.clear();
            self.daemon = daemon;
        }
    }

    pub fn daemon(&self) -> Option<&str> {
        self.daemon.as_deref()
    }

    /// What is left to do, in order: what is over goes first, then what rings.
    pub fn plan(&self, screen: &Screen) -> Vec<Action> {
        let rings = |page: &PageId| screen.wanted.iter().any(|wanted| wanted.raise.page == *page);
        let mut actions: Vec<Action> = self
            .posted
            .iter()
            .filter(|(page, _)| !rings(page))
            .map(|(page, posted)| Action::Close { page: *page, id: posted.id })
            .collect();
        for (page, daemon, id) in &screen.stale {
            let handled = self.swept.contains(page) || self.posted.contains_key(page);
            if self.daemon() == Some(daemon) && !rings(page) && !handled {
                actions.push(Action::Close { page: *page, id: *id });
            }
        }
        for wanted in &screen.wanted {
            let page = wanted.raise.page;
            let seen = |off: &BTreeMap<PageId, RaiseId>| off.get(&page) == Some(&wanted.raise);
            if seen(&self.put_away) || seen(&self.gone) {
                continue;
            }
            match self.posted.get(&page) {
                Some(posted) if posted.wanted.same_words(wanted) => {}
                Some(posted) if posted.wanted.raise == wanted.raise => {
                    actions.push(Action::Reword { wanted: wanted.clone(), replaces: posted.id });
                }
                Some(posted) => actions.push(Action::Post { wanted: wanted.clone(), replaces: posted.id }),
                None => {
                    // The same daemon that knew us before we were restarted: one notification, not two.
                    let replaces = match &wanted.earlier {
                        Some((daemon, id)) if self.daemon() == Some(daemon) => *id,
                        _ => 0,
                    };
                    actions.push(Action::Post { wanted: wanted.clone(), replaces });
                }
            }
        }
        actions
    }

    /// `daemon` answered a post with `id`. The answer itself names the daemon, so a change of daemons in the
    /// middle of the call cannot be overlooked.
    pub fn was_posted(&mut self, wanted: Wanted, daemon: &str, id: u32) {
        self.daemon_is(Some(daemon.to_owned()));
        // A daemon that gives one id to two pages has taken the first one down.
        self.posted.retain(|page, posted| posted.id != id || *page == wanted.raise.page);
        self.put_away.remove(&wanted.raise.page);
        self.gone.remove(&wanted.raise.page);
        self.posted.insert(wanted.raise.page, Posted { daemon: daemon.to_owned(), id, wanted });
    }

    pub fn was_closed(&mut self, page: PageId) {
        self.posted.remove(&page);
        self.swept.insert(page);
    }

    /// A button was clicked, says `daemon`.
    pub fn clicked(&self, daemon: &str, id: u32, button: &str) -> Option<Told> {
        let page = self.page_of(daemon, id)?;
        match button {
            "acknowledge" => Some(Told::Acknowledge { page }),
            "open" | "default" => Some(Told::Open { page }),
            _ => None,
        }
    }

    /// It left the screen, says `daemon`. That is no answer to the page: it rings on elsewhere.
    pub fn left(&mut self, daemon: &str, id: u32, by_the_person: bool) {
        if let Some(page) = self.page_of(daemon, id)
            && let Some(posted) = self.posted.remove(&page)
        {
            let off = if by_the_person { &mut self.put_away } else { &mut self.gone };
            off.insert(page, posted.wanted.raise);
        }
    }

    /// Pages that ring no more are forgotten.
    pub fn tidy(&mut self, screen: &Screen) {
        let rings = |page: &PageId| screen.wanted.iter().any(|wanted| wanted.raise.page == *page);
        self.put_away.retain(|page, _| rings(page));
        self.gone.retain(|page, _| rings(page));
    }

    fn page_of(&self, daemon: &str, id: u32) -> Option<PageId> {
        self.posted
            .iter()
            .find(|(_, posted)| posted.id == id && posted.daemon == daemon)
            .map(|(page, _)| *page)
    }
}

impl Wanted {
    fn same_words(&self, other: &Self) -> bool {
        self.raise == other.raise && self.title == other.title && self.body == other.body
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn page(n: u128) -> PageId {
        PageId(Uuid::from_u128(n))
    }

    fn wanted(n: u128, round: u32) -> Wanted {
        let raise = RaiseId { page: page(n), round, step: 0, person: "ana".into() };
        Wanted { raise, title: format!("page {n}"), body: format!("round {round}"), earlier: None }
    }

    fn screen(wanted: Vec<Wanted>) -> Screen {
        Screen { wanted, stale: vec![] }
    }

    fn board(daemon: &str, posted: &[(Wanted, u32)]) -> Board {
        let mut board = Board::default();
        board.daemon_is(Some(daemon.into()));
        for (wanted, id) in posted {
            board.was_posted(wanted.clone(), daemon, *id);
        }
        board
    }

    #[test]
    fn a_ringing_page_is_posted_once() {
        let mut board = board("a", &[]);
        let one = wanted(1, 1);
        assert_eq!(
            board.plan(&screen(vec![one.clone()])),
            [Action::Post { wanted: one.clone(), replaces: 0 }]
        );
        board.was_posted(one.clone(), "a", 7);
        assert_eq!(board.plan(&screen(vec![one])), []);
    }

    #[test]
    fn a_new_raise_of_the_same_page_takes_the_place_of_the_old_one() {
        let board = board("a", &[(wanted(1, 1), 7)]);
        let again = wanted(1, 2);
        assert_eq!(board.plan(&screen(vec![again.clone()])), [Action::Post { wanted: again, replaces: 7 }]);
    }

    #[test]
    fn more_alerts_are_other_words_for_the_same_raise() {
        let board = board("a", &[(wanted(1, 1), 7)]);
        let mut more = wanted(1, 1);
        more.body = "500 alerts".into();
        assert_eq!(board.plan(&screen(vec![more.clone()])), [Action::Reword { wanted: more, replaces: 7 }]);
    }

    #[test]
    fn what_rings_no_more_is_taken_down() {
        let board = board("a", &[(wanted(1, 1), 7), (wanted(2, 1), 8)]);
        assert_eq!(board.plan(&screen(vec![wanted(2, 1)])), [Action::Close { page: page(1), id: 7 }]);
    }

    #[test]
    fn the_daemon_restarted_ids_are_forgotten_and_nothing_is_acknowledged_by_mistake() {
        let mut board = board("a", &[(wanted(1, 1), 1), (wanted(2, 1), 2)]);
        board.daemon_is(Some("b".into()));
        // The old ids mean nothing, whoever says them.
        assert_eq!(board.clicked("a", 1, "acknowledge"), None);
        assert_eq!(board.clicked("b", 1, "acknowledge"), None);
        // Both are posted anew, and the new daemon counts from 1 in its own order.
        let both = screen(vec![wanted(1, 1), wanted(2, 1)]);
        assert_eq!(board.plan(&both).len(), 2);
        board.was_posted(wanted(2, 1), "b", 1);
        assert_eq!(board.clicked("b", 1, "acknowledge"), Some(Told::Acknowledge { page: page(2) }));
        assert_eq!(board.clicked("a", 1, "acknowledge"), None);
    }

    #[test]
    fn the_daemon_that_answers_is_the_one_that_counts() {
        // The name changed hands between our asking and the answer.
        let mut board = board("a", &[(wanted(1, 1), 1)]);
        board.was_posted(wanted(2, 1), "b", 1);
        assert_eq!(board.clicked("b", 1, "acknowledge"), Some(Told::Acknowledge { page: page(2) }));
        assert_eq!(board.plan(&screen(vec![wanted(1, 1), wanted(2, 1)])).len(), 1);
    }

    #[test]
    fn putting_a_notification_away_is_no_answer_and_only_a_new_raise_shows_it_again() {
        let mut board = board("a", &[(wanted(1, 1), 7)]);
        board.left("a", 7, true);
        assert_eq!(board.plan(&screen(vec![wanted(1, 1)])), []);
        // Not even when the daemon comes back.
        board.daemon_is(None);
        board.daemon_is(Some("b".into()));
        assert_eq!(board.plan(&screen(vec![wanted(1, 1)])), []);
        assert_eq!(board.plan(&screen(vec![wanted(1, 2)])).len(), 1);
    }

    #[test]
    fn a_daemon_that_clears_its_screen_as_it_shuts_down_has_not_hidden_the_page_for_good() {
        let mut board = board("a", &[(wanted(1, 1), 7)]);
        board.left("a", 7, false);
        assert_eq!(board.plan(&screen(vec![wanted(1, 1)])), []);
        board.daemon_is(Some("b".into()));
        assert_eq!(board.plan(&screen(vec![wanted(1, 1)])).len(), 1);
    }

    #[test]
    fn after_a_restart_of_the_app_the_old_notification_is_taken_over_if_its_daemon_is_still_there() {
        let mut one = wanted(1, 1);
        one.earlier = Some(("a".into(), 7));
        let plan = |daemon| board(daemon, &[]).plan(&screen(vec![one.clone()]));
        assert_eq!(plan("a"), [Action::Post { wanted: one.clone(), replaces: 7 }]);
        assert_eq!(plan("b"), [Action::Post { wanted: one.clone(), replaces: 0 }]);
    }

    #[test]
    fn what_was_answered_while_the_app_was_away_is_taken_down() {
        let left = Screen { wanted: vec![], stale: vec![(page(1), "a".into(), 7)] };
        let mut same = board("a", &[]);
        assert_eq!(same.plan(&left), [Action::Close { page: page(1), id: 7 }]);
        same.was_closed(page(1));
        assert_eq!(same.plan(&left), []);
        assert_eq!(board("b", &[]).plan(&left), []);
    }

    #[test]
    fn an_unknown_button_does_nothing() {
        let board = board("a", &[(wanted(1, 1), 7)]);
        assert_eq!(board.clicked("a", 7, "inline-reply"), None);
        assert_eq!(board.clicked("a", 8, "acknowledge"), None);
        assert_eq!(board.clicked("a", 7, "default"), Some(Told::Open { page: page(1) }));
    }
}
