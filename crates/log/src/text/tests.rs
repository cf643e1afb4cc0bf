use super::update::{Content, Id, Run, Update};
use super::*;
use crate::RecordId;
use firebell_domain::RunbookId;
use uuid::Uuid;

mod anchors;
mod properties;

const ANA: u64 = 11;
const BEN: u64 = 22;
/// What is left of a character that was cut in two.
const HALVED: char = '\u{FFFD}';

fn put(at: u32, insert: &str) -> TextChange {
    TextChange { at, delete: 0, insert: insert.into() }
}

fn cut(at: u32, delete: u32) -> TextChange {
    TextChange { at, delete, insert: String::new() }
}

fn check_whole(document: &TextDocument) {
    assert_eq!(document.text(), document.doc.text());
    assert_eq!(document.len_utf16() as usize, document.text().encode_utf16().count());
    assert_eq!(document.units.as_ref().map_or(document.text().len(), Units::bytes), document.text().len());
    assert!(document.units.is_some() || document.most >= document.text().len());
}

#[test]
fn two_who_write_on_trains_find_all_their_words() {
    let (mut ana, mut ben) = (TextDocument::new(ANA), TextDocument::new(BEN));
    let start = ana.edit(&[put(0, "Restart the queue.\r\nThen wait.")]).unwrap();
    assert_eq!(ben.apply(&start).unwrap(), [put(0, "Restart the queue.\nThen wait.")]);
    let a = ana.edit(&[cut(12, 5), put(12, "broker 🐇")]).unwrap();
    let b = ben.edit(&[put(29, " Ten minutes."), put(0, "1. ")]).unwrap();
    assert_eq!(ben.apply(&a).unwrap(), [TextChange { at: 15, delete: 5, insert: "broker 🐇".into() }]);
    assert_eq!(ana.apply(&b).unwrap(), [put(0, "1. "), put(36, " Ten minutes.")]);
    assert_eq!(ana.text(), "1. Restart the broker 🐇.\nThen wait. Ten minutes.");
    assert_eq!(ana.text(), ben.text());
    assert!(ana.apply(&b).unwrap().is_empty(), "twice is once");
}

#[test]
fn whoever_looks_at_a_text_only_later_finds_the_same_and_can_write_on() {
    let (mut ana, mut away) = (TextDocument::new(ANA), TextDocument::new(BEN));
    let updates = [
        ana.edit(&[put(0, "Restart the 🐇.")]).unwrap(),
        ana.edit(&[cut(12, 2), put(12, "broker")]).unwrap(),
        ana.edit(&[put(0, "1. ")]).unwrap(),
    ];
    // The last one comes first, and waits.
    for update in [&updates[2], &updates[0], &updates[1]] {
        away.take_in(update).unwrap();
        check_whole(&away);
    }
    assert_eq!((away.text().as_str(), away.waiting()), ("1. Restart the broker.", 0));
    let written = away.edit(&[put(22, " Wait.")]).unwrap();
    assert_eq!(ana.apply(&written).unwrap(), [put(22, " Wait.")]);
    assert_eq!(away.apply(&ana.edit(&[cut(0, 3)]).unwrap()).unwrap(), [cut(0, 3)]);
    check_whole(&away);
    assert_eq!(ana.text(), away.text());
}

#[test]
fn the_words_of_an_update_can_be_read_without_its_text() {
    let (mut ana, mut ben) = (TextDocument::new(ANA), TextDocument::new(BEN));
    let start = ana.edit(&[put(0, "Restart the 🐇.")]).unwrap();
    ben.apply(&start).unwrap();
    let update = ben.edit(&[put(0, "1. "), put(18, " Wait."), cut(3, 4)]).unwrap();
    assert_eq!(inserted_words(&start).unwrap(), "Restart the 🐇.");
    assert_eq!(inserted_words(&update).unwrap(), "1. \n Wait.");
    assert_eq!(inserted_words(&ben.edit(&[cut(0, 1)]).unwrap()).unwrap(), "");
    assert_eq!(inserted_words(&[7]), Err(TextError::Malformed));
    let mut typist = TextDocument::new(ANA);
    let keys: Vec<_> = (0..3).map(|n| typist.edit(&[put(n, "a")]).unwrap()).collect();
    assert_eq!(inserted_words(&merge_updates(&keys).unwrap()).unwrap(), "aaa");
}

