//! Everything wrong with a playbook, by the path of the field, with what to write instead.

use super::updates::ANNOUNCED;
use super::{Audience, IncidentRole, Phase, Playbook, SeverityRules};
use crate::team::Problem;
use crate::triage::{Impact, Scope};
use crate::{Severity, Span, is_slug, update};
use std::collections::BTreeSet;

/// Characters of a sentence of the playbook.
const TEXT_MAX: usize = 500;
/// Items of a list, and entries of a map.
const ITEMS_MAX: usize = 100;
/// Terms of jargon, and words that are allowed.
const TERMS_MAX: usize = 1_000;

const MINUTE: Span = Span::minutes(1);
const HOUR: Span = Span::hours(1);
const DAY: Span = Span::hours(24);
const WEEK: Span = Span::hours(7 * 24);
const MONTH: Span = Span::hours(30 * 24);
const YEAR: Span = Span::hours(366 * 24);

impl Playbook {
    /// Empty when it makes sense. Paths are those of the file below `playbook`: `roles.scribe.name`.
    pub fn check(&self) -> Vec<Problem> {
        let mut found = Mistakes::default();
        for severity in Severity::ALL {
            match self.severities.get(&severity) {
                Some(rules) => check_severity(&mut found, &format!("severities.{severity}"), rules),
                None => found.add(
                    format!("severities.{severity}"),
                    "cannot be taken away; leave it out for what is usual",
                ),
            }
        }
        self.check_order_of_severities(&mut found);
        self.check_triage(&mut found);
        for role in IncidentRole::ALL {
            let at = format!("roles.{}", role.id());
            let Some(rules) = self.roles.get(&role) else {
                found.add(at, "cannot be taken away; leave it out for what is usual");
                continue;
            };
            found.text(format!("{at}.name"), &rules.name, "name the role");
            found.texts(&format!("{at}.does"), &rules.does);
            found.require(!rules.does.is_empty(), format!("{at}.does"), "say what the role does");
            found.texts(&format!("{at}.does_not"), &rules.does_not);
            found.text(format!("{at}.usually"), &rules.usually, "say who usually takes it");
        }
        let hand_over = &self.hand_over;
        found.texts("hand_over.reasons", &hand_over.reasons);
        found.require(!hand_over.reasons.is_empty(), "hand_over.reasons", "write at least one reason");
        found.span("hand_over.suggest_after", hand_over.suggest_after, Span::minutes(30), DAY);
        for (name, text) in
            [("offer", &hand_over.offer), ("confirm", &hand_over.confirm), ("release", &hand_over.release)]
        {
            found.text(format!("hand_over.{name}"), text, "write what is said at this step");
        }
        self.check_checklists(&mut found);
        self.check_strategies(&mut found);
        self.check_updates(&mut found);
        self.check_public(&mut found);
        self.check_rest(&mut found);
        found.0
    }

    /// What is worse must not be answered later or told of less often.
    fn check_order_of_severities(&self, found: &mut Mistakes) {
        let all: Vec<_> = Severity::ALL.iter().filter_map(|s| Some((s, self.severities.get(s)?))).collect();
        for pair in all.windows(2) {
            let [(worse, a), (milder, b)] = pair else { continue };
            found.require(
                a.updates.every <= b.updates.every,
                format!("severities.{worse}.updates.every"),
                format!(
                    "`{}` is longer than the `{}` of {milder}; what is worse is told of at least as often",
                    a.updates.every, b.updates.every
                ),
            );
            // None: on the next business day, which is later than anything.
            let is_later = match (a.respond_within, b.respond_within) {
                (Some(a), Some(b)) => a > b,
                (None, Some(_)) => true,
                (_, None) => false,
            };
            found.require(
                !is_later,
                format!("severities.{worse}.respond_within"),
                format!("{worse} must not be answered later than {milder}"),
            );
        }
    }

