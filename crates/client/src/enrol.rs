//! Joining a team: an invite link becomes a device with a token.

use crate::address::server_address;
use crate::rest::Server;
use crate::words::error;
use firebell_domain::team::Role;
use firebell_protocol::rest::{EnrolRequest, EnrolResponse};
use firebell_protocol::sync::You;
use firebell_protocol::window::WindowError;
use firebell_store::Identity;
use url::Url;

/// What a link says.
#[derive(Clone, PartialEq, Eq)]
pub struct Invite {
    /// Checked and in its kept form.
    pub server: String,
    /// One-time.
    pub token: String,
}

impl std::fmt::Debug for Invite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Invite {{ server: {:?} }}", self.server)
    }
}

/// Reads `firebell://join?server=URL&token=T`. Spaces and line breaks, which mail and chat programs put into
/// long links, are taken out.
pub fn parse(link: &str) -> Result<Invite, WindowError> {
    let bad = |why: &str| {
        error(
            "bad_input",
            format!(
                "Link: {why}. An invite looks like firebell://join?server=https://…&token=…; copy the whole of it, or ask for a new one."
            ),
        )
    };
    let link: String = link.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    if link.is_empty() {
        return Err(bad("it is empty"));
    }
    let url = Url::parse(&link).map_err(|_| bad("this is not a link"))?;
    if url.scheme() != "firebell" || !url.host_str().is_some_and(|host| host.eq_ignore_ascii_case("join")) {
        return Err(bad("this is not an invite to a Firebell team"));
    }
    let part = |name: &str| {
        url.query_pairs().find(|(k, _)| k == name).map(|(_, v)| v.into_owned()).filter(|v| !v.is_empty())
    };
    let server = part("server").ok_or_else(|| bad("the server's address is missing"))?;
    let token = part("token").ok_or_else(|| bad("the token is missing"))?;
    let server = server_address(&server).map_err(|words| error("bad_input", words))?;
    Ok(Invite { server, token })
}

/// Redeems an invite. The second value is the device's token, for the keychain only.
pub(crate) async fn redeem(
    http: reqwest::Client,
    invite: &Invite,
    device_name: &str,
) -> Result<(Identity, String), WindowError> {
    let name = device_name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(error(
            "bad_input",
            "Device name: write 1 to 100 characters, for example \"Ana's laptop\".",
        ));
    }
    let server = Server { http, base: invite.server.clone(), token: None };
    let request = EnrolRequest {
        token: invite.token.clone(),
        device_name: name.to_owned(),
        platform: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
    };
    // A refusal (used, expired) comes with the server's own words, which say what to do.
    let answer: EnrolResponse = server.post("/api/v1/devices", &request).await?;
    // The role comes with the first welcome; until then, the least is assumed.
    let you = You { person: answer.person, name: answer.name, role: Role::Responder, device: answer.device };
    Ok((Identity { you, server: invite.server.clone(), team: answer.team }, answer.device_token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_pasted_from_a_mail_with_line_breaks_still_works() {
        let pasted =
            "  firebell://join?server=https://fire\n  bell.example.com:8470&tok\r\nen=abc_DEF-123 \n";
        let invite = parse(pasted).unwrap();
        assert_eq!(
            invite,
            Invite { server: "https://firebell.example.com:8470".into(), token: "abc_DEF-123".into() }
        );
        assert!(!format!("{invite:?}").contains("abc"), "a token is never printed");
    }

    #[test]
    fn a_percent_encoded_or_shouted_link_is_the_same_link() {
        let shouted = parse("FIREBELL://JOIN?server=http://127.0.0.1:8470&token=t").unwrap();
        assert_eq!(shouted.server, "http://127.0.0.1:8470");
        let invite = parse("firebell://join?server=http%3A%2F%2F127.0.0.1%3A8470&token=t").unwrap();
        assert_eq!(invite.server, "http://127.0.0.1:8470");
    }

    #[test]
    fn a_bad_link_says_what_is_wrong_with_it() {
        for (link, word) in [
            ("", "empty"),
            ("hello", "not a link"),
            ("https://firebell.example.com/join?token=t", "not an invite"),
            ("firebell://join?token=t", "server's address is missing"),
            ("firebell://join?server=https://firebell.example.com", "token is missing"),
            ("firebell://join?server=http://example.com&token=t", "not encrypted"),
        ] {
            let e = parse(link).unwrap_err();
            assert_eq!(e.code, "bad_input");
            assert!(e.words.contains(word), "{link}: {}", e.words);
        }
    }
}
