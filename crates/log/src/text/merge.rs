//! Several updates as one, without a document: what was typed in the last 300 ms, or in the last month.

use super::TextError;
use super::update::{Content, Id, Run, Update};
use std::collections::BTreeMap;
use std::ops::Range;

/// One update that does what all of these do, in whatever order they are given. Duplicates fall out.
///
/// # Errors
/// [`TextError::Malformed`]; [`TextError::Missing`] when one of them leaves a gap that another does not fill.
pub fn merge_updates<B: AsRef<[u8]>>(updates: &[B]) -> Result<Vec<u8>, TextError> {
    let mut all = Update::default();
    for bytes in updates {
        let update = Update::decode(bytes.as_ref())?;
        for (client, runs) in update.runs {
            all.runs.entry(client).or_default().extend(runs);
        }
        for (client, ranges) in update.deletes {
            all.deletes.entry(client).or_default().extend(ranges);
        }
    }
    for (client, runs) in &mut all.runs {
        *runs = join_runs(*client, std::mem::take(runs))?;
    }
    all.deletes.values_mut().for_each(|ranges| *ranges = join_ranges(std::mem::take(ranges)));
    Ok(all.encode())
}

/// Letters of a document on their way to another name: those of several clients become those of one, counted on.
#[derive(Clone, Debug)]
pub struct Readdressing {
    to: u64,
    /// By client, from which clock on, and what that one becomes.
    moved: BTreeMap<u64, (u32, u32)>,
    /// By client, the first clock of what is to be moved.
    begins: BTreeMap<u64, u32>,
    next: u32,
}

impl Readdressing {
    /// To a client that has not typed anything in this document.
    pub fn to(client: u64) -> Self {
        Self { to: client, moved: BTreeMap::new(), begins: BTreeMap::new(), next: 0 }
    }

    /// This update is going to be moved, too. Its letters may have names that a copy of their author's computer gave to
    /// others, and those came here in somebody's merged update: they are not what is deleted by these names.
    ///
    /// # Errors
    /// [`TextError::Malformed`].
    pub fn announce(&mut self, update: &[u8], from: u64) -> Result<(), TextError> {
        if let Some(run) = Update::decode(update)?.runs.get(&from).and_then(|runs| runs.first()) {
            let begin = self.begins.entry(from).or_insert(run.clock);
            *begin = run.clock.min(*begin);
        }
        Ok(())
    }

    fn id(&self, id: Id) -> Id {
        match self.moved.get(&id.client) {
            Some((first, base)) if id.clock >= *first => {
                Id { client: self.to, clock: id.clock - first + base }
            }
            _ => id,
        }
    }
}

/// The update as if another client had typed it: units of `from` from the clock `first` on get its names, in what the
/// update brings, stands beside and deletes; and so do those that were moved before.
pub(super) fn readdressed(
    update: Update,
    from: u64,
    first: u32,
    names: &mut Readdressing,
) -> Result<Update, TextError> {
    let (to, next) = (names.to, names.next);
    let first = names.begins.get(&from).map_or(first, |begin| first.min(*begin));
    let (first, _) = *names.moved.entry(from).or_insert((first, next));
    let mut out = Update::default();
    for (client, runs) in update.runs {
        let is_from = client == from;
        if client == to || is_from && runs.first().is_some_and(|run| run.clock < first) {
            return Err(TextError::Taken);
        }
        let run = |run: Run| Run {
            clock: if is_from { names.id(Id { client, clock: run.clock }).clock } else { run.clock },
            left: run.left.map(|id| names.id(id)),
            right: run.right.map(|id| names.id(id)),
            content: run.content,
        };
        out.runs.insert(if is_from { to } else { client }, runs.into_iter().map(run).collect());
    }
    for (client, ranges) in update.deletes {
        let (first, base) = names.moved.get(&client).copied().unwrap_or((u32::MAX, 0));
        for range in ranges {
            if range.start < first {
                out.deletes.entry(client).or_default().push(range.start..range.end.min(first));
            }
            if range.end > first {
                let moved = range.start.max(first) - first + base..range.end - first + base;
                out.deletes.entry(to).or_default().push(moved);
            }
        }
    }
    out.deletes.values_mut().for_each(|ranges| *ranges = join_ranges(std::mem::take(ranges)));
    // One that builds on letters which nobody has is going to be refused: its numbers are the next one's.
    let brings = out.runs.get(&to).and_then(|runs| Some((runs.first()?.clock, runs.last()?.end())));
    if let Some((begin, end)) = brings
        && begin <= next
    {
        names.next = next.max(end);
    }
    Ok(out)
}

fn join_runs(client: u64, mut runs: Vec<Run>) -> Result<Vec<Run>, TextError> {
    runs.sort_by_key(|run| run.clock);
    let mut joined: Vec<Run> = vec![];
    let mut next = runs.first().map_or(0, |run| run.clock);
    for run in runs {
        let end = run.end();
        if end <= next {
            continue;
        }
        if run.clock > next {
            return Err(TextError::Missing);
        }
        let run = cut_front(client, run, next)?;
        next = end;
        match joined.last_mut() {
            Some(last) if continues(client, last, &run) => match (&mut last.content, run.content) {
                (Content::Text(text), Content::Text(more)) => text.push_str(&more),
                (Content::Deleted(len), Content::Deleted(more)) => *len += more,
                (_, content) => joined.push(Run { content, ..run }),
            },
            _ => joined.push(run),
        }
    }
    Ok(joined)
}

/// The part of a run from `clock` on.
fn cut_front(client: u64, run: Run, clock: u32) -> Result<Run, TextError> {
    let by = clock - run.clock;
    if by == 0 {
        return Ok(run);
    }
    let content = match run.content {
        Content::Deleted(len) => Content::Deleted(len - by),
        Content::Text(text) => {
            let units: Vec<u16> = text.encode_utf16().skip(by as usize).collect();
            Content::Text(String::from_utf16(&units).map_err(|_| TextError::Malformed)?)
        }
    };
    Ok(Run { clock, left: Some(Id { client, clock: clock - 1 }), right: run.right, content })
}

/// `run` was typed right behind `last` and before the same neighbour: cut in two, `last` and `run` in one would give
/// the same two.
fn continues(client: u64, last: &Run, run: &Run) -> bool {
    let behind = Id { client, clock: run.clock - 1 };
    let alike = matches!(
        (&last.content, &run.content),
        (Content::Text(_), Content::Text(_)) | (Content::Deleted(_), Content::Deleted(_))
    );
    run.left == Some(behind) && run.right == last.right && alike
}

fn join_ranges(mut ranges: Vec<Range<u32>>) -> Vec<Range<u32>> {
    ranges.sort_by_key(|range| range.start);
    let mut joined: Vec<Range<u32>> = vec![];
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}
