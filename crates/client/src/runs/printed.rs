//! What a program has printed: its lines, as they came, with limits and without secrets.
//!
//! The beginning and the end are kept, each up to a limit; what was between them is counted. Lines are made fit to be
//! shown when somebody asks for them, so that a program that prints without end costs little.

use firebell_domain::run::{KEPT_FIRST, KEPT_LAST, KEPT_WIDTH, RunOutput, Secrets, shown};
use firebell_protocol::runbook::RunLine;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;

/// Bytes that are kept of the beginning and of the end; 1 MiB in all.
const HEAD_MAX: usize = 768 * 1_024;
const TAIL_MAX: usize = 256 * 1_024;
/// Bytes of one line; what follows up to its end is passed over.
const LINE_BYTES: usize = 16 * 1_024;
/// What a line costs beside its bytes, so that empty ones are not for nothing.
const LINE_COST: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Output,
    Error,
}

/// Bytes of one stream on their way to becoming lines.
#[derive(Debug, Default)]
struct Stream {
    line: Vec<u8>,
    begun: bool,
    /// The last byte was a carriage return: a line feed ends the line, anything else writes over it.
    returned: bool,
    secrets: Secrets,
}

#[derive(Debug)]
enum Text {
    Raw(Vec<u8>),
    Shown(String),
}

#[derive(Debug)]
struct Line {
    number: u64,
    is_error: bool,
    text: Text,
}

impl Line {
    fn cost(&self) -> usize {
        LINE_COST
            + match &self.text {
                Text::Raw(bytes) => bytes.len(),
                Text::Shown(text) => text.len(),
            }
    }