#[test]
fn what_waited_for_an_update_is_told_apart_from_it() {
    let (mut ana, mut copy, mut ben) =
        (TextDocument::new(ANA), TextDocument::new(ANA), TextDocument::new(BEN));
    let ours = ana.edit(&[put(0, "abc")]).unwrap();
    ben.apply(&ours).unwrap();
    let theirs = ben.edit(&[put(3, "de")]).unwrap();
    // Two of the letters have names that others were given.
    copy.edit(&[put(0, "xy")]).unwrap();
    let mut whole = TextDocument::from_state(BEN, &copy.state()).unwrap();
    copy.apply(&theirs).unwrap();
    assert_eq!((copy.text().as_str(), copy.waiting()), ("xy", 1));
    assert_eq!(copy.apply_apart(&ours).unwrap(), (vec![put(2, "c")], vec![put(3, "de")]));
    assert_eq!((copy.text().as_str(), copy.waiting()), ("xycde", 0));
    whole.apply(&theirs).unwrap();
    assert_eq!(whole.apply(&ours).unwrap(), [put(2, "c"), put(3, "de")]);
}

#[test]
fn an_edit_outside_the_text_or_through_a_character_changes_nothing() {
    let mut ana = TextDocument::new(ANA);
    ana.edit(&[put(0, "a🐇b")]).unwrap();
    let before = ana.state();
    assert_eq!(ana.edit(&[put(0, "x"), put(6, "y")]), Err(TextError::OutOfRange));
    assert_eq!(ana.edit(&[cut(3, u32::MAX)]), Err(TextError::OutOfRange));
    assert_eq!(ana.edit(&[put(0, "x"), put(3, "y")]), Err(TextError::SplitsCharacter));
    assert_eq!(ana.edit(&[cut(1, 1)]), Err(TextError::SplitsCharacter));
    assert_eq!(ana.state(), before);
    check_whole(&ana);
    ana.edit(&[cut(1, 2)]).unwrap();
    assert_eq!(ana.text(), "ab");
}

#[test]
fn the_server_takes_only_what_its_sender_typed() {
    let (mut server, mut ben) = (TextDocument::new(0), TextDocument::new(BEN));
    let first = ben.edit(&[put(0, "Page the 🐇 team")]).unwrap();
    let second = ben.edit(&[put(0, "Then: ")]).unwrap();
    assert_eq!(server.check_foreign(&second, BEN), Err(TextError::Missing));
    assert_eq!(server.check_foreign(&first, ANA), Err(TextError::Foreign));
    assert_eq!(server.check_foreign(&first, BEN), Ok(()));
    server.apply(&first).unwrap();
    assert_eq!(server.check_foreign(&second, BEN), Ok(()));
    server.apply(&second).unwrap();
    assert_eq!(server.check_foreign(&second, BEN), Err(TextError::Taken));

    let mut ana = TextDocument::from_state(ANA, &server.state()).unwrap();
    let delete = ana.edit(&[cut(0, 6)]).unwrap();
    assert_eq!(server.check_foreign(&delete, ANA), Ok(()), "what others typed may be deleted");
    assert_eq!(server.check_foreign(&delete, BEN), Ok(()), "a deletion has no name");
    assert_eq!(server.check_foreign(&delete[..delete.len() - 1], ANA), Err(TextError::Malformed));
    assert_eq!(server.text(), ben.text());
}

