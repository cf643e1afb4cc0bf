//! Guided triage: what is gathered beside the questions, and what the answers come to.

use crate::ClientApp;
use crate::gather::{self, stamp};
use crate::words::error;
use firebell_domain::change_event::ChangeEvent;
use firebell_domain::gather::Gathered;
use firebell_domain::triage::{Answers, Suggestion, suggest as suggestion};
use firebell_domain::{Instant, PageId, ServiceId};
use firebell_protocol::window::WindowError;
use serde::Deserialize;
use std::sync::Arc;

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
}

pub(super) async fn suggest(_: Arc<ClientApp>, args: TheAnswers) -> Result<Suggestion, WindowError> {
    Ok(suggestion(&args.answers))
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    /// All when empty.
    services: Vec<ServiceId>,
    from: Option<Instant>,
    until: Option<Instant>,
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
