//! Jira: Cloud speaks REST v3 with documents (ADF) and pages by token, Data Center v2 with wiki text and pages by number.

use super::connection::{Answer, Connection, quoted};
use super::making::Order;
use super::trouble::Trouble;
use crate::clock::{Clock, SystemClock};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use firebell_domain::postmortem::{JiraKind, Ticket, Tracker, TrackerSetup, is_ticket_key, is_ticket_url};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

/// Issues of one page, and labels that are asked for at once.
const PAGE: usize = 50;
/// Pages of one search; more would be an answer without an end.
const PAGES_MAX: usize = 20;
/// What a project may not have on its screen. It stands in the description, too.
const OPTIONAL: [&str; 3] = ["priority", "duedate", "assignee"];

pub struct Jira<'a> {
    connection: &'a Connection,
    kind: JiraKind,
    address: &'a str,
    project: &'a str,
    issue_type: &'a str,
    account: &'a str,
}

impl<'a> Jira<'a> {
    pub fn new(connection: &'a Connection, setup: &'a TrackerSetup) -> Result<Self, Trouble> {
        let TrackerSetup::Jira { address, kind, project, issue_type, account } = setup else {
            return Err(Trouble::Never("This is set up for another tracker.".into()));
        };
        Ok(Self { connection, kind: *kind, address, project, issue_type, account })
    }

    /// The ticket of an action: the one that is there, else a new one.
    pub async fn make(&self, order: &Order) -> Result<Ticket, Trouble> {
        let issue = order.issue();
        let [.., label] = issue.labels();
        if let Some((_, ticket)) = self.find(std::slice::from_ref(&label)).await?.into_iter().next() {
            return Ok(ticket);
        }
        let mut fields = json!({
            "project": { "key": self.project },
            "issuetype": { "name": self.issue_type },
            "summary": issue.summary(),
            "labels": issue.labels(),
            "description": match self.kind {
                JiraKind::Cloud => issue.adf(),
                JiraKind::DataCenter => Value::String(issue.wiki()),
            },
        });
        if let Some(priority) = issue.jira_priority() {
            fields["priority"] = json!({ "name": priority });
        }
        if let Some(due) = issue.due() {
            fields["duedate"] = json!(due);
        }
        if let Some((_, email)) = &order.owner
            && let Some(assignee) = self.assignee(email).await?
        {
            fields["assignee"] = assignee;
        }
        let mut answer = self.create(&fields).await?;
        // A project decides which fields it takes; what is only nice to have is left out where it does not.
        let refused = refused_fields(&answer);
        if answer.status == 400
            && !refused.is_empty()
            && refused.iter().all(|f| OPTIONAL.contains(&f.as_str()))
        {
            if let Some(map) = fields.as_object_mut() {
                map.retain(|name, _| !OPTIONAL.contains(&name.as_str()) || !refused.contains(name));
            }
            answer = self.create(&fields).await?;
        }
        if !answer.is_success() {
            return Err(self.trouble(&answer).refused());
        }
        // It may be made all the same: the next try looks for it.
        let none = || Trouble::later("Jira answered with something that is no ticket.");
        let key = answer.body["key"].as_str().ok_or_else(none)?;
        // The next try would not know this one either, and make another.
        let odd = || {
            Trouble::Never(format!(
                "Jira says that it has made a ticket, and calls it `{}`, which is no name of one. Look with an admin at what answers there, then ask again.",
                quoted(key)
            ))
        };
        let known = self.called(key, "new", false).ok_or_else(odd)?;
        Ok(self.one(key).await.unwrap_or(known))
    }

    async fn create(&self, fields: &Value) -> Result<Answer, Trouble> {
        let path = format!("rest/api/{}/issue", self.version());
        self.ask(self.connection.post(&path, &json!({ "fields": fields }))?).await
    }

    /// As it is called right after it was made. Its status is asked again soon, so nothing is lost when it is not told now.
    async fn one(&self, key: &str) -> Option<Ticket> {
        let path = format!("rest/api/{}/issue/{key}", self.version());
        let asked = self.connection.get(&path, &[("fields", "status")]).ok()?;
        let told = self.ask(asked).await.ok().filter(Answer::is_success)?;
        self.ticket(&told.body)
    }

