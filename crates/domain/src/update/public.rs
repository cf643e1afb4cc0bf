//! A second look at text for people outside: words of ours, hosts they cannot reach, names of colleagues (domain §6).

use crate::playbook::PublicRules;
use crate::team::Team;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use ts_rs::TS;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "PublicTextRule")]
pub enum Rule {
    /// A word that only we understand.
    Jargon,
    /// The address or name of a computer.
    InternalHost,
    /// The id of a service.
    InternalName,
    /// Somebody of the team, or their mail address.
    Person,
}

/// One place of a text. The same shape as the findings of `language check` (contract).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "PublicTextFinding")]
pub struct Finding {
    /// UTF-8 bytes, on the border of a character.
    pub start: usize,
    /// Exclusive.
    pub end: usize,
    pub rule: Rule,
    pub why: String,
    /// What to write instead.
    pub suggestion: String,
}

/// What is known inside and means nothing, or too much, outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Insiders {
    /// Names of people, whole.
    pub people: Vec<String>,
    pub emails: Vec<String>,
    /// Ids of services → their names.
    pub services: BTreeMap<String, String>,
}

impl Insiders {
    pub fn of(team: &Team) -> Self {
        Self {
            people: team.people.iter().map(|p| p.name.clone()).collect(),
            emails: team.people.iter().map(|p| p.email.clone()).collect(),
            services: team.services.iter().map(|s| (s.id.to_string(), s.name.clone())).collect(),
        }
    }
}

/// Everything to look at again, in the order of the text. No two findings overlap: of two at one place the longer stands.
pub fn check_public(text: &str, rules: &PublicRules, insiders: &Insiders) -> Vec<Finding> {
    let words = words(text);
    let mut found = Vec::new();
    hosts(text, rules, &mut found);
    services(text, insiders, &mut found);
    people(text, &words, insiders, &mut found);
    jargon(text, &words, rules, &mut found);
    // What a service is called outside is no jargon, whatever its words are.
    let named: Vec<_> = insiders.services.values().flat_map(|name| called(text, &words, name)).collect();
    found
        .retain(|f| f.rule != Rule::Jargon || !named.iter().any(|at| at.start <= f.start && f.end <= at.end));
    found.retain(|f| !rules.allowed.iter().any(|allowed| same(allowed.trim(), &text[f.start..f.end])));
    // The longest first at each place; the sort is stable, so that hosts come before jargon of the same length.
    found.sort_by_key(|f| (f.start, std::cmp::Reverse(f.end)));
    let mut end = 0;
    found.retain(|f| {
        let stands = f.start >= end;
        if stands {
            end = f.end;
        }
        stands
    });
    found
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

/// Runs of letters and digits.
fn words(text: &str) -> Vec<Range<usize>> {
    runs(text, char::is_alphanumeric)
}

fn runs(text: &str, is: impl Fn(char) -> bool) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut open = false;
    for (at, c) in text.char_indices() {
        let inside = is(c);
        match found.last_mut() {
            Some(last) if inside && open => last.end = at + c.len_utf8(),
            _ if inside => found.push(at..at + c.len_utf8()),
            _ => {}
        }
        open = inside;
    }
    found
}

/// Places where these words follow each other, with nothing but white space or a hyphen between them.
fn phrase<'w>(
    text: &'w str,
    words: &'w [Range<usize>],
    sought: &'w [String],
    fits: fn(&str, &str) -> bool,
) -> impl Iterator<Item = Range<usize>> + 'w {
    words.windows(sought.len().max(1)).filter_map(move |window| {
        let fit =
            !sought.is_empty() && window.iter().zip(sought).all(|(at, word)| fits(&text[at.clone()], word));
        let close = window.windows(2).all(|pair| {
            let between = &text[pair[0].end..pair[1].start];
            between == "-" || between.chars().all(|c| c == ' ' || c == '\n')
        });
        (fit && close).then(|| window[0].start..window[window.len() - 1].end)
    })
}

/// Where a service is called by its name of several words. One word alone may be meant as the word that it is.
fn called(text: &str, words: &[Range<usize>], name: &str) -> Vec<Range<usize>> {
    let parts = split(name);
    match parts.len() {
        0 | 1 => vec![],
        _ => phrase(text, words, &parts, |word, part| word.to_lowercase() == part).collect(),
    }
}

fn split(phrase: &str) -> Vec<String> {
    words(phrase).into_iter().map(|at| phrase[at].to_lowercase()).collect()
}

fn jargon(text: &str, words: &[Range<usize>], rules: &PublicRules, found: &mut Vec<Finding>) {
    // Also in the plural.
    let fits = |word: &str, term: &str| {
        let word = word.to_lowercase();
        word == term || word.strip_suffix('s') == Some(term) || word.strip_suffix("es") == Some(term)
    };
    for (term, plain) in &rules.jargon {
        for at in phrase(text, words, &split(term), fits) {
            let why =
                format!("`{}` is a word of engineers; readers outside may not know it.", &text[at.clone()]);
            found.push(finding(at, Rule::Jargon, why, plain.clone()));
        }
    }
}

