//! The handle: one writer thread that commits in groups, a few readers.

use super::open::FolderLock;
use super::sql::Db;
use super::teams::KnownTeam;
use super::tx::transact_knowing;
use super::{
    Channel, Committed, DatabaseUrl, Device, OutboxRow, PageFilter, Silence, StorageError, TeamRecord, Tx,
    open_db,
};
use super::{
    alerts, cadences, channels, devices, integrations, meta, operations, outbox, pages, silences, teams,
};
use crate::clock::Clock;
use firebell_domain::alert::Alert;
use firebell_domain::liveness::Awake;
use firebell_domain::page::{Page, Recorded};
use firebell_domain::{IncidentId, Instant, IntegrationId, PageId, PersonId};
use firebell_log::{Era, Operation};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, mpsc};
use tokio::sync::oneshot;
use uuid::Uuid;

/// Changes committed together at most. More would make the first one wait without making the disk faster.
const GROUP_MAX: usize = 256;
const READERS: usize = 3;
/// Far below [`Awake::MISSED`].
const TURN: std::time::Duration = std::time::Duration::from_secs(5);

type Listener = Box<dyn Fn(&Committed) + Send>;

enum Work {
    Change(Box<dyn Change>),
    Read(Box<dyn Read>),
}

/// Cheap to clone. Dropping the last one ends the threads after what was queued.
#[derive(Clone)]
pub struct Storage {
    writer: mpsc::Sender<Work>,
    reader: Option<mpsc::Sender<Box<dyn Read>>>,
    _lock: Option<Arc<FolderLock>>,
}

impl Storage {
    /// Opens the database, brings it to the newest schema and starts its threads. `listener` hears of every
    /// commit, in order. `lock`: the data folder's, for SQLite.
    pub fn open(
        url: &DatabaseUrl,
        clock: Arc<dyn Clock>,
        node_started: Instant,
        lock: Option<FolderLock>,
        listener: impl Fn(&Committed) + Send + 'static,
    ) -> Result<Self, StorageError> {
        let db = open_db(url)?;
        let (writer, changes) = mpsc::channel();
        let awake = Awake::new(node_started);
        let writing =
            Writer { db: Some(db), url: url.clone(), clock, awake, team: None, listener: Box::new(listener) };
        spawn("writer", move || writing.run(&changes))?;
        let reader = if *url == DatabaseUrl::Memory { None } else { Some(readers(url)?) };
        Ok(Self { writer, reader, _lock: lock.map(Arc::new) })
    }

