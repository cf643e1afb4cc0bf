//! What is due: one page is one job, so that a failure touches no other page.

use super::decide::{Decided, command};
use crate::ringing;
use crate::storage::{StorageError, Tx};
use firebell_domain::PageId;
use firebell_domain::page::{Command, TimerKey, WaitReason};

/// A page whose decision fails is tried again after this.
const RETRY_AFTER: chrono::TimeDelta = chrono::TimeDelta::seconds(15);

/// Does what is due on one page. Held paging does nothing: the timer stays and is due when it is resumed.
pub fn fire(tx: &mut Tx, page: PageId) -> Result<(), StorageError> {
    if tx.held()? {
        return Ok(());
    }
    if let Some(held) = tx.page(page)?
        && let Some(timer) = held.next_timer().filter(|t| t.key == TimerKey::Forgotten && t.due <= tx.now())
        && let Some(patience) = held.acknowledged_timeout()
        && ringing::goes_on(tx, &held, timer.due - patience.delta())?
    {
        return Ok(());
    }
    match command(tx, page, Command::Tick)? {
        Decided::Done { .. } | Decided::NoSuchPage => Ok(()),
        // `Tick` is never refused by the rules; were it, the page must not spin.
        Decided::Refused(_) => tx.postpone(page, tx.now() + RETRY_AFTER),
    }
}

/// Puts a page aside whose decision failed, so that the queue keeps moving.
pub fn put_aside(tx: &mut Tx, page: PageId) -> Result<(), StorageError> {
    tx.postpone(page, tx.now() + RETRY_AFTER)
}

/// Lets the pages ring that wait for `is_over`.
pub fn release(tx: &mut Tx, is_over: impl Fn(&WaitReason) -> bool) -> Result<(), StorageError> {
    for page in tx.open_pages()? {
        if page.waiting.as_ref().is_some_and(|(why, _)| is_over(why)) {
            command(tx, page.id, Command::Release)?;
        }
    }
    Ok(())
}

/// The operator's word after a restore: paging goes on.
pub fn resume(tx: &mut Tx) -> Result<(), StorageError> {
    tx.set_held(false)?;
    tx.tell_everybody_again()?;
    release(tx, |why| *why == WaitReason::Held)
}
