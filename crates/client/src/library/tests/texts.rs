//! Texts, as their editors and the team see them.

use super::*;

#[test]
fn two_editors_on_two_computers_lose_no_character() {
    let mut office = Office::new();
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    ana.connect(&mut office, at(0));
    let (runbook, outputs) = ana.library.runbook_create("Restart", at(1)).unwrap();
    ana.follow(&mut office, outputs, at(1));
    ben.connect(&mut office, at(2));
    let body = format!("{}#body", RecordId::runbook(runbook));
    let mut versions = vec![];
    for (c, text) in [(&mut ana, "from Ana"), (&mut ben, "from Ben")] {
        let (opened, _) = c.library.text_open(&body, at(3)).unwrap();
        let typed = TextUpdate { client: "w".into(), changes: json!([[0, text]]) };
        assert!(c.library.text_push(&body, opened.version, std::slice::from_ref(&typed), at(3)).unwrap().0);
        assert!(!c.library.text_push(&body, opened.version, &[typed], at(3)).unwrap().0, "an old version");
        versions.push(opened.version);
    }
    for c in [&mut ana, &mut ben] {
        assert!(c.library.is_typing());
        let outputs = c.library.tick(at(4)).unwrap();
        c.follow(&mut office, outputs, at(4));
        assert!(!c.library.is_typing());
    }
    ana.hear(&mut office, at(5));
    let (updates, _) = ana.library.text_updates(&body, versions[0], at(5)).unwrap();
    assert_eq!(updates.updates.len(), 2, "her own keys, and Ben's: {updates:?}");
    let texts: Vec<String> =
        [&mut ana, &mut ben].map(|c| c.library.text_open(&body, at(6)).unwrap().0.text).to_vec();
    assert_eq!(texts[0], texts[1]);
    assert!(texts[0].contains("from Ana") && texts[0].contains("from Ben"), "{texts:?}");
}

#[test]
fn a_long_paste_and_the_keys_behind_it_are_taken_together() {
    let (mut office, mut ana) = (Office::new(), Computer::new("ana", 1));
    ana.connect(&mut office, at(0));
    let (runbook, _) = ana.library.runbook_create("Logs", at(1)).unwrap();
    let body = format!("{}#body", RecordId::runbook(runbook));
    let (opened, _) = ana.library.text_open(&body, at(1)).unwrap();
    let change = |changes| TextUpdate { client: "w".into(), changes };
    let long = "x".repeat(1_200_000);
    // Somebody else's key came between, so the paste goes out again with what was typed meanwhile.
    let all = [
        change(json!([[0, "ab"]])),
        change(json!([1, [0, long], 1])),
        change(json!([1_200_001, [0, "!"], 1])),
        change(json!([1_200_001, [1, "?"], 1])),
    ];
    assert!(ana.library.text_push(&body, opened.version, &all, at(2)).unwrap().0);
    let ((), outputs) = ana.library.flush(at(3)).unwrap();
    ana.follow(&mut office, outputs, at(3));
    let mut ben = Computer::new("ben", 2);
    ben.connect(&mut office, at(3));
    let text = ben.library.text_open(&body, at(3)).unwrap().0.text;
    assert!(text == format!("a{long}?b"), "{} letters, {:?}", text.len(), text.get(text.len() - 3..));
}

