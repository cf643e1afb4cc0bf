//! The team server's address: `https://`, or plain `http://` on this computer itself.

use url::{Host, Url};

/// Checks an address and brings it into the one form that is kept: no path, no query, no slash at the end.
pub fn server_address(text: &str) -> Result<String, String> {
    let bad = || {
        format!(
            "The server's address `{text}` is not a web address; it should look like https://firebell.example.com."
        )
    };
    let url = Url::parse(text).map_err(|_| bad())?;
    let host = url.host().ok_or_else(bad)?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&host) => {}
        "http" => {
            return Err(format!(
                "The server's address `{text}` is not encrypted. Ask the operator for an invite with an https:// address; \
                 http:// is only used on this computer itself."
            ));
        }
        _ => return Err(bad()),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "The server's address contains a user name or password; ask for a new invite link without one."
                .into(),
        );
    }
    let path = url.path().trim_end_matches('/');
    Ok(format!("{}{path}", url.origin().ascii_serialization()))
}

/// The address of `/sync` on a server.
pub(crate) fn sync_address(server: &str) -> Result<String, String> {
    let checked = server_address(server)?;
    // `http…` becomes `ws…`.
    Ok(format!("ws{}/sync", checked.strip_prefix("http").unwrap_or(&checked)))
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_encryption_is_only_for_this_computer() {
        assert_eq!(
            server_address("https://firebell.example.com/").as_deref(),
            Ok("https://firebell.example.com")
        );
        assert_eq!(server_address("http://127.0.0.1:8470").as_deref(), Ok("http://127.0.0.1:8470"));
        assert_eq!(server_address("http://[::1]:8470").as_deref(), Ok("http://[::1]:8470"));
        assert!(server_address("http://10.0.0.5:8470").unwrap_err().contains("https://"));
        assert!(server_address("http://localhost.example.com").is_err());
        assert!(server_address("ftp://x").is_err());
        assert!(server_address("https://ana:secret@firebell.example.com").is_err());
    }

    #[test]
    fn sync_is_spoken_where_the_server_is() {
        assert_eq!(
            sync_address("https://firebell.example.com").as_deref(),
            Ok("wss://firebell.example.com/sync")
        );
        assert_eq!(sync_address("http://127.0.0.1:8470").as_deref(), Ok("ws://127.0.0.1:8470/sync"));
        assert!(sync_address("http://example.com").is_err());
    }
}