#[test]
fn an_update_waits_for_the_one_it_builds_on() {
    let (mut ana, mut ben) = (TextDocument::new(ANA), TextDocument::new(BEN));
    let first = ana.edit(&[put(0, "one")]).unwrap();
    let second = ana.edit(&[put(3, " two")]).unwrap();
    let third = ana.edit(&[cut(0, 1)]).unwrap();
    for late in [&third, &second, &third] {
        assert!(ben.apply(late).unwrap().is_empty());
    }
    assert_eq!((ben.waiting(), ben.text().as_str()), (2, ""));
    ben.apply(&first).unwrap();
    assert_eq!((ben.waiting(), ben.text().as_str()), (0, "ne two"));
}

#[test]
fn nobody_cuts_a_character_of_somebody_else_in_two() {
    let mut server = TextDocument::new(0);
    server.apply(&TextDocument::new(ANA).edit(&[put(0, "a🐇b")]).unwrap()).unwrap();
    let of = |clock| Some(Id { client: ANA, clock });
    let between = Run { clock: 0, left: of(1), right: of(2), content: Content::Text("!".into()) };
    let insert = Update { runs: [(BEN, vec![between])].into(), deletes: Default::default() };
    assert_eq!(server.check_foreign(&insert.encode(), BEN), Err(TextError::Malformed));
    for range in [1..2, 2..3, 0..2, 2..4] {
        let delete = Update { runs: Default::default(), deletes: [(ANA, vec![range])].into() };
        assert_eq!(server.check_foreign(&delete.encode(), BEN), Err(TextError::Malformed));
        assert_eq!(server.apply(&delete.encode()), Err(TextError::Malformed));
    }
    assert_eq!(server.text(), "a🐇b");
}

#[test]
fn whoever_takes_a_new_name_keeps_the_words_that_were_on_their_way() {
    let (mut server, mut ana) = (TextDocument::new(0), TextDocument::new(ANA));
    server.apply(&ana.edit(&[put(0, "Answered 🐇. ")]).unwrap()).unwrap();
    let waiting = [
        ana.edit(&[put(13, "On its way. ")]).unwrap(),
        ana.edit(&[cut(11, 5), put(3, "!")]).unwrap(),
        ana.edit(&[put(0, "More. ")]).unwrap(),
    ];
    let clone =
        TextDocument::from_state(ANA, &server.state()).unwrap().edit(&[put(0, "The clone's. ")]).unwrap();
    let mut renamed = TextDocument::from_state(33, &server.state()).unwrap();
    let mut names = Readdressing::to(33);
    let again = waiting.map(|update| renamed.readdress(&update, ANA, &mut names).unwrap());
    server.apply(&clone).unwrap();
    for update in &again {
        assert_eq!(server.check_foreign(update, 33), Ok(()));
        server.apply(update).unwrap();
        renamed.apply(update).unwrap();
    }
    assert_eq!(renamed.text(), ana.text());
    renamed.apply(&clone).unwrap();
    assert_eq!(renamed.text(), server.text());
    assert!(server.text().contains("The clone's. ") && server.text().contains("More. "));
    let sent = merge_updates(&again).unwrap();
    assert_eq!(renamed.readdress(&sent, 33, &mut Readdressing::to(44)), Err(TextError::Taken));
}

/// She was renamed before, and the server that took what she wrote under both names has lost it.
#[test]
fn what_was_typed_under_two_names_is_sent_again_under_one() {
    let mut server = TextDocument::new(0);
    let mut ana = TextDocument::new(ANA);
    let first = [ana.edit(&[put(0, "First 🐇. ")]).unwrap(), ana.edit(&[cut(5, 3)]).unwrap()];
    let mut later = TextDocument::from_state(33, &ana.state()).unwrap();
    let second =
        [later.edit(&[put(5, ", and then")]).unwrap(), later.edit(&[cut(3, 4), put(0, "Again: ")]).unwrap()];
    let mut names = Readdressing::to(44);
    let mut again: Vec<_> =
        first.iter().map(|update| server.readdress(update, ANA, &mut names).unwrap()).collect();
    again.extend(second.iter().map(|update| server.readdress(update, 33, &mut names).unwrap()));
    for update in &again {
        assert_eq!(server.take_foreign(update, 44), Ok(()));
    }
    assert_eq!(server.text(), later.text());
}

