//! GitHub's issues, by its REST API.

use super::Looked;
use super::connection::{Answer, Connection, quoted};
use super::making::Order;
use super::trouble::{PAUSE, Trouble};
use crate::clock::{Clock, SystemClock};
use crate::storage::Seen;
use chrono::TimeDelta;
use firebell_domain::Instant;
use firebell_domain::postmortem::{Ticket, Tracker, TrackerSetup, is_ticket_url};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Issues of one page: as many as GitHub gives.
const PAGE: usize = 100;
const PAGES_MAX: usize = 20;
const OVERLAP: TimeDelta = TimeDelta::minutes(10);
/// What every ticket of ours carries.
const OURS: &str = "postmortem";
/// What the labels begin with that say whose ticket it is.
const WHOSE: &str = "firebell-";

pub struct Github<'a> {
    connection: &'a Connection,
    repository: &'a str,
}

impl<'a> Github<'a> {
    pub fn new(connection: &'a Connection, setup: &'a TrackerSetup) -> Result<Self, Trouble> {
        let TrackerSetup::Github { repository, .. } = setup else {
            return Err(Trouble::Never("This is set up for another tracker.".into()));
        };
        Ok(Self { connection, repository })
    }

    /// The ticket of an action: the one that is there, else a new one.
    pub async fn make(&self, order: &Order) -> Result<Ticket, Trouble> {
        let issue = order.issue();
        let [.., label] = issue.labels();
        // GitHub drops labels without a word where the account may not set them; then nothing would be found again.
        let wanted = json!({ "name": label, "description": "An action of Firebell" });
        let answer = self.ask(self.connection.post(&self.path("labels"), &wanted)?).await?;
        if !answer.is_success() && !is_there_already(&answer) {
            return Err(self.trouble(&answer));
        }
        let query = [("labels", label.as_str()), ("state", "all"), ("per_page", "100")];
        let answer = self.ask(self.connection.get(&self.path("issues"), &query)?).await?;
        if let Some(ticket) = self.list(&answer)?.iter().find_map(|issue| self.ticket(issue)) {
            return Ok(ticket);
        }
        let body = json!({ "title": issue.summary(), "body": issue.markdown(), "labels": issue.labels() });
        let answer = self.ask(self.connection.post(&self.path("issues"), &body)?).await?;
        if !answer.is_success() {
            return Err(self.trouble(&answer).refused());
        }
        // It may be made all the same: the next try looks for it, unless it would not know it either.
        let words = "GitHub answered with something that is no ticket.";
        self.ticket(&answer.body).ok_or_else(|| match answer.body["number"].as_u64() {
            Some(_) => {
                Trouble::Never(format!("{words} Look with an admin at what answers there, then ask again."))
            }
            None => Trouble::later(words),
        })
    }

    /// The tickets that changed since the last look, each with its labels; and up to where that is everything.
    pub async fn changed(&self, seen: &Seen) -> Result<Looked, Trouble> {
        // What changed while a ticket was being made, and what GitHub shows late, comes once more.
        let mut since = seen.since.map(|at| at - OVERLAP);
        let (mut tickets, mut newest, mut etag) = (BTreeMap::new(), seen.since, None);
        let mut page = 1;
        for question in 0..PAGES_MAX {
            let (number, most) = (page.to_string(), PAGE.to_string());
            let from = since.map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
            let mut query =
                vec![("labels", OURS), ("state", "all"), ("sort", "updated"), ("direction", "asc")];
            query.extend([("per_page", most.as_str()), ("page", number.as_str())]);
            query.extend(from.as_deref().map(|from| ("since", from)));
            let mut request = self.connection.get(&self.path("issues"), &query)?;
            if let Some(etag) = seen.etag.as_ref().filter(|_| question == 0) {
                request = request.header("If-None-Match", etag);
            }
            let answer = self.ask(request).await?;
            if answer.status == 304 {
                return Ok((vec![], seen.clone()));
            }
            let issues = self.list(&answer)?;
            let is_full = issues.len() >= PAGE;
            // Of a full page it would say nothing about what is behind it.
            if question == 0 && !is_full {
                etag = answer.etag();
            }
            let updated = |issue: &Value| issue["updated_at"].as_str()?.parse::<Instant>().ok();
            let last = issues.iter().filter_map(updated).max();
            newest = newest.max(last);
            // One that changed meanwhile comes twice, and is as it came last.
            tickets.extend(issues.iter().flat_map(|issue| self.labelled(issue)));
            if !is_full {
                break;
            }
            // What changes while it is read moves to the end, and everything behind it one place forward: the next page
            // begins where this one ended, by the time. Only what changed all at once goes by number.
            let next = last.map(|at| at - TimeDelta::seconds(1));
            if next > since { (since, page) = (next, 1) } else { page += 1 }
        }
        // The tag belongs to the question: another time is another question.
        let etag = etag.filter(|_| newest == seen.since);
        let tickets = tickets.into_iter().map(|((label, _), ticket)| (label, ticket)).collect();
        Ok((tickets, Seen { since: newest, etag }))
    }

