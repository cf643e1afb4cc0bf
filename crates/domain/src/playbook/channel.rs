//! The channel of an incident: its name, topic and first message (domain §6).

use crate::Severity;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChannelRules {
    /// The first part of `inc-YYYY-MM-DD-slug`: 1 to 20 of a-z, 0-9 and `-`.
    pub prefix: String,
    /// Characters of the slug, 8 to 60.
    pub slug_max: u32,
    /// Public unless the incident is private.
    pub is_public: bool,
    pub pinned: Vec<String>,
    /// What the first message carries.
    pub header: Vec<String>,
    /// Status changes update the topic and post a message.
    pub follows_status: bool,
    /// At the end.
    pub is_archived: bool,
}

impl Default for ChannelRules {
    fn default() -> Self {
        Self {
            prefix: "inc".into(),
            slug_max: 30,
            is_public: true,
            pinned: ["Status", "Link to the timeline", "Roles"].map(Into::into).into(),
            header: [
                "Severity",
                "Status",
                "Start",
                "Commander",
                "Description",
                "Link to the runbook",
                "Link to the dashboard",
            ]
            .map(Into::into)
            .into(),
            follows_status: true,
            is_archived: true,
        }
    }
}

impl ChannelRules {
    /// `inc-2026-11-25-checkout-fails`, with the day in the team's zone. The slug is cut between words where it can be; a title
    /// without a letter or digit of ASCII has none.
    pub fn name(&self, day: NaiveDate, title: &str) -> String {
        let slug = slug(title, self.slug_max as usize);
        let dash = if slug.is_empty() { "" } else { "-" };
        format!("{}-{}{dash}{slug}", self.prefix, day.format("%Y-%m-%d"))
    }

    /// `SEV1 | Checkout fails | Status: investigating`.
    pub fn topic(severity: Severity, title: &str, status: crate::incident::Status) -> String {
        format!("{severity} | {} | Status: {}", title.trim(), status.word())
    }
}

fn slug(title: &str, max: usize) -> String {
    let mut slug = String::new();
    for word in title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()) {
        let dash = usize::from(!slug.is_empty());
        let room = max.saturating_sub(slug.len());
        if word.len() + dash > room {
            // A first word that is too long is cut; later ones are left out.
            if slug.is_empty() {
                slug.push_str(&word[..max.min(word.len())]);
            }
            break;
        }
        if dash == 1 {
            slug.push('-');
        }
        slug.push_str(word);
    }
    slug.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::Status;
    use proptest::prelude::*;

    #[test]
    fn a_channel_is_named_after_the_day_and_the_title() {
        let day = "2026-11-25".parse().unwrap();
        let rules = ChannelRules::default();
        assert_eq!(rules.name(day, "Checkout: payments fail!"), "inc-2026-11-25-checkout-payments-fail");
        assert_eq!(
            rules.name(day, "Checkout is down for everybody in Europe"),
            "inc-2026-11-25-checkout-is-down-for-everybody",
            "cut between words"
        );
        assert_eq!(rules.name(day, "日本"), "inc-2026-11-25");
        assert_eq!(
            ChannelRules::topic(Severity::Sev1, "Checkout fails ", Status::Investigating),
            "SEV1 | Checkout fails | Status: investigating"
        );
    }

    proptest! {
        #[test]
        fn no_title_makes_a_name_that_is_no_slug(title in "\\PC{0,80}") {
            let name = ChannelRules::default().name("2026-11-25".parse().unwrap(), &title);
            prop_assert!(crate::is_slug(&name), "{name}");
            prop_assert!(name.len() <= "inc-2026-11-25-".len() + 30, "{name}");
            prop_assert!(!name.ends_with('-'), "{name}");
        }
    }
}
