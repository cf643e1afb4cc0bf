//! Two computers with two windows each, on one text: whatever they type, whenever they hear of each other, all come
//! to the same text, and nobody loses a letter.

use super::editor::Editor;
use super::model::{Set, units};
use crate::documents::{OpenDocument, Pushed};
use firebell_log::TextDocument;
use proptest::prelude::*;
use std::collections::BTreeSet;

const PIECES: &[&str] = &["a", "\n", "🐇", "e\u{301}", "שלום", "two\nlines\n", "words "];
const WINDOWS: usize = 4;

#[derive(Clone, Debug)]
enum Act {
    Type {
        window: usize,
        at: usize,
        delete: usize,
        pieces: Vec<usize>,
    },
    Undo {
        window: usize,
    },
    Pull {
        window: usize,
    },
    Push {
        window: usize,
    },
    /// A computer writes to its log what was typed.
    Log {
        computer: usize,
    },
    /// One update out of those on their way arrives, and perhaps stays to arrive again.
    Arrive {
        computer: usize,
        pick: usize,
        again: bool,
    },
}

fn any_act() -> impl Strategy<Value = Act> {
    let window = || 0..WINDOWS;
    prop_oneof![
        4 => (window(), any::<usize>(), 0usize..9, prop::collection::vec(0..PIECES.len(), 0..3))
            .prop_map(|(window, at, delete, pieces)| Act::Type { window, at, delete, pieces }),
        1 => window().prop_map(|window| Act::Undo { window }),
        2 => window().prop_map(|window| Act::Pull { window }),
        3 => window().prop_map(|window| Act::Push { window }),
        2 => (0usize..2).prop_map(|computer| Act::Log { computer }),
        3 => (0usize..2, any::<usize>(), any::<bool>())
            .prop_map(|(computer, pick, again)| Act::Arrive { computer, pick, again }),
    ]
}

/// A letter that only this window types, each once.
fn mark(window: usize, n: u32) -> char {
    char::from_u32(0xF0000 + window as u32 * 0x1000 + n).unwrap()
}

fn marks(text: &[u16]) -> Vec<char> {
    String::from_utf16(text).unwrap().chars().filter(|c| ('\u{F0000}'..'\u{FFFFF}').contains(c)).collect()
}

fn boundary(doc: &[u16], at: usize) -> usize {
    let inside = doc.get(at).is_some_and(|unit| (0xDC00..0xE000).contains(unit));
    at - usize::from(inside)
}

struct World {
    computers: Vec<OpenDocument>,
    editors: Vec<Editor>,
    /// Updates on their way to each computer.
    coming: [Vec<Vec<u8>>; 2],
    typed: u32,
    all: BTreeSet<char>,
    deleted: BTreeSet<char>,
}

impl World {
    fn new() -> Self {
        let computers: Vec<_> = (0..2).map(|n| OpenDocument::new(TextDocument::new(50 - n), 10)).collect();
        let editors = (0..WINDOWS).map(|n| Editor::open(format!("window {n}"), &computers[n / 2])).collect();
        let (coming, all, deleted) = Default::default();
        Self { computers, editors, coming, typed: 0, all, deleted }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Type { window, at, delete, pieces } => {
                let editor = &mut self.editors[window];
                let from = boundary(&editor.doc, at % (editor.doc.len() + 1));
                let to = boundary(&editor.doc, (from + delete).min(editor.doc.len())).max(from);
                self.typed += 1;
                let mark = mark(window, self.typed);
                let insert: String =
                    pieces.iter().map(|p| PIECES[*p]).chain([mark.to_string().as_str()]).collect();
                self.all.insert(mark);
                self.deleted.extend(marks(&editor.doc[from..to]));
                editor.type_in(Set::splice(editor.doc.len(), from, to - from, &insert));
            }
            Act::Undo { window } => {
                let gone = marks(&self.editors[window].undo());
                let own =
                    gone.iter().all(|c| *c as u32 >> 12 == 0xF0 + window as u32 || self.deleted.contains(c));
                assert!(own, "undo took somebody else's letter");
                self.deleted.extend(gone);
            }
            Act::Pull { window } => self.editors[window].pull(&self.computers[window / 2]),
            Act::Push { window } => {
                if self.editors[window].push(&mut self.computers[window / 2]) == Pushed::Behind {
                    self.editors[window].pull(&self.computers[window / 2]);
                }
            }
            Act::Log { computer } => {
                let update = self.computers[computer].take_pending();
                // To the other one, and back from the server to its author.
                self.coming.iter_mut().for_each(|coming| coming.extend(update.clone()));
            }
            Act::Arrive { computer, pick, again } => {
                let coming = &mut self.coming[computer];
                if coming.is_empty() {
                    return;
                }
                let pick = pick % coming.len();
                let update = if again { coming[pick].clone() } else { coming.swap_remove(pick) };
                self.computers[computer].apply_remote(&update).unwrap();
            }
        }
    }

    /// Everything typed arrives everywhere.
    fn settle(&mut self) {
        for window in 0..WINDOWS {
            self.act(Act::Pull { window });
            self.act(Act::Push { window });
            self.act(Act::Pull { window });
        }
        for computer in 0..2 {
            self.act(Act::Log { computer });
        }
        for computer in 0..2 {
            while !self.coming[computer].is_empty() {
                self.act(Act::Arrive { computer, pick: 7, again: false });
            }
        }
        for window in 0..WINDOWS {
            self.act(Act::Pull { window });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn all_windows_come_to_one_text_and_nobody_loses_a_letter(acts in prop::collection::vec(any_act(), 1..80)) {
        let mut world = World::new();
        acts.into_iter().for_each(|act| world.act(act));
        world.settle();
        let text = world.computers[0].open().1;
        prop_assert_eq!(&world.computers[1].open().1, &text);
        for editor in &world.editors {
            prop_assert_eq!(&editor.doc, &units(&text), "{}", editor.name);
        }
        let found = marks(&units(&text));
        for letter in world.all.difference(&world.deleted) {
            prop_assert_eq!(found.iter().filter(|c| *c == letter).count(), 1, "a letter that nobody deleted");
        }
        for computer in &world.computers {
            prop_assert_eq!(computer.document().waiting(), 0);
        }
    }
}

#[test]
fn undo_takes_back_ones_own_words_from_between_those_of_others() {
    let mut world = World::new();
    let put = |world: &mut World, window: usize, at: usize, text: &str| {
        let len = world.editors[window].doc.len();
        world.editors[window].type_in(Set::splice(len, at, 0, text));
    };
    put(&mut world, 0, 0, "Call the bank. ");
    world.settle();
    put(&mut world, 0, 15, "Wait an hour. ");
    put(&mut world, 2, 15, "Then Ben. ");
    world.settle();
    let inside = world.computers[0].open().1.find("an hour").unwrap();
    put(&mut world, 3, inside, "half ");
    world.settle();
    assert!(world.computers[1].open().1.contains("Wait half an hour. "));
    world.act(Act::Undo { window: 0 });
    world.settle();
    let text = world.computers[1].open().1;
    assert!(
        text.contains("Call the bank. ") && text.contains("half ") && text.contains("Then Ben. "),
        "{text}"
    );
    assert!(!text.contains("Wait") && !text.contains("hour"), "{text}");
}
