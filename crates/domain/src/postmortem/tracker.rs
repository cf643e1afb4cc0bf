//! How the team's tickets are made: which program, where, and in which corner of it. The secret that opens it is kept apart,
//! on the server alone.

use super::Tracker;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The two that Jira comes as; they speak differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum JiraKind {
    Cloud,
    DataCenter,
}

/// One tracker as an admin sets it up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "tracker", rename_all = "snake_case")]
pub enum TrackerSetup {
    Jira {
        /// `https://acme.atlassian.net`; of Data Center, as people open it.
        address: String,
        kind: JiraKind,
        /// Its key, `OPS`.
        project: String,
        /// By name, as Jira has it: `Task`.
        issue_type: String,
        /// Cloud: whose token it is, by e-mail. Data Center: none with a personal access token.
        #[serde(default)]
        account: String,
    },
    Github {
        /// Of the API: `https://api.github.com`, or `https://HOST/api/v3`.
        #[serde(default = "github")]
        address: String,
        /// `acme/shop`.
        repository: String,
    },
}

fn github() -> String {
    "https://api.github.com".into()
}

/// Characters of a name, a key or an account; of a token.
const NAME_MAX: usize = 200;
const TOKEN_MAX: usize = 2_000;

impl TrackerSetup {
    pub fn tracker(&self) -> Tracker {
        match self {
            Self::Jira { .. } => Tracker::Jira,
            Self::Github { .. } => Tracker::Github,
        }
    }

    pub fn address(&self) -> &str {
        match self {
            Self::Jira { address, .. } | Self::Github { address, .. } => address,
        }
    }

    /// Where tickets go, as people call it.
    pub fn place(&self) -> &str {
        match self {
            Self::Jira { project, .. } => project,
            Self::Github { repository, .. } => repository,
        }
    }

    /// Without what a person types by accident around it.
    #[must_use]
    pub fn tidied(self) -> Self {
        let trim = |text: String| text.trim().to_owned();
        let base = |text: String| text.trim().trim_end_matches('/').to_owned();
        match self {
            Self::Jira { address, kind, project, issue_type, account } => Self::Jira {
                address: base(address),
                kind,
                project: trim(project).to_uppercase(),
                issue_type: trim(issue_type),
                account: trim(account),
            },
            Self::Github { address, repository } => {
                Self::Github { address: base(address), repository: base(repository) }
            }
        }
    }

    /// The fields that are wrong, each with what to write instead. The address is looked at where networks are judged.
    pub fn problems(&self) -> Vec<(&'static str, String)> {
        let mut found = vec![];
        match self {
            Self::Jira { kind, project, issue_type, account, .. } => {
                if !is_project(project) {
                    found.push((
                        "project",
                        "write the project's key, such as OPS: capital letters, digits and _, beginning with a letter".into(),
                    ));
                }
                if !is_name(issue_type) {
                    found
                        .push(("issue_type", "write the name of a type of the project, such as Task".into()));
                }
                if *kind == JiraKind::Cloud && !account.contains('@') {
                    found.push((
                        "account",
                        "write the e-mail address of the account that the token is of".into(),
                    ));
                }
                if account.chars().count() > NAME_MAX || account.contains([':', '\n', '\0']) {
                    found.push((
                        "account",
                        "write a user's name, or nothing with a personal access token".into(),
                    ));
                }
            }
            Self::Github { repository, .. } => {
                if !is_repository(repository) {
                    found.push(("repository", "write owner and name, such as acme/shop".into()));
                }
            }
        }
        found
    }
}

/// What is wrong with a token, if anything.
pub fn problem_of_token(token: &str) -> Option<&'static str> {
    let fits = (1..=TOKEN_MAX).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic());
    (!fits).then_some("must be 1 to 2000 letters, digits or signs without spaces")
}

fn is_project(key: &str) -> bool {
    let is_fit = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    key.len() <= 50 && key.starts_with(|c: char| c.is_ascii_uppercase()) && key.bytes().all(is_fit)
}

fn is_name(name: &str) -> bool {
    (1..=NAME_MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control)
}

fn is_repository(text: &str) -> bool {
    let is_part = |part: &str| {
        let is_fit = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        (1..=100).contains(&part.len()) && part.bytes().all(is_fit) && part.bytes().any(|b| b != b'.')
    };
    text.split_once('/').is_some_and(|(owner, name)| is_part(owner) && is_part(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jira(project: &str, account: &str) -> TrackerSetup {
        TrackerSetup::Jira {
            address: "https://acme.atlassian.net/".into(),
            kind: JiraKind::Cloud,
            project: project.into(),
            issue_type: " Task ".into(),
            account: account.into(),
        }
    }

    #[test]
    fn what_was_typed_by_accident_goes_and_what_is_wrong_is_named() {
        let good = jira(" ops", "ana@example.com").tidied();
        assert_eq!(
            (good.place(), good.address(), good.problems()),
            ("OPS", "https://acme.atlassian.net", vec![])
        );
        for (odd, field) in [
            (jira("OPS\" OR 1=1", "ana@example.com"), "project"),
            (jira("1OPS", "ana@example.com"), "project"),
            (jira("OPS", "ana"), "account"),
            (jira("OPS", "ana@example.com:x"), "account"),
        ] {
            assert_eq!(odd.problems().first().map(|(field, _)| *field), Some(field), "{odd:?}");
        }
        for (repository, fits) in [
            ("acme/shop", true),
            ("acme/shop.js", true),
            ("acme", false),
            ("a/b/c", false),
            ("../..", false),
            ("a/b?x=1", false),
        ] {
            let setup: TrackerSetup =
                serde_json::from_value(serde_json::json!({ "tracker": "github", "repository": repository }))
                    .unwrap();
            assert_eq!(setup.problems().is_empty(), fits, "{repository}");
            assert_eq!(setup.address(), "https://api.github.com");
        }
    }

    #[test]
    fn a_token_is_one_word() {
        assert_eq!(problem_of_token("ATATT3xFfGF0=ab"), None);
        for odd in ["", "two words", "a\n", "é", &"x".repeat(2_001)] {
            assert!(problem_of_token(odd).is_some(), "{odd:?}");
        }
    }
}