fn people(text: &str, words: &[Range<usize>], insiders: &Insiders, found: &mut Vec<Finding>) {
    const WHY: &str = "names somebody of the team; outside, the company speaks.";
    for name in &insiders.people {
        let parts = split(name);
        // A single name such as Will or Mark is often a word; it counts only as it is written.
        let exact = parts.len() < 2;
        for at in phrase(text, words, &parts, |word, part| word.to_lowercase() == part) {
            if !exact || text[at.clone()] == *name.trim() {
                let why = format!("`{}` {WHY}", &text[at.clone()]);
                found.push(finding(at, Rule::Person, why, "our team".into()));
            }
        }
        // The given name and the family name alone, as names are written.
        if parts.len() >= 2 {
            for part in name.split(|c: char| !c.is_alphanumeric()).filter(|p| p.chars().count() >= 3) {
                for at in words.iter().filter(|at| text[(*at).clone()] == *part && starts_upper(part)) {
                    let why = format!("`{part}` may mean {name}, and {WHY}");
                    found.push(finding(at.clone(), Rule::Person, why, "our team".into()));
                }
            }
        }
    }
    for at in runs(text, |c| c.is_alphanumeric() || "@._+-".contains(c)) {
        let at = trimmed(text, at);
        if insiders.emails.iter().any(|email| same(email, &text[at.clone()])) {
            let why = format!("`{}` is the address of somebody of the team.", &text[at.clone()]);
            found.push(finding(at, Rule::Person, why, "the address of support".into()));
        }
    }
}

fn starts_upper(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_uppercase)
}

/// Runs that could be hosts or ids.
fn names(text: &str) -> impl Iterator<Item = Range<usize>> {
    runs(text, |c| c.is_ascii_alphanumeric() || ".-_:[]".contains(c))
        .into_iter()
        .map(|at| trimmed(text, at))
        .filter(|at| !at.is_empty())
}

/// Without the signs of the sentence around it.
fn trimmed(text: &str, at: Range<usize>) -> Range<usize> {
    let word = &text[at.clone()];
    let cut = word.trim_start_matches(['.', '-', '_', ']', '+']);
    // `::1` begins with its colons.
    let cut = if cut.starts_with("::") { cut } else { cut.trim_start_matches(':') };
    let start = at.end - cut.len();
    start..start + cut.trim_end_matches(['.', '-', '_', ':', '[', '+']).len()
}

fn services(text: &str, insiders: &Insiders, found: &mut Vec<Finding>) {
    for at in names(text) {
        let word = &text[at.clone()];
        // A service called `search` is a word of everybody; an id with a hyphen is ours.
        if let Some(name) = insiders.services.get(word)
            && word.contains(['-', '_'])
        {
            let why = format!("`{word}` is what we call a service; readers outside know it by another name.");
            found.push(finding(at, Rule::InternalName, why, name.clone()));
        }
    }
}

fn hosts(text: &str, rules: &PublicRules, found: &mut Vec<Finding>) {
    for at in names(text) {
        let word = &text[at.clone()];
        let why = if is_address(word) {
            format!("`{word}` is the address of a computer.")
        } else if is_internal(word, rules) {
            format!("`{word}` is the name of a computer that nobody outside can reach.")
        } else if is_machine(word) {
            format!("`{word}` looks like the name of one of our computers.")
        } else {
            continue;
        };
        found.push(finding(at, Rule::InternalHost, why, "one of our systems".into()));
    }
}

fn is_address(word: &str) -> bool {
    let bare = word.trim_start_matches('[').trim_end_matches(']');
    // `::` alone and times such as 14:05 are none.
    let has_digits = word.bytes().any(|b| b.is_ascii_hexdigit());
    has_digits && (bare.parse::<IpAddr>().is_ok() || word.parse::<SocketAddr>().is_ok())
}

/// With or without a port.
fn is_internal(word: &str, rules: &PublicRules) -> bool {
    let host = word.split(':').next().unwrap_or_default().to_ascii_lowercase();
    host == "localhost"
        || rules.internal_suffixes.iter().any(|suffix| {
            let suffix = suffix.to_ascii_lowercase();
            // `payments.svc.cluster.local` and `payments.svc.prod` alike.
            host.len() > suffix.len() && (host.ends_with(&suffix) || host.contains(&format!("{suffix}.")))
        })
}

/// `db-prod-03`, `ip-10-0-0-1`: parts in lower case with hyphens, the last one a number.
fn is_machine(word: &str) -> bool {
    let parts: Vec<&str> = word.split(['-', '_']).collect();
    let [first, .., last] = parts.as_slice() else { return false };
    word.len() <= 63
        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
        && first.len() >= 2
        && first.bytes().all(|b| b.is_ascii_lowercase())
        && (1..=5).contains(&last.len())
        && last.bytes().all(|b| b.is_ascii_digit())
}

fn finding(at: Range<usize>, rule: Rule, why: String, suggestion: String) -> Finding {
    Finding { start: at.start, end: at.end, rule, why, suggestion }
}

#[cfg(test)]
mod tests;
