use super::*;
use proptest::prelude::*;

/// The letters at a place.
fn at(document: &TextDocument, place: (u32, u32)) -> String {
    let units: Vec<u16> = document.text().encode_utf16().collect();
    String::from_utf16(&units[place.0 as usize..place.1 as usize]).unwrap()
}

#[test]
fn a_passage_stays_on_its_words_while_others_write() {
    let (mut ana, mut ben) = (TextDocument::new(ANA), TextDocument::new(BEN));
    ben.apply(&ana.edit(&[put(0, "The queue 🐇 filled up. Nobody saw it.")]).unwrap()).unwrap();
    let anchor = ana.anchor(4, 12).unwrap();
    assert_eq!(at(&ana, ana.place(&anchor).unwrap()), "queue 🐇");
    let his = [put(0, "At 14:02: "), put(14, "big "), put(26, ", of orders,")];
    ana.apply(&ben.edit(&his).unwrap()).unwrap();
    for document in [&ana, &ben] {
        assert_eq!(document.text(), "At 14:02: The big queue 🐇, of orders, filled up. Nobody saw it.");
        assert_eq!(at(document, document.place(&anchor).unwrap()), "queue 🐇");
    }
}

#[test]
fn words_that_are_gone_have_no_length_and_letters_that_are_not_here_no_place() {
    let mut ana = TextDocument::new(ANA);
    ana.edit(&[put(0, "The queue filled up.")]).unwrap();
    let anchor = ana.anchor(4, 9).unwrap();
    assert_eq!(TextDocument::new(BEN).place(&anchor), None);
    // Written over: the new words are others.
    ana.edit(&[TextChange { at: 4, delete: 5, insert: "broker".into() }]).unwrap();
    let (start, end) = ana.place(&anchor).unwrap();
    assert_eq!(start, end);
    // A half of it is still there.
    let anchor = ana.anchor(4, 10).unwrap();
    ana.edit(&[cut(2, 4)]).unwrap();
    assert_eq!(at(&ana, ana.place(&anchor).unwrap()), "oker");
    let again = TextDocument::from_state(BEN, &ana.state()).unwrap();
    assert_eq!(again.place(&anchor), ana.place(&anchor), "what is gone keeps its name");
}

#[test]
fn an_anchor_is_text_and_one_from_elsewhere_harms_nothing() {
    let mut ana = TextDocument::new(ANA);
    ana.edit(&[put(0, "a🐇b")]).unwrap();
    let anchor = ana.anchor(0, 3).unwrap();
    assert_eq!(anchor.to_string(), "11.0-11.2");
    assert_eq!("11.0-11.2".parse(), Ok(anchor));
    for text in ["", "11.0", "11.0-", "11.0-11", "a.0-11.2", "11.0-11.2-11.3", "11.-1-11.2"] {
        assert_eq!(text.parse::<Anchor>(), Err(TextError::Malformed), "{text}");
    }
    for text in ["11.2-11.3", "11.0-11.1", "11.0-11.9", "22.0-22.0", "11.0-11.4294967295"] {
        assert_eq!(ana.place(&text.parse().unwrap()), None, "{text}");
    }
    assert_eq!(ana.place(&"11.3-11.0".parse().unwrap()), Some((3, 3)), "backwards is nothing");
    assert_eq!(ana.anchor(1, 1), Err(TextError::OutOfRange));
    assert_eq!(ana.anchor(2, 1), Err(TextError::OutOfRange));
    assert_eq!(ana.anchor(0, 5), Err(TextError::OutOfRange));
    assert_eq!(ana.anchor(0, 2), Err(TextError::SplitsCharacter));
}

#[derive(Clone, Debug)]
struct Act {
    who: usize,
    at: u32,
    delete: u32,
    insert: String,
    hears: Option<usize>,
}

fn any_act() -> impl Strategy<Value = Act> {
    (0usize..2, any::<u32>(), 0u32..4, "[a-z🔔]{0,3}", prop::option::weighted(0.4, any::<usize>()))
        .prop_map(|(who, at, delete, insert, hears)| Act { who, at, delete, insert, hears })
}

/// The nearest place between two characters, at or before this one.
fn between(text: &str, at: u32) -> u32 {
    let ends = text.chars().scan(0, |end, c| {
        *end += c.len_utf16() as u32;
        Some(*end)
    });
    ends.take_while(|end| *end <= at).last().unwrap_or(0)
}

proptest! {
    /// The first text is of letters that nobody types afterwards.
    #[test]
    fn the_words_are_where_they_are_said_to_be_in_whatever_order_edits_come(
        length in 2usize..30,
        from in any::<u32>(), to in any::<u32>(),
        acts in prop::collection::vec(any_act(), 1..40),
        order in any::<u64>(),
    ) {
        let mut texts = [TextDocument::new(ANA), TextDocument::new(BEN)];
        let first: String = (0..length as u32).filter_map(|n| char::from_u32(0x1F400 + n)).collect();
        let begin = texts[0].edit(&[put(0, &first)]).unwrap();
        texts[1].apply(&begin).unwrap();
        let (from, to) = (2 * (from % length as u32), 2 * (to % length as u32));
        let (from, to) = (from.min(to), from.max(to) + 2);
        let anchor = texts[0].anchor(from, to).unwrap();
        let passage = at(&texts[0], (from, to));
        let mut updates = vec![];
        for Act { who, at, delete, insert, hears } in acts {
            if let Some(update) = hears.filter(|_| !updates.is_empty()) {
                let update: &Vec<u8> = &updates[update % updates.len()];
                texts[who].apply(update).unwrap();
            }
            let text = texts[who].text();
            let at = between(&text, at % (texts[who].len_utf16() + 1));
            let end = between(&text, at + delete).max(at);
            updates.push(texts[who].edit(&[TextChange { at, delete: end - at, insert }]).unwrap());
        }
        updates.sort_by_key(|update| update.iter().fold(order, |n, byte| n.rotate_left(7) ^ u64::from(*byte)));
        for text in &mut texts {
            for update in &updates {
                text.apply(update).unwrap();
            }
            prop_assert_eq!(text.waiting(), 0);
            let place = text.place(&anchor).unwrap();
            let stands = at(text, place);
            let left: String = text.text().chars().filter(|c| passage.contains(*c)).collect();
            prop_assert_eq!(stands.chars().filter(|c| first.contains(*c)).collect::<String>(), left.clone());
            if left == passage {
                let ends = (stands.chars().next(), stands.chars().last());
                prop_assert_eq!(ends, (passage.chars().next(), passage.chars().last()), "and nothing around them");
            }
        }
        prop_assert_eq!(texts[0].place(&anchor), texts[1].place(&anchor));
    }
}
