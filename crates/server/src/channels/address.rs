//! Where a channel may point. A person types the address, the server connects to it: without a guard that would be
//! a way into the server's own network.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
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
    Private(String),
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
    refuse_literal(&url, allow_loopback)?;
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// An address written as a number is never looked up, so it is judged here.
pub fn refuse_literal(url: &Url, allow_loopback: bool) -> Result<(), BadAddress> {
    let ip = match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
        _ => return Ok(()),
    };
    if is_public(ip) || (allow_loopback && ip.is_loopback()) {
        return Ok(());
    }
    Err(BadAddress::Private(ip.to_string()))
}

/// Looks names up and lets only public addresses through. The client connects to what this returns and to nothing
/// else, so a name cannot change its mind between the check and the connection.
pub struct Guard {
    pub allow_loopback: bool,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_loopback = self.allow_loopback;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let good: Vec<SocketAddr> = found
                .iter()
                .copied()
                .filter(|a| is_public(a.ip()) || (allow_loopback && a.ip().is_loopback()))
                .collect();
            if good.is_empty() {
                let first = found.first().map(|a| a.ip().to_string()).unwrap_or_default();
                return Err(BadAddress::Private(first).into());
            }
            Ok(Box::new(good.into_iter()) as Addrs)
        })
    }
}

/// True for addresses of the public internet: not this machine, not a local or private network, not the metadata
/// address of a cloud, nothing reserved.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(a == 0
        || a == 10
        || a == 127
        || a >= 224
        || (a == 100 && (64..=127).contains(&b))
        || (a == 169 && b == 254)
        || (a == 172 && (16..=31).contains(&b))
        || (a == 192 && b == 168)
        || (a == 192 && b == 0 && (c == 0 || c == 2))
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..=19).contains(&b))
        || (a == 198 && b == 51 && c == 100)
        || (a == 203 && b == 0 && c == 113))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(v4) = ip.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let s = ip.segments();
    // NAT64 and 6to4 carry an IPv4 address inside.
    if s[0] == 0x64 && s[1] == 0xff9b {
        let [a, b] = s[6].to_be_bytes();
        let [c, d] = s[7].to_be_bytes();
        return s[2..6].iter().all(|x| *x == 0) && is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    if s[0] == 0x2002 {
        let [a, b] = s[1].to_be_bytes();
        let [c, d] = s[2].to_be_bytes();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    // 2000::/3 is all that is given out; of it, documentation and Teredo are not for us.
    (s[0] & 0xe000) == 0x2000 && !(s[0] == 0x2001 && (s[1] == 0xdb8 || s[1] == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert!(Guard { allow_loopback: false }.resolve(name()).await.is_err());
        assert!(Guard { allow_loopback: true }.resolve(name()).await.is_ok());
    }
}
