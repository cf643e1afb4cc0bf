//! Where people meet and look during an incident: links that stand in its header.

use super::Source;
use crate::refusal::RefusalCode;
use crate::{Refusal, ServiceId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// Characters of an address.
const HREF_MAX: usize = 2_000;
const SCHEME: &str = "https://";

/// A link of which an incident has one: a field of its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RoomLinkKind {
    /// Where they talk.
    Bridge,
    Dashboard,
    /// Where they write.
    Channel,
}

impl RoomLinkKind {
    pub const ALL: [Self; 3] = [Self::Bridge, Self::Dashboard, Self::Channel];

    /// The field that holds it.
    pub fn field(self) -> &'static str {
        match self {
            Self::Bridge => "bridge",
            Self::Dashboard => "dashboard",
            Self::Channel => "channel",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RoomLink {
    pub kind: RoomLinkKind,
    pub href: String,
    /// Not written here: it is this service's own, from the team's file.
    pub of_service: Option<ServiceId>,
}

/// What is wrong with the value of a field of an incident, if anything. `null` clears a link. Other fields may hold anything.
pub fn check_incident_field(field: &str, value: &Value) -> Result<(), Refusal> {
    if !RoomLinkKind::ALL.iter().any(|kind| kind.field() == field) || value.is_null() {
        return Ok(());
    }
    let bad = |words: String| Err(Refusal::new(RefusalCode::BadInput, format!("{field}: {words}")));
    let Some(href) = value.as_str() else {
        return bad(format!("write one link that begins with {SCHEME}."));
    };
    let length = href.chars().count();
    if length > HREF_MAX {
        return bad(format!("the link has {length} characters, and {HREF_MAX} fit; use a shorter one."));
    }
    if !has_scheme(href) {
        return bad(format!(
            "only links that begin with {SCHEME} are opened. Use that form of it, such as {SCHEME}meet.example.com/checkout."
        ));
    }
    if href.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return bad("there is a blank in the link; write one link and nothing else.".into());
    }
    let host = host(href);
    if host.contains('@') {
        return bad(
            "the link holds a name or a password before its @; everybody would read it. Leave that out."
                .into(),
        );
    }
    if !host.chars().any(char::is_alphanumeric) {
        return bad(format!("the link names no computer after {SCHEME}; copy it again."));
    }
    Ok(())
}

fn has_scheme(href: &str) -> bool {
    href.get(..SCHEME.len()).is_some_and(|s| s.eq_ignore_ascii_case(SCHEME))
}

fn host(href: &str) -> &str {
    let rest = href.get(SCHEME.len()..).unwrap_or_default();
    rest.split(['/', '?', '#', '\\']).next().unwrap_or_default()
}

/// Those that there are. A dashboard that nobody wrote is that of the first service that has one.
pub(super) fn links(source: &Source) -> Vec<RoomLink> {
    let written = |kind: RoomLinkKind| {
        let value = source.fields.get(kind.field())?.value;
        let href = value.as_str()?;
        check_incident_field(kind.field(), value).ok()?;
        Some(RoomLink { kind, href: href.to_owned(), of_service: None })
    };
    let of_service = |kind: RoomLinkKind| {
        let team = source.team.filter(|_| kind == RoomLinkKind::Dashboard)?;
        let mut services = source.incident.services.iter().filter_map(|id| team.service(id));
        services.find_map(|service| {
            let href = service.dashboard.clone().filter(|href| has_scheme(href))?;
            Some(RoomLink { kind, href, of_service: Some(service.id.clone()) })
        })
    };
    RoomLinkKind::ALL.into_iter().filter_map(|kind| written(kind).or_else(|| of_service(kind))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_link_is_https_and_what_is_wrong_names_the_field_and_what_to_do() {
        for good in [
            json!("https://meet.example.com/a?b=c#d"),
            json!("HTTPS://meet.example.com"),
            json!("https://slack.example.com/archives/C1"),
            json!("https://[::1]:3000/d"),
            Value::Null,
        ] {
            assert_eq!(check_incident_field("bridge", &good), Ok(()), "{good}");
        }
        let long = format!("https://x/{}", "y".repeat(HREF_MAX));
        for (bad, remedy) in [
            (json!("http://meet.example.com"), "begin with https://"),
            (json!("slack://channel?id=1"), "begin with https://"),
            (json!("zoommtg://zoom.us/join"), "begin with https://"),
            (json!("javascript:alert(1)"), "begin with https://"),
            (json!("meet.example.com"), "begin with https://"),
            (json!(""), "begin with https://"),
            (json!("https://a b"), "one link and nothing else"),
            (json!("https://a\nhttps://b"), "one link and nothing else"),
            (json!("https:///path"), "copy it again"),
            (json!("https://ana:secret@meet.example.com/"), "Leave that out"),
            (json!(long), "use a shorter one"),
            (json!(["https://a"]), "write one link"),
        ] {
            for kind in RoomLinkKind::ALL {
                let words = check_incident_field(kind.field(), &bad).unwrap_err().words;
                assert!(words.starts_with(&format!("{}: ", kind.field())), "{words}");
                assert!(words.contains(remedy), "{bad}: {words}");
            }
        }
        assert_eq!(check_incident_field("impact", &json!("anything")), Ok(()));
    }
}
