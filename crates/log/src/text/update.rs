//! The bytes of an update, read strictly: Yjs' update format, version 1, as far as plain text uses it.
//!
//! What is not plain text in the one place where we keep it (formatting, embedded objects, other types, gaps) is
//! refused here, before `yrs` sees it. What is left can be checked against a document without touching it.

use super::TextError;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

/// The name of the text inside its `yrs` document.
pub(super) const ROOT: &str = "text";
/// Clocks are 32-bit inside `yrs`, and subtracted with a sign.
const CLOCK_MAX: u32 = i32::MAX as u32;

const DELETED: u8 = 1;
const STRING: u8 = 4;
const HAS_RIGHT: u8 = 0b0100_0000;
const HAS_LEFT: u8 = 0b1000_0000;

/// One UTF-16 unit that somebody typed: for ever the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Id {
    pub client: u64,
    pub clock: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    Text(String),
    /// So many units that are gone; what they were is forgotten.
    Deleted(u32),
}

/// Units typed one after another by one client.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub clock: u32,
    /// Its neighbours when it was typed.
    pub left: Option<Id>,
    pub right: Option<Id>,
    pub content: Content,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Update {
    /// By client; clocks without a gap.
    pub runs: BTreeMap<u64, Vec<Run>>,
    pub deletes: BTreeMap<u64, Vec<Range<u32>>>,
}

impl Run {
    pub fn len(&self) -> u32 {
        match &self.content {
            Content::Text(text) => text.encode_utf16().count() as u32,
            Content::Deleted(len) => *len,
        }
    }

    pub fn end(&self) -> u32 {
        self.clock + self.len()
    }

    /// The clocks of second halves of surrogate pairs: nothing may stand in front of them but their first halves.
    pub fn halves(&self) -> impl Iterator<Item = u32> {
        let text = match &self.content {
            Content::Text(text) => text.as_str(),
            Content::Deleted(_) => "",
        };
        let units = text.encode_utf16().enumerate();
        units.filter(|(_, unit)| (0xDC00..0xE000).contains(unit)).map(|(i, _)| self.clock + i as u32)
    }
}

impl Update {
    /// Reads an update whole; anything left over is damage.
    pub fn decode(bytes: &[u8]) -> Result<Self, TextError> {
        let mut reader = Reader(bytes);
        let mut update = Self::default();
        for _ in 0..reader.number()? {
            let count = reader.number()?;
            let client = reader.number()?;
            let mut clock = reader.clock()?;
            let mut runs = vec![];
            for _ in 0..count {
                let run = reader.run(clock)?;
                clock =
                    clock.checked_add(run.len()).filter(|c| *c <= CLOCK_MAX).ok_or(TextError::Malformed)?;
                runs.push(run);
            }
            if runs.is_empty() || update.runs.insert(client, runs).is_some() {
                return Err(TextError::Malformed);
            }
        }
        for _ in 0..reader.number()? {
            let client = reader.number()?;
            let mut ranges = vec![];
            for _ in 0..reader.number()? {
                let start = reader.clock()?;
                let len = reader.clock()?;
                let end =
                    start.checked_add(len).filter(|end| *end <= CLOCK_MAX).ok_or(TextError::Malformed)?;
                if len > 0 {
                    ranges.push(start..end);
                }
            }
            if update.deletes.insert(client, ranges).is_some() {
                return Err(TextError::Malformed);
            }
        }
        if reader.0.is_empty() { Ok(update) } else { Err(TextError::Malformed) }
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![];
        number(&mut out, self.runs.len() as u64);
        for (client, runs) in self.runs.iter().rev() {
            number(&mut out, runs.len() as u64);
            number(&mut out, *client);
            number(&mut out, u64::from(runs.first().map_or(0, |run| run.clock)));
            runs.iter().for_each(|run| encode_run(&mut out, run));
        }
        number(&mut out, self.deletes.len() as u64);
        for (client, ranges) in &self.deletes {
            number(&mut out, *client);
            number(&mut out, ranges.len() as u64);
            for range in ranges {
                number(&mut out, u64::from(range.start));
                number(&mut out, u64::from(range.end - range.start));
            }
        }
        out
    }

    /// The most by which it can lengthen a text, in bytes of UTF-8.
    pub fn inserted_bytes(&self) -> usize {
        let content = self.runs.values().flatten().map(|run| &run.content);
        content.map(|c| if let Content::Text(text) = c { text.len() } else { 0 }).sum()
    }

    pub fn words(&self) -> String {
        let mut words = String::new();
        for (client, runs) in &self.runs {
            for run in runs {
                let Content::Text(text) = &run.content else { continue };
                let goes_on =
                    run.left.is_some_and(|left| left.client == *client && left.clock + 1 == run.clock);
                if !words.is_empty() && !goes_on {
                    words.push('\n');
                }
                words.push_str(text);
            }
        }
        words
    }

    pub fn places(&self) -> usize {
        self.runs.values().map(Vec::len).sum()
    }

    pub fn ranges(&self) -> usize {
        self.deletes.values().map(Vec::len).sum()
    }

