//! Telling the team how far a raise has come here: delivered, shown, seen; each once.

use super::{Moment, Output, Responder};
use firebell_domain::receipt::ReceiptState;
use firebell_domain::{PageId, RaiseId};
use firebell_protocol::sync::{ClientMessage, ReceiptReport};
use firebell_store::{Changeset, LedgerRow, Notification, StoreError};

impl Responder {
    /// The notification server took it, or the pager window is on the screen.
    pub fn presented(&mut self, raise: &RaiseId, at: Moment) -> Result<Vec<Output>, StoreError> {
        let Some(row) = self.ledger.get(raise).filter(|r| r.presented_at.is_none()) else {
            return Ok(vec![]);
        };
        let row = LedgerRow { presented_at: Some(at.now), ..row.clone() };
        let receipt = ReceiptReport { raise: raise.clone(), state: ReceiptState::Shown, at: at.now };
        self.commit(Changeset { ledger: vec![row], receipts: vec![receipt], ..Changeset::default() })?;
        Ok(self.finish(at, vec![]))
    }

    /// The person moved to the page: focus or a click.
    pub fn seen(&mut self, page: PageId, at: Moment) -> Result<Vec<Output>, StoreError> {
        let mut change = Changeset::default();
        self.note_seen(page, at, &mut change);
        self.commit(change)?;
        Ok(self.finish(at, vec![]))
    }

    /// Adds to a changeset that my raise of this page was seen, if there is one that was not.
    pub(super) fn note_seen(&self, page: PageId, at: Moment, change: &mut Changeset) {
        let rows = self.raises_of(page).filter(|r| r.handled_at.is_none() && r.seen_at.is_none());
        for row in rows {
            change.ledger.push(LedgerRow { seen_at: Some(at.now), ..row.clone() });
            change.receipts.push(ReceiptReport {
                raise: row.raise.clone(),
                state: ReceiptState::Seen,
                at: at.now,
            });
        }
    }

    /// Remembers which notification stands for a raise.
    pub fn notified(&mut self, raise: &RaiseId, notification: Notification) -> Result<(), StoreError> {
        let Some(row) = self.ledger.get(raise) else { return Ok(()) };
        let row = LedgerRow { notification: Some(notification), ..row.clone() };
        self.commit(Changeset { ledger: vec![row], ..Changeset::default() })
    }

    /// The notification of a page's newest raise.
    pub fn notification_of(&self, page: PageId) -> Option<&Notification> {
        self.raises_of(page).filter(|r| r.notification.is_some()).last().and_then(|r| r.notification.as_ref())
    }

    /// Those that were never sent, in one message.
    pub(super) fn send_receipts(&mut self) -> Option<Output> {
        self.send_receipts_where(|sent_on, _| sent_on.is_none())
    }

    /// Those that were sent on an earlier connection and do not stand in the log. Asked after the log has caught
    /// up, so that what arrived is not told again.
    pub(super) fn repeat_receipts(&mut self) -> Option<Output> {
        self.send_receipts_where(|sent_on, this| sent_on.is_some_and(|n| n < this))
    }

    fn send_receipts_where(&mut self, which: impl Fn(Option<u64>, u64) -> bool) -> Option<Output> {
        let this = self.link.number;
        let mut receipts = vec![];
        for r in self.receipts.iter_mut().filter(|r| which(r.sent_on, this)) {
            r.sent_on = Some(this);
            receipts.push(r.report.clone());
        }
        (!receipts.is_empty()).then_some(Output::Send(ClientMessage::Receipts { receipts }))
    }
}