    fn check_triage(&self, found: &mut Mistakes) {
        let triage = &self.triage;
        found.ids("triage.questions", triage.questions.iter().map(|q| q.id.as_str()));
        for (i, question) in triage.questions.iter().enumerate() {
            found.text(format!("triage.questions[{i}].text"), &question.text, "write the question");
        }
        for scope in [Scope::Wide, Scope::Medium, Scope::Limited] {
            let words = triage.scope.get(&scope).map_or("", String::as_str);
            let id = format!("{scope:?}").to_lowercase();
            found.text(format!("triage.scope.{id}"), words, "say what this scope means");
        }
        for impact in [Impact::High, Impact::Medium, Impact::Low] {
            let words = triage.impact.get(&impact).map_or("", String::as_str);
            let id = format!("{impact:?}").to_lowercase();
            found.text(format!("triage.impact.{id}"), words, "say what this impact means");
        }
        for (name, percent) in [
            ("wide_percent", triage.wide_percent),
            ("medium_percent", triage.medium_percent),
            ("revenue_percent", triage.revenue_percent),
        ] {
            found.require(
                percent > 0.0 && percent <= 100.0,
                format!("triage.{name}"),
                "write percent, above 0 and at most 100",
            );
        }
        found.require(
            triage.medium_percent < triage.wide_percent,
            "triage.medium_percent",
            format!("write less than `wide_percent`, which is {}", triage.wide_percent),
        );
        found.span("triage.changes_within", triage.changes_within, HOUR, MONTH);
        found.span("triage.alerts_around", triage.alerts_around, MINUTE, DAY);
        found.span("triage.health_timeout", triage.health_timeout, Span::seconds(1), Span::seconds(60));
        found.size("triage.first_actions", triage.first_actions.len(), ITEMS_MAX);
        for (i, first) in triage.first_actions.iter().enumerate() {
            let at = format!("triage.first_actions[{i}]");
            found.text(format!("{at}.sign"), &first.sign, "say what was found");
            found.text(format!("{at}.action"), &first.action, "say what to consider");
            if let Some(id) = &first.strategy
                && !self.strategies.contains_key(id)
            {
                found.add(
                    format!("{at}.strategy"),
                    format!("there is no strategy `{id}`; add it under strategies"),
                );
            }
        }
    }

    fn check_checklists(&self, found: &mut Mistakes) {
        for phase in Phase::ALL {
            let at = format!("checklists.{}", phase.id());
            let Some(items) = self.checklists.get(&phase) else {
                found.add(at, "write [] for a checklist without items");
                continue;
            };
            found.ids(&at, items.iter().map(|item| item.id.as_str()));
            let mut texts = BTreeSet::new();
            for (i, item) in items.iter().enumerate() {
                found.text(format!("{at}[{i}].text"), &item.text, "say what is to be done");
                if !item.text.trim().is_empty() && !texts.insert(item.text.trim().to_lowercase()) {
                    found.add(format!("{at}[{i}].text"), format!("`{}` is in the list twice", item.text));
                }
            }
        }
    }

    fn check_strategies(&self, found: &mut Mistakes) {
        found.size("strategies", self.strategies.len(), ITEMS_MAX);
        let mut names = BTreeSet::new();
        for (id, strategy) in &self.strategies {
            let at = format!("strategies.{id}");
            if !is_slug(id) {
                found.add(at.clone(), format!("`{id}` is not an id; use 1 to 64 of a-z, 0-9, - and _"));
            }
            found.text(format!("{at}.name"), &strategy.name, "name the strategy");
            if !names.insert(strategy.name.trim().to_lowercase()) {
                found.add(format!("{at}.name"), format!("`{}` is the name of another one", strategy.name));
            }
            found.text(format!("{at}.when"), &strategy.when, "say when to use it");
            if let Some(command) = &strategy.command {
                found.text(format!("{at}.command"), command, "write a command, or null for none");
            }
            found.texts(&format!("{at}.before"), &strategy.before);
            found.texts(&format!("{at}.after"), &strategy.after);
            if let Some(wait) = strategy.wait_for {
                found.span(format!("{at}.wait_for"), wait, Span::seconds(1), DAY);
            }
        }
    }

