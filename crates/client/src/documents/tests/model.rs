//! Change sets as CodeMirror composes and maps them: `composeSets` and `mapSet` are theirs, read closely. `golden`
//! compares them with what CodeMirror really made.

use serde_json::{Value, json};

pub fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// A section: `len` units of the old text; `ins`: what they become, `None` when they stay.
#[derive(Clone, Debug, PartialEq)]
struct Section {
    len: usize,
    ins: Option<Vec<u16>>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Set(Vec<Section>);

/// CodeMirror's `SectionIter`.
struct Walk<'a> {
    set: &'a Set,
    i: usize,
    len: usize,
    /// -1: stays; -2: the end.
    ins: isize,
    off: usize,
}

impl<'a> Walk<'a> {
    fn new(set: &'a Set) -> Self {
        let mut walk = Self { set, i: 0, len: 0, ins: 0, off: 0 };
        walk.next();
        walk
    }

    fn next(&mut self) {
        let section = self.set.0.get(self.i);
        self.i += usize::from(section.is_some());
        self.len = section.map_or(0, |s| s.len);
        self.ins = section.map_or(-2, |s| s.ins.as_ref().map_or(-1, |ins| ins.len() as isize));
        self.off = 0;
    }

    fn done(&self) -> bool {
        self.ins == -2
    }

    fn text(&self) -> Vec<u16> {
        self.set.0[self.i - 1].ins.clone().unwrap_or_default()
    }

    fn forward(&mut self, len: usize) {
        if len == self.len {
            self.next();
        } else {
            self.len -= len;
            self.off += len;
        }
    }

    fn forward2(&mut self, len: usize) {
        if self.ins == -1 {
            self.forward(len);
        } else if len as isize == self.ins {
            self.next();
        } else {
            self.ins -= len as isize;
            self.off += len;
        }
    }
}

impl Set {
    fn add(&mut self, len: usize, ins: Option<Vec<u16>>, join: bool) {
        let nothing = ins.as_ref().is_none_or(Vec::is_empty);
        if len == 0 && nothing {
            return;
        }
        match (self.0.last_mut(), ins) {
            (Some(Section { len: last, ins: None }), None) => *last += len,
            (Some(Section { len: last, ins: Some(old) }), Some(new))
                if join || (new.is_empty() && old.is_empty()) || (len == 0 && *last == 0) =>
            {
                *last += len;
                old.extend(new);
            }
            (_, ins) => self.0.push(Section { len, ins }),
        }
    }

    pub fn json(&self) -> Value {
        let section = |s: &Section| match &s.ins {
            None => json!(s.len),
            Some(ins) if ins.is_empty() => json!([s.len]),
            Some(ins) => {
                let text = String::from_utf16(ins).unwrap();
                Value::Array(std::iter::once(json!(s.len)).chain(text.split('\n').map(Value::from)).collect())
            }
        };
        Value::Array(self.0.iter().map(section).collect())
    }

    pub fn parse(json: &Value) -> Self {
        let number = |json: &Value| json.as_u64().unwrap() as usize;
        let section = |json: &Value| match json.as_array() {
            None => Section { len: number(json), ins: None },
            Some(parts) => {
                let lines: Vec<&str> = parts[1..].iter().map(|line| line.as_str().unwrap()).collect();
                Section { len: number(&parts[0]), ins: Some(units(&lines.join("\n"))) }
            }
        };
        Self(json.as_array().unwrap().iter().map(section).collect())
    }

    /// One replacement in a text of `len` units.
    pub fn splice(len: usize, at: usize, delete: usize, insert: &str) -> Self {
        let mut set = Self::default();
        set.add(at, None, false);
        set.add(delete, Some(units(insert)), false);
        set.add(len - at - delete, None, false);
        set
    }

    pub fn apply(&self, doc: &[u16]) -> Vec<u16> {
        let (mut at, mut out) = (0, vec![]);
        for section in &self.0 {
            match &section.ins {
                None => out.extend_from_slice(&doc[at..at + section.len]),
                Some(ins) => out.extend_from_slice(ins),
            }
            at += section.len;
        }
        assert_eq!(at, doc.len(), "a change set of another text");
        out
    }