    /// The ticket of this name, by which it may be called no more; `None`: it is gone, though its project is there.
    pub async fn by_key(&self, key: &str) -> Result<Option<Ticket>, Trouble> {
        let path = format!("rest/api/{}/issue/{key}", self.version());
        let answer = self.ask(self.connection.get(&path, &[("fields", "status")])?).await?;
        if answer.is_success() {
            let odd = || Trouble::later("Jira answered with something that is no ticket.");
            return self.ticket(&answer.body).map(Some).ok_or_else(odd);
        }
        if let (404 | 410, Some((project, _))) = (answer.status, key.rsplit_once('-')) {
            // An account that may see nothing is told the same.
            let path = format!("rest/api/{}/project/{project}", self.version());
            if self.ask(self.connection.get(&path, &[])?).await?.is_success() {
                return Ok(None);
            }
        }
        Err(self.trouble(&answer))
    }

    /// The tickets with one of these labels, each with its label.
    pub async fn find(&self, labels: &[String]) -> Result<Vec<(String, Ticket)>, Trouble> {
        let mut found = vec![];
        for labels in labels.chunks(PAGE) {
            let quoted: Vec<String> = labels.iter().map(|label| format!("\"{label}\"")).collect();
            let jql = format!("labels in ({}) ORDER BY created ASC", quoted.join(", "));
            for issue in self.search(&jql).await? {
                let of = issue["fields"]["labels"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let Some(ticket) = self.ticket(&issue) else { continue };
                let ours = of.filter(|of| labels.iter().any(|l| l == of));
                found.extend(ours.map(|label| (label.to_owned(), ticket.clone())));
            }
        }
        Ok(found)
    }

    async fn search(&self, jql: &str) -> Result<Vec<Value>, Trouble> {
        let mut issues = vec![];
        let mut token: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let request = match self.kind {
                JiraKind::Cloud => {
                    let mut body = json!({ "jql": jql, "fields": ["status", "labels"], "maxResults": PAGE });
                    if let Some(token) = &token {
                        body["nextPageToken"] = json!(token);
                    }
                    self.connection.post("rest/api/3/search/jql", &body)?
                }
                JiraKind::DataCenter => {
                    let (start, most) = (issues.len().to_string(), PAGE.to_string());
                    let query = [
                        ("jql", jql),
                        ("fields", "status,labels"),
                        ("startAt", &start),
                        ("maxResults", &most),
                    ];
                    self.connection.get("rest/api/2/search", &query)?
                }
            };
            let answer = self.ask(request).await?;
            if !answer.is_success() {
                return Err(self.trouble(&answer));
            }
            let Some(page) = answer.body["issues"].as_array() else {
                return Err(Trouble::later("Jira answered with something that is no list of tickets."));
            };
            issues.extend(page.iter().cloned());
            token = answer.body["nextPageToken"].as_str().map(str::to_owned);
            let more = match self.kind {
                JiraKind::Cloud => token.is_some(),
                JiraKind::DataCenter => {
                    !page.is_empty()
                        && answer.body["total"].as_u64().is_some_and(|n| (issues.len() as u64) < n)
                }
            };
            if !more {
                break;
            }
        }
        Ok(issues)
    }

    /// Whoever may be given tickets of the project and has this address. `None`: nobody, or nobody that is told here.
    async fn assignee(&self, email: &str) -> Result<Option<Value>, Trouble> {
        let query = match self.kind {
            JiraKind::Cloud => "query",
            JiraKind::DataCenter => "username",
        };
        let path = format!("rest/api/{}/user/assignable/search", self.version());
        let asked =
            self.connection.get(&path, &[("project", self.project), (query, email), ("maxResults", "2")])?;
        let answer = self.ask(asked).await?;
        if let Some(usual) = self.connection.usual(&answer, SystemClock.now()) {
            return Err(usual);
        }
        // A project that is not there, or an account that may not ask: making the ticket says so better.
        let Some([one]) = answer.body.as_array().map(Vec::as_slice) else { return Ok(None) };
        // Cloud hides addresses from whoever may not see them; then one who was found by it is believed.
        let is_other =
            one["emailAddress"].as_str().is_some_and(|e| !e.is_empty() && !e.eq_ignore_ascii_case(email));
        let (field, id) = match self.kind {
            JiraKind::Cloud => ("id", &one["accountId"]),
            JiraKind::DataCenter => ("name", &one["name"]),
        };
        Ok((!is_other && id.is_string()).then(|| json!({ field: id })))
    }

