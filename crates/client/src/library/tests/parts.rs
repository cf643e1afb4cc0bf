//! A long log, in parts.

use super::*;

/// A team with some history, which a new computer has just greeted.
fn newcomer() -> (Office, Computer, Vec<Output>) {
    let (mut office, mut ana) = (Office::new(), Computer::new("ana", 1));
    ana.connect(&mut office, at(0));
    let incident = ana.declare(&mut office, "Slow", at(1));
    for n in 0..9 {
        ana.note(&mut office, incident, &format!("note {n}"), at(2));
    }
    let mut ben = Computer::new("ben", 2);
    let outputs = ben.library.on_message(&office.welcome("ben", &ben.library, at(3)), at(3)).unwrap();
    (office, ben, outputs)
}

fn asked(outputs: &[Output]) -> Vec<Fetch> {
    outputs.iter().filter_map(|o| if let Output::Fetch(fetch) = o { Some(*fetch) } else { None }).collect()
}

#[test]
fn while_one_part_is_written_down_the_next_one_is_on_its_way_and_no_more() {
    let (office, mut ben, outputs) = newcomer();
    let mut on_its_way = asked(&outputs);
    let mut order = vec![];
    while let Some(part) = on_its_way.pop() {
        assert!(on_its_way.is_empty(), "one at a time: {on_its_way:?}");
        let chunk = office.chunk("ben", part);
        on_its_way.extend(ben.library.fetch_ahead(part, &chunk));
        assert_eq!(ben.library.fetch_ahead(part, &chunk), None, "asked once");
        on_its_way.extend(asked(&ben.library.on_chunk(part, chunk, at(4)).unwrap()));
        order.push(part);
    }
    let part = |after| Fetch::Part { after, until: 10 };
    assert_eq!(order, [Fetch::Open, Fetch::OpenEntries, part(0), part(3), part(6), part(9)]);
    assert_eq!(ben.library.store().place().upto, 10);
    assert!(ben.library.sync_state().unwrap().catching_up.is_none());
}

#[test]
fn after_trouble_the_part_that_was_on_its_way_is_not_taken_for_the_one_that_is_missing() {
    let (office, mut ben, outputs) = newcomer();
    let mut part = asked(&outputs)[0];
    while part != (Fetch::Part { after: 0, until: 10 }) {
        part = ben.library.fetch_ahead(part, &office.chunk("ben", part)).unwrap();
    }
    let next = ben.library.fetch_ahead(part, &office.chunk("ben", part)).unwrap();
    // The disk is full: the part is not taken in, and the one behind it comes nevertheless.
    ben.library.on_trouble(at(5));
    assert_eq!(ben.library.fetch_ahead(next, &office.chunk("ben", next)), None);
    assert_eq!(ben.library.on_chunk(next, office.chunk("ben", next), at(5)).unwrap(), []);
    assert_eq!(ben.library.store().place().upto, 0);
    let mut on_its_way = asked(&ben.library.tick(at(20)).unwrap());
    assert_eq!(on_its_way, [part], "from where it stands");
    while let Some(part) = on_its_way.pop() {
        on_its_way.extend(asked(&ben.library.on_chunk(part, office.chunk("ben", part), at(20)).unwrap()));
    }
    assert_eq!(ben.library.store().place().upto, 10);
}
