//! Following the team's log: welcome, snapshot, operations; and what each means for what rings.

use super::{Moment, Output, Responder};
use firebell_domain::page::{Page, PageEvent, Recorded};
use firebell_domain::receipt::ReceiptState;
use firebell_domain::{PageId, PersonId};
use firebell_log::{Cursor, Era, Operation, OperationBody};
use firebell_protocol::sync::{PageSnapshot, ReceiptReport, Welcome};
use firebell_protocol::window::Change;
use firebell_store::{Changeset, CommandState, CursorMove, LedgerRow, StoreError};
use std::collections::BTreeMap;

impl Responder {
    pub(super) fn on_welcome(&mut self, welcome: Welcome, at: Moment) -> Result<Vec<Output>, StoreError> {
        let Some(mut identity) = self.identity.clone() else {
            // A connection of a device that has signed out in the meantime.
            return Ok(vec![Output::Reconnect]);
        };
        identity.you = welcome.you;
        identity.team = welcome.team.team.team.name.clone();
        self.commit(Changeset {
            identity: Some(identity),
            team: Some(welcome.team),
            paging_held: Some(welcome.paging_held),
            ..Changeset::default()
        })?;
        self.hear_time(welcome.server_time, at);
        self.link.welcomed = true;
        self.link.since = at;
        self.link.era = Some(welcome.era);
        self.link.alarm_quiet = false;
        Ok(vec![Output::Changed(Change::State), Output::Changed(Change::Playbook)])
    }

    /// Pages are replaced. The ledger stays, so that nothing rings anew, and the outbox, so that nothing asked is lost.
    pub(super) fn on_snapshot(
        &mut self,
        cursor: Cursor,
        snapshots: Vec<PageSnapshot>,
        at: Moment,
    ) -> Result<Vec<Output>, StoreError> {
        let mut change =
            Changeset { start_over: true, cursor: CursorMove::To(cursor), ..Changeset::default() };
        let gone: Vec<PageId> =
            self.pages.keys().filter(|id| snapshots.iter().all(|s| s.page.id != **id)).copied().collect();
        let mut touched: BTreeMap<PageId, Page> = BTreeMap::new();
        for snapshot in snapshots {
            self.confirm_receipts(&snapshot.history, &mut change);
            touched.insert(snapshot.page.id, snapshot.page.clone());
            change.history.push((snapshot.page.id, snapshot.history));
            change.pages.push(snapshot.page);
        }
        self.settle(&touched, cursor.era, at, &mut change);
        // Pages that are not in it have ended: nothing of them rings or is waited for.
        for row in
            self.ledger.values().filter(|r| r.handled_at.is_none() && !touched.contains_key(&r.raise.page))
        {
            change.ledger.push(LedgerRow { handled_at: Some(at.now), ..row.clone() });
        }
        for receipt in self.receipts.iter().filter(|r| !touched.contains_key(&r.report.raise.page)) {
            change.receipts_done.push((receipt.report.raise.clone(), receipt.report.state));
        }
        for o in self.outbox.values() {
            if o.row.state == CommandState::Answered && !touched.contains_key(&o.row.page) {
                change.outbox_done.push(o.row.counter);
            }
        }
        self.commit(change)?;
        let mut outputs = vec![Output::Changed(Change::State)];
        outputs.extend(touched.into_keys().chain(gone).map(|page| Output::Changed(Change::Page { page })));
        Ok(outputs)
    }

