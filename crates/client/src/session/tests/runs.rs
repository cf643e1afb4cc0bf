//! A runbook is written, reviewed and run on a laptop, and the timeline keeps what happened.

use super::*;
use firebell_domain::run::{CommandRule, RunOutcome};
use firebell_domain::{IncidentId, RunId, RunbookId};
use firebell_protocol::library::{IncidentDetail, TextOpened};
use firebell_protocol::runbook::{RunPrepared, RunState, RunbookRead, RunbookVersionRow};
use firebell_protocol::window::WindowError;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const BODY: &str =
    "## Rollback\n\n```sh\nprintf '%s\\n' password=hunter2horse <revision>\nsleep 600\necho a | tee b\n```\n";

struct Room {
    laptop: Laptop,
    _server: Server,
    _heard: mpsc::UnboundedReceiver<ClientMessage>,
    runbook: RunbookId,
    incident: IncidentId,
}

impl Laptop {
    pub(super) async fn has_its_library(&self) {
        let mut changes = self.app.changes();
        // It is read as soon as it is open, and written once it has heard whose it is.
        let opened = async {
            while self.call::<Value>("runbooks", json!({})).await.is_err()
                || !self.app.sync_state().is_ok_and(|sync| sync.connected)
            {
                while !matches!(changes.recv().await, Ok(Change::Library | Change::Sync)) {}
            }
        };
        tokio::time::timeout(Duration::from_secs(30), opened).await.expect("the library was never opened");
    }
}

impl Room {
    async fn open(commands: CommandRule) -> Self {
        let (server, heard) = Server::start().await;
        server.team.lock().unwrap().team.team.commands = commands;
        let laptop = Laptop::start();
        laptop.joins(&server).await;
        laptop.has_its_library().await;
        let runbook = laptop.call("runbook_create", json!({ "title": "High error rate" })).await.unwrap();
        let declaration = json!({ "title": "Checkout fails", "severity": "SEV2", "services": ["pay"] });
        let args = json!({ "declaration": declaration, "people": null });
        let incident = laptop.call("incident_declare", args).await.unwrap();
        let room = Self { laptop, _server: server, _heard: heard, runbook, incident };
        room.types(BODY, 0).await;
        room
    }

    /// Puts a text in front of the `len` units that are there.
    async fn types(&self, text: &str, len: usize) {
        let opened = self.opened().await;
        let insert: Vec<Value> = [json!(0)].into_iter().chain(text.split('\n').map(Into::into)).collect();
        let keep = (len > 0).then(|| json!(len));
        let changes: Vec<Value> = [Value::Array(insert)].into_iter().chain(keep).collect();
        let updates = json!([{ "client": "me", "changes": changes }]);
        let args = json!({ "document": self.document(), "version": opened.version, "updates": updates });
        assert!(self.laptop.call::<bool>("text_push", args).await.unwrap());
    }

    fn document(&self) -> String {
        format!("runbook/{}#body", self.runbook)
    }

    async fn opened(&self) -> TextOpened {
        self.laptop.call("text_open", json!({ "document": self.document() })).await.unwrap()
    }

    async fn ask<T: DeserializeOwned>(&self, name: &str, mut args: Value) -> Result<T, WindowError> {
        args["runbook"] = json!(self.runbook);
        self.laptop.call(name, args).await
    }

    async fn read(&self) -> RunbookRead {
        self.ask("runbook_steps", json!({})).await.unwrap()
    }

    async fn reviews(&self) {
        let digest = self.read().await.digest;
        self.ask::<()>("runbook_reviewed", json!({ "digest": digest })).await.unwrap();
    }

    async fn step(&self, part: &str) -> String {
        let found = self.read().await.steps.into_iter().find(|s| s.step.line.contains(part));
        found.expect("there is such a step").step.id
    }

    fn start_args(&self, step: &str) -> Value {
        json!({ "incident": self.incident, "step": step, "arguments": { "revision": "v3.4.1; true" },
            "reason": "errors began with v3.4.2", "environment": "production", "from": "v3.4.2", "to": "v3.4.1" })
    }

    async fn starts(&self, part: &str) -> RunId {
        let step = self.step(part).await;
        self.ask("run_start", self.start_args(&step)).await.unwrap()
    }

    async fn run_is(&self, run: RunId, wanted: impl Fn(&RunState) -> bool) -> RunState {
        let mut changes = self.laptop.app.changes();
        let found = async {
            loop {
                let state: RunState =
                    self.laptop.call("run", json!({ "run": run, "after": 0 })).await.unwrap();
                if wanted(&state) {
                    return state;
                }
                while !matches!(changes.recv().await, Ok(Change::Run { .. })) {}
            }
        };
        tokio::time::timeout(Duration::from_secs(30), found).await.expect("the run never became so")
    }

    async fn timeline(&self) -> IncidentDetail {
        self.laptop.call("incident", json!({ "incident": self.incident })).await.unwrap()
    }
}

