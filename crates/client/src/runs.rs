//! Commands of runbooks that run on this computer: what has been started, what it prints, how it ends.
//!
//! A run is on the timeline before its program is started. None outlives the app: when it is closed, programs are ended
//! and recorded as stopped.
//!
//! **Invariant.** Nothing that a program prints leaves [`Printed`] before secrets were taken out of it.

mod printed;
mod process;
pub(crate) mod program;
#[cfg(test)]
mod tests;

use crate::ClientApp;
use crate::words::error;
use firebell_domain::run::{RunOutcome, RunRecord};
use firebell_domain::{EntryId, IncidentId, RunId};
use firebell_protocol::runbook::RunState;
use firebell_protocol::window::{Change, WindowError};
use printed::Printed;
pub(crate) use process::Program;
use process::{Ended, GRACE};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// Programs that run at once.
const RUNNING_MAX: usize = 4;
/// Runs that are kept with their output until the app is closed; of more, the oldest that have ended go.
const KEPT_MAX: usize = 30;
/// Lines that are told at once.
pub(crate) const LINES_MAX: usize = 2_000;
/// A window is told of new output no more often.
const TOLD_EVERY: Duration = Duration::from_millis(100);
/// When the app is closed there is less time to end in.
const CLOSING_GRACE: Duration = Duration::from_secs(1);
/// The longest that closing waits for programs to end and be recorded.
const CLOSING_MAX: Duration = Duration::from_secs(3);

struct Run {
    incident: IncidentId,
    printed: Arc<Mutex<Printed>>,
    state: Mutex<State>,
    stop: watch::Sender<Option<Duration>>,
    /// True when it has ended and is recorded.
    over: watch::Sender<bool>,
}

struct State {
    record: RunRecord,
    entry: EntryId,
    unrecorded: Option<String>,
}

fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Run {
    fn is_running(&self) -> bool {
        lock(&self.state).record.outcome == RunOutcome::Running
    }

    fn told(&self, after: u64, most: usize) -> RunState {
        let state = lock(&self.state);
        let mut printed = lock(&self.printed);
        let running = state.record.outcome == RunOutcome::Running;
        RunState {
            record: state.record.clone(),
            incident: self.incident,
            entry: state.entry,
            lines: printed.from(after, most),
            total: printed.total(),
            stopping: running && self.stop.borrow().is_some(),
            skipped: printed.skipped(),
            unrecorded: state.unrecorded.clone(),
        }
    }
}

/// The runs of this computer since the app was started.
#[derive(Default)]
pub(crate) struct Runs {
    held: Mutex<BTreeMap<RunId, Arc<Run>>>,
}

impl Runs {
    fn get(&self, id: RunId) -> Result<Arc<Run>, WindowError> {
        lock(&self.held).get(&id).cloned().ok_or_else(|| {
            error(
                "refused",
                "This run is not known here any more. What is kept of it stands in the timeline.",
            )
        })
    }

    /// No more can be started now: why, in words.
    pub fn check_free(&self) -> Result<(), WindowError> {
        let running = lock(&self.held).values().filter(|run| run.is_running()).count();
        if running < RUNNING_MAX {
            return Ok(());
        }
        let words = format!("{running} commands are running here. Wait for one to end, or stop one.");
        Err(error("refused", words))
    }

    /// A run, and what it printed from line `after` on.
    pub fn state(&self, id: RunId, after: u64) -> Result<RunState, WindowError> {
        Ok(self.get(id)?.told(after, LINES_MAX))
    }

    /// All of them without their output, the newest first.
    pub fn all(&self) -> Vec<RunState> {
        let mut all: Vec<_> = lock(&self.held).values().map(|run| run.told(0, 0)).collect();
        all.sort_by_key(|run| std::cmp::Reverse(run.record.started_at));
        all
    }

    /// Asks it to end; it is made to after five seconds. Of one that has ended nothing is asked.
    pub fn stop(&self, id: RunId) -> Result<(), WindowError> {
        self.get(id)?.stop.send_if_modified(|grace| grace.replace(GRACE).is_none());
        Ok(())
    }

