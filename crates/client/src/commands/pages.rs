//! Pages: what is so, and what is asked.

use super::Nothing;
use crate::ClientApp;
use crate::words::{error, of_store};
use firebell_domain::PageId;
use firebell_domain::alert::Alert;
use firebell_protocol::sync::PageRequest;
use firebell_protocol::window::{PageDetail, PageRow, WindowError, WindowState};
use serde::Deserialize;
use std::sync::Arc;

pub(super) async fn state(app: Arc<ClientApp>, _: Nothing) -> Result<WindowState, WindowError> {
    Ok(app.window())
}

#[derive(Deserialize)]
pub(super) struct ThePage {
    page: PageId,
}

pub(super) async fn page(app: Arc<ClientApp>, args: ThePage) -> Result<PageDetail, WindowError> {
    let detail = app.read(|r, _| r.detail(args.page))?.map_err(|e| of_store(&e))?;
    let Some((row, history)) = detail else {
        return Err(error(
            "refused",
            "This page is no longer kept on this computer; older pages are on the server only.",
        ));
    };
    // The page itself is here; only its alerts have to be asked for.
    let asked = match app.server() {
        Ok(server) => server.get::<Vec<Alert>>(&format!("/api/v1/pages/{}/alerts", args.page)).await,
        Err(e) => Err(e),
    };
    let (alerts, alerts_words) = match asked {
        Ok(alerts) => (alerts, None),
        Err(e) => (vec![], Some(e.words)),
    };
    Ok(PageDetail { row, history, alerts, alerts_words })
}

pub(super) async fn ended(app: Arc<ClientApp>, _: Nothing) -> Result<Vec<PageRow>, WindowError> {
    app.read(|r, _| r.ended())
}

#[derive(Deserialize)]
pub(super) struct Ask {
    page: PageId,
    request: PageRequest,
}

pub(super) async fn ask(app: Arc<ClientApp>, args: Ask) -> Result<u64, WindowError> {
    app.ask(args.page, args.request)
}

#[derive(Deserialize)]
pub(super) struct Counter {
    counter: u64,
}

pub(super) async fn question_repeat(app: Arc<ClientApp>, args: Counter) -> Result<u64, WindowError> {
    app.question_repeat(args.counter)
}

pub(super) async fn question_dismiss(app: Arc<ClientApp>, args: Counter) -> Result<(), WindowError> {
    app.question_dismiss(args.counter)
}

pub(super) async fn seen(app: Arc<ClientApp>, args: ThePage) -> Result<(), WindowError> {
    app.seen(args.page)
}
