//! A runbook's text, read: sections and steps, reviews, versions, and which one belongs to an alert.

use super::Nothing;
use super::runs::Asker;
use crate::ClientApp;
use crate::library::version_of;
use crate::words::error;
use firebell_domain::RunbookId;
use firebell_domain::runbook::{
    Candidate, Difference, Firing, Standing, compare, digest, missing, read, runbook_for, standing, tally,
    template,
};
use firebell_domain::team::Team;
use firebell_log::{OpId, RecordId};
use firebell_protocol::runbook::{RunbookFound, RunbookRead, RunbookVersionRow, StepView};
use firebell_protocol::window::WindowError;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Versions that are listed.
const VERSIONS_MAX: usize = 200;

#[derive(Deserialize)]
pub(super) struct TheRunbook {
    runbook: RunbookId,
}

/// The text as it stands now, keys that were just typed included.
pub(super) async fn steps(app: Arc<ClientApp>, args: TheRunbook) -> Result<RunbookRead, WindowError> {
    let asker = Asker::of(&app)?;
    let runbook = args.runbook;
    app.written(move |library, at| {
        let body = library.runbook_text(runbook)?;
        let detail = library.store().runbook(runbook)?;
        let versions = library.store().field_history(&RecordId::runbook(runbook), "version")?;
        let newest = versions.into_iter().next().and_then(|v| version_of(v.value));
        let playbook = asker.team.as_ref().map(Team::playbook).unwrap_or_default();
        let reading = read(&body);
        let digest = digest(&body);
        let not_run = detail.as_ref().and_then(|d| asker.check(d, &body).err()).map(|e| e.words);
        let reviewed = detail.and_then(|d| d.row.reviewed);
        let every = playbook.runbooks.review_every;
        let standing = standing(reviewed.as_ref(), &digest, library.time(at), every);
        let counts = matches!(standing, Standing::Good | Standing::Due);
        let view = |step: firebell_domain::runbook::Step| StepView {
            strategy: step.strategy(&playbook),
            refused: step.refused.clone().or_else(|| not_run.clone()),
            step,
        };
        let read = RunbookRead {
            missing: missing(&reading.sections, &playbook.runbooks.sections),
            steps: reading.steps.into_iter().map(view).collect(),
            blocks: reading.blocks,
            sections: reading.sections,
            review_due: reviewed.filter(|_| counts).map(|r| r.at + every.delta()),
            standing,
            not_run: not_run.clone(),
            changed: newest.map_or(!body.is_empty(), |version| version.text != body),
            digest,
            cut: reading.cut,
        };
        Ok((read, vec![]))
    })
    .await
}

#[derive(Deserialize)]
pub(super) struct Alert {
    service: Option<String>,
    url: Option<String>,
    /// One set for each alert.
    labels: Vec<BTreeMap<String, String>>,
}

/// The runbook that belongs to what fires; `None` where there is none.
pub(super) async fn found(app: Arc<ClientApp>, args: Alert) -> Result<Option<RunbookFound>, WindowError> {
    let rows = app.look(|q| q.runbooks()).await?;
    let living: Vec<_> = rows.iter().filter(|row| !row.archived).collect();
    let candidates: Vec<_> = living
        .iter()
        .map(|row| Candidate {
            id: row.id,
            service: row.service.as_deref(),
            urls: &row.urls,
            labels: &row.labels,
        })
        .collect();
    let firing = Firing {
        service: args.service.as_deref(),
        url: args.url.as_deref(),
        labels: args.labels.iter().collect(),
    };
    let found = runbook_for(&firing, &candidates);
    let row = |(id, by)| {
        let row = living.iter().find(|row| row.id == id)?;
        Some(RunbookFound { row: (*row).clone(), by })
    };
    Ok(found.and_then(row))
}

#[derive(Deserialize)]
pub(super) struct HaveRead {
    runbook: RunbookId,
    /// Of the text that was read.
    digest: String,
}

pub(super) async fn reviewed(app: Arc<ClientApp>, args: HaveRead) -> Result<(), WindowError> {
    app.written(move |library, at| library.runbook_reviewed(args.runbook, &args.digest, at)).await
}

#[derive(Deserialize)]
pub(super) struct Keep {
    runbook: RunbookId,
    note: String,
}

/// False: nothing has changed since the newest version.
pub(super) async fn keep(app: Arc<ClientApp>, args: Keep) -> Result<bool, WindowError> {
    app.written(move |library, at| library.runbook_keep(args.runbook, &args.note, at)).await
}

pub(super) async fn versions(
    app: Arc<ClientApp>,
    args: TheRunbook,
) -> Result<Vec<RunbookVersionRow>, WindowError> {
    app.look(move |q| {
        let mut history = q.field_history(&RecordId::runbook(args.runbook), "version")?;
        let reviewed = q.runbook(args.runbook)?.and_then(|d| d.row.reviewed);
        history.truncate(VERSIONS_MAX + 1);
        let texts: Vec<_> = history.iter().map(|v| version_of(v.value.clone())).collect();
        let row = |(i, view): (usize, &firebell_protocol::library::FieldVersion)| {
            let version = texts[i].as_ref()?;
            let before = texts.get(i + 1).and_then(Option::as_ref).map_or("", |v| v.text.as_str());
            let lines = tally(before, &version.text);
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            Some(RunbookVersionRow {
                write: view.write,
                author: view.author.clone(),
                at: view.at,
                note: version.note.clone(),
                added: count(lines.added),
                removed: count(lines.removed),
                reviewed: reviewed.as_ref().is_some_and(|r| r.digest == digest(&version.text)),
                pending: view.pending,
            })
        };
        Ok(history.iter().take(VERSIONS_MAX).enumerate().filter_map(row).collect())
    })
    .await
}

#[derive(Deserialize)]
pub(super) struct Between {
    runbook: RunbookId,
    /// `None`: the empty text.
    from: Option<OpId>,
    /// `None`: the text as it stands now.
    to: Option<OpId>,
}

pub(super) async fn diff(app: Arc<ClientApp>, args: Between) -> Result<Difference, WindowError> {
    let Between { runbook, from, to } = args;
    let texts = app.written(move |library, _| {
        let from = from.map_or(Ok(String::new()), |version| library.runbook_version(runbook, version))?;
        let to = match to {
            Some(version) => library.runbook_version(runbook, version)?,
            None => library.runbook_text(runbook)?,
        };
        Ok(((from, to), vec![]))
    });
    let (from, to) = texts.await?;
    // Two long texts take a while to compare: not while the library is held.
    tokio::task::spawn_blocking(move || compare(&from, &to))
        .await
        .map_err(|_| error("store", "The two versions could not be compared; the log says why. Try again."))
}

#[derive(Deserialize)]
pub(super) struct TheVersion {
    runbook: RunbookId,
    version: OpId,
}

pub(super) async fn restore(app: Arc<ClientApp>, args: TheVersion) -> Result<(), WindowError> {
    app.written(move |library, at| library.runbook_restore(args.runbook, args.version, at)).await
}

/// The text of a new runbook: the sections that the playbook wants.
pub(super) async fn new_text(app: Arc<ClientApp>, _: Nothing) -> Result<String, WindowError> {
    let asker = Asker::of(&app)?;
    let playbook = asker.team.as_ref().map(Team::playbook).unwrap_or_default();
    Ok(template(&playbook.runbooks.sections))
}