    /// Takes in what follows the cursor, in one transaction. Whatever does not fit is not guessed at: the cursor is
    /// forgotten, and the next connection begins with a snapshot.
    pub(super) fn on_operations(
        &mut self,
        operations: Vec<Operation>,
        at: Moment,
    ) -> Result<Vec<Output>, StoreError> {
        let Some(mut cursor) = self.cursor.filter(|c| self.link.era == Some(c.era)) else {
            return self.start_over();
        };
        let mut change = Changeset::default();
        let mut touched: BTreeMap<PageId, Page> = BTreeMap::new();
        let mut history: BTreeMap<PageId, Vec<Recorded>> = BTreeMap::new();
        for operation in operations {
            if operation.seq <= cursor.seq {
                continue;
            }
            if operation.seq != cursor.seq + 1 {
                return self.start_over();
            }
            cursor.seq = operation.seq;
            let at = operation.at;
            let OperationBody::Page { page: id, version, events } = operation.body else { continue };
            let held = touched.get(&id).or_else(|| self.pages.get(&id));
            let mut page = match (held, version) {
                (Some(page), v) if v <= page.version => continue,
                (Some(page), v) if v == page.version + 1 => page.clone(),
                (None, 1) => match events.first().and_then(|opened| Page::from_opened(at, opened)) {
                    Some(page) if page.id == id => page,
                    _ => return self.start_over(),
                },
                _ => return self.start_over(),
            };
            for event in &events {
                page.apply(at, event);
            }
            page.version = version;
            touched.insert(id, page);
            history.entry(id).or_default().extend(events.into_iter().map(|event| Recorded { at, event }));
        }
        for events in history.values() {
            self.confirm_receipts(events, &mut change);
        }
        self.settle(&touched, cursor.era, at, &mut change);
        change.cursor = CursorMove::To(cursor);
        change.pages = touched.values().cloned().collect();
        change.history = history.into_iter().collect();
        self.commit(change)?;
        let mut outputs: Vec<_> =
            touched.into_keys().map(|page| Output::Changed(Change::Page { page })).collect();
        if !outputs.is_empty() {
            outputs.push(Output::Changed(Change::State));
        }
        Ok(outputs)
    }

    fn start_over(&mut self) -> Result<Vec<Output>, StoreError> {
        tracing::warn!(cursor = ?self.cursor, "an operation does not fit; starting over with a snapshot");
        self.commit(Changeset { cursor: CursorMove::Forget, ..Changeset::default() })?;
        Ok(vec![Output::Reconnect])
    }

    /// What the new versions of pages mean for the ledger, the receipts and commands that were accepted.
    fn settle(&self, touched: &BTreeMap<PageId, Page>, era: Era, at: Moment, change: &mut Changeset) {
        let Some(me) = self.me() else { return };
        for page in touched.values() {
            let now_ringing = page.ringing_for(me).map(|r| &r.raise);
            if let Some(raise) = now_ringing
                && !self.ledger.contains_key(raise)
                && !self.is_fenced(page, me, era)
            {
                change.ledger.push(LedgerRow {
                    raise: raise.clone(),
                    era,
                    page_version: page.version,
                    received_at: at.now,
                    presented_at: None,
                    seen_at: None,
                    handled_at: None,
                    notification: None,
                });
                let raise = raise.clone();
                change.receipts.push(ReceiptReport { raise, state: ReceiptState::Delivered, at: at.now });
            }
            for row in self.raises_of(page.id).filter(|r| r.handled_at.is_none()) {
                if Some(&row.raise) != now_ringing {
                    change.ledger.push(LedgerRow { handled_at: Some(at.now), ..row.clone() });
                }
            }
            for o in self.outbox.values().filter(|o| o.row.page == page.id) {
                if o.row.state == CommandState::Answered
                    && (o.row.raise.is_none() || o.row.raise.as_ref() != now_ringing)
                {
                    change.outbox_done.push(o.row.counter);
                }
            }
        }
    }

    /// True when the page is older than one this computer has already rung for, in the same life of the log: a
    /// node that lost its claim still pushes.
    fn is_fenced(&self, page: &Page, me: &PersonId, era: Era) -> bool {
        let Some(new) = page.ringing_for(me).map(|r| &r.raise) else { return false };
        self.raises_of(page.id)
            .filter(|r| r.era == era && &r.raise.person == me)
            .any(|r| r.page_version > page.version || (r.raise.round, r.raise.step) > (new.round, new.step))
    }

    pub(super) fn raises_of(&self, page: PageId) -> impl Iterator<Item = &LedgerRow> {
        self.ledger.values().filter(move |r| r.raise.page == page)
    }

    /// A receipt that stands in the log need not be told again.
    fn confirm_receipts(&self, events: &[Recorded], change: &mut Changeset) {
        let Some(device) = self.identity.as_ref().map(|i| i.you.device) else { return };
        for recorded in events {
            if let PageEvent::Receipt { raise, device: d, state, .. } = &recorded.event
                && *d == device
            {
                change.receipts_done.push((raise.clone(), *state));
            }
        }
    }
}