fn ended(state: &RunState) -> bool {
    state.record.outcome != RunOutcome::Running
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reviewed_command_is_run_and_the_timeline_says_what_who_why_and_how_it_ended() {
    let room = Room::open(CommandRule::Allowed).await;
    let step = room.step("printf").await;
    let fill = json!({ "step": step, "arguments": { "revision": "v3.4.1; true" } });
    let refused = room.ask::<RunPrepared>("run_prepare", fill.clone()).await.unwrap_err();
    assert!(refused.words.contains("Nobody has reviewed"), "{refused:?}");
    room.reviews().await;
    let prepared: RunPrepared = room.ask("run_prepare", fill).await.unwrap();
    assert_eq!(prepared.argv.last().unwrap(), "v3.4.1; true", "one word, whatever it holds");
    assert!(prepared.line.ends_with("'v3.4.1; true'") && prepared.program.ends_with("/printf"));

    let mut args = room.start_args(&step);
    args["reason"] = json!("  ");
    assert!(room.ask::<RunId>("run_start", args).await.unwrap_err().words.contains("why"));
    let mut args = room.start_args(&step);
    args["incident"] = json!(null);
    assert!(room.ask::<RunId>("run_start", args).await.unwrap_err().words.contains("incident"));

    let run = room.starts("printf").await;
    let state = room.run_is(run, ended).await;
    let lines: Vec<_> = state.lines.iter().map(|l| l.text.as_str()).collect();
    assert_eq!(lines, ["password=[secret]", "v3.4.1; true"]);
    let detail = room.timeline().await;
    let began = detail.timeline.iter().find(|e| e.corrected_by == Some(state.entry)).expect("its beginning");
    assert_eq!(began.entry.run.as_ref().unwrap().outcome, RunOutcome::Running);
    let kept = detail.timeline.iter().find(|e| e.entry.id == state.entry).unwrap();
    let record = kept.entry.run.as_ref().unwrap();
    assert_eq!(**record, state.record);
    assert_eq!((record.outcome, record.exit_code), (RunOutcome::Succeeded, Some(0)));
    assert_eq!((record.from.as_deref(), record.to.as_deref()), (Some("v3.4.2"), Some("v3.4.1")));
    assert_eq!((record.by.as_str(), record.strategy.as_deref()), ("ana", Some("rollback")));
    assert_eq!(kept.entry.reason.as_deref(), Some("errors began with v3.4.2"));
    let written = serde_json::to_string(&detail).unwrap();
    assert!(!written.contains("hunter2"), "no secret in what is kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_after_the_review_takes_its_word_back() {
    let room = Room::open(CommandRule::Allowed).await;
    room.reviews().await;
    assert_eq!(room.read().await.not_run, None);
    room.types("Read this first.\n\n", BODY.encode_utf16().count()).await;
    let words = room.read().await.not_run.unwrap();
    assert!(words.contains("changed after its review"), "{words}");
    let step = room.step("sleep").await;
    let refused = room.ask::<RunId>("run_start", room.start_args(&step)).await.unwrap_err();
    assert_eq!((refused.code.as_str(), refused.words), ("refused", words));
    let piped = room.read().await.steps.into_iter().find(|s| s.step.line.contains("tee")).unwrap();
    assert!(piped.refused.unwrap().contains("script"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_run_in_a_team_that_has_not_allowed_it() {
    let room = Room::open(CommandRule::Off).await;
    room.reviews().await;
    let step = room.step("sleep").await;
    let refused = room.ask::<RunId>("run_start", room.start_args(&step)).await.unwrap_err();
    assert!(refused.words.contains("an admin can allow"), "{refused:?}");
    assert!(room.timeline().await.timeline.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_the_app_ends_what_runs_and_records_it_as_stopped() {
    let room = Room::open(CommandRule::Allowed).await;
    room.reviews().await;
    let (stopped, closed) = (room.starts("sleep").await, room.starts("sleep").await);
    room.laptop.call::<()>("run_stop", json!({ "run": stopped })).await.unwrap();
    assert_eq!(room.run_is(stopped, ended).await.record.outcome, RunOutcome::Stopped);
    room.laptop.app.sign_off().await;
    let state: RunState = room.laptop.call("run", json!({ "run": closed, "after": 0 })).await.unwrap();
    assert_eq!(state.record.outcome, RunOutcome::Stopped);
    let detail = room.timeline().await;
    let kept = detail.timeline.iter().find(|e| e.entry.id == state.entry).unwrap();
    assert_eq!(kept.entry.run.as_ref().unwrap().outcome, RunOutcome::Stopped);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versions_are_kept_compared_and_written_back() {
    let room = Room::open(CommandRule::Off).await;
    assert!(room.ask::<bool>("runbook_keep", json!({ "note": "first" })).await.unwrap());
    assert!(!room.ask::<bool>("runbook_keep", json!({ "note": "" })).await.unwrap(), "nothing is new");
    let wrong = room.ask::<()>("runbook_reviewed", json!({ "digest": "another" })).await.unwrap_err();
    assert!(wrong.words.contains("changed since you read it"));
    room.types("## Overview\n\nIt sells.\n\n", BODY.encode_utf16().count()).await;
    assert!(room.read().await.changed);
    room.reviews().await;
    let versions: Vec<RunbookVersionRow> = room.ask("runbook_versions", json!({})).await.unwrap();
    let seen: Vec<_> = versions.iter().map(|v| (v.added, v.removed, v.reviewed, v.note.as_str())).collect();
    assert_eq!(seen, [(4, 0, true, ""), (7, 0, false, "first")]);
    let between = json!({ "from": versions[1].write, "to": null });
    let diff: firebell_domain::runbook::Difference = room.ask("runbook_diff", between).await.unwrap();
    assert_eq!((diff.added, diff.removed), (4, 0));
    room.ask::<()>("runbook_restore", json!({ "version": versions[1].write })).await.unwrap();
    assert_eq!(room.opened().await.text, BODY);
    let versions: Vec<RunbookVersionRow> = room.ask("runbook_versions", json!({})).await.unwrap();
    assert_eq!(versions.len(), 2, "the history has lost nothing");
}
