//! Jira Cloud (REST v3, ADF, `search/jql` with page tokens) and Data Center (REST v2, wiki text, pages by number).

use super::{ACCOUNT, Fake, FakeIssue, Fault, Kind, TOKEN, answer, busy, header, unknown};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Fewer than anybody asks for, which both are free to give.
const PAGE: usize = 2;

pub fn router(fake: Fake) -> Router {
    let router = match fake.kind {
        Kind::Cloud => Router::new()
            .route("/rest/api/3/issue", post(create))
            .route("/rest/api/3/issue/{key}", get(one))
            .route("/rest/api/3/project/{key}", get(project))
            .route("/rest/api/3/search/jql", post(search_jql))
            .route("/rest/api/3/user/assignable/search", get(assignable)),
        _ => Router::new()
            .route("/rest/api/2/issue", post(create))
            .route("/rest/api/2/issue/{key}", get(one))
            .route("/rest/api/2/project/{key}", get(project))
            .route("/rest/api/2/search", get(search))
            .route("/rest/api/2/user/assignable/search", get(assignable)),
    };
    router.layer(from_fn_with_state(fake.clone(), known)).with_state(fake)
}

fn refusal(status: u16, words: &str) -> Response {
    answer(status, json!({ "errorMessages": [words], "errors": {} }))
}

fn wrong(field: &str, words: &str) -> Response {
    answer(400, json!({ "errorMessages": [], "errors": { field: words } }))
}

async fn known(State(fake): State<Fake>, request: Request, next: Next) -> Response {
    fake.with(|state| state.asked.push(format!("{} {}", request.method(), request.uri().path())));
    let wanted = match fake.kind {
        Kind::Cloud => format!("Basic {}", STANDARD.encode(format!("{ACCOUNT}:{TOKEN}"))),
        _ => format!("Bearer {TOKEN}"),
    };
    if header(request.headers(), "authorization") != wanted {
        // Whoever is not known may search, as anybody: there is nothing for them to find.
        if fake.kind == Kind::Cloud && request.uri().path().ends_with("/search/jql") {
            let nothing = axum::Json(json!({ "issues": [], "isLast": true }));
            return ([("x-seraph-loginreason", "AUTHENTICATED_FAILED")], nothing).into_response();
        }
        // Their page, not JSON.
        return (StatusCode::UNAUTHORIZED, "Client must be authenticated to access this resource.")
            .into_response();
    }
    next.run(request).await
}