    fn check_updates(&self, found: &mut Mistakes) {
        let updates = &self.updates;
        found.span("updates.remind_before", updates.remind_before, Span::ZERO, HOUR);
        found.span("updates.missed_after", updates.missed_after, Span::ZERO, Span::minutes(30));
        found.unique("updates.send_on", &updates.send_on);
        found.text(
            "updates.next_when_known",
            &updates.next_when_known,
            "say what stands for the next update",
        );
        found.template("updates.no_news", &updates.no_news);
        for (audience, severities) in &updates.audiences {
            found.unique(format!("updates.audiences.{}", audience.id()), severities);
        }
        for audience in Audience::ALL {
            let at = format!("updates.templates.{}", audience.id());
            let Some(templates) = updates.templates.get(&audience) else { continue };
            for (status, source) in templates {
                let word = serde_json::to_value(status).ok();
                let at = format!("{at}.{}", word.as_ref().and_then(|w| w.as_str()).unwrap_or_default());
                if ANNOUNCED.contains(status) {
                    found.template(at, source);
                } else {
                    found.add(
                        at,
                        "no update announces this status; there are investigating, identified, monitoring and resolved",
                    );
                }
            }
        }
    }

    fn check_public(&self, found: &mut Mistakes) {
        let public = &self.public_text;
        found.size("public_text.jargon", public.jargon.len(), TERMS_MAX);
        for (term, plain) in &public.jargon {
            let at = format!("public_text.jargon.{term}");
            found.require(
                term.chars().any(char::is_alphanumeric) && term.to_lowercase() == *term && term.len() <= 100,
                at.clone(),
                "write the term in lower case, with 100 letters at most",
            );
            found.text(at, plain, "say what to write instead");
        }
        found.size("public_text.internal_suffixes", public.internal_suffixes.len(), TERMS_MAX);
        for (i, suffix) in public.internal_suffixes.iter().enumerate() {
            let is_suffix = suffix.strip_prefix('.').is_some_and(|name| {
                !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
            });
            found.require(
                is_suffix,
                format!("public_text.internal_suffixes[{i}]"),
                "write the end of a host's name with its dot, such as .internal",
            );
        }
        found.unique("public_text.internal_suffixes", &public.internal_suffixes);
        found.size("public_text.allowed", public.allowed.len(), TERMS_MAX);
        for (i, word) in public.allowed.iter().enumerate() {
            found.text(format!("public_text.allowed[{i}]"), word, "write a word, or leave it out");
        }
    }

    fn check_rest(&self, found: &mut Mistakes) {
        let channel = &self.channel;
        let is_prefix = (1..=20).contains(&channel.prefix.len())
            && !channel.prefix.starts_with('-')
            && !channel.prefix.ends_with('-')
            && channel.prefix.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        found.require(is_prefix, "channel.prefix", "write 1 to 20 of a-z, 0-9 and -");
        found.require((8..=60).contains(&channel.slug_max), "channel.slug_max", "write 8 to 60");
        found.texts("channel.pinned", &channel.pinned);
        found.texts("channel.header", &channel.header);
        let closing = &self.closing;
        found.span("closing.postmortem_within", closing.postmortem_within, HOUR, MONTH);
        found.span("closing.postmortem_reminder", closing.postmortem_reminder, MINUTE, MONTH);
        found.require(
            closing.postmortem_reminder < closing.postmortem_within,
            "closing.postmortem_reminder",
            format!("remind before the draft is due, after less than `{}`", closing.postmortem_within),
        );
        found.require(
            (1..=30).contains(&closing.review_within_days),
            "closing.review_within_days",
            "write 1 to 30 business days",
        );
        found.texts("runbooks.sections", &self.runbooks.sections);
        found.require(!self.runbooks.sections.is_empty(), "runbooks.sections", "write at least one section");
        found.unique("runbooks.sections", &self.runbooks.sections);
        let sections = self.postmortem.check().err();
        found.require(
            sections.is_none(),
            "postmortem.sections",
            sections.map(|refusal| refusal.words).unwrap_or_default(),
        );
        let language = self.postmortem.language.check().err();
        found.require(
            language.is_none(),
            "postmortem.language",
            language.map(|refusal| refusal.words).unwrap_or_default(),
        );
        found.span("runbooks.review_every", self.runbooks.review_every, DAY, YEAR);
    }
}

