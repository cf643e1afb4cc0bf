//! Commands of a runbook, run on this computer: prepared, started, followed, stopped.

use super::Nothing;
use crate::ClientApp;
use crate::library::{Library, LibraryError};
use crate::runs::{self, Program, program};
use crate::words::error;
use firebell_domain::refusal::RefusalCode;
use firebell_domain::run::{
    Asking, CommandsHere, RunOutcome, RunOutput, RunRecord, is_reviewed, mask, mask_argv, may_run,
};
use firebell_domain::runbook::{CommandLine, Reviewed, Step, digest, read};
use firebell_domain::team::Team;
use firebell_domain::{IncidentId, PersonId, Refusal, RunId, RunbookId, ServiceId, Span};
use firebell_protocol::library::RunbookDetail;
use firebell_protocol::runbook::{RunPrepared, RunState};
use firebell_protocol::window::WindowError;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Without a strategy that says otherwise, a command is stopped after this long.
const TIME_OUT: Span = Span::seconds(300);

/// Who asks, and what they are allowed: looked up before the library is.
pub(super) struct Asker {
    pub team: Option<Team>,
    pub person: Option<PersonId>,
    pub here: CommandsHere,
}

impl Asker {
    pub fn of(app: &ClientApp) -> Result<Self, WindowError> {
        app.read(|r, _| Self {
            team: r.team().map(|view| view.team.clone()),
            person: r.identity().map(|i| i.you.person.clone()),
            here: r.settings().commands,
        })
    }

    /// Somebody has reviewed the body as it stands.
    pub fn is_reviewed(detail: &RunbookDetail, body: &str) -> bool {
        let field = detail.fields.get("reviewed");
        let reviewed: Option<Reviewed> = field.and_then(|f| serde_json::from_value(f.value.clone()).ok());
        is_reviewed(reviewed.as_ref().zip(field.map(|view| &view.author)), body).is_ok()
    }

