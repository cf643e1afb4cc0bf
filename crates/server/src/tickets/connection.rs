//! One connection to a tracker: an admin typed the address, so it leads only where the team's file lets it, over TLS, and
//! every answer has its end.

use super::trouble::{PAUSE, Trouble};
use crate::storage::TrackerRow;
use chrono::TimeDelta;
use firebell_domain::network::AllowList;
use firebell_domain::postmortem::Tracker;
use firebell_probe::{BadAddress, Guard, NotAllowed, check};
use reqwest::header::{ETAG, HeaderMap, RETRY_AFTER};
use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// One request, connecting included.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of an answer. A page of a hundred issues of GitHub with long texts fits.
const ANSWER_MAX: usize = 8 * 1024 * 1024;
/// Characters of a tracker's own words that are passed on.
const WORDS_MAX: usize = 300;

/// Why an address of a tracker is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTracker {
    #[error(transparent)]
    Address(BadAddress),
    #[error("The address must begin with https://: the token would cross the network in clear.")]
    NotHttps,
    #[error("The address must have nothing behind its path: no ? and no #.")]
    Behind,
    #[error(
        "The address leads into a private network ({0}). List that network under `health_allow` in the team's file first."
    )]
    Private(std::net::IpAddr),
}

fn allowed(networks: &[String], allow_loopback: bool) -> AllowList {
    let mut texts = networks.to_vec();
    if allow_loopback {
        texts.extend(["127.0.0.0/8".to_owned(), "::1".to_owned()]);
    }
    AllowList::of(&texts)
}

/// What can be said about the address of a tracker without looking up its name. `networks`: those that the team's file
/// allows; `allow_loopback`: this machine, too, also by plain HTTP (samples and tests).
pub fn check_address(text: &str, networks: &[String], allow_loopback: bool) -> Result<Url, BadTracker> {
    let url = check(text, &allowed(networks, allow_loopback)).map_err(|bad| match bad {
        BadAddress::Private(ip) => BadTracker::Private(ip),
        other => BadTracker::Address(other),
    })?;
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    if url.scheme() != "https" && !(allow_loopback && is_loopback) {
        return Err(BadTracker::NotHttps);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(BadTracker::Behind);
    }
    Ok(url)
}

/// An answer that was read to its end.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// `Null` when it is no JSON.
    pub body: Value,
}

impl Answer {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub fn etag(&self) -> Option<String> {
        Some(self.headers.get(ETAG)?.to_str().ok()?.to_owned())
    }

    /// A header that holds a whole number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.headers.get(name)?.to_str().ok()?.trim().parse().ok()
    }

    /// How long the tracker wants to be left alone, by `Retry-After`: seconds, or a time.
    pub fn retry_after(&self, now: firebell_domain::Instant) -> Option<TimeDelta> {
        let text = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        if let Ok(seconds) = text.parse::<i64>() {
            return TimeDelta::try_seconds(seconds);
        }
        Some(chrono::DateTime::parse_from_rfc2822(text).ok()?.to_utc() - now)
    }
}

pub struct Connection {
    http: Client,
    base: Url,
    pub tracker: Tracker,
    pub token: String,
}

impl Connection {
    pub fn new(row: &TrackerRow, networks: &[String], allow_loopback: bool) -> Result<Self, Trouble> {
        let tracker = row.setup.tracker();
        let base = check_address(row.setup.address(), networks, allow_loopback)
            .map_err(|bad| Trouble::Never(format!("{}: {bad}", tracker.name())))?;
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .referer(false)
            .no_proxy()
            .user_agent(concat!("Firebell/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(Guard::new(allowed(networks, allow_loopback))))
            .build()
            .map_err(|_| {
                Trouble::later("The server has no way to make a secure connection. Look at its certificates.")
            })?;
        Ok(Self { http, base, tracker, token: row.token.clone() })
    }

    /// The address of something below that of the tracker.
    pub fn url(&self, path: &str) -> Result<Url, Trouble> {
        let text = format!("{}/{path}", self.base.as_str().trim_end_matches('/'));
        Url::parse(&text)
            .map_err(|_| Trouble::Never(format!("{}: the address is wrong.", self.tracker.name())))
    }

    pub fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<RequestBuilder, Trouble> {
        let mut url = self.url(path)?;
        url.query_pairs_mut().extend_pairs(query);
        Ok(self.http.get(url))
    }

    pub fn post(&self, path: &str, body: &Value) -> Result<RequestBuilder, Trouble> {
        Ok(self.http.post(self.url(path)?).json(body))
    }

    /// Sends, and reads the answer. Errors are those of the way there; what the tracker says is the caller's to judge.
    pub async fn send(&self, request: RequestBuilder) -> Result<Answer, Trouble> {
        let mut answer = request.send().await.map_err(|error| self.broken(error))?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let mut bytes: Vec<u8> = vec![];
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.broken(error))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > ANSWER_MAX {
                return Err(Trouble::later(format!("{} answers with more than fits.", self.tracker.name())));
            }
        }
        Ok(Answer { status, headers, body: serde_json::from_slice(&bytes).unwrap_or_default() })
    }

