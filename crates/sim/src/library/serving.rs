//! What the server does with what it hears: as its connections do, without their sockets.

use super::versions::as_read_by_an_older_version;
use super::{Event, World};
use crate::faults::Fault;
use crate::oracle::Broken;
use crate::plant::Plant;
use firebell_client::library::Fetch;
use firebell_log::{Change, Operation, OperationBody, Stamp};
use firebell_protocol::sync::{ClientMessage, LogChunk, OpAnswer, OpOutcome, ServerMessage, Submission};
use firebell_server::library;
use firebell_server::push::follow;
use firebell_server::storage::{Device, OfOpen, StorageError};
use rand::RngExt;

/// Operations of one change, as the server's connections take them.
const CHANGE_MAX: usize = 64;

impl World {
    pub(super) fn server_hears(&mut self, id: u64, message: ClientMessage) -> Result<(), Broken> {
        let Some(c) = self.connections.get(&id).filter(|c| c.is_open) else { return Ok(()) };
        if self.office.life != c.office_life || !self.office.up {
            return Ok(());
        }
        let device = self.replicas[c.replica].device.clone();
        match message {
            ClientMessage::Hello { protocol, cursor, writer, .. } => {
                let now = self.instant();
                let told = follow::greet(&mut self.office.db, &device, protocol, cursor, writer, now);
                let Ok(told) = told.map_err(|e| e.to_string())? else {
                    return Err("a member of the team was turned away".into());
                };
                for told in told {
                    self.office.told.insert(id, told.at);
                    self.send_down(id, told.message);
                }
                if let Some(c) = self.connections.get_mut(&id) {
                    c.greeted = true;
                }
                self.tell(id)
            }
            ClientMessage::Submit { ops } => self.submitted(id, &device, ops),
            _ => Ok(()),
        }
    }

    fn submitted(&mut self, id: u64, device: &Device, ops: Vec<Submission>) -> Result<(), Broken> {
        let mut ops = ops.into_iter().peekable();
        while let Some(writer) = ops.peek().map(|s| s.op.id.writer) {
            let mut change = vec![];
            while change.len() < CHANGE_MAX
                && let Some(next) = ops.next_if(|s| s.op.id.writer == writer)
            {
                change.push(next);
            }
            if self.rng.random_bool(self.weather.crash) {
                self.count(Fault::CrashBeforeCommit);
                let back = self.now + self.rng.random_range(200..20_000);
                self.crash_server(back);
                return Ok(());
            }
            let count = change.len();
            let mut answers = self.commit(|tx| library::submit(tx, device, change))?;
            self.oracle.answered(writer, &answers)?;
            if self.plant == Some(Plant::ForkAccepted) {
                self.accept_forks(&mut answers)?;
            }
            for answer in &answers {
                match answer.outcome {
                    OpOutcome::Refused { .. } => self.count(Fault::RefusedWrite),
                    OpOutcome::Forked => self.count(Fault::Forked),
                    _ => {}
                }
            }
            if self.rng.random_bool(self.weather.crash) {
                self.count(Fault::CrashAfterCommit);
                let back = self.now + self.rng.random_range(200..20_000);
                self.crash_server(back);
                return Ok(());
            }
            let stops = |a: &OpAnswer| matches!(a.outcome, OpOutcome::Forked | OpOutcome::Missing { .. });
            let stopped = answers.len() < count || answers.last().is_some_and(stops);
            // The answer and the push of the same commit overtake each other.
            let told_first = self.rng.random_bool(0.5);
            if told_first {
                self.tell_everybody()?;
            }
            if self.rng.random_bool(self.weather.lost_answer * 0.3) {
                self.count(Fault::LostAnswer);
                self.break_connection(id);
            } else {
                self.send_down(id, ServerMessage::Answers { writer, answers });
            }
            self.tell_everybody()?;
            if stopped {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Planted: a copy's operation is answered as if it were the one that has the name.
    fn accept_forks(&mut self, answers: &mut [OpAnswer]) -> Result<(), Broken> {
        let seq = self.office.newest().map_err(|e| e.to_string())?;
        let stamp = Stamp { ms: self.instant().timestamp_millis(), tick: 0 };
        for answer in answers.iter_mut().filter(|a| a.outcome == OpOutcome::Forked) {
            answer.outcome = OpOutcome::Accepted { seq, stamp };
        }
        Ok(())
    }

    /// Every connection hears what is new in the log.
    pub(super) fn tell_everybody(&mut self) -> Result<(), Broken> {
        let greeted: Vec<u64> =
            self.connections.iter().filter(|(_, c)| c.is_open && c.greeted).map(|(id, _)| *id).collect();
        greeted.into_iter().try_for_each(|id| self.tell(id))
    }

    fn tell(&mut self, id: u64) -> Result<(), Broken> {
        let Some(replica) = self.connections.get(&id).map(|c| c.replica) else { return Ok(()) };
        let device = self.replicas[replica].device.clone();
        while let Some(at) = self.office.told.get(&id).copied() {
            let told = follow::read_on(&mut self.office.db, &device, at).map_err(|e| e.to_string())?;
            let Some(told) = told else { break };
            self.office.told.insert(id, told.at);
            let mut message = told.message;
            if let ServerMessage::Operations { operations } = &mut message {
                self.misread(replica, operations);
            }
            self.send_down(id, message);
        }
        Ok(())
    }

    pub(super) fn part_of_the_log(&mut self, replica: usize, asked: Fetch) -> Result<LogChunk, Broken> {
        // Small parts, so that there are many.
        let limit = self.rng.random_range(1..40);
        let person = &self.replicas[replica].device.person;
        let db = &mut self.office.db;
        let chunk: Result<LogChunk, StorageError> = match asked {
            Fetch::Open => library::open(db, person, OfOpen::State),
            Fetch::OpenEntries => library::open(db, person, OfOpen::Entries),
            Fetch::Part { after, until } => library::chunk(db, person, after, Some(until), limit),
            Fetch::History(wanted) => library::history(db, person, wanted.incident, wanted.upto, limit),
        };
        let mut chunk = chunk.map_err(|e| e.to_string())?;
        let count = chunk.operations.len();
        if self.plant == Some(Plant::HoleSkipped) && count > 0 && self.rng.random_bool(0.2) {
            chunk.operations.remove(self.rng.random_range(0..count));
        }
        self.misread(replica, &mut chunk.operations);
        Ok(chunk)
    }

    /// An older version understands less. Planted: what counts is when a write comes in.
    fn misread(&self, replica: usize, operations: &mut [Operation]) {
        if let Some(unknown) = self.replicas[replica].older {
            operations.iter_mut().for_each(|operation| as_read_by_an_older_version(operation, unknown));
        }
        if self.plant != Some(Plant::LastArrivalWins) {
            return;
        }
        for operation in operations {
            if let OperationBody::Written(written) = &mut operation.body
                && let Some(Change::Record { .. }) = written.change()
            {
                written.stamp = Stamp { ms: self.instant().timestamp_millis(), tick: 0 };
            }
        }
    }

    pub(super) fn ping(&mut self, life: u32) {
        if self.office.life != life || !self.office.up {
            return;
        }
        self.queue.at(self.now + 15_000, Event::Ping { life });
        let server_time = self.instant();
        let greeted: Vec<u64> =
            self.connections.iter().filter(|(_, c)| c.is_open && c.greeted).map(|(id, _)| *id).collect();
        for id in greeted {
            self.send_down(id, ServerMessage::Ping { n: 1, server_time });
        }
    }
}