    /// Runs a change and waits until it is on the disk.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let (reply, outcome) = oneshot::channel();
        let change = Box::new(Pending { work: Some(work), outcome: None, reply });
        self.writer.send(Work::Change(change)).map_err(|_| StorageError::Closed)?;
        outcome.await.map_err(|_| StorageError::Closed)?
    }

    /// Reads what is committed. `work` is asked once more when its connection is lost.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Db) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let (reply, outcome) = oneshot::channel();
        let read = Box::new(Asked { work, outcome: Err(StorageError::Closed), reply });
        match &self.reader {
            Some(reader) => reader.send(read).map_err(|_| StorageError::Closed)?,
            None => self.writer.send(Work::Read(read)).map_err(|_| StorageError::Closed)?,
        }
        outcome.await.map_err(|_| StorageError::Closed)?
    }

    /// Proves that a change can be stored: for `/readyz`.
    pub async fn ping(&self) -> Result<(), StorageError> {
        self.write(|tx| tx.set_meta("ready", "1")).await
    }
    pub async fn team(&self) -> Result<Arc<TeamRecord>, StorageError> {
        self.read(|db| teams::newest(db)?.map(Arc::new).ok_or(StorageError::NoTeam)).await
    }
    pub async fn era(&self) -> Result<Era, StorageError> {
        self.read(|db| meta::era(db)?.ok_or(StorageError::NoTeam)).await
    }
    pub async fn held(&self) -> Result<bool, StorageError> {
        self.read(meta::held).await
    }
    pub async fn meta(&self, key: &'static str) -> Result<Option<String>, StorageError> {
        self.read(move |db| meta::get(db, key)).await
    }
    pub async fn integration_by_key(&self, hash: [u8; 32]) -> Result<Option<IntegrationId>, StorageError> {
        self.read(move |db| integrations::by_key(db, &hash)).await
    }
    /// A device by its token's hash, revoked ones included.
    pub async fn device_by_token(&self, hash: [u8; 32]) -> Result<Option<Device>, StorageError> {
        self.read(move |db| devices::by_token(db, &hash)).await
    }
    pub async fn devices(&self) -> Result<Vec<Device>, StorageError> {
        self.read(devices::all).await
    }
    pub async fn channels_of(&self, person: PersonId) -> Result<Vec<Channel>, StorageError> {
        self.read(move |db| channels::of_person(db, &person)).await
    }
    pub async fn silences(&self, now: Instant) -> Result<Vec<Silence>, StorageError> {
        self.read(move |db| silences::current(db, now)).await
    }
    pub async fn pages(&self, filter: PageFilter) -> Result<Vec<Page>, StorageError> {
        self.read(move |db| pages::list(db, filter)).await
    }
    pub async fn page(&self, id: PageId) -> Result<Option<Page>, StorageError> {
        self.read(move |db| pages::by_id(db, id)).await
    }
    pub async fn history(&self, id: PageId) -> Result<Vec<Recorded>, StorageError> {
        self.read(move |db| pages::history(db, id)).await
    }
    pub async fn alerts(&self, page: PageId, limit: u32) -> Result<Vec<Alert>, StorageError> {
        self.read(move |db| alerts::of_page(db, page, limit)).await
    }
    pub async fn operations_after(&self, seq: u64, limit: u32) -> Result<Vec<Operation>, StorageError> {
        self.read(move |db| operations::after(db, seq, limit)).await
    }
    pub async fn newest_operation(&self) -> Result<u64, StorageError> {
        self.read(operations::newest).await
    }
    pub async fn outbox_row(&self, id: Uuid) -> Result<Option<OutboxRow>, StorageError> {
        self.read(move |db| outbox::by_id(db, id)).await
    }
    /// When the next thing is due on any page, or of the updates of any incident.
    pub async fn next_due(&self) -> Result<Option<Instant>, StorageError> {
        self.read(|db| Ok([pages::next_due(db)?, cadences::next_due(db)?].into_iter().flatten().min())).await
    }
    pub async fn due_cadences(&self, now: Instant, limit: u32) -> Result<Vec<IncidentId>, StorageError> {
        self.read(move |db| cadences::due(db, now, limit)).await
    }
    pub async fn next_outbox_due(&self) -> Result<Option<Instant>, StorageError> {
        self.read(outbox::next_due).await
    }
    pub async fn due_pages(&self, now: Instant, limit: u32) -> Result<Vec<PageId>, StorageError> {
        self.read(move |db| pages::due(db, now, limit)).await
    }
    /// Open pages without a next action; always 0 unless there is a bug.
    pub async fn forgotten_pages(&self) -> Result<u64, StorageError> {
        self.read(pages::forgotten).await
    }
}

trait Change: Send {
    /// `alone`: nothing else shares the transaction, which then is isolation enough.
    fn run(&mut self, tx: &mut Tx, alone: bool) -> Result<(), StorageError>;
    fn finish(self: Box<Self>, committed: Result<(), StorageError>);
}

struct Pending<T, F> {
    work: Option<F>,
    outcome: Option<Result<T, StorageError>>,
    reply: oneshot::Sender<Result<T, StorageError>>,
}

impl<T: Send, F: FnOnce(&mut Tx) -> Result<T, StorageError> + Send> Change for Pending<T, F> {
    fn run(&mut self, tx: &mut Tx, alone: bool) -> Result<(), StorageError> {
        let Some(work) = self.work.take() else { return Ok(()) };
        if alone {
            self.outcome = Some(Ok(guarded(work, tx)?));
        } else {
            self.outcome = Some(tx.isolated(|tx| guarded(work, tx))?);
        }
        Ok(())
    }

    fn finish(self: Box<Self>, committed: Result<(), StorageError>) {
        let outcome = match committed {
            Ok(()) => self.outcome.unwrap_or(Err(StorageError::Closed)),
            Err(error) => Err(error),
        };
        // The asker may have gone away; the change stands all the same.
        let _gone = self.reply.send(outcome);
    }
}

/// It changes nothing, so it can be run again.
trait Read: Send {
    /// False when the connection was lost on the way.
    fn run(&mut self, db: &mut Db) -> bool;
    fn finish(self: Box<Self>);
}

struct Asked<T, F> {
    work: F,
    outcome: Result<T, StorageError>,
    reply: oneshot::Sender<Result<T, StorageError>>,
}

impl<T: Send, F: Fn(&mut Db) -> Result<T, StorageError> + Send> Read for Asked<T, F> {
    fn run(&mut self, db: &mut Db) -> bool {
        self.outcome = (self.work)(db);
        !matches!(&self.outcome, Err(error) if error.is_connection_lost())
    }

    fn finish(self: Box<Self>) {
        // The asker may have gone away; then nobody minds.
        let _gone = self.reply.send(self.outcome);
    }
}

/// A change that panics is a change that failed: the page it was about is put aside, the others go on.
fn guarded<T>(work: impl FnOnce(&mut Tx) -> Result<T, StorageError>, tx: &mut Tx) -> Result<T, StorageError> {
    let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| work(tx)));
    outcome
        .unwrap_or_else(|_| Err(StorageError::damaged("a change could not be decided; the log says where")))
}