    /// The ticket of this name; `None`: it was deleted, or moved to another repository.
    pub async fn by_key(&self, key: &str) -> Result<Option<Ticket>, Trouble> {
        let number = key.strip_prefix(self.repository).and_then(|rest| rest.strip_prefix('#'));
        let Some(number) = number else {
            return Err(Trouble::Never("It is in another repository.".into()));
        };
        let answer = self.ask(self.connection.get(&self.path(&format!("issues/{number}")), &[])?).await?;
        match answer.status {
            // The repository is there: it has just been asked.
            301 | 404 | 410 => Ok(None),
            _ if answer.is_success() => {
                let odd = || Trouble::later("GitHub answered with something that is no ticket.");
                self.ticket(&answer.body).map(Some).ok_or_else(odd)
            }
            _ => Err(self.trouble(&answer)),
        }
    }

    /// Once with each label that may be ours: the team may have one that begins alike.
    fn labelled(&self, issue: &Value) -> Vec<((String, String), Ticket)> {
        let labels = issue["labels"].as_array().into_iter().flatten();
        let ours = labels.filter_map(|label| label["name"].as_str()).filter(|name| name.starts_with(WHOSE));
        let ticket = self.ticket(issue);
        ours.filter_map(|label| {
            let ticket = ticket.clone()?;
            Some(((label.to_owned(), ticket.key.clone()), ticket))
        })
        .collect()
    }

    fn path(&self, below: &str) -> String {
        format!("repos/{}/{below}", self.repository)
    }

    /// Pull requests are issues, too, and none of ours.
    fn list(&self, answer: &Answer) -> Result<Vec<Value>, Trouble> {
        if !answer.is_success() {
            return Err(self.trouble(answer));
        }
        let all = answer.body.as_array();
        all.cloned()
            .ok_or_else(|| Trouble::later("GitHub answered with something that is no list of tickets."))
    }

    fn ticket(&self, issue: &Value) -> Option<Ticket> {
        if issue.get("pull_request").is_some() {
            return None;
        }
        let closed = issue["state"] == "closed";
        let given_up = closed && matches!(issue["state_reason"].as_str(), Some("not_planned" | "duplicate"));
        let status = match (closed, issue["state_reason"].as_str()) {
            (true, Some("not_planned")) => "closed as not planned",
            (true, Some("duplicate")) => "closed as duplicate",
            (true, _) => "closed",
            (false, _) => "open",
        };
        Some(Ticket {
            tracker: Tracker::Github,
            key: format!("{}#{}", self.repository, issue["number"].as_u64()?),
            url: issue["html_url"].as_str().filter(|url| is_ticket_url(url))?.to_owned(),
            status: status.into(),
            done: closed && !given_up,
        })
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Answer, Trouble> {
        let request = request
            .bearer_auth(&self.connection.token)
            .header("Accept", "application/vnd.github+json")
            .header("X-GitHub-Api-Version", "2022-11-28");
        self.connection.send(request).await
    }

    /// What an answer that is no success means for whoever waits.
    fn trouble(&self, answer: &Answer) -> Trouble {
        let (now, repository) = (SystemClock.now(), self.repository);
        let message = answer.body["message"].as_str().unwrap_or_default();
        // Too many requests are refused by 403, too; where too many things were made at once, only the words say so.
        let is_used_up = answer.number("x-ratelimit-remaining") == Some(0);
        let is_limit = answer.retry_after(now).is_some()
            || is_used_up
            || message.to_ascii_lowercase().contains("rate limit");
        if answer.status == 429 || (answer.status == 403 && is_limit) {
            let reset = answer.number("x-ratelimit-reset").filter(|_| is_used_up);
            let reset = reset.and_then(|at| chrono::DateTime::from_timestamp(at, 0));
            let wait = answer.retry_after(now).or(reset.map(|at| at - now)).unwrap_or(PAUSE);
            return Trouble::Later {
                words: "GitHub is asked too often and wants a pause.".into(),
                wait: Some(wait.max(PAUSE)),
            };
        }
        if let Some(usual) = self.connection.usual(answer, now) {
            return usual;
        }
        let said = quoted(message);
        match answer.status {
            403 => Trouble::Never(format!(
                "The token may not write issues and labels in {repository} of GitHub. As soon as an admin has set one that may, the ticket is made."
            )),
            404 => Trouble::Never(format!(
                "GitHub has no repository {repository} that the token may see. As soon as an admin has corrected it, the ticket is made."
            )),
            410 => Trouble::Never(format!(
                "Issues are switched off in {repository} of GitHub. Switch them on there, then ask again."
            )),
            400 | 422 => Trouble::Never(format!(
                "GitHub does not take the ticket: {said}. Look at it with an admin, then ask again."
            )),
            status => Trouble::later(format!("GitHub answered {status}.")),
        }
    }
}

fn is_there_already(answer: &Answer) -> bool {
    let errors = answer.body["errors"].as_array();
    answer.status == 422 && errors.into_iter().flatten().any(|error| error["code"] == "already_exists")
}