/// What the first of hers stands on has not come back here from a restored server, which has both.
#[test]
fn letters_on_their_way_are_counted_in_what_is_sent_again() {
    let (mut server, mut ana, mut ben) =
        (TextDocument::new(0), TextDocument::new(ANA), TextDocument::new(BEN));
    let his = ben.edit(&[put(0, "His. ")]).unwrap();
    ana.apply(&his).unwrap();
    let hers = [ana.edit(&[put(5, "Hers. ")]).unwrap(), ana.edit(&[put(11, "Unanswered. ")]).unwrap()];
    for update in [&his, &hers[0]] {
        server.apply(update).unwrap();
    }
    let mut here = TextDocument::new(0);
    assert!(!here.awaits(ANA));
    here.apply(&hers[0]).unwrap();
    assert!(here.awaits(ANA) && !here.awaits(BEN));
    let mut interim = TextDocument::new(33);
    let meanwhile = interim.edit(&[put(0, "Meanwhile. ")]).unwrap();
    assert!(is_typed_by(&meanwhile, 33) && !is_typed_by(&meanwhile, ANA));
    let mut names = Readdressing::to(44);
    for (update, from) in [(&hers[1], ANA), (&meanwhile, 33)] {
        let again = here.readdress(update, from, &mut names).unwrap();
        assert_eq!(server.take_foreign(&again, 44), Ok(()));
    }
    assert!(server.text().contains("His. Hers. Unanswered. ") && server.text().contains("Meanwhile. "));
    here.apply(&his).unwrap();
    assert!(!here.awaits(ANA));

    // One that stands on what nobody has is refused, and takes nothing along.
    ana.edit(&[put(0, "Lost. ")]).unwrap();
    let mut names = Readdressing::to(55);
    let refused = here.readdress(&ana.edit(&[put(6, "Too. ")]).unwrap(), ANA, &mut names).unwrap();
    assert_eq!(server.take_foreign(&refused, 55), Err(TextError::Missing));
    let again = here.readdress(&meanwhile, 33, &mut names).unwrap();
    assert_eq!(server.take_foreign(&again, 55), Ok(()));
}

/// The copy's came in an update that the server merged, before the other one hears that it needs another name.
#[test]
fn what_one_copy_takes_back_is_its_own_and_not_what_the_other_typed_under_the_same_name() {
    let (mut server, mut ana, mut copy) =
        (TextDocument::new(0), TextDocument::new(ANA), TextDocument::new(ANA));
    server.apply(&copy.edit(&[put(0, "The copy's")]).unwrap()).unwrap();
    let updates = [ana.edit(&[put(0, "Hers, wrong")]).unwrap(), ana.edit(&[cut(4, 7)]).unwrap()];
    let answered = TextDocument::from_state(0, &server.state()).unwrap();
    let mut names = Readdressing::to(33);
    for update in &updates {
        names.announce(update, ANA).unwrap();
    }
    for update in &updates {
        let again = answered.readdress(update, ANA, &mut names).unwrap();
        assert_eq!(server.take_foreign(&again, 33), Ok(()));
    }
    assert!(server.text().contains("The copy's") && server.text().contains("Hers"), "{}", server.text());
    assert!(!server.text().contains("wrong"));
}

#[test]
fn a_document_outlives_a_panic_inside() {
    let (mut ana, mut ben) = (TextDocument::new(ANA), TextDocument::new(BEN));
    let update = ben.edit(&[put(0, "still here")]).unwrap();
    ana.apply(&update).unwrap();
    let broke: Option<()> = ana.doc.transact(|_| panic!("a defect in the library"));
    assert!(broke.is_none());
    assert_eq!(ana.remake(), TextError::Malformed);
    check_whole(&ana);
    ben.apply(&ana.edit(&[put(10, "!")]).unwrap()).unwrap();
    assert_eq!((ana.text(), ben.text()), ("still here!".into(), "still here!".into()));
}