    /// How many runs do not stand between two units that were neighbours when they were typed, as far as the
    /// update itself says: their writer's own runs lie between. Who types makes none; only when somebody else's
    /// letter comes into the very same place between two of the writer's, there is one. `yrs` compares such a run
    /// with all that lies between.
    pub fn far(&self) -> usize {
        let mut far = 0;
        for (client, runs) in &self.runs {
            // Whether the unit and the one after it are of one run.
            let joined = |clock: u32| {
                let run =
                    runs.partition_point(|run| run.clock <= clock).checked_sub(1).and_then(|n| runs.get(n));
                run.is_some_and(|run| clock + 1 < run.end())
            };
            let (mut after, mut before) = (HashMap::new(), HashMap::new());
            for run in runs {
                let own = |id: &Id| id.client == *client && id.clock < run.clock;
                let inside = run.left.filter(|id| own(id) && joined(id.clock));
                let follows = inside.map(|id| Some(Id { clock: id.clock + 1, ..id }));
                let follows = after.get(&run.left).copied().or(follows);
                let inside = run.right.filter(|id| own(id) && id.clock > 0 && joined(id.clock - 1));
                let leads = inside.map(|id| Some(Id { clock: id.clock - 1, ..id }));
                let leads = before.get(&run.right).copied().or(leads);
                let is_far =
                    follows.is_some_and(|id| id != run.right) || leads.is_some_and(|id| id != run.left);
                far += usize::from(is_far);
                let unit = |clock| Some(Id { client: *client, clock });
                let (first, last) = (unit(run.clock), unit(run.end() - 1));
                after.extend([(run.left, first), (last, run.right)]);
                before.extend([(first, run.left), (run.right, last)]);
            }
        }
        far
    }

    pub fn halves(&self) -> BTreeSet<Id> {
        let of = |(client, runs): (&u64, &Vec<Run>)| {
            let client = *client;
            runs.iter().flat_map(Run::halves).map(move |clock| Id { client, clock }).collect::<Vec<_>>()
        };
        self.runs.iter().flat_map(of).collect()
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn byte(&mut self) -> Result<u8, TextError> {
        let (first, rest) = self.0.split_first().ok_or(TextError::Malformed)?;
        self.0 = rest;
        Ok(*first)
    }

    /// Seven bits a byte, the lowest first. Nothing here needs more than 53 bits.
    fn number(&mut self) -> Result<u64, TextError> {
        let mut value = 0u64;
        for shift in (0..56).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return if value >> 53 == 0 { Ok(value) } else { Err(TextError::Malformed) };
            }
        }
        Err(TextError::Malformed)
    }

    fn clock(&mut self) -> Result<u32, TextError> {
        u32::try_from(self.number()?).ok().filter(|c| *c <= CLOCK_MAX).ok_or(TextError::Malformed)
    }

    fn string(&mut self) -> Result<String, TextError> {
        let len = usize::try_from(self.number()?).map_err(|_| TextError::Malformed)?;
        let (text, rest) = self.0.split_at_checked(len).ok_or(TextError::Malformed)?;
        self.0 = rest;
        std::str::from_utf8(text).map(str::to_owned).map_err(|_| TextError::Malformed)
    }

    fn id(&mut self) -> Result<Id, TextError> {
        Ok(Id { client: self.number()?, clock: self.clock()? })
    }

    fn run(&mut self, clock: u32) -> Result<Run, TextError> {
        let info = self.byte()?;
        let left = if info & HAS_LEFT != 0 { Some(self.id()?) } else { None };
        let right = if info & HAS_RIGHT != 0 { Some(self.id()?) } else { None };
        // Only what has no neighbours says where it belongs.
        if left.is_none() && right.is_none() && (self.number()? != 1 || self.string()? != ROOT) {
            return Err(TextError::Malformed);
        }
        let content = match info & !(HAS_LEFT | HAS_RIGHT) {
            STRING => Content::Text(self.string()?),
            DELETED => Content::Deleted(self.clock()?),
            _ => return Err(TextError::Malformed),
        };
        let run = Run { clock, left, right, content };
        if run.len() == 0 { Err(TextError::Malformed) } else { Ok(run) }
    }
}

fn number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn string(out: &mut Vec<u8>, text: &str) {
    number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn encode_run(out: &mut Vec<u8>, run: &Run) {
    let kind = if matches!(run.content, Content::Text(_)) { STRING } else { DELETED };
    let flag = |id: Option<Id>, flag| if id.is_some() { flag } else { 0 };
    out.push(kind | flag(run.left, HAS_LEFT) | flag(run.right, HAS_RIGHT));
    for id in [run.left, run.right].into_iter().flatten() {
        number(out, id.client);
        number(out, u64::from(id.clock));
    }
    if run.left.is_none() && run.right.is_none() {
        number(out, 1);
        string(out, ROOT);
    }
    match &run.content {
        Content::Text(text) => string(out, text),
        Content::Deleted(len) => number(out, u64::from(*len)),
    }
}