#[test]
fn a_long_paste_goes_to_the_team_in_parts_and_one_that_no_text_has_room_for_is_refused() {
    let (mut office, mut ana) = (Office::new(), Computer::new("ana", 1));
    ana.connect(&mut office, at(0));
    let (runbook, _) = ana.library.runbook_create("Logs", at(1)).unwrap();
    let body = format!("{}#body", RecordId::runbook(runbook));
    let (opened, _) = ana.library.text_open(&body, at(1)).unwrap();
    let paste = |text: String| {
        let lines = std::iter::once(json!(0)).chain(text.split('\n').map(|line| json!(line)));
        TextUpdate { client: "w".into(), changes: json!([lines.collect::<Vec<_>>()]) }
    };
    let long =
        ana.library.text_push(&body, opened.version, &[paste("x".repeat(5 << 20))], at(2)).unwrap_err();
    assert!(long.to_string().contains("longer than 4 MiB"), "{long}");
    // In very many places at once it would have to be a part for each.
    let many: Vec<_> = (0..70)
        .map(|n| {
            let behind = [json!(n * 20_000), json!([0, "x".repeat(20_000)])];
            let first = [json!([0, "x".repeat(20_000)])];
            let changes = if n == 0 { json!(first) } else { json!(behind) };
            TextUpdate { client: "w".into(), changes }
        })
        .collect();
    let refused = ana.library.text_push(&body, opened.version, &many, at(2)).unwrap_err();
    assert!(refused.to_string().contains("paste it in parts"), "{refused}");
    let words = "Ein Stück 🐇\n".repeat(150_000);
    assert!(ana.library.text_push(&body, opened.version, &[paste(words.clone())], at(2)).unwrap().0);
    let outputs = ana.library.tick(at(3)).unwrap();
    ana.follow(&mut office, outputs, at(3));
    let mut ben = Computer::new("ben", 2);
    ben.connect(&mut office, at(3));
    assert_eq!(
        ben.library.text_open(&body, at(3)).unwrap().0.text,
        words,
        "every letter, for the others too"
    );

    // Pasted over all of it, the same has room however often.
    let all = words.encode_utf16().count();
    let version = ana.library.text_open(&body, at(3)).unwrap().0.version;
    for version in [version, version + 1] {
        let lines = std::iter::once(json!(all)).chain(words.split('\n').map(|line| json!(line)));
        let over = TextUpdate { client: "w".into(), changes: json!([lines.collect::<Vec<_>>()]) };
        assert!(ana.library.text_push(&body, version, &[over], at(3)).unwrap().0);
    }
    assert_eq!(ana.library.text_open(&body, at(3)).unwrap().0.text, words);
    let ((), outputs) = ana.library.flush(at(3)).unwrap();
    ana.follow(&mut office, outputs, at(3));

    let (runbook, _) = ana.library.runbook_create("More logs", at(3)).unwrap();
    let body = format!("{}#body", RecordId::runbook(runbook));
    let before = office.log.len();
    // Two that fit, typed within a moment, do not become one that does not.
    let part = || TextUpdate { client: "w".into(), changes: json!([[0, "y".repeat(700_000)]]) };
    let (opened, _) = ana.library.text_open(&body, at(2)).unwrap();
    assert!(ana.library.text_push(&body, opened.version, &[part()], at(2)).unwrap().0);
    let again = TextUpdate { client: "w".into(), changes: json!([700_000, [0, "z".repeat(700_000)]]) };
    assert!(ana.library.text_push(&body, opened.version + 1, &[again], at(2)).unwrap().0);
    let outputs = ana.library.tick(at(3)).unwrap();
    ana.follow(&mut office, outputs, at(3));
    let texts = office.log[before..].iter().filter(
        |o| matches!(&o.body, OperationBody::Written(w) if matches!(w.change(), Some(Change::Text { .. }))),
    );
    assert_eq!(texts.count(), 2);
}

#[test]
fn keys_are_written_down_together_and_before_anything_that_closes_the_text() {
    let (mut office, mut ana) = (Office::new(), Computer::new("ana", 1));
    let (runbook, _) = ana.library.runbook_create("Restart", at(0)).unwrap();
    let body = format!("{}#body", RecordId::runbook(runbook));
    let (opened, _) = ana.library.text_open(&body, at(0)).unwrap();
    let soon = |ms: u64| Moment { awake_ms: 1_000 + ms, ..at(1) };
    for (n, key) in ["a", "b", "c"].into_iter().enumerate() {
        let mut set = if n == 0 { vec![] } else { vec![json!(n)] };
        set.push(json!([0, key]));
        let typed = TextUpdate { client: "w".into(), changes: set.into() };
        let when = soon(n as u64 * 80);
        assert!(ana.library.text_push(&body, opened.version + n as u32, &[typed], when).unwrap().0);
        ana.library.tick(when).unwrap();
    }
    assert!(ana.library.is_typing(), "nothing is 300 ms old");
    let before = ana.library.store().last_counter();
    // The welcome of a team comes in between.
    ana.connect(&mut office, soon(250));
    assert_eq!(ana.library.store().last_counter(), before + 1, "three keys, one operation");
    assert_eq!(ana.library.text_open(&body, soon(260)).unwrap().0.text, "abc");
    assert_eq!(ana.library.sync_state().unwrap().waiting, 0);
}
