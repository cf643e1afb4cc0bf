//! What can be said about an address without looking up its name.

use firebell_domain::network::AllowList;
use std::net::IpAddr;
use url::{Host, Url};

/// Why an address is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    #[error("The address is not a web address. Write it as https://host/path.")]
    NotAnAddress,
    #[error("The address must begin with https:// or http://.")]
    NotHttp,
    #[error("The address must not hold a user name or password.")]
    Credentials,
    #[error("The address is longer than 2048 characters.")]
    TooLong,
    #[error("The address leads into a private network ({0}), which is not allowed.")]
    Private(IpAddr),
}

/// Reads an address that may be asked for its health.
pub fn check(text: &str, allowed: &AllowList) -> Result<Url, BadAddress> {
    if text.len() > 2_048 {
        return Err(BadAddress::TooLong);
    }
    let url = Url::parse(text.trim()).map_err(|_| BadAddress::NotAnAddress)?;
    judge(&url, allowed)?;
    Ok(url)
}

/// The same about an address that was read already.
pub(crate) fn judge(url: &Url, allowed: &AllowList) -> Result<(), BadAddress> {
    if !["http", "https"].contains(&url.scheme()) {
        return Err(BadAddress::NotHttp);
    }
    if url.host().is_none() {
        return Err(BadAddress::NotAnAddress);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BadAddress::Credentials);
    }
    if url.as_str().len() > 2_048 {
        return Err(BadAddress::TooLong);
    }
    refuse_literal(url, allowed)
}

/// An address written as a number is never looked up, so it is judged here.
pub fn refuse_literal(url: &Url, allowed: &AllowList) -> Result<(), BadAddress> {
    let ip = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
        _ => return Ok(()),
    };
    if allowed.lets(ip) { Ok(()) } else { Err(BadAddress::Private(ip)) }
}
