use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Letters that nobody else has typed, two UTF-16 units each.
struct Marks(u32);

impl Marks {
    fn is(mark: &char) -> bool {
        ('\u{F0000}'..'\u{FFFFF}').contains(mark)
    }

    fn next(&mut self) -> char {
        self.0 += 1;
        char::from_u32(0xF0000 + self.0).unwrap()
    }
}

const PIECES: &[&str] = &[
    "a",
    "ß\u{301}",
    "👩‍👩‍👧",
    "🏳️‍🌈",
    "שלום",
    "\u{202E}",
    "عربى",
    "\r\n",
    "\r",
    "\n",
    "e\u{301}\u{327}",
    "𝄞",
    "plain words ",
];

/// What one replica does: `pick`s are reduced to what is possible.
#[derive(Clone, Debug)]
enum Act {
    Edit { who: usize, at: u32, delete: u32, pieces: Vec<usize> },
    Hear { who: usize, update: usize },
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (0usize..5, any::<u32>(), 0u32..12, prop::collection::vec(0..PIECES.len(), 0..4))
            .prop_map(|(who, at, delete, pieces)| Act::Edit { who, at, delete, pieces }),
        2 => (0usize..5, any::<usize>()).prop_map(|(who, update)| Act::Hear { who, update }),
    ]
}

/// The nearest place between two characters, at or before `at`.
fn boundary(text: &str, at: u32) -> u32 {
    let mut place = 0;
    for c in text.chars() {
        if place + c.len_utf16() as u32 > at {
            break;
        }
        place += c.len_utf16() as u32;
    }
    place
}

fn slice(text: &str, from: u32, to: u32) -> String {
    let units: Vec<u16> = text.encode_utf16().skip(from as usize).take((to - from) as usize).collect();
    String::from_utf16(&units).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_order_comes_to_the_same_text_and_no_letter_is_lost(
        replicas in 2usize..=5,
        acts in prop::collection::vec(any_act(), 1..60),
        order in prop::collection::vec(any::<usize>(), 400),
    ) {
        let mut texts: Vec<_> = (0..replicas).map(|n| TextDocument::new(100 + n as u64)).collect();
        let mut updates: Vec<Vec<u8>> = vec![];
        let (mut marks, mut deleted) = (Marks(0), BTreeSet::new());
        for act in acts {
            match act {
                Act::Edit { who, at, delete, pieces } => {
                    let replica = &mut texts[who % replicas];
                    let text = replica.text();
                    let from = boundary(&text, at % (replica.len_utf16() + 1));
                    let to = boundary(&text, from + delete).max(from);
                    deleted.extend(slice(&text, from, to).chars().filter(Marks::is));
                    let mut insert: String = pieces.iter().map(|p| PIECES[*p]).collect();
                    insert.push(marks.next());
                    let change = TextChange { at: from, delete: to - from, insert };
                    updates.push(replica.edit(&[change]).unwrap());
                }
                Act::Hear { who, update } if !updates.is_empty() => {
                    let update = &updates[update % updates.len()];
                    let replica = &mut texts[who % replicas];
                    let mut editor = replica.units().clone();
                    let changes = replica.apply(update).unwrap();
                    editor.change_all(&changes).unwrap();
                    prop_assert_eq!(editor.text(), replica.text());
                    check_whole(replica);
                }
                Act::Hear { .. } => {}
            }
        }
        for (n, replica) in texts.iter_mut().enumerate() {
            let mut rest: Vec<_> = updates.iter().chain(updates.iter().step_by(3)).collect();
            for pick in &order {
                if rest.is_empty() {
                    break;
                }
                let place = (pick + n * 7) % rest.len();
                let update = rest.swap_remove(place);
                if pick % 3 == 0 {
                    replica.apply(update).unwrap();
                } else {
                    replica.take_in(update).unwrap();
                }
            }
            for update in rest {
                replica.apply(update).unwrap();
            }
            check_whole(replica);
            prop_assert_eq!(replica.waiting(), 0);
        }
        let text = texts[0].text();
        prop_assert!(!text.contains(['\r', HALVED]));
        for replica in &texts {
            prop_assert_eq!(replica.text(), &*text);
            prop_assert_eq!(TextDocument::from_state(1, &replica.state()).unwrap().text(), &*text);
        }
        let merged = merge_updates(&updates).unwrap();
        prop_assert_eq!(TextDocument::from_state(1, &merged).unwrap().text(), &*text);
        let found: Vec<char> = text.chars().filter(Marks::is).collect();
        let kept: BTreeSet<char> =
            (1..=marks.0).map(|n| char::from_u32(0xF0000 + n).unwrap()).filter(|m| !deleted.contains(m)).collect();
        prop_assert_eq!(found.len(), kept.len(), "every letter once");
        prop_assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), kept);
    }

    #[test]
    fn damage_never_harms(
        flips in prop::collection::vec((any::<usize>(), any::<u8>()), 1..6),
        keep in any::<usize>(),
        truncate in any::<bool>(),
        noise in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut document = TextDocument::new(ANA);
        document.edit(&[put(0, "Call the 🐇 on duty"), cut(2, 3), put(4, "é")]).unwrap();
        let mut ben = TextDocument::from_state(BEN, &document.state()).unwrap();
        let mut update = ben.edit(&[put(3, "loud 🔔 "), cut(0, 2), put(1, "x")]).unwrap();
        for (place, byte) in flips {
            let place = place % update.len();
            update[place] = byte;
        }
        if truncate {
            update.truncate(keep % update.len());
        }
        for hostile in [update, noise] {
            let (text, state) = (document.text(), document.state());
            let judged = document.check_foreign(&hostile, BEN);
            prop_assert_eq!(document.state(), state.clone());
            let taken = document.apply(&hostile);
            check_whole(&document);
            if taken.is_err() {
                prop_assert_eq!((document.text(), document.state()), (text, state));
                prop_assert!(judged.is_err());
            }
        }
        document.edit(&[put(0, "goes on")]).unwrap();
        check_whole(&document);
    }

    /// Well-formed, and aimed anywhere.
    #[test]
    fn cunning_updates_are_judged_right(
        runs in prop::collection::vec((prop::option::of(0u32..14), prop::option::of(0u32..14), "[a🐇]{1,3}", any::<bool>()), 0..6),
        start in 0u32..3,
        deletes in prop::collection::vec((0u32..16, 0u32..4), 0..4),
    ) {
        let mut document = TextDocument::new(ANA);
        document.edit(&[put(0, "ab🐇cd🔔ef"), cut(4, 1)]).unwrap();
        let mut clock = start / 2;
        let ids = |n: u32| if n < 10 { Id { client: ANA, clock: n } } else { Id { client: BEN, clock: n - 10 } };
        let made: Vec<Run> = runs.into_iter().map(|(left, right, text, gone)| {
            let content = if gone { Content::Deleted(2) } else { Content::Text(text) };
            let run = Run { clock, left: left.map(ids), right: right.map(ids), content };
            clock = run.end();
            run
        }).collect();
        let mut update = Update::default();
        if !made.is_empty() {
            update.runs.insert(BEN, made);
        }
        update.deletes.insert(ANA, deletes.into_iter().map(|(at, len)| at..at + len).collect());
        let bytes = update.encode();
        let judged = document.check_foreign(&bytes, BEN);
        let before = document.journal.len();
        let taken = document.apply(&bytes);
        check_whole(&document);
        prop_assert_eq!(judged.is_ok(), document.journal.len() > before, "{:?} {:?}", judged, taken);
        prop_assert!(!document.text().contains(HALVED));
    }
}
