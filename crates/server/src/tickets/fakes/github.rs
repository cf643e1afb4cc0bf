//! GitHub's issues.

use super::{Fake, FakeIssue, Fault, TOKEN, answer, busy, header, unknown};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

pub fn router(fake: Fake) -> Router {
    Router::new()
        .route("/repos/{owner}/{name}/issues", get(list).post(create))
        .route("/repos/{owner}/{name}/issues/{number}", get(one))
        .route("/repos/{owner}/{name}/labels", post(label))
        .layer(from_fn_with_state(fake.clone(), known))
        .with_state(fake)
}

fn refusal(status: u16, words: &str) -> Response {
    answer(
        status,
        json!({ "message": words, "documentation_url": "https://docs.github.com/rest", "status": status.to_string() }),
    )
}

fn invalid(field: &str, code: &str) -> Response {
    answer(
        422,
        json!({ "message": "Validation Failed", "errors": [{ "resource": "Issue", "field": field, "code": code }] }),
    )
}

async fn known(State(fake): State<Fake>, request: Request, next: Next) -> Response {
    fake.with(|state| state.asked.push(format!("{} {}", request.method(), request.uri().path())));
    let headers = request.headers();
    if header(headers, "user-agent").is_empty() {
        return refusal(403, "Request forbidden by administrative rules.");
    }
    if header(headers, "authorization") != format!("Bearer {TOKEN}") {
        return refusal(401, "Bad credentials");
    }
    if header(headers, "x-github-api-version") != "2022-11-28"
        || header(headers, "accept") != "application/vnd.github+json"
    {
        return refusal(400, "Unsupported version");
    }
    if !request.uri().path().starts_with("/repos/acme/shop/") {
        return refusal(404, "Not Found");
    }
    next.run(request).await
}

async fn label(State(fake): State<Fake>, Path(_): Path<(String, String)>, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let name = body["name"].as_str().unwrap_or_default().to_owned();
    if name.is_empty()
        || name.chars().count() > 50
        || !unknown(&body, &["name", "description", "color"]).is_empty()
    {
        return invalid("name", "invalid");
    }
    if body["description"].as_str().is_some_and(|d| d.chars().count() > 100) {
        return invalid("description", "invalid");
    }
    let is_new = fake.with(|state| {
        let is_new = !state.labels.contains(&name);
        state.labels.push(name.clone());
        is_new
    });
    if is_new {
        answer(201, json!({ "name": name, "color": "ededed" }))
    } else {
        invalid("name", "already_exists")
    }
}

async fn create(State(fake): State<Fake>, Path(_): Path<(String, String)>, body: Bytes) -> Response {
    let fault = fake.fault();
    if let Some(Fault::Status(status)) = fault {
        // Too many requests are forbidden, as GitHub says it.
        return busy(if status == 429 { 403 } else { status });
    }
    if matches!(fault, Some(Fault::Crowded)) {
        return refusal(
            403,
            "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        );
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if let Some(key) = unknown(&body, &["title", "body", "labels", "assignees", "milestone"]).first() {
        return refusal(422, &format!("Invalid request.\n\n\"{key}\" is not a permitted key."));
    }
    if body["title"].as_str().is_none_or(|t| t.is_empty() || t.chars().count() > 256) {
        return invalid("title", "missing_field");
    }
    let labels: Vec<String> = body["labels"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    if labels.iter().any(|label| label.chars().count() > 50) {
        return invalid("labels", "invalid");
    }
    let issue = fake.takes(labels, body);
    if matches!(fault, Some(Fault::Lost)) {
        return (StatusCode::BAD_GATEWAY, "").into_response();
    }
    answer(201, shown(&issue))
}

fn shown(issue: &FakeIssue) -> Value {
    let closed = issue.done || issue.status == "not_planned";
    let reason = match (closed, issue.status) {
        (true, "not_planned") => json!("not_planned"),
        (true, _) => json!("completed"),
        (false, _) => Value::Null,
    };
    let labels: Vec<Value> = issue.labels.iter().map(|name| json!({ "id": 1, "name": name })).collect();
    json!({
        "number": issue.number,
        "html_url": issue.called.clone().unwrap_or_else(|| format!("https://github.com/acme/shop/issues/{}", issue.number)),
        "title": issue.fields["title"],
        "state": if closed { "closed" } else { "open" },
        "state_reason": reason,
        "labels": labels,
        "updated_at": issue.updated_at,
    })
}

async fn one(State(fake): State<Fake>, Path((_, _, number)): Path<(String, String, u64)>) -> Response {
    match fake.with(|state| state.issues.iter().find(|issue| issue.number == number).cloned()) {
        Some(issue) if issue.gone => refusal(410, "This issue was deleted"),
        Some(issue) => answer(200, shown(&issue)),
        None => refusal(404, "Not Found"),
    }
}

fn hash(shown: &[Value], since: &str) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    (Value::from(shown).to_string(), since).hash(&mut hasher);
    hasher.finish()
}

async fn list(
    State(fake): State<Fake>,
    Path(_): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let word = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    // All of these labels.
    let labels: Vec<&str> = word("labels").split(',').collect();
    let since = word("since");
    let is_meant = |issue: &&FakeIssue| {
        issue.indexed
            && !issue.gone
            && labels.iter().all(|label| issue.labels.iter().any(|l| l == label))
            && (word("state") == "all" || !issue.done)
            && (since.is_empty() || issue.updated_at.as_str() >= since)
    };
    let mut all: Vec<Value> = fake.with(|state| state.issues.iter().filter(is_meant).map(shown).collect());
    // Pull requests are issues, too.
    let pulled = "2026-11-26T08:00:00Z";
    if !labels.iter().any(|l| l.starts_with("firebell-")) && pulled >= since {
        all.push(
            json!({ "number": 999, "html_url": "https://github.com/acme/shop/pull/999", "state": "open",
            "labels": [{ "name": "postmortem" }], "updated_at": pulled, "pull_request": {} }),
        );
    }
    if (word("sort"), word("direction")) == ("updated", "asc") {
        all.sort_by_key(|issue| issue["updated_at"].as_str().map(str::to_owned));
    }
    let (most, page) = (word("per_page").parse().unwrap_or(30), word("page").parse().unwrap_or(1_usize));
    let shown: Vec<Value> = all.into_iter().skip((page - 1) * most).take(most).collect();
    fake.with(|state| {
        if let Some(n) = state.changes_while_read.take() {
            state.issues[n].updated_at = "2026-11-26T23:00:00Z".into();
        }
    });
    let etag = format!("W/\"{:x}\"", hash(&shown, since));
    if header(&headers, "if-none-match") == etag {
        fake.with(|state| state.unchanged += 1);
        return StatusCode::NOT_MODIFIED.into_response();
    }
    (StatusCode::OK, [("etag", etag)], axum::Json(Value::Array(shown))).into_response()
}
