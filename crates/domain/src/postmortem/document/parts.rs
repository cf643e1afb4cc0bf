//! What is chosen or counted, as pieces of a document.

use super::{Answer, Piece, time};
use crate::PersonId;
use crate::postmortem::{Action, ActionStatus, Factor, Figures, Line, Names, Why};

pub(super) fn people(all: &[PersonId], names: &Names) -> String {
    all.iter().map(|p| names.person(p)).collect::<Vec<_>>().join(", ")
}

pub(super) fn figures(figures: &Figures) -> Option<Piece> {
    let percent = figures.users_percent.as_ref().map(|p| format!("{p} %"));
    let all = [
        ("Users affected", figures.users_affected.clone()),
        ("Share of users", percent),
        ("Revenue", figures.revenue.clone()),
        ("SLA or error budget", figures.error_budget.clone()),
    ];
    let said: Vec<(String, String)> =
        all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    (!said.is_empty()).then_some(Piece::Pairs(said))
}

/// Those that are part of the postmortem; a line that is said within another one is that one's.
pub(super) fn lines(lines: &[Line], names: &Names) -> Option<Piece> {
    let shown = lines.iter().filter(|line| line.shown && line.within.is_none());
    let rows: Vec<Vec<String>> = shown
        .map(|line| {
            let by = line.by.as_ref().map(|by| names.person(by)).unwrap_or_default();
            vec![time(line.at), line.text.clone(), by]
        })
        .collect();
    table(&[("Time", 27), ("What happened", 53), ("By", 20)], rows)
}

/// They come with each cause below what it is the cause of.
pub(super) fn whys(whys: &[Why]) -> Option<Piece> {
    fn below(whys: &[Why], depth: u32, at: &mut usize) -> Vec<Answer> {
        let mut found = vec![];
        while let Some(why) = whys.get(*at).filter(|why| why.depth >= depth) {
            *at += 1;
            found.push(Answer { text: why.text.clone(), because: below(whys, why.depth + 1, at) });
        }
        found
    }
    let answers = below(whys, 0, &mut 0);
    (!answers.is_empty()).then_some(Piece::Answers(answers))
}

pub(super) fn factors(factors: &[Factor]) -> Option<Piece> {
    let rows = factors.iter().map(|f| vec![capital(f.kind.word()), f.text.clone()]).collect();
    table(&[("Kind", 25), ("What", 75)], rows)
}

/// `progress`: with how far each of them has come.
pub(super) fn actions(actions: &[Action], names: &Names, progress: bool) -> Option<Piece> {
    let title = |id| actions.iter().find(|a| a.id == id).map(|a| a.title.as_str());
    let rows = actions
        .iter()
        .map(|action| {
            let mut what = action.title.clone();
            if !action.description.trim().is_empty() {
                what.push_str(&format!("\n{}", action.description.trim()));
            }
            if let Some(after) = action.after.and_then(title) {
                what.push_str(&format!("\nAfter: {after}"));
            }
            let status = match (action.status, &action.reason) {
                (ActionStatus::Dropped, Some(reason)) => format!("dropped: {reason}"),
                (status, _) => status.word().to_owned(),
            };
            let mut row = vec![
                what,
                action.kind.map(|k| k.word().to_owned()).unwrap_or_default(),
                action.priority.map(|p| p.word().to_owned()).unwrap_or_default(),
                action.owner.as_ref().map(|o| names.person(o)).unwrap_or_default(),
                action.due.map(|d| d.to_string()).unwrap_or_default(),
            ];
            row.extend(progress.then_some(status));
            row
        })
        .collect();
    let columns = [("Action", 38), ("Type", 11), ("Priority", 9), ("Owner", 14), ("Due", 14), ("Status", 14)];
    table(if progress { &columns } else { &columns[..5] }, rows)
}

fn table(columns: &[(&str, u32)], rows: Vec<Vec<String>>) -> Option<Piece> {
    let head = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    let weights = columns.iter().map(|(_, weight)| *weight).collect();
    (!rows.is_empty()).then_some(Piece::Table { head, weights, rows })
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