    fn broken(&self, error: reqwest::Error) -> Trouble {
        let name = self.tracker.name();
        let error = error.without_url();
        let mut cause: &dyn Error = &error;
        loop {
            if let Some(NotAllowed(ip)) = cause.downcast_ref::<NotAllowed>() {
                return Trouble::Never(format!("{name}: {}", BadTracker::Private(*ip)));
            }
            match cause.source() {
                Some(source) => cause = source,
                None => break,
            }
        }
        if error.is_timeout() {
            return Trouble::too_slow(self.tracker);
        }
        let cause = cause.to_string();
        Trouble::later(format!("{name} cannot be reached: {}.", cause.trim_end_matches('.')))
    }

    /// The token is none (any more).
    pub fn unknown(&self) -> Trouble {
        let name = self.tracker.name();
        Trouble::Never(format!(
            "{name} refused the token. As soon as an admin has set a new one, the ticket is made."
        ))
    }

    /// What is said alike by all: that it is busy, broken, moved, or does not know the token. `None`: something of its own.
    pub fn usual(&self, answer: &Answer, now: firebell_domain::Instant) -> Option<Trouble> {
        let name = self.tracker.name();
        let wait = answer.retry_after(now);
        Some(match answer.status {
            401 => self.unknown(),
            // Also while it is being worked on, or signs people in.
            status @ 300..=399 => Trouble::later(format!(
                "{name} leads to another address (it answers {status}). If it has moved, an admin has to correct its address."
            )),
            429 => Trouble::Later {
                words: format!("{name} is asked too often and wants a pause."),
                wait: wait.or(Some(PAUSE)),
            },
            status if status >= 500 => {
                Trouble::Later { words: format!("{name} is broken for now (it answers {status})."), wait }
            }
            _ => return None,
        })
    }
}

/// Of a tracker's words: one line, not too long.
pub fn quoted(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|c| !c.is_control()).take(WORDS_MAX).collect();
    line.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str, networks: &[&str], loopback: bool) -> Option<String> {
        let networks: Vec<String> = networks.iter().map(|n| (*n).to_owned()).collect();
        check_address(text, &networks, loopback).err().map(|bad| bad.to_string())
    }

    #[test]
    fn a_tracker_lies_on_the_internet_or_where_the_team_allows_it() {
        for good in ["https://acme.atlassian.net", "https://jira.example.com/jira", "https://8.8.8.8"] {
            assert_eq!(refused(good, &[], false), None, "{good}");
        }
        for (bad, words) in [
            ("http://acme.atlassian.net", "https://"),
            ("https://10.1.2.3", "health_allow"),
            ("https://169.254.169.254", "health_allow"),
            ("https://127.0.0.1:8080", "health_allow"),
            ("https://ana:pw@jira.example.com", "user name"),
            ("https://jira.example.com/?x=1", "behind"),
            ("jira.example.com", "web address"),
        ] {
            assert!(refused(bad, &[], false).unwrap_or_default().contains(words), "{bad}");
        }
        assert_eq!(refused("https://10.1.2.3", &["10.1.0.0/16"], false), None);
        assert!(
            refused("http://10.1.2.3", &["10.1.0.0/16"], true).is_some(),
            "the token would be read on the way"
        );
        assert_eq!(refused("http://127.0.0.1:9", &[], true), None);
    }

    #[test]
    fn a_pause_is_told_in_seconds_or_as_a_time() {
        let now = "2026-11-26T09:00:00Z".parse().unwrap();
        let wait = |text: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            Answer { status: 429, headers, body: Value::Null }.retry_after(now).map(|wait| wait.num_seconds())
        };
        assert_eq!(wait("120"), Some(120));
        assert_eq!(wait("Thu, 26 Nov 2026 09:01:00 GMT"), Some(60));
        assert_eq!(wait("soon"), None);
    }
}
