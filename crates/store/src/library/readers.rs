//! Connections that only read: a list or a search does not wait while a thousand operations are taken in.

use super::Queries;
use crate::StoreError;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError};

/// Connections that are kept for the next question.
const KEPT: usize = 4;

type Connect = dyn Fn() -> Result<Connection, StoreError> + Send + Sync;

/// Asks on a connection of its own, and waits for no writer. Cheap to clone; any thread may use it.
#[derive(Clone)]
pub struct Readers(Arc<Pool>);

struct Pool {
    idle: Mutex<Vec<Queries>>,
    connect: Box<Connect>,
}

impl Readers {
    pub(super) fn new(connect: Box<Connect>) -> Self {
        Self(Arc::new(Pool { idle: Mutex::default(), connect }))
    }

    /// Everything that is asked in one call is of one moment: the last commit before it.
    pub fn read<T>(&self, ask: impl FnOnce(&Queries) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = || self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let queries = match taken {
            Some(queries) => queries,
            None => Queries { db: (self.0.connect)()? },
        };
        let transaction = queries.db.unchecked_transaction()?;
        let answer = ask(&queries);
        drop(transaction);
        // One that failed may be one of a file that was put aside since.
        if answer.is_ok() && idle().len() < KEPT {
            idle().push(queries);
        }
        answer
    }
}

impl std::fmt::Debug for Readers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Readers")
    }
}
