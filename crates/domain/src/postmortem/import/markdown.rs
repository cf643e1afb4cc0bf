//! Markdown: a title, values below it, sections by their headings, lines of a timeline, and actions.

use super::generic::{cut, front_matter};
use super::place;
use super::when::{self, Clock};
use super::{Imported, REST};
use crate::Refusal;
use crate::postmortem::ActionStatus;
use crate::postmortem::file::{ActionPart, LinePart};

/// A section as it stands in the file.
#[derive(Default)]
struct Part<'a> {
    title: String,
    lines: Vec<&'a str>,
}

pub(super) fn markdown(text: &str) -> Result<Imported, Refusal> {
    let mut imported = Imported::new();
    let mut body = text;
    if let Some((front, rest)) = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---")) {
        if !front_matter(&mut imported, front) {
            imported.keep(REST, "Imported", front);
            imported.not_understood.push("The keys between the lines `---` cannot be read.".into());
        }
        body = rest.trim_start_matches('-');
    }
    let (title, head, parts) = divided(body);
    if let Some(title) = title {
        imported.file.title = title;
    }
    let mut clock = Clock { day: when::day(&imported.file.title), after: None };
    above(&mut imported, &head, &mut clock);
    for part in parts {
        section(&mut imported, part, &mut clock);
    }
    Ok(imported)
}

/// The level and the words of a heading.
fn heading(line: &str) -> Option<(usize, String)> {
    let level = line.bytes().take_while(|b| *b == b'#').count();
    let words = line[level..].strip_prefix(' ')?.trim().trim_end_matches('#').trim();
    (1..=6).contains(&level).then(|| (level, unescaped(words)))
}

/// What is a mark is a letter again.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '\\' && next.is_ascii_punctuation() => {
                plain.extend(chars.next());
            }
            _ => plain.push(c),
        }
    }
    plain
}

/// The title, what stands above the first section, and the sections.
fn divided(body: &str) -> (Option<String>, Vec<&str>, Vec<Part<'_>>) {
    let lines: Vec<&str> = body.lines().collect();
    let mut fence: Option<&str> = None;
    let mut found: Vec<(usize, usize, String)> = vec![];
    for (at, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, None) => found.extend(heading(line).map(|(level, words)| (at, level, words))),
            _ => {}
        }
    }
    let is_title =
        |(_, level, words): &(usize, usize, String)| *level == 1 && place::section(words).is_none();
    let title = found.first().filter(|first| is_title(first)).map(|(at, _, words)| (*at, words.clone()));
    if title.is_some() {
        found.remove(0);
    }
    let top = found.iter().map(|(_, level, _)| *level).min().unwrap_or(1);
    // A heading that is known begins a section wherever it stands.
    found.retain(|(_, level, words)| *level == top || place::section(words).is_some());
    let from = title.as_ref().map_or(0, |(at, _)| at + 1);
    let first = found.first().map_or(lines.len(), |(at, _, _)| *at);
    let mut head: Vec<&str> = lines[..from.saturating_sub(1)].to_vec();
    head.extend(&lines[from..first.max(from)]);
    let ends = found.iter().skip(1).map(|(at, _, _)| *at).chain([lines.len()]);
    let parts = found
        .iter()
        .zip(ends)
        .map(|((at, _, words), end)| Part { title: words.clone(), lines: lines[at + 1..end].to_vec() })
        .collect();
    (title.map(|(_, words)| words), head, parts)
}

