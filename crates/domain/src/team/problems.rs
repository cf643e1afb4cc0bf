//! The sentences about what is wrong with a team's document.

use super::{Problem, Team};
use crate::{PersonId, ServiceId, is_slug};
use std::collections::BTreeSet;

/// Characters of a name of the team, a person or a service.
const NAME_MAX: usize = 200;

pub(super) struct Known<'a> {
    pub people: BTreeSet<&'a PersonId>,
}

/// What is wrong with a team's document, as it is found.
#[derive(Default)]
pub(super) struct Problems(pub Vec<Problem>);

impl Problems {
    pub fn add(&mut self, path: impl Into<String>, words: impl Into<String>) {
        self.0.push(Problem { path: path.into(), words: words.into() });
    }
    pub fn require(&mut self, holds: bool, path: impl Into<String>, words: &str) {
        if !holds {
            self.add(path, words);
        }
    }
    /// Names go into notifications, headers and mails, none of which take a line break or a NUL.
    pub fn name(&mut self, path: impl Into<String>, name: &str, missing: &str) {
        let path = path.into();
        self.require(!name.trim().is_empty(), path.clone(), missing);
        if name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
            self.add(path, format!("write {NAME_MAX} characters at most, on one line"));
        }
    }
    pub fn zone(&mut self, path: impl Into<String>, zone: &str) {
        if zone.parse::<chrono_tz::Tz>().is_err() {
            self.add(
                path,
                format!("`{zone}` is not a time zone; write an IANA name such as Europe/Berlin or UTC"),
            );
        }
    }
    pub fn person(&mut self, known: &Known, path: String, who: &PersonId) {
        if !known.people.contains(who) {
            self.add(path, format!("there is no person `{who}`; add them under people"));
        }
    }
    pub fn service(&mut self, team: &Team, path: String, service: &ServiceId) {
        if team.service(service).is_none() {
            self.add(path, format!("there is no service `{service}`; add it under services"));
        }
    }
    pub fn ids<'a>(&mut self, kind: &str, ids: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for (i, id) in ids.enumerate() {
            let path = format!("{kind}[{i}].id");
            if !is_slug(id) {
                self.add(path, format!("`{id}` is not an id; use 1 to 64 of a-z, 0-9, - and _"));
            } else if !seen.insert(id) {
                self.add(path, format!("`{id}` is used twice; ids are unique among {kind}"));
            }
        }
    }
}