struct Writer {
    db: Option<Db>,
    url: DatabaseUrl,
    clock: Arc<dyn Clock>,
    awake: Awake,
    team: Option<Arc<KnownTeam>>,
    listener: Listener,
}

impl Writer {
    fn run(mut self, work: &mpsc::Receiver<Work>) {
        let mut next = self.wait(work);
        while let Some(first) = next.take() {
            let mut group = Vec::new();
            match first {
                Work::Read(read) => self.read(read),
                Work::Change(change) => {
                    group.push(change);
                    while group.len() < GROUP_MAX {
                        match work.try_recv() {
                            Ok(Work::Change(change)) => group.push(change),
                            Ok(read) => {
                                next = Some(read);
                                break;
                            }
                            Err(_) => break,
                        }
                    }
                    self.commit(group);
                }
            }
            if next.is_none() {
                next = self.wait(work);
            }
        }
    }

    /// The next thing to do; `None` when nobody is left to ask. Takes a turn now and then, so that a long silence
    /// of this thread means that the machine stood still.
    fn wait(&mut self, work: &mpsc::Receiver<Work>) -> Option<Work> {
        loop {
            match work.recv_timeout(TURN) {
                Ok(work) => return Some(work),
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    self.awake.turn(self.clock.now());
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => return None,
            }
        }
    }

    fn read(&mut self, mut read: Box<dyn Read>) {
        if let Some(db) = &mut self.db {
            read.run(db);
        }
        read.finish();
    }

    fn commit(&mut self, mut group: Vec<Box<dyn Change>>) {
        let alone = group.len() == 1;
        match self.attempt(&mut group, alone) {
            Ok(committed) => {
                (self.listener)(&committed);
                group.into_iter().for_each(|c| c.finish(Ok(())));
            }
            Err(error) => {
                if group.len() > 1 {
                    tracing::error!(error = %Chain(&error), changes = group.len(), "a group of changes failed");
                }
                let mut error = Some(error);
                for change in group {
                    change.finish(Err(error.take().unwrap_or(StorageError::Closed)));
                }
            }
        }
    }

    fn attempt(&mut self, group: &mut [Box<dyn Change>], alone: bool) -> Result<Committed, StorageError> {
        let (clock, awake_since) = (self.clock.clone(), self.awake.turn(self.clock.now()));
        let mut is_second = false;
        loop {
            if self.db.is_none() {
                self.db = Some(open_db(&self.url)?);
            }
            let Some(db) = &mut self.db else { return Err(StorageError::Closed) };
            let mut begun = false;
            let outcome = transact_knowing(db, &|| clock.now(), awake_since, &mut self.team, |tx| {
                begun = true;
                group.iter_mut().try_for_each(|change| change.run(tx, alone))
            });
            if matches!(&outcome, Err(error) if error.is_connection_lost()) {
                self.db = None;
                // That the database was restarted is noticed only by asking it. No change has been run yet.
                if !begun && !is_second {
                    is_second = true;
                    continue;
                }
            }
            return outcome.map(|((), committed)| committed);
        }
    }
}

fn readers(url: &DatabaseUrl) -> Result<mpsc::Sender<Box<dyn Read>>, StorageError> {
    let (sender, queue) = mpsc::channel::<Box<dyn Read>>();
    let queue = Arc::new(Mutex::new(queue));
    for _ in 0..READERS {
        let (queue, url) = (queue.clone(), url.clone());
        let mut db = Some(open_db(&url)?);
        spawn("reader", move || {
            loop {
                let next = queue.lock().map(|q| q.recv());
                let Ok(Ok(read)) = next else { return };
                answer(read, &mut db, &url);
            }
        })?;
    }
    Ok(sender)
}

/// That a connection is gone (the database was restarted) is noticed only by asking: then once more, on a new one.
fn answer(mut read: Box<dyn Read>, db: &mut Option<Db>, url: &DatabaseUrl) {
    for _ in 0..2 {
        if db.is_none() {
            *db = open_db(url).map_err(|e| tracing::warn!(error = %Chain(&e), "no database to read")).ok();
        }
        if db.as_mut().is_none_or(|db| read.run(db)) {
            break;
        }
        *db = None;
    }
    read.finish();
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), StorageError> {
    std::thread::Builder::new()
        .name(format!("storage {name}"))
        .spawn(work)
        .map(|_runs_until_the_handle_is_dropped| ())
        .map_err(|e| StorageError::Folder(format!("no thread for the database: {e}")))
}

/// An error with what caused it, on one line.
pub struct Chain<'a>(pub &'a (dyn std::error::Error + 'static));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}
