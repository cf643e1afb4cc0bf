//! Where a channel may point. A person types the address, the server connects to it: without a guard that would be
//! a way into the server's own network. Which addresses are public is judged in [`firebell_domain::network`], and looked up
//! by [`firebell_probe::Guard`], as for health addresses.

use firebell_domain::network::AllowList;
use firebell_probe::refuse_literal;
use url::{Host, Url};

/// Why an address is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    #[error("The address is not a web address. Write it as https://host/path.")]
    NotAnAddress,
    #[error("The address must begin with https://.")]
    NotHttps,
    #[error("The address must not hold a user name or password. Use an access token instead.")]
    Credentials,
    #[error("The address is longer than 2048 characters.")]
    TooLong,
    #[error("The address leads into a private network ({0}). Use one that is public.")]
    Private(std::net::IpAddr),
    #[error("An ntfy address ends with its topic, for example https://ntfy.sh/my-topic.")]
    NoTopic,
}

/// What can be said about an address without looking up its name: used when a channel is added, and before
/// every use.
pub fn check(text: &str, allow_loopback: bool) -> Result<Url, BadAddress> {
    if text.len() > 2_048 {
        return Err(BadAddress::TooLong);
    }
    let url = Url::parse(text.trim()).map_err(|_| BadAddress::NotAnAddress)?;
    if url.host().is_none() {
        return Err(BadAddress::NotAnAddress);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BadAddress::Credentials);
    }
    let plain_is_fine = allow_loopback && url.scheme() == "http" && is_loopback(&url);
    if url.scheme() != "https" && !plain_is_fine {
        return Err(BadAddress::NotHttps);
    }
    match refuse_literal(&url, &allowed(allow_loopback)) {
        Err(firebell_probe::BadAddress::Private(ip)) => Err(BadAddress::Private(ip)),
        _ => Ok(url),
    }
}

/// Where channels may lead.
pub fn allowed(allow_loopback: bool) -> AllowList {
    if allow_loopback { AllowList::with_loopback() } else { AllowList::public_only() }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firebell_probe::Guard;
    use reqwest::dns::Resolve;

    #[test]
    fn only_https_to_the_public_internet_is_let_through() {
        for good in ["https://ntfy.sh/topic", "https://8.8.8.8/x", "https://[2606:4700::1111]/x"] {
            assert!(check(good, false).is_ok(), "{good}");
        }
        for bad in [
            "http://ntfy.sh/topic",
            "ftp://ntfy.sh/topic",
            "ntfy.sh/topic",
            "https://",
            "https://user:pw@example.com/",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://10.1.2.3/",
            "https://192.168.1.1/",
            "https://172.16.0.1/",
            "https://100.64.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://0.0.0.0/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fe80::1]/",
            "https://[fd00:ec2::254]/",
        ] {
            assert!(check(bad, false).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_sample_on_this_machine_may_use_plain_http_and_nothing_more() {
        assert!(check("http://127.0.0.1:8080/hook", true).is_ok());
        assert!(check("http://localhost:8080/hook", true).is_ok());
        assert!(check("http://10.0.0.1/hook", true).is_err());
        assert!(check("http://example.com/hook", true).is_err());
        assert!(check("https://169.254.169.254/", true).is_err());
    }

    #[tokio::test]
    async fn a_name_that_stands_for_this_machine_is_not_connected_to() {
        let name = || "localhost".parse().unwrap();
        assert!(Guard::new(allowed(false)).resolve(name()).await.is_err());
        assert!(Guard::new(allowed(true)).resolve(name()).await.is_ok());
    }
}
