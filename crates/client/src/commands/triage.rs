//! Guided triage: what is gathered beside the questions, and what the answers come to.

use super::Nothing;
use crate::ClientApp;
use crate::gather::{self, stamp};
use crate::library::{REPORT, Rings, TriageEnd};
use crate::room::playbook;
use crate::words::error;
use firebell_domain::change_event::ChangeEvent;
use firebell_domain::gather::Gathered;
use firebell_domain::incident::Declaration;
use firebell_domain::triage::{
    Answers, Overruled, Report, Scope, ScopeFound, Suggestion, scope_found, suggest_with,
};
use firebell_domain::{IncidentId, Instant, PageId, PersonId, ServiceId};
use firebell_log::RecordId;
use firebell_protocol::window::WindowError;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Reports that are listed.
const REPORTS_MAX: u32 = 200;

#[derive(Deserialize)]
pub(super) struct Gather {
    service: ServiceId,
    /// The first signal.
    around: Instant,
    page: Option<PageId>,
}

/// Answers at once; what comes is told by `gathered` and asked for by `triage_gathered`.
pub(super) async fn gather(app: Arc<ClientApp>, args: Gather) -> Result<u64, WindowError> {
    gather::start(app, &args.service, args.around, args.page)
}

#[derive(Deserialize)]
pub(super) struct TheGathering {
    gather: u64,
}

pub(super) async fn gathered(app: Arc<ClientApp>, args: TheGathering) -> Result<Gathered, WindowError> {
    let found = app.gathering.of(args.gather);
    found.ok_or_else(|| error("refused", "What was gathered is not kept any more. Gather again."))
}

#[derive(Deserialize)]
pub(super) struct TheAnswers {
    answers: Answers,
    /// Of the users, where that is known.
    percent: Option<f64>,
}

pub(super) async fn suggest(app: Arc<ClientApp>, args: TheAnswers) -> Result<Suggestion, WindowError> {
    Ok(suggest_with(&args.answers, args.percent, &playbook(app.team().as_ref()).triage))
}

#[derive(Deserialize)]
pub(super) struct Percent {
    /// Of the users, 0 to 100.
    percent: f64,
    /// What the person chose, before the number or after it.
    chosen: Option<Scope>,
}

/// How many that is, by the limits of the team's playbook.
pub(super) async fn scope(app: Arc<ClientApp>, args: Percent) -> Result<ScopeFound, WindowError> {
    let rules = playbook(app.team().as_ref()).triage;
    scope_found(args.percent, args.chosen, &rules).map_err(|refusal| error("refused", refusal.words))
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    /// All when empty.
    services: Vec<ServiceId>,
    from: Option<Instant>,
    until: Option<Instant>,
}

#[derive(Deserialize)]
pub(super) struct Finish {
    page: Option<PageId>,
    service: Option<ServiceId>,
    first_signal: Option<Instant>,
    /// What was gathered, if that was begun.
    gather: Option<u64>,
    /// In the person's words, by the id of the question.
    said: BTreeMap<String, String>,
    answers: Option<Answers>,
    /// Of the users, where that was known.
    percent: Option<f64>,
    overruled: Option<Overruled>,
    end: End,
}

#[derive(Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
enum End {
    Declare {
        declaration: Box<Declaration>,
        /// Who sees it beside its author; `None`: the whole team.
        people: Option<Vec<PersonId>>,
        /// Rung by name for it.
        rings: Option<Rings>,
    },
    NotAnIncident {
        why: String,
    },
    Merge {
        into: IncidentId,
        rings: Option<Rings>,
    },
}

/// Ends a triage and keeps its report: with the incident it led to, or by itself. Answers with that incident.
pub(super) async fn finish(app: Arc<ClientApp>, args: Finish) -> Result<Option<IncidentId>, WindowError> {
    let by = app.person().ok_or_else(|| error("refused", "Nobody is signed in on this computer."))?;
    let now = app.team_time();
    let rules = playbook(app.team().as_ref()).triage;
    let gathered = args.gather.and_then(|gather| app.gathering.of(gather));
    let report = move |outcome| {
        let mut report = match &gathered {
            Some(gathered) => Report::of(gathered, by, now, outcome),
            None => Report::without_checks(by, now, outcome),
        };
        report.page = args.page;
        report.service = args.service.or(report.service);
        report.first_signal = args.first_signal.or(report.first_signal);
        report.said = args.said.into_iter().filter(|(_, text)| !text.trim().is_empty()).collect();
        report.suggestion = args.answers.as_ref().map(|a| suggest_with(a, args.percent, &rules));
        report.answers = args.answers;
        report.percent = args.percent;
        report.overruled = args.overruled;
        report
    };
    let page = args.page;
    app.written(move |l, at| l.triaged(args.end.into(), page, report, at)).await
}

impl From<End> for TriageEnd {
    fn from(end: End) -> Self {
        match end {
            End::Declare { declaration, people, rings } => Self::Declare(declaration, people, rings),
            End::NotAnIncident { why } => Self::NotAnIncident(why),
            End::Merge { into, rings } => Self::Merge(into, rings),
        }
    }
}

/// Triages that led to no incident, the newest first.
pub(super) async fn reports(app: Arc<ClientApp>, _: Nothing) -> Result<Vec<Report>, WindowError> {
    let found = app.look(|q| q.fields_of_kind(RecordId::TRIAGE, REPORT, REPORTS_MAX)).await?;
    Ok(found.into_iter().filter_map(|(_, field)| serde_json::from_value(field.value).ok()).collect())
}

/// Deployments and other changes, planned ones too; asked of the server.
pub(super) async fn changes(app: Arc<ClientApp>, args: Wanted) -> Result<Vec<ChangeEvent>, WindowError> {
    let services: Vec<_> = args.services.iter().map(ServiceId::as_str).collect();
    let query = {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("service", &services.join(","));
        for (name, time) in [("from", args.from), ("until", args.until)] {
            query.extend_pairs(time.map(|time| (name, stamp(time))));
        }
        query.finish()
    };
    app.server()?.get(&format!("/api/v1/changes?{query}")).await
}