#[test]
fn a_megabyte_works_and_five_do_not() {
    let (mut ana, mut ben) = (TextDocument::new(ANA), TextDocument::new(BEN));
    let long = "Zürich 🐇 line\n".repeat(70_000);
    let first = ana.edit(&[put(0, &long[..long.len() / 2])]).unwrap();
    assert_eq!(ben.check_foreign(&first, ANA), Ok(()));
    let second = ana.edit(&[put(ana.len_utf16(), &long[long.len() / 2..])]).unwrap();
    ben.apply(&first).unwrap();
    assert_eq!(ben.check_foreign(&second, ANA), Ok(()));
    ben.apply(&second).unwrap();
    ben.edit(&[cut(500_000, 14), put(500_000, "x")]).unwrap();
    assert!(ben.text().len() > 1_000_000 && ben.text() != ana.text());
    let again = TextDocument::from_state(ANA, &ben.state()).unwrap();
    assert_eq!(again.text(), ben.text());

    assert_eq!(ana.edit(&[put(0, &long.repeat(4))]), Err(TextError::TooLong));
    let whole = ana.state();
    assert_eq!(TextDocument::new(0).check_foreign(&whole, ANA), Err(TextError::TooLarge));
    let part = "0123456789abcdef".repeat(60_000);
    for _ in 0..3 {
        ben.apply(&ana.edit(&[put(0, &part)]).unwrap()).unwrap();
    }
    let mut cleo = TextDocument::from_state(33, &ben.state()).unwrap();
    let room = TEXT_MAX - ben.units().bytes();
    ben.edit(&[put(0, &"x".repeat(room))]).unwrap();
    assert_eq!(ben.edit(&[put(0, "y")]), Err(TextError::TooLong));
    let one = cleo.edit(&[put(0, "y")]).unwrap();
    assert_eq!(ben.check_foreign(&one, 33), Err(TextError::TooLong));
    let swap = cleo.edit(&[cut(0, 3), put(0, "z")]).unwrap();
    let both = merge_updates(&[one, swap]).unwrap();
    assert_eq!(ben.check_foreign(&both, 33), Ok(()), "what it brings has room by what it deletes");
}

#[test]
fn a_writer_has_another_name_in_every_document() {
    let writer = WriterId(Uuid::from_u128(7));
    let document = |id, section: &str| DocumentId {
        record: RecordId::runbook(RunbookId(Uuid::from_u128(id))),
        section: section.into(),
    };
    let name = client_id(writer, &document(1, "body"));
    assert!(name < 1 << 53);
    assert_eq!(name, client_id(writer, &document(1, "body")));
    assert_ne!(name, client_id(writer, &document(2, "body")));
    assert_ne!(name, client_id(writer, &document(1, "notes")));
    assert_ne!(name, client_id(WriterId(Uuid::from_u128(8)), &document(1, "body")));
}

/// What Ben brings: one letter each, between these units of Ana.
fn letters(between: impl Iterator<Item = (u32, u32)>) -> Update {
    let of = |clock| Some(Id { client: ANA, clock });
    let run = |(clock, (left, right))| Run {
        clock,
        left: of(left),
        right: of(right),
        content: Content::Text("!".into()),
    };
    Update { runs: [(BEN, (0..).zip(between).map(run).collect())].into(), deletes: Default::default() }
}