/// The cells of a row of a table.
fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.trim().strip_prefix('|')?.trim_end().strip_suffix('|')?;
    let (mut found, mut cell, mut is_escaped) = (vec![], String::new(), false);
    for c in inner.chars() {
        match c {
            '|' if !is_escaped => found.push(std::mem::take(&mut cell)),
            _ => cell.push(c),
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    found.push(cell);
    let plain = |cell: &String| unescaped(&cell.trim().replace("<br>", "\n").replace("**", ""));
    Some(found.iter().map(plain).collect())
}

fn is_rule(cells: &[String]) -> bool {
    cells.iter().all(|c| !c.is_empty() && c.bytes().all(|b| matches!(b, b'-' | b':' | b' ')))
}

/// `**Date**: 2026-11-25`, `- Severity: SEV2`, `| Severity | SEV2 |`.
fn named(line: &str) -> Option<(String, String)> {
    if let Some(cells) = cells(line) {
        let [name, value] = cells.as_slice() else { return None };
        return (!name.is_empty()).then(|| (name.clone(), value.clone()));
    }
    let bare = line.trim().trim_start_matches(['-', '*', '+', ' ']).replace("**", "").replace("__", "");
    let (name, value) = bare.split_once(':')?;
    let fits = !name.trim().is_empty() && name.chars().count() <= 40 && !value.starts_with("//");
    fits.then(|| (unescaped(name.trim()), unescaped(value.trim())))
}

/// What stands above the first section: values, and words.
fn above(imported: &mut Imported, lines: &[&str], clock: &mut Clock) {
    let mut words: Vec<&str> = vec![];
    for line in lines {
        if cells(line).is_some_and(|cells| is_rule(&cells) || cells.iter().all(String::is_empty)) {
            continue;
        }
        if let Some(people) = line.strip_prefix("*Private. Only these people may read it:") {
            imported.file.incident.private_to = Some(place::people(people.trim_end_matches(['*', '.'])));
            continue;
        }
        let Some((name, value)) = named(line) else {
            // Whatever says what version it was is worked out anew.
            let is_standing = line.starts_with("*Draft as of") || line.starts_with("*In review as of");
            if !is_standing && !line.starts_with("*Published. This is") && !line.starts_with("*Closed: every")
            {
                words.push(line);
            }
            continue;
        };
        match name.to_lowercase().as_str() {
            "date" | "incident date" => {
                clock.day = when::day(&value);
                if !place::day(imported, when::moment(&value), clock.day) {
                    imported.rest(&name, &value);
                }
            }
            "incident" => {
                let name =
                    value.split_once(' ').filter(|(n, _)| n.starts_with('#')).map_or(&*value, |(_, n)| n);
                imported.file.incident.name = Some(name.to_owned());
            }
            _ if place::value(imported, &name, &value) => {}
            _ if line.trim_start().starts_with('|') || line.contains("**") => imported.rest(&name, &value),
            _ => words.push(line),
        }
    }
    let began = imported.file.incident.impact_started_at.or(imported.file.incident.detected_at);
    clock.day = began.map(|at| at.date_naive()).or(clock.day);
    imported.keep("summary", "Summary", &words.join("\n"));
}

fn section(imported: &mut Imported, part: Part, clock: &mut Clock) {
    let (id, title) = match place::section(&part.title) {
        Some((id, title)) => (id.to_owned(), title.to_owned()),
        None => (place::id_of(&part.title), part.title.clone()),
    };
    let is_known = place::section(&part.title).is_some();
    let mut left: Vec<String> = vec![];
    // The id has only letters: where it cannot say the title, the text does.
    if !is_known && id.replace('_', " ") != title.to_lowercase() {
        left.push(format!("### {}", part.title));
    }
    let mut head: Option<Vec<String>> = None;
    for (at, line) in part.lines.iter().enumerate() {
        let row = cells(line);
        let next = part.lines.get(at + 1).and_then(|next| cells(next));
        let begins_table = row.is_some() && next.is_some_and(|next| is_rule(&next));
        let is_placed = match (id.as_str(), &row) {
            (_, Some(row)) if is_rule(row) && head.is_some() => true,
            // A head whose names say nothing to us stays, with whatever is below it.
            (id, Some(row)) if begins_table => {
                head = Some(row.clone()).filter(|row| is_head(id, row));
                head.is_some()
            }
            ("timeline", Some(row)) => row_of_timeline(imported, row, clock),
            ("timeline", None) => line_of_timeline(imported, line, clock),
            ("actions", Some(row)) => row_of_actions(imported, row, head.as_deref().unwrap_or_default()),
            ("actions", None) => item_of_actions(imported, line),
            ("factors", Some(row)) if row.len() == 2 && !row[1].is_empty() => {
                imported.file.factors.push(place::factor(&row[0], &row[1]));
                true
            }
            ("factors", None) => match item(line) {
                Some(text) => {
                    imported.file.factors.push(place::factor("", &text));
                    true
                }
                None => false,
            },
            ("impact", _) => {
                row.as_ref().is_some_and(|row| is_rule(row) || row.iter().all(String::is_empty))
                    || named(line).is_some_and(|(name, value)| {
                        name.len() > 3 && is_figure(&name) && place::value(imported, &name, &value)
                    })
            }
            _ => false,
        };
        if !is_placed {
            left.push(shifted(line));
        }
    }
    imported.keep(&id, &title, &left.join("\n"));
}

/// The names of our columns, or of those that others give them.
fn is_head(section: &str, row: &[String]) -> bool {
    let first = row.first().map(|name| name.trim().to_lowercase()).unwrap_or_default();
    match section {
        "timeline" => first.starts_with("time") || matches!(first.as_str(), "when" | "date" | "at"),
        "actions" => row.iter().all(|name| place::is_of_action(name)),
        "factors" => row.len() == 2 && matches!(first.as_str(), "kind" | "type" | "category"),
        _ => false,
    }
}

fn is_figure(name: &str) -> bool {
    matches!(
        name.to_lowercase().as_str(),
        "users affected" | "share of users" | "revenue" | "sla or error budget"
    )
}

/// A heading below a section's stands one level higher: the section's own is not part of its text.
fn shifted(line: &str) -> String {
    if line.starts_with("###") { line[2..].to_owned() } else { line.to_owned() }
}

/// The words of an item of a list that stands by itself, one line.
fn item(line: &str) -> Option<String> {
    let mark =
        line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")).or_else(|| line.strip_prefix("+ "));
    let number = || {
        let (number, rest) = line.split_once(". ")?;
        number.bytes().all(|b| b.is_ascii_digit()).then_some(rest)
    };
    let text = mark.or_else(number)?.trim();
    (!text.is_empty()).then(|| unescaped(text))
}

fn row_of_timeline(imported: &mut Imported, row: &[String], clock: &mut Clock) -> bool {
    let [time, text, rest @ ..] = row else { return false };
    let Some((at, "")) = clock.line(time) else { return not_a_line(imported, &row.join(" ")) };
    if text.trim().is_empty() || rest.len() > 1 {
        return not_a_line(imported, &row.join(" "));
    }
    let by = rest.first().and_then(|name| place::people(name).into_iter().next());
    imported.file.timeline.push(LinePart {
        at,
        text: text.clone(),
        by,
        moment: moment_of(text, imported, at),
    });
    true
}

/// Our own words for a moment that the file names, too.
fn moment_of(text: &str, imported: &Imported, at: crate::Instant) -> Option<crate::incident::Moment> {
    let moments = imported.file.incident.moments();
    let is_it = |m: &crate::incident::Moment| {
        crate::postmortem::words::moment(*m) == text
            && moments.get(*m).is_some_and(|of| (of - at).num_minutes() == 0)
    };
    crate::incident::Moment::ALL.into_iter().find(is_it)
}

fn line_of_timeline(imported: &mut Imported, line: &str, clock: &mut Clock) -> bool {
    if line.trim().is_empty() {
        return true;
    }
    let bare = item(line).unwrap_or_else(|| line.trim().to_owned());
    match clock.line(&bare) {
        Some((at, text)) if !text.is_empty() && !line.starts_with([' ', '\t']) => {
            let text = text.replace("**", "");
            imported.file.timeline.push(LinePart {
                at,
                text: text.trim().to_owned(),
                by: None,
                moment: None,
            });
            true
        }
        _ => {
            // A heading that is a day is that of the lines below it.
            if let Some(day) = when::day(&bare).filter(|_| line.starts_with('#') || line.contains("**")) {
                (clock.day, clock.after) = (Some(day), None);
            } else if item(line).is_some() {
                return not_a_line(imported, &bare);
            }
            false
        }
    }
}

fn not_a_line(imported: &mut Imported, text: &str) -> bool {
    imported
        .not_understood
        .push(format!("A line of the timeline has no time that can be read: {}", cut(text)));
    false
}

fn row_of_actions(imported: &mut Imported, row: &[String], head: &[String]) -> bool {
    let mut action = ActionPart::default();
    for (name, text) in head.iter().zip(row) {
        if !place::of_action(&mut action, name, text) {
            action.description = format!("{}\n{name}: {text}", action.description).trim().to_owned();
        }
    }
    let is_one = !action.title.is_empty() && row.len() <= head.len();
    if is_one {
        imported.file.actions.push(action);
    } else {
        imported.not_understood.push(format!("An action has no title: {}", cut(&row.join(" "))));
    }
    is_one
}

fn item_of_actions(imported: &mut Imported, line: &str) -> bool {
    let Some(text) = item(line) else { return false };
    let (status, title) = match text.get(..4) {
        Some("[ ] ") => (ActionStatus::Open, &text[4..]),
        Some("[x] " | "[X] ") => (ActionStatus::Done, &text[4..]),
        _ => (ActionStatus::Open, text.as_str()),
    };
    let mut action = ActionPart { title: title.trim().to_owned(), status, ..ActionPart::default() };
    // What is said of it in the line stays in its title, too: nobody knows where the title ends.
    for word in title.split(|c: char| c.is_whitespace() || "(),;".contains(c)) {
        if let Some(name) = word.strip_prefix('@').filter(|name| !name.is_empty()) {
            place::of_action(&mut action, "owner", name);
        } else if matches!(word, "P1" | "P2" | "P3" | "P4") {
            place::of_action(&mut action, "priority", word);
        }
    }
    if title.to_lowercase().contains("due") {
        action.due = when::day(title);
    }
    imported.file.actions.push(action);
    true
}