    /// Why no command of the runbook can be run here.
    pub fn check(&self, detail: &RunbookDetail, body: &str) -> Result<(), Refusal> {
        if !cfg!(unix) {
            let words = "Commands are run on Linux and macOS so far. Copy this one into a terminal.";
            return Err(Refusal::new(RefusalCode::NotAllowed, words));
        }
        let nobody = PersonId::new("");
        // Read from the field itself, so that the rule sees who wrote it.
        let field = detail.fields.get("reviewed");
        let reviewed: Option<Reviewed> =
            field.and_then(|view| serde_json::from_value(view.value.clone()).ok());
        may_run(Asking {
            team: self.team.as_ref(),
            here: self.here,
            person: self.person.as_ref().unwrap_or(&nobody),
            reviewed: reviewed.as_ref().zip(field.map(|view| &view.author)),
            body,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct Prepare {
    runbook: RunbookId,
    step: String,
    arguments: BTreeMap<String, String>,
}

/// A command with its arguments, looked at from every side.
struct Ready {
    detail: RunbookDetail,
    step: Step,
    body_digest: String,
    strategy: Option<String>,
    argv: Vec<String>,
    file: PathBuf,
    warnings: Vec<String>,
    time_out: Span,
}

fn ready(library: &mut Library, asker: &Asker, args: &Prepare) -> Result<Ready, LibraryError> {
    let gone = |words: &str| Refusal::new(RefusalCode::NotFound, words);
    let body = library.runbook_text(args.runbook)?;
    let detail = library.store().runbook(args.runbook)?.ok_or_else(|| {
        gone("This runbook is not known on this computer (any more). Look at the list again.")
    })?;
    asker.check(&detail, &body)?;
    let step = read(&body).steps.into_iter().find(|step| step.id == args.step);
    let step = step.ok_or_else(|| gone("This command has changed. Look at the runbook again."))?;
    let line = CommandLine::parse(&step.line)?;
    let argv = line.expand(&args.arguments)?;
    let file = program::find(&argv[0], &program::path())
        .map_err(|words| Refusal::new(RefusalCode::NotFound, words))?;
    let playbook = asker.team.as_ref().map(Team::playbook).unwrap_or_default();
    let strategy = step.strategy(&playbook);
    let wait_for = strategy.as_ref().and_then(|id| playbook.strategies.get(id)?.wait_for);
    Ok(Ready {
        body_digest: digest(&body),
        detail,
        step,
        strategy,
        argv,
        file,
        warnings: line.warnings(),
        time_out: wait_for.unwrap_or(TIME_OUT),
    })
}

fn prepared(ready: &Ready) -> RunPrepared {
    RunPrepared {
        line: RunRecord::line_of(&ready.argv),
        argv: ready.argv.clone(),
        program: ready.file.display().to_string(),
        warnings: ready.warnings.clone(),
        time_out_s: u32::try_from(ready.time_out.as_millis() / 1_000).unwrap_or(u32::MAX),
    }
}

/// What would be run, and whether it may. Nothing happens.
pub(super) async fn prepare(app: Arc<ClientApp>, args: Prepare) -> Result<RunPrepared, WindowError> {
    let asker = Asker::of(&app)?;
    app.written(move |library, _| Ok((prepared(&ready(library, &asker, &args)?), vec![]))).await
}

#[derive(Deserialize)]
pub(super) struct Start {
    incident: Option<IncidentId>,
    #[serde(flatten)]
    what: Prepare,
    reason: String,
    environment: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

/// Writes the beginning into the timeline, then starts the program.
pub(super) async fn start(app: Arc<ClientApp>, args: Start) -> Result<RunId, WindowError> {
    let asker = Asker::of(&app)?;
    let Some(incident) = args.incident else {
        let words = "A command is run in an incident, whose timeline keeps the record. Open or declare one, or copy the command.";
        return Err(error("refused", words));
    };
    if args.reason.trim().is_empty() {
        return Err(error("bad_input", "Say why the command is run; it stands in the record."));
    }
    app.runs.check_free()?;
    let said = |text: Option<String>| text.map(|t| mask(t.trim())).filter(|t| !t.is_empty());
    let Start { what, reason, environment, from, to, .. } = args;
    let (reason, environment, from, to) = (mask(reason.trim()), said(environment), said(from), said(to));
    let written = app.clone().written(move |library, at| {
        let ready = ready(library, &asker, &what)?;
        let record = RunRecord {
            id: library.new_run(),
            by: asker.person.clone().unwrap_or(PersonId::new("")),
            runbook: what.runbook,
            runbook_title: ready.detail.row.title.clone(),
            step: ready.step.id.clone(),
            body_digest: ready.body_digest.clone(),
            strategy: ready.strategy.clone(),
            argv: mask_argv(&ready.argv),
            service: ready.detail.row.service.clone().map(ServiceId::new),
            environment,
            from,
            to,
            reason,
            started_at: library.time(at),
            ended_at: None,
            outcome: RunOutcome::Running,
            exit_code: None,
            signal: None,
            trouble: None,
            output: RunOutput::default(),
        };
        let (entry, outputs) = library.run_record(incident, record.clone(), None, at)?;
        let time_out = Duration::from_millis(u64::try_from(ready.time_out.as_millis()).unwrap_or_default());
        let program = Program { file: ready.file, argv: ready.argv, time_out };
        Ok(((record, entry, program), outputs))
    });
    let (record, entry, program) = written.await?;
    let id = record.id;
    runs::start(&app, incident, record, entry, program);
    Ok(id)
}

#[derive(Deserialize)]
pub(super) struct TheRun {
    run: RunId,
}

pub(super) async fn stop(app: Arc<ClientApp>, args: TheRun) -> Result<(), WindowError> {
    app.runs.stop(args.run)
}

#[derive(Deserialize)]
pub(super) struct FromLine {
    run: RunId,
    /// The first line that is wanted; 0 for all.
    after: u64,
}

pub(super) async fn run(app: Arc<ClientApp>, args: FromLine) -> Result<RunState, WindowError> {
    app.runs.state(args.run, args.after)
}

/// Of this computer since it was started, without their output.
pub(super) async fn all(app: Arc<ClientApp>, _: Nothing) -> Result<Vec<RunState>, WindowError> {
    Ok(app.runs.all())
}