    /// Ends everything and waits until it is recorded, three seconds at most.
    pub async fn stop_all(&self) {
        let running: Vec<_> = lock(&self.held).values().filter(|run| run.is_running()).cloned().collect();
        for run in &running {
            run.stop.send_replace(Some(CLOSING_GRACE));
        }
        let all_over = async {
            for run in running {
                let mut over = run.over.subscribe();
                // Its sender is kept by the run itself.
                let _over = over.wait_for(|over| *over).await;
            }
        };
        if tokio::time::timeout(CLOSING_MAX, all_over).await.is_err() {
            tracing::warn!("a command did not end in time and is left to be killed");
        }
    }

    /// Signed out: what was printed was the team's.
    pub fn forget(&self) {
        lock(&self.held).clear();
    }
}

/// Starts a program whose beginning is on record as `entry`. Returns at once.
pub(crate) fn start(
    app: &Arc<ClientApp>,
    incident: IncidentId,
    record: RunRecord,
    entry: EntryId,
    program: Program,
) {
    let id = record.id;
    let run = Arc::new(Run {
        incident,
        printed: Arc::default(),
        state: Mutex::new(State { record, entry, unrecorded: None }),
        stop: watch::Sender::new(None),
        over: watch::Sender::new(false),
    });
    {
        let mut held = lock(&app.runs.held);
        let mut ended: Vec<_> = held
            .iter()
            .filter(|(_, run)| !run.is_running())
            .map(|(id, run)| (lock(&run.state).record.started_at, *id))
            .collect();
        ended.sort();
        let too_many = (held.len() + 1).saturating_sub(KEPT_MAX);
        for (_, old) in ended.into_iter().take(too_many) {
            held.remove(&old);
        }
        held.insert(id, run.clone());
    }
    // The run holds the app: it is not gone before the end is recorded.
    let app = app.clone();
    tokio::spawn(async move {
        let (printing, mut heard) = watch::channel(0_u64);
        let told = {
            let app = app.clone();
            tokio::spawn(async move {
                while heard.changed().await.is_ok() {
                    app.tell(Change::Run { run: id });
                    tokio::time::sleep(TOLD_EVERY).await;
                }
            })
        };
        let on_print = Arc::new(move || printing.send_modify(|n| *n += 1));
        let ended = process::run(&program, &run.printed, run.stop.subscribe(), on_print).await;
        told.abort();
        end(&app, &run, ended).await;
    });
}

/// Writes the end into the timeline, in the place of the beginning.
async fn end(app: &Arc<ClientApp>, run: &Arc<Run>, ended: Ended) {
    let (mut record, began) = {
        let state = lock(&run.state);
        (state.record.clone(), state.entry)
    };
    (record.outcome, record.exit_code, record.signal, record.trouble) = match ended {
        Ended::Exited { code: Some(0), .. } => (RunOutcome::Succeeded, Some(0), None, None),
        Ended::Exited { code, signal } => (RunOutcome::Failed, code, signal, None),
        Ended::Stopped => (RunOutcome::Stopped, None, None, None),
        Ended::TimedOut => (RunOutcome::TimedOut, None, None, None),
        Ended::NotStarted(words) => (RunOutcome::NotStarted, None, None, Some(words)),
    };
    let (printed, incident) = (run.printed.clone(), run.incident);
    let written = app
        .clone()
        .written(move |library, at| {
            record.ended_at = Some(library.time(at).max(record.started_at));
            record.output = lock(&printed).output();
            let kept = library.run_record(incident, record.clone(), Some(began), at);
            let (entry, outputs) = match kept {
                Ok((entry, outputs)) => (Ok(entry), outputs),
                Err(e) => (Err(crate::words::of_library(e)), vec![]),
            };
            Ok(((record, entry), outputs))
        })
        .await;
    {
        let mut state = lock(&run.state);
        match written {
            Ok((record, entry)) => {
                state.record = record;
                match entry {
                    Ok(entry) => state.entry = entry,
                    Err(e) => state.unrecorded = Some(e.words),
                }
            }
            // There is no library any more; the run has ended all the same.
            Err(e) => {
                state.record.outcome = RunOutcome::Stopped;
                state.unrecorded = Some(e.words);
            }
        }
        if let Some(words) = &state.unrecorded {
            tracing::error!(words, "the end of a run is not on the timeline");
        }
    }
    app.tell(Change::Run { run: lock(&run.state).record.id });
    run.over.send_replace(true);
}