    fn ticket(&self, issue: &Value) -> Option<Ticket> {
        let status = &issue["fields"]["status"];
        let done = status["statusCategory"]["key"] == "done";
        self.called(issue["key"].as_str()?, status["name"].as_str()?, done)
    }

    fn called(&self, key: &str, status: &str, done: bool) -> Option<Ticket> {
        let url = format!("{}/browse/{key}", self.address);
        let sound = is_ticket_key(key) && is_ticket_url(&url);
        sound.then(|| Ticket { tracker: Tracker::Jira, key: key.into(), url, status: quoted(status), done })
    }

    fn version(&self) -> u8 {
        match self.kind {
            JiraKind::Cloud => 3,
            JiraKind::DataCenter => 2,
        }
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Answer, Trouble> {
        let token = &self.connection.token;
        let authorization = if self.account.is_empty() {
            format!("Bearer {token}")
        } else {
            format!("Basic {}", STANDARD.encode(format!("{}:{token}", self.account)))
        };
        let request = request.header("Authorization", authorization).header("Accept", "application/json");
        let answer = self.connection.send(request).await?;
        // Cloud answers a token that it does not know as it answers anybody: with nothing, and success.
        let reason = answer.headers.get("x-seraph-loginreason").and_then(|reason| reason.to_str().ok());
        let is_unknown = |reason: &str| {
            reason.contains("AUTHENTICATED_FAILED") || reason.contains("AUTHENTICATION_DENIED")
        };
        if reason.is_some_and(is_unknown) { Err(self.connection.unknown()) } else { Ok(answer) }
    }

    /// What an answer that is no success means for whoever waits.
    fn trouble(&self, answer: &Answer) -> Trouble {
        if let Some(usual) = self.connection.usual(answer, SystemClock.now()) {
            return usual;
        }
        let (project, kind) = (self.project, self.issue_type);
        let errors = |field: &str| answer.body["errors"].get(field).and_then(Value::as_str);
        if errors("project").is_some() {
            return Trouble::Never(format!(
                "Jira has no project `{project}` in which this account may write. As soon as an admin has corrected it, the ticket is made."
            ));
        }
        if errors("issuetype").is_some() {
            return Trouble::Never(format!(
                "The project `{project}` of Jira has no type `{kind}`. As soon as an admin has chosen another one, the ticket is made."
            ));
        }
        let all = answer.body["errors"].as_object();
        if let Some((field, words)) = all.and_then(|all| all.iter().next()) {
            let words = quoted(words.as_str().unwrap_or_default());
            return Trouble::Never(format!(
                "Jira does not take the ticket because of its field `{}`: {words}. Change that in Jira's project `{project}`, or let an admin choose another type; then ask again.",
                quoted(field)
            ));
        }
        let said =
            answer.body["errorMessages"].as_array().and_then(|all| all.first()).and_then(Value::as_str);
        match (answer.status, said) {
            (403, _) => Trouble::Never(format!(
                "The account may not write in Jira's project `{project}`. Let an admin of Jira allow it, then ask again."
            )),
            (404, _) => Trouble::Never(
                "There is no Jira at this address. As soon as an admin has corrected it, the ticket is made."
                    .into(),
            ),
            (status, Some(said)) => Trouble::Never(format!(
                "Jira does not take the ticket ({status}): {}. Look at it with an admin, then ask again.",
                quoted(said)
            )),
            (status, None) => Trouble::later(format!("Jira answered {status} and did not say why.")),
        }
    }
}

fn refused_fields(answer: &Answer) -> Vec<String> {
    answer.body["errors"].as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default()
}