#[test]
fn letters_in_one_place_that_reach_further_and_further_are_refused() {
    let (mut server, mut ana) = (TextDocument::new(0), TextDocument::new(ANA));
    server.apply(&ana.edit(&[put(0, &"a".repeat(70_000))]).unwrap()).unwrap();
    // Each is compared with all before it, by everybody who hears of it.
    let reach = letters((0..4_000).map(|n| (0, n + 2)));
    assert_eq!(reach.far(), 3_999);
    assert_eq!(server.check_foreign(&reach.encode(), BEN), Err(TextError::Scattered));
    let hostile = letters((0..65_536).map(|n| (0, n + 2))).encode();
    assert!(hostile.len() < UPDATE_MAX);
    assert_eq!(server.check_foreign(&hostile, BEN), Err(TextError::Scattered));
    // Typed in front of what one typed before, again and again, they are as many and are compared with nothing.
    let mut ben = TextDocument::from_state(BEN, &server.state()).unwrap();
    let changes: Vec<_> = (0..4_000).map(|_| put(1, "!")).collect();
    let typed = ben.edit(&changes).unwrap();
    let read = Update::decode(&typed).unwrap();
    assert_eq!((read.places(), read.far()), (4_000, 0));
    assert_eq!(server.check_foreign(&typed, BEN), Ok(()));
    let cuts = Update {
        deletes: [(ANA, (0..33_000).map(|n| n * 2..n * 2 + 1).collect())].into(),
        ..Default::default()
    };
    assert_eq!(server.check_foreign(&cuts.encode(), BEN), Err(TextError::Scattered));
}

#[test]
fn a_word_is_replaced_in_thousands_of_places_but_not_in_a_text_of_thousands_of_pieces() {
    let (mut server, mut ana) = (TextDocument::new(0), TextDocument::new(ANA));
    server.apply(&ana.edit(&[put(0, &"host one. ".repeat(5_000))]).unwrap()).unwrap();
    let state = server.state();
    let replace = |places: u32| -> Vec<TextChange> {
        (0..places).map(|n| TextChange { at: n * 10, delete: 4, insert: "node".into() }).collect()
    };
    let mut ben = TextDocument::from_state(BEN, &state).unwrap();
    assert_eq!(ben.edit(&replace(4_097)), Err(TextError::Scattered));
    assert_eq!(ben.state(), state);
    check_whole(&ben);
    let replaced = ben.edit(&replace(4_096)).unwrap();
    assert_eq!(Update::decode(&replaced).unwrap().far(), 0);
    assert_eq!(server.check_foreign(&replaced, BEN), Ok(()));
    server.apply(&replaced).unwrap();
    assert_eq!(server.text(), ben.text());
    assert_eq!(ana.apply(&replaced).unwrap().len(), 4_096);
    check_whole(&ana);

    let mut cleo = TextDocument::from_state(33, &server.state()).unwrap();
    assert_eq!(cleo.edit(&replace(4_096)), Err(TextError::Scattered), "in parts");
    let part = cleo.edit(&replace(300)).unwrap();
    assert_eq!(server.check_foreign(&part, 33), Ok(()));
    check_whole(&cleo);
}

#[test]
fn near_the_limit_a_text_stays_as_it_was_when_an_update_is_too_long() {
    let (mut server, mut ana) = (TextDocument::new(0), TextDocument::new(ANA));
    let part = "0123456789abcdef".repeat(65_000);
    for _ in 0..4 {
        assert_eq!(server.take_foreign(&ana.edit(&[put(0, &part)]).unwrap(), ANA), Ok(()));
    }
    let state = server.state();
    let room = TEXT_MAX - server.units().bytes();
    let mut ben = TextDocument::from_state(BEN, &state).unwrap();
    let fills = ben.edit(&[put(7, &"x".repeat(room))]).unwrap();
    let swap = ben.edit(&[cut(0, 3), put(0, "z")]).unwrap();
    let mut cleo = TextDocument::from_state(33, &state).unwrap();
    let long = cleo.edit(&[put(9, &"y".repeat(room))]).unwrap();
    assert_eq!(server.take_foreign(&fills, BEN), Ok(()));
    let (state, text) = (server.state(), server.text());
    assert_eq!(server.take_foreign(&long, 33), Err(TextError::TooLong));
    assert!(server.state() == state && server.text() == text);
    assert_eq!(server.take_foreign(&long, 33), Err(TextError::TooLong));
    check_whole(&server);
    assert_eq!(server.take_foreign(&swap, BEN), Ok(()), "what it brings has room by what it deletes");
    check_whole(&server);
}
