//! One look at a health address.

use crate::address::{BadAddress, check, judge};
use crate::guard::{Guard, Lookup, NotAllowed, SystemLookup};
use firebell_domain::health::HealthOutcome;
use firebell_domain::network::AllowList;
use reqwest::{Client, ClientBuilder, Response, header};
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use url::Url;

/// Bytes of an answer that are read; more is hung up on.
pub const BODY_MAX: usize = 64 * 1024;
/// Redirects followed, each judged like the first address.
pub const REDIRECTS_MAX: usize = 3;

/// Looks at addresses. It keeps no connection, no cookie and no proxy; it sends no credentials and shows nobody what was
/// answered beyond the status.
pub struct Probe {
    build: Box<dyn Fn() -> ClientBuilder + Send + Sync>,
    lookup: Arc<dyn Lookup>,
    /// A client belongs to the networks that were allowed when it was made.
    made: Mutex<Option<(AllowList, Client)>>,
}

impl Probe {
    /// `build` begins a client: what is trusted, and by which TLS.
    pub fn new(build: impl Fn() -> ClientBuilder + Send + Sync + 'static) -> Self {
        Self::with(build, Arc::new(SystemLookup))
    }

    pub fn with(build: impl Fn() -> ClientBuilder + Send + Sync + 'static, lookup: Arc<dyn Lookup>) -> Self {
        Self { build: Box::new(build), lookup, made: Mutex::new(None) }
    }

    /// Asks `url` once with GET; redirects, the answer's end and all else within `within`.
    pub async fn look(&self, url: &str, allowed: &AllowList, within: Duration) -> HealthOutcome {
        let url = match check(url, allowed) {
            Ok(url) => url,
            Err(bad) => return not_allowed(&bad),
        };
        let client = match self.client(allowed) {
            Ok(client) => client,
            Err(error) => {
                let words = format!("No connection can be made from here: {}.", cause(&error));
                return HealthOutcome::NotAllowed { words };
            }
        };
        let begun = Instant::now();
        let end = begun + within;
        let ms = || u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let answer = match timeout_at(end, follow(&client, url, allowed)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(no)) => return no.outcome(ms()),
            Err(_) => {
                let words = format!("It did not answer within {} s.", within.as_secs_f32());
                return HealthOutcome::Unreachable { ms: ms(), words };
            }
        };
        let (status, ms) = (answer.status(), ms());
        let complaint = match timeout_at(end, drain(answer)).await {
            Ok(Ok(())) if status.is_success() => return HealthOutcome::Ok { status: status.as_u16(), ms },
            Ok(Ok(())) => format!("It answers {status}."),
            Ok(Err(error)) => format!("It answers {status}, and its answer broke off: {}.", cause(&error)),
            Err(_) => {
                format!("It answers {status}, but the answer did not end within {} s.", within.as_secs_f32())
            }
        };
        HealthOutcome::Failed { status: Some(status.as_u16()), ms, words: complaint }
    }

    fn client(&self, allowed: &AllowList) -> reqwest::Result<Client> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = made.as_ref().filter(|(list, _)| list == allowed) {
            return Ok(client.clone());
        }
        let client = (self.build)()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .pool_max_idle_per_host(0)
            .user_agent(concat!("Firebell/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(Guard::with(allowed.clone(), self.lookup.clone())))
            .build()?;
        *made = Some((allowed.clone(), client.clone()));
        Ok(client)
    }
}

enum No {
    Http(reqwest::Error),
    /// The first address was fine; the one it leads to is not.
    Redirect(u16, String),
}

impl No {
    fn outcome(self, ms: u64) -> HealthOutcome {
        let error = match self {
            Self::Http(error) => error,
            Self::Redirect(status, words) => {
                return HealthOutcome::Failed { status: Some(status), ms, words };
            }
        };
        if let Some(NotAllowed(ip)) = source(&error) {
            return not_allowed(&BadAddress::Private(*ip));
        }
        let why = cause(&error);
        if error.is_connect() || error.is_timeout() {
            return HealthOutcome::Unreachable { ms, words: format!("It cannot be reached: {why}.") };
        }
        HealthOutcome::Failed { status: None, ms, words: format!("What it answers is not HTTP: {why}.") }
    }
}

/// The last answer after redirects.
async fn follow(client: &Client, mut url: Url, allowed: &AllowList) -> Result<Response, No> {
    for _ in 0..=REDIRECTS_MAX {
        let answer = client.get(url.clone()).send().await.map_err(No::Http)?;
        let status = answer.status().as_u16();
        let to =
            answer.headers().get(header::LOCATION).filter(|_| [301, 302, 303, 307, 308].contains(&status));
        let Some(to) = to else { return Ok(answer) };
        let refused = |why: &str| {
            No::Redirect(status, format!("It redirects ({status}), and that is not followed: {why}"))
        };
        let next = to.to_str().ok().and_then(|to| url.join(to).ok());
        let next = next.ok_or_else(|| refused("the new address cannot be read."))?;
        judge(&next, allowed).map_err(|bad| refused(&bad.to_string()))?;
        url = next;
    }
    Err(No::Redirect(302, format!("It redirects more than {REDIRECTS_MAX} times. Write the final address.")))
}

/// Reads an answer to its end, or as far as anybody needs to.
async fn drain(mut answer: Response) -> reqwest::Result<()> {
    let mut size = 0;
    while let Some(chunk) = answer.chunk().await? {
        size += chunk.len();
        if size > BODY_MAX {
            break;
        }
    }
    Ok(())
}

fn not_allowed(bad: &BadAddress) -> HealthOutcome {
    let hint = match bad {
        BadAddress::Private(_) => {
            " An admin can list the network under team.health_allow in the team's file."
        }
        _ => " Correct the service's health address in the team's file.",
    };
    HealthOutcome::NotAllowed { words: format!("{bad}{hint}") }
}

/// An error of this kind among the causes.
fn source<E: Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    let mut next: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// The deepest cause, which is the one that says something; without the address, which people know.
fn cause(error: &reqwest::Error) -> String {
    let mut deepest: &dyn Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string().trim_end_matches('.').to_owned()
}