    fn show(&mut self) -> RunLine {
        if let Text::Raw(bytes) = &self.text {
            self.text = Text::Shown(shown(bytes));
        }
        let text = match &self.text {
            Text::Shown(text) => text.clone(),
            Text::Raw(_) => String::new(),
        };
        RunLine { number: self.number, is_error: self.is_error, text }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Printed {
    output: Stream,
    error: Stream,
    head: Vec<Line>,
    head_cost: usize,
    tail: VecDeque<Line>,
    tail_cost: usize,
    total: u64,
    bytes: u64,
}

impl Printed {
    /// Takes a part of a stream in. Parts may end anywhere, also inside a character or a secret.
    pub fn push(&mut self, source: Source, part: &[u8]) {
        self.bytes += part.len() as u64;
        for byte in part {
            let stream = self.stream(source);
            if std::mem::take(&mut stream.returned) && *byte != b'\n' {
                stream.line.clear();
            }
            match byte {
                b'\n' => self.end_line(source),
                b'\r' => stream.returned = true,
                byte => {
                    stream.begun = true;
                    if stream.line.len() < LINE_BYTES {
                        stream.line.push(*byte);
                    }
                }
            }
        }
    }

    /// The streams are at their end: what was begun is a line.
    pub fn close(&mut self) {
        for source in [Source::Output, Source::Error] {
            if self.stream(source).begun {
                self.end_line(source);
            }
        }
    }

    fn stream(&mut self, source: Source) -> &mut Stream {
        match source {
            Source::Output => &mut self.output,
            Source::Error => &mut self.error,
        }
    }

    fn end_line(&mut self, source: Source) {
        let stream = self.stream(source);
        stream.begun = false;
        let bytes = std::mem::take(&mut stream.line);
        if !stream.secrets.lets(&bytes) {
            return;
        }
        let line = Line { number: self.total, is_error: source == Source::Error, text: Text::Raw(bytes) };
        self.total += 1;
        let cost = line.cost();
        if self.tail.is_empty() && self.head_cost + cost <= HEAD_MAX {
            self.head_cost += cost;
            self.head.push(line);
            return;
        }
        self.tail_cost += cost;
        self.tail.push_back(line);
        while self.tail_cost > TAIL_MAX {
            let Some(first) = self.tail.pop_front() else { break };
            self.tail_cost -= first.cost();
        }
    }

    /// Lines so far.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Lines that were too many to keep.
    pub fn skipped(&self) -> u64 {
        self.total - (self.head.len() + self.tail.len()) as u64
    }

    /// At most `most` of the kept lines with this number or a later one.
    pub fn from(&mut self, number: u64, most: usize) -> Vec<RunLine> {
        let lines = self.head.iter_mut().chain(self.tail.iter_mut());
        let lines = lines.skip_while(|line| line.number < number).take(most).map(Line::show).collect();
        // What was shown may be longer or shorter than what was printed.
        self.tail_cost = self.tail.iter().map(Line::cost).sum();
        lines
    }

    /// What goes into the record.
    pub fn output(&mut self) -> RunOutput {
        let lines = self.from(0, usize::MAX);
        let mut hash = Sha256::new();
        for line in &lines {
            hash.update(line.text.as_bytes());
            hash.update(b"\n");
        }
        let digest = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let narrow = |line: &RunLine| match line.text.char_indices().nth(KEPT_WIDTH) {
            Some((end, _)) => format!("{} …", &line.text[..end]),
            None => line.text.clone(),
        };
        let (first, rest) = lines.split_at(lines.len().min(KEPT_FIRST));
        let last = &rest[rest.len().saturating_sub(KEPT_LAST)..];
        RunOutput {
            lines: self.total,
            bytes: self.bytes,
            digest,
            first: first.iter().map(narrow).collect(),
            last: last.iter().map(narrow).collect(),
            cut: first.len() as u64 + (last.len() as u64) < self.total,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(printed: &mut Printed) -> Vec<String> {
        printed.from(0, usize::MAX).into_iter().map(|l| l.text).collect()
    }

    #[test]
    fn lines_of_two_streams_stay_whole() {
        let mut printed = Printed::default();
        printed.push(Source::Output, b"one ");
        printed.push(Source::Error, b"trouble\nmore");
        printed.push(Source::Output, b"line\r\n");
        printed.push(Source::Output, b" 1 %\r 99 %\r100 %");
        printed.close();
        let lines = printed.from(0, usize::MAX);
        let lines: Vec<_> = lines.iter().map(|l| (l.is_error, l.text.as_str())).collect();
        assert_eq!(lines, [(true, "trouble"), (false, "one line"), (false, "100 %"), (true, "more")]);
        assert_eq!(printed.from(3, 10).len(), 1);
    }

    #[test]
    fn the_beginning_and_the_end_of_very_much_are_kept() {
        let mut printed = Printed::default();
        for n in 0..200_000 {
            printed.push(Source::Output, format!("line {n} of the flood\n").as_bytes());
        }
        printed.close();
        let lines = printed.from(0, usize::MAX);
        assert_eq!(lines.first().map(|l| l.text.as_str()), Some("line 0 of the flood"));
        assert_eq!(lines.last().map(|l| l.text.as_str()), Some("line 199999 of the flood"));
        assert_eq!(printed.skipped() + lines.len() as u64, 200_000);
        let kept: usize = lines.iter().map(|l| l.text.len()).sum();
        assert!(kept < HEAD_MAX + TAIL_MAX && printed.skipped() > 100_000);
        let output = printed.output();
        assert!(output.cut && output.lines == 200_000 && output.last.len() == KEPT_LAST);
    }

    #[test]
    fn a_line_without_an_end_does_not_fill_the_memory() {
        let mut printed = Printed::default();
        for _ in 0..1_000 {
            printed.push(Source::Output, &[b'x'; 10_000]);
        }
        assert!(printed.output.line.len() <= LINE_BYTES);
        printed.close();
        assert!(texts(&mut printed)[0].ends_with("(cut)"));
    }

    proptest! {
        #[test]
        fn where_parts_end_makes_no_difference(cuts in proptest::collection::vec(1_usize..40, 1..40)) {
            let text = "start\npassword=hunter2horse\nAuthorization: Bearer abcdefghijkl\n\
                        key -----BEGIN RSA PRIVATE KEY-----\nMIIEsecret\n-----END RSA PRIVATE KEY-----\n\
                        \u{1b}[31mrote Flöte\u{1b}[0m\r\npostgres://app:hunter2horse@db/x\nend";
            let mut whole = Printed::default();
            whole.push(Source::Output, text.as_bytes());
            whole.close();
            let mut parts = Printed::default();
            let (mut rest, mut next) = (text.as_bytes(), cuts.iter().cycle());
            while !rest.is_empty() {
                let (part, more) = rest.split_at(rest.len().min(*next.next().unwrap()));
                parts.push(Source::Output, part);
                rest = more;
            }
            parts.close();
            let (whole, parts) = (texts(&mut whole), texts(&mut parts));
            prop_assert!(!parts.iter().any(|l| l.contains("hunter2") || l.contains("abcdefghijkl") || l.contains("MIIE")));
            prop_assert_eq!(whole, parts);
        }
    }
}