    pub fn invert(&self, doc: &[u16]) -> Self {
        let mut at = 0;
        let inverse = |section: &Section| {
            at += section.len;
            match &section.ins {
                None => section.clone(),
                Some(ins) => Section { len: ins.len(), ins: Some(doc[at - section.len..at].to_vec()) },
            }
        };
        Self(self.0.iter().map(inverse).collect())
    }

    /// What it deletes from a text.
    pub fn deleted(&self, doc: &[u16]) -> Vec<u16> {
        self.invert(doc).0.into_iter().filter_map(|section| section.ins).flatten().collect()
    }

    fn empty(&self) -> bool {
        self.0.iter().all(|section| section.ins.is_none())
    }

    pub fn compose(&self, other: &Self) -> Self {
        if self.empty() {
            return other.clone();
        }
        if other.empty() {
            return self.clone();
        }
        let (mut a, mut b, mut out, mut open) = (Walk::new(self), Walk::new(other), Self::default(), false);
        while !(a.done() && b.done()) {
            if a.ins == 0 {
                out.add(a.len, Some(vec![]), open);
                a.next();
            } else if b.len == 0 && !b.done() {
                out.add(0, Some(b.text()), open);
                b.next();
            } else {
                assert!(!a.done() && !b.done(), "change sets that do not follow each other");
                let len2 = if a.ins < 0 { a.len } else { a.ins as usize };
                let (len, before) = (len2.min(b.len), out.0.len());
                let of_b = if b.off > 0 { vec![] } else { b.text() };
                let of_a = if a.off > 0 { 0 } else { a.len };
                if a.ins == -1 {
                    out.add(len, (b.ins != -1).then_some(of_b), open);
                } else if b.ins == -1 {
                    out.add(of_a, Some(a.text()[a.off..a.off + len].to_vec()), open);
                } else {
                    out.add(of_a, Some(of_b), open);
                }
                open = (a.ins > len as isize || b.ins >= 0 && b.len > len) && (open || out.0.len() > before);
                a.forward2(len);
                b.forward(len);
            }
        }
        out
    }

    /// This change set for the text after `other`; `before`: at the same place, this one comes first.
    pub fn map(&self, other: &Self, before: bool) -> Self {
        if other.empty() {
            return self.clone();
        }
        let (mut a, mut b, mut out) = (Walk::new(self), Walk::new(other), Self::default());
        let mut inserted = 0;
        while !(a.done() && b.done()) {
            if a.ins == -1 && b.ins == -1 {
                let len = a.len.min(b.len);
                out.add(len, None, false);
                a.forward(len);
                b.forward(len);
            } else if b.ins >= 0
                && (a.ins < 0
                    || inserted == a.i
                    || a.off == 0 && (b.len < a.len || b.len == a.len && !before))
            {
                let mut len = b.len;
                out.add(b.ins as usize, None, false);
                while len > 0 {
                    let piece = a.len.min(len);
                    if a.ins >= 0 && inserted < a.i && a.len <= piece {
                        out.add(0, Some(a.text()), false);
                        inserted = a.i;
                    }
                    a.forward(piece);
                    len -= piece;
                }
                b.next();
            } else {
                assert!(a.ins >= 0, "change sets of texts of different length");
                let (mut len, mut left) = (0, a.len);
                while left > 0 {
                    if b.ins == -1 {
                        let piece = left.min(b.len);
                        len += piece;
                        left -= piece;
                        b.forward(piece);
                    } else if b.ins == 0 && b.len < left {
                        left -= b.len;
                        b.next();
                    } else {
                        break;
                    }
                }
                out.add(len, Some(if inserted < a.i { a.text() } else { vec![] }), false);
                inserted = a.i;
                a.forward(a.len - left);
            }
        }
        out
    }
}