fn check_severity(found: &mut Mistakes, at: &str, rules: &SeverityRules) {
    found.text(format!("{at}.name"), &rules.name, "say it in a word or two");
    found.text(format!("{at}.impact"), &rules.impact, "say what it means for users");
    found.texts(&format!("{at}.examples"), &rules.examples);
    if let Some(within) = rules.respond_within {
        found.span(format!("{at}.respond_within"), within, MINUTE, WEEK);
    }
    found.unique(format!("{at}.must_know"), &rules.must_know);
    found.unique(format!("{at}.invited"), &rules.invited);
    found.span(format!("{at}.watch_for"), rules.watch_for, MINUTE, DAY);
    let updates = &rules.updates;
    found.span(format!("{at}.updates.every"), updates.every, MINUTE, WEEK);
    let (shortest, longest) = (updates.shortest.unwrap_or(MINUTE), updates.longest.unwrap_or(WEEK));
    found.span(format!("{at}.updates.shortest"), shortest, MINUTE, WEEK);
    found.span(format!("{at}.updates.longest"), longest, MINUTE, WEEK);
    if shortest > longest {
        found.add(
            format!("{at}.updates.longest"),
            format!("`{longest}` is shorter than `shortest`, which is `{shortest}`"),
        );
    } else {
        found.require(
            (shortest..=longest).contains(&updates.every),
            format!("{at}.updates.every"),
            format!("`{}` is not in the range of {shortest} to {longest}; change one of them", updates.every),
        );
    }
}

#[derive(Default)]
struct Mistakes(Vec<Problem>);

impl Mistakes {
    fn add(&mut self, path: impl Into<String>, words: impl Into<String>) {
        self.0.push(Problem { path: path.into(), words: words.into() });
    }

    fn require(&mut self, holds: bool, path: impl Into<String>, words: impl Into<String>) {
        if !holds {
            self.add(path, words);
        }
    }

    /// One line that says something.
    fn text(&mut self, path: impl Into<String>, text: &str, missing: &str) {
        let path = path.into();
        self.require(!text.trim().is_empty(), path.clone(), missing);
        if text.chars().count() > TEXT_MAX || text.chars().any(char::is_control) {
            self.add(path, format!("write {TEXT_MAX} characters at most, on one line"));
        }
    }

    fn texts(&mut self, path: &str, texts: &[String]) {
        self.size(path, texts.len(), ITEMS_MAX);
        for (i, text) in texts.iter().enumerate() {
            self.text(format!("{path}[{i}]"), text, "write something, or leave it out");
        }
    }

    fn span(&mut self, path: impl Into<String>, span: Span, least: Span, most: Span) {
        self.require((least..=most).contains(&span), path, format!("`{span}` is not {least} to {most}"));
    }

    fn size(&mut self, path: impl Into<String>, size: usize, most: usize) {
        self.require(size <= most, path, format!("{size} are too many; write {most} at most"));
    }

    fn unique<T: Ord>(&mut self, path: impl Into<String>, items: &[T]) {
        let path = path.into();
        let mut seen = BTreeSet::new();
        for (i, item) in items.iter().enumerate() {
            self.require(seen.insert(item), format!("{path}[{i}]"), "is in the list already; leave it out");
        }
    }

    fn ids<'a>(&mut self, path: &str, ids: impl ExactSizeIterator<Item = &'a str>) {
        self.size(path, ids.len(), ITEMS_MAX);
        let mut seen = BTreeSet::new();
        for (i, id) in ids.enumerate() {
            let at = format!("{path}[{i}].id");
            if !is_slug(id) {
                self.add(at, format!("`{id}` is not an id; use 1 to 64 of a-z, 0-9, - and _"));
            } else if !seen.insert(id) {
                self.add(at, format!("`{id}` is used twice in this list"));
            }
        }
    }

    fn template(&mut self, path: impl Into<String>, source: &str) {
        let path = path.into();
        for mistake in update::check_template(source) {
            self.add(path.clone(), mistake.to_string());
        }
    }
}