async fn create(State(fake): State<Fake>, headers: HeaderMap, body: Bytes) -> Response {
    let fault = fake.fault();
    if let Some(Fault::Status(status)) = fault {
        return busy(status);
    }
    if matches!(fault, Some(Fault::Crowded)) {
        return (StatusCode::TOO_MANY_REQUESTS, "").into_response();
    }
    if header(&headers, "content-type") != "application/json" {
        return refusal(415, "Unsupported Media Type");
    }
    let Ok(body) = serde_json::from_slice::<Value>(&body) else { return refusal(400, "no JSON") };
    if let Some(key) = unknown(&body, &["fields"]).first() {
        return refusal(400, &format!("Unrecognized field \"{key}\""));
    }
    let fields = &body["fields"];
    let known =
        ["project", "issuetype", "summary", "labels", "description", "priority", "duedate", "assignee"];
    let off = "cannot be set. It is not on the appropriate screen, or unknown.";
    if let Some(key) = unknown(fields, &known).first() {
        return wrong(key, &format!("Field '{key}' {off}"));
    }
    if fields["project"] != json!({ "key": "OPS" }) {
        return wrong("project", "valid project is required");
    }
    if fields["issuetype"] != json!({ "name": "Task" }) {
        return wrong("issuetype", "The issue type selected is invalid.");
    }
    for field in fake.with(|state| state.refused.clone()) {
        if fields.get(field).is_some() {
            return wrong(field, &format!("Field '{field}' {off}"));
        }
    }
    if let Some(field) = fake.with(|state| state.required) {
        return wrong(field, "Team is required.");
    }
    if let Some(response) = wrong_value(fake.kind, fields) {
        return response;
    }
    let labels =
        fields["labels"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    let issue = fake.takes(labels.collect(), fields.clone());
    if matches!(fault, Some(Fault::Lost)) {
        return (StatusCode::BAD_GATEWAY, "").into_response();
    }
    let (id, key) = (issue.number.to_string(), key(&issue));
    answer(201, json!({ "id": id, "key": key, "self": format!("{}/rest/api/3/issue/{id}", fake.address) }))
}

fn wrong_value(kind: Kind, fields: &Value) -> Option<Response> {
    let text = |field: &str| fields[field].as_str().unwrap_or_default();
    let summary = text("summary");
    if summary.is_empty() || summary.chars().count() > 255 || summary.contains('\n') {
        return Some(wrong("summary", "You must specify a summary of the issue."));
    }
    let labels: Option<Vec<&str>> =
        fields["labels"].as_array().map(|all| all.iter().filter_map(Value::as_str).collect());
    if labels.is_none_or(|all| all.iter().any(|label| label.contains(' ') || label.len() > 255)) {
        return Some(wrong("labels", "The label can't contain spaces."));
    }
    if fields.get("duedate").is_some_and(|_| text("duedate").parse::<chrono::NaiveDate>().is_err()) {
        return Some(wrong("duedate", "Error parsing date string"));
    }
    let names = ["Highest", "High", "Medium", "Low", "Lowest"];
    if fields.get("priority").is_some_and(|p| !names.iter().any(|name| *p == json!({ "name": name }))) {
        return Some(wrong("priority", "Specify the Priority (name) in string format"));
    }
    let assignee = match kind {
        Kind::Cloud => json!({ "id": "5b10a2844c20165700ede21g" }),
        _ => json!({ "name": "ana" }),
    };
    if fields.get("assignee").is_some_and(|given| *given != assignee) {
        return Some(wrong("assignee", "User does not exist."));
    }
    match kind {
        Kind::Cloud if !is_doc(&fields["description"]) => {
            Some(wrong("description", "Operation value must be an Atlassian Document"))
        }
        Kind::DataCenter if !fields["description"].is_string() => {
            Some(wrong("description", "Operation value must be a string"))
        }
        _ => None,
    }
}

fn is_doc(doc: &Value) -> bool {
    doc["type"] == "doc"
        && doc["version"] == 1
        && unknown(doc, &["type", "version", "content"]).is_empty()
        && all(doc, &["paragraph", "bulletList"])
}

fn all(node: &Value, inner: &[&str]) -> bool {
    node["content"].as_array().is_some_and(|content| content.iter().all(|node| is_node(node, inner)))
}

fn is_node(node: &Value, allowed: &[&str]) -> bool {
    let kind = node["type"].as_str().unwrap_or_default();
    if !allowed.contains(&kind) {
        return false;
    }
    match kind {
        "paragraph" => unknown(node, &["type", "content"]).is_empty() && all(node, &["text", "hardBreak"]),
        "bulletList" => all(node, &["listItem"]) && node["content"] != json!([]),
        "listItem" => all(node, &["paragraph", "bulletList"]),
        "hardBreak" => true,
        "text" => {
            let marks = node["marks"].as_array().map(Vec::as_slice).unwrap_or_default();
            let plain = marks
                .iter()
                .all(|mark| mark == &json!({ "type": "strong" }) || mark == &json!({ "type": "code" }));
            // A code mark stands alone.
            plain && marks.len() < 2 && !node["text"].as_str().unwrap_or_default().is_empty()
        }
        _ => false,
    }
}

fn key(issue: &FakeIssue) -> String {
    issue.called.clone().unwrap_or_else(|| format!("OPS-{}", issue.number))
}

fn shown(issue: &FakeIssue, fields: &[&str]) -> Value {
    let category = if issue.done { "done" } else { "new" };
    let mut shown = json!({ "id": issue.number.to_string(), "key": key(issue), "fields": {} });
    if fields.contains(&"status") {
        shown["fields"]["status"] =
            json!({ "name": issue.status, "statusCategory": { "id": 2, "key": category, "name": "-" } });
    }
    if fields.contains(&"labels") {
        shown["fields"]["labels"] = json!(issue.labels);
    }
    shown
}

async fn one(
    State(fake): State<Fake>,
    Path(wanted): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let fields: Vec<&str> = query.get("fields").map(|f| f.split(',').collect()).unwrap_or_default();
    let found = fake.with(|state| {
        let blind = state.blind;
        let is_meant = |issue: &&FakeIssue| key(issue) == wanted && !issue.gone && !blind;
        state.issues.iter().find(is_meant).cloned()
    });
    match found {
        Some(issue) => answer(200, shown(&issue, &fields)),
        None => refusal(404, "Issue does not exist or you do not have permission to see it."),
    }
}

async fn project(State(fake): State<Fake>, Path(wanted): Path<String>) -> Response {
    if wanted == "OPS" && !fake.with(|state| state.blind) {
        answer(200, json!({ "id": "10000", "key": "OPS", "name": "Operations" }))
    } else {
        refusal(404, "No project could be found with key.")
    }
}

/// The issues that a question of the one shape that is understood here finds.
fn found(fake: &Fake, jql: &str) -> Option<Vec<FakeIssue>> {
    let labels = jql.strip_prefix("labels in (")?.strip_suffix(") ORDER BY created ASC")?;
    let labels: Option<Vec<&str>> =
        labels.split(", ").map(|label| label.strip_prefix('"')?.strip_suffix('"')).collect();
    let labels = labels?;
    if fake.with(|state| state.blind) {
        return Some(vec![]);
    }
    let has = |issue: &&FakeIssue| {
        issue.indexed && !issue.gone && issue.labels.iter().any(|label| labels.contains(&label.as_str()))
    };
    Some(fake.with(|state| state.issues.iter().filter(has).cloned().collect()))
}

async fn search_jql(State(fake): State<Fake>, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let odd = "Invalid request payload. Refer to the REST API documentation and try again.";
    if !body.is_object() || !unknown(&body, &["jql", "fields", "maxResults", "nextPageToken"]).is_empty() {
        return refusal(400, odd);
    }
    let Some(all) = found(&fake, body["jql"].as_str().unwrap_or_default()) else { return refusal(400, odd) };
    let start: usize = match body.get("nextPageToken") {
        None => 0,
        Some(token) => match token.as_str().and_then(|t| t.strip_prefix("page-")?.parse().ok()) {
            Some(start) => start,
            None => return refusal(400, odd),
        },
    };
    let fields: Vec<&str> =
        body["fields"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let page: Vec<Value> = all.iter().skip(start).take(PAGE).map(|issue| shown(issue, &fields)).collect();
    let end = start + page.len();
    let mut said = json!({ "issues": page, "isLast": end >= all.len() });
    // On the last page there is none, also no `null`.
    if end < all.len() {
        said["nextPageToken"] = json!(format!("page-{end}"));
    }
    answer(200, said)
}

async fn search(State(fake): State<Fake>, Query(query): Query<BTreeMap<String, String>>) -> Response {
    let Some(all) = query.get("jql").and_then(|jql| found(&fake, jql)) else {
        return refusal(400, "Error in the JQL Query.");
    };
    let fields: Vec<&str> = query.get("fields").map(|f| f.split(',').collect()).unwrap_or_default();
    let start: usize = query.get("startAt").and_then(|s| s.parse().ok()).unwrap_or(0);
    let page: Vec<Value> = all.iter().skip(start).take(PAGE).map(|issue| shown(issue, &fields)).collect();
    answer(200, json!({ "startAt": start, "maxResults": PAGE, "total": all.len(), "issues": page }))
}

async fn assignable(State(fake): State<Fake>, Query(query): Query<BTreeMap<String, String>>) -> Response {
    if query.get("project").map(String::as_str) != Some("OPS") {
        return refusal(404, "No project could be found with key.");
    }
    let (name, found) = match fake.kind {
        Kind::Cloud => (
            "query",
            json!({ "accountId": "5b10a2844c20165700ede21g", "displayName": "Ana", "active": true }),
        ),
        _ => ("username", json!({ "name": "ana", "emailAddress": "ana@example.com", "active": true })),
    };
    let is_ana = query.get(name).map(String::as_str) == Some("ana@example.com");
    answer(200, if is_ana { json!([found]) } else { json!([]) })
}
