//! The page behind the link of a push or a webhook: it shows what rings, and its button acknowledges. Looking at it
//! (a preview, a scanner, a prefetch) does nothing.

use super::Web;
use super::caller::now;
use crate::engine::requests::LinkUse;
use crate::secret::AckToken;
use crate::storage::{Chain, StorageError};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use firebell_domain::page::{Page, Status};
use sha2::{Digest, Sha256};

const STYLE: &str = "body{font:18px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#1b1b1f;background:#fbfaf8}h1{font-size:1.35rem;line-height:1.3}p.where{color:#55545c}button{font:inherit;font-weight:600;padding:.8rem 1.6rem;border:0;border-radius:.5rem;background:#b3261e;color:#fff;width:100%}@media(prefers-color-scheme:dark){body{color:#ececf1;background:#17171b}p.where{color:#b4b3bd}}";

/// What a link leads to.
enum Found {
    Page { page: Box<Page>, service: String, person: String, used: bool },
    Expired,
    Unknown,
}

async fn find(web: &Web, text: &str) -> Result<Found, StorageError> {
    let Some(token) = AckToken::open(text, &web.0.links.secret) else { return Ok(Found::Unknown) };
    if token.expires <= now(web) {
        return Ok(Found::Expired);
    }
    let storage = &web.app().storage;
    let Some(row) = storage.outbox_row(token.message).await? else { return Ok(Found::Unknown) };
    let Some(page) = storage.page(row.page).await? else { return Ok(Found::Unknown) };
    let team = storage.team().await?;
    let name = |found: Option<String>, id: String| found.unwrap_or(id);
    let service = name(team.team.service(&page.service).map(|s| s.name.clone()), page.service.to_string());
    let person = &row.raise.person;
    let person = name(team.team.person(person).map(|p| p.name.clone()), person.to_string());
    Ok(Found::Page { page: Box::new(page), service, person, used: row.link_used })
}

/// `GET /ack/{token}`. May be called by: whoever has the link. Changes nothing.
pub async fn show(State(web): State<Web>, Path(text): Path<String>) -> Response {
    match find(&web, &text).await {
        Ok(Found::Page { page, service, person, used }) => {
            let button = match page.status {
                Status::Triggered | Status::Snoozed if !used => {
                    "<form method=\"post\"><button>Acknowledge</button></form>".to_owned()
                }
                Status::Resolved => "<p>This page was resolved; there is nothing left to do.</p>".into(),
                Status::Acknowledged => "<p>This page is acknowledged.</p>".into(),
                _ => "<p>This link was used before.</p>".into(),
            };
            let about = about(&page, &service);
            html(StatusCode::OK, &page.title, &format!("{about}<p>You are {}.</p>{button}", escape(&person)))
        }
        Ok(other) => dead_end(&other),
        Err(error) => broken(&error),
    }
}

/// `POST /ack/{token}`. May be called by: whoever has the link, once.
pub async fn press(State(web): State<Web>, Path(text): Path<String>) -> Response {
    let found = match find(&web, &text).await {
        Ok(found) => found,
        Err(error) => return broken(&error),
    };
    let Found::Page { page, service, person, .. } = found else { return dead_end(&found) };
    let Some(token) = AckToken::open(&text, &web.0.links.secret) else { return dead_end(&Found::Unknown) };
    let about = about(&page, &service);
    match web.app().engine.use_link(token.message).await {
        Ok(LinkUse::Acknowledged) => {
            let words =
                format!("{about}<p><strong>{} has it.</strong> Nobody else is rung.</p>", escape(&person));
            html(StatusCode::OK, "Acknowledged", &words)
        }
        Ok(LinkUse::Refused(refusal)) => html(
            StatusCode::CONFLICT,
            "Not acknowledged",
            &format!("{about}<p>{}</p>", escape(&refusal.words)),
        ),
        Ok(LinkUse::Spent) => html(
            StatusCode::GONE,
            "This link was used before",
            &format!("{about}<p>A link works once. Open Firebell on a desktop to do more.</p>"),
        ),
        Err(error) => broken(&error),
    }
}

fn about(page: &Page, service: &str) -> String {
    let source = page.source.as_ref().map(|s| format!(" · {}", escape(s))).unwrap_or_default();
    format!(
        "<p class=\"where\">{} · {}{source} · page {} · since {} UTC</p>",
        page.severity,
        escape(service),
        page.number,
        page.started_at.format("%Y-%m-%d %H:%M"),
    )
}

fn dead_end(found: &Found) -> Response {
    match found {
        Found::Expired => html(
            StatusCode::GONE,
            "This link has expired",
            "<p>Open Firebell on a desktop, or wait for the next ring: it brings a new link.</p>",
        ),
        _ => html(
            StatusCode::NOT_FOUND,
            "This link does not work",
            "<p>It is not complete, or belongs to another server. Copy the whole link and try again.</p>",
        ),
    }
}

fn broken(error: &StorageError) -> Response {
    tracing::error!(error = %Chain(error), "an acknowledge link could not be served");
    let words = "<p><strong>Nothing was acknowledged.</strong> The server's database is not available; try again in a moment.</p>";
    let mut response = html(StatusCode::SERVICE_UNAVAILABLE, "Try again", words);
    response.headers_mut().insert(header::RETRY_AFTER, super::problem::RETRY_AFTER.into());
    response
}

/// A page of its own: nothing is loaded, and its one form can only come back here.
fn html(status: StatusCode, title: &str, body: &str) -> Response {
    let title = escape(title);
    let text = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><meta name=\"robots\" content=\"noindex\"><title>{title}</title><style>{STYLE}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"
    );
    let style = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    (status, headers, text).into_response()
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
