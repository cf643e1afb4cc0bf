//! What a postmortem wants of a person.

use super::*;

fn team() -> Team {
    let person =
        |id: &str, name: &str| json!({ "id": id, "name": name, "email": format!("{id}@example.com") });
    let people = [person("ana", "Ana Ruiz"), person("ben", "Ben Okafor"), person("chi", "Chi Wen")];
    serde_json::from_value(json!({ "team": { "name": "Acme" }, "people": people })).unwrap()
}

fn waits(who: &str, written: &Written) -> Vec<Waits> {
    let due = Some(t("2026-11-25T12:00:00Z"));
    let today = now().date_naive();
    waits_for(&who.into(), &written.read(), &written.seen(comments), due, &team(), (now(), today))
}

fn comment(n: u128, text: &str) -> PostmortemChange {
    let comment = WrittenComment {
        section: "summary".into(),
        anchor: "1.1-1.2".into(),
        quote: "queue".into(),
        text: text.into(),
        suggestion: None,
    };
    PostmortemChange::Comment { id: id(n), comment: Some(comment) }
}

fn owned(n: u128, title: &str, owner: &str, due: Option<&str>) -> [PostmortemChange; 3] {
    [
        action(n, ActionChange::Create { title: title.into() }),
        action(n, ActionChange::Owner { owner: Some(owner.into()) }),
        action(n, ActionChange::Due { due: due.map(|day| day.parse().unwrap()) }),
    ]
}

#[test]
fn an_author_writes_then_publishes_and_a_reviewer_reads() {
    let author = PostmortemChange::Author { person: "ana".into(), is: true };
    let reviewer = PostmortemChange::Reviewer { person: "ben".into(), is: true };
    let draft = Written::default().by("ana", author).by("ana", reviewer);
    assert_eq!(waits("ana", &draft), [Waits::Write { due_at: Some(t("2026-11-25T12:00:00Z")) }]);
    assert!(waits("ana", &draft)[0].is_late(now()));
    assert_eq!(waits("ben", &draft), [], "nobody reads a draft before it is sent to them");
    let review = draft.by("ana", PostmortemChange::Stage { to: Stage::InReview });
    assert_eq!(
        (waits("ana", &review), waits("ben", &review)),
        (vec![], vec![Waits::Review { meeting: None }])
    );
    let good = review.by("ben", PostmortemChange::Approve { is: true });
    assert_eq!((waits("ana", &good), waits("ben", &good)), (vec![Waits::Publish], vec![]));
    let published = good.by("ana", PostmortemChange::Stage { to: Stage::Published });
    assert_eq!((waits("ana", &published), waits("ben", &published)), (vec![], vec![]));
}

#[test]
fn whoever_is_spoken_to_answers_or_resolves() {
    let reply =
        |n, text: &str| PostmortemChange::Reply { comment: id(1), id: id(n), text: Some(text.into()) };
    let asked = Written::default().by("ben", comment(1, "@Ana Ruiz, which queue?"));
    let [Waits::Answer { by, words, .. }] = &waits("ana", &asked)[..] else { panic!() };
    assert_eq!((by.as_str(), words.as_str()), ("ben", "@Ana Ruiz, which queue?"));
    assert_eq!((waits("ben", &asked), waits("chi", &asked)), (vec![], vec![]));
    let answered = asked.clone().by("ana", reply(2, "Orders, @Ben Okafor."));
    assert_eq!((waits("ana", &answered).len(), waits("ben", &answered).len()), (0, 1));
    let resolved = asked.by("chi", PostmortemChange::Resolve { comment: id(1), resolved: true });
    assert_eq!(waits("ana", &resolved), []);
}

#[test]
fn what_is_late_comes_first_then_that_for_which_others_wait() {
    let mut written = Written::default()
        .by("ana", PostmortemChange::Author { person: "ana".into(), is: true })
        .by("ana", PostmortemChange::Reviewer { person: "ana".into(), is: true })
        .by("ana", PostmortemChange::Stage { to: Stage::InReview })
        .by("ben", comment(1, "@Ana Ruiz?"));
    let all = [
        (1, "Some day", "ana", None),
        (2, "Tomorrow", "ana", Some("2026-11-27")),
        (3, "Last week", "ana", Some("2026-11-19")),
        (4, "Another's", "ben", Some("2026-11-19")),
    ];
    for (n, title, owner, due) in all {
        for change in owned(n, title, owner, due) {
            written = written.by("ana", change);
        }
    }
    let said: Vec<_> = waits("ana", &written)
        .iter()
        .map(|one| match one {
            Waits::Act { title, days_overdue, .. } => format!("{title} {}", days_overdue.unwrap_or(0)),
            Waits::Answer { .. } => "answer".into(),
            Waits::Review { .. } => "review".into(),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(said, ["Last week 7", "answer", "review", "Tomorrow 0", "Some day 0"]);
}

#[test]
fn a_write_asks_somebody_for_as_long_as_it_stands() {
    let all = [
        (PostmortemChange::Author { person: "ben".into(), is: true }, Asked::Write),
        (PostmortemChange::Reviewer { person: "ben".into(), is: true }, Asked::Review),
        (
            action(1, ActionChange::Owner { owner: Some("ben".into()) }),
            Asked::Act { action: ActionId(Uuid::from_u128(1)) },
        ),
    ];
    let base =
        Written::default().by("ana", action(1, ActionChange::Create { title: "Add the index".into() }));
    for (change, what) in all {
        let heard: Vec<_> = change
            .writes(&"ana".into(), now())
            .iter()
            .filter_map(|(field, value)| asked(field, value))
            .collect();
        assert_eq!(heard, [("ben".into(), what)], "{change:?}");
        let stands = |written: &Written| what.stands(&"ben".into(), &written.read());
        assert!(!stands(&base), "{change:?}");
        assert!(stands(&base.clone().by("ana", change.clone())), "{change:?}");
    }
    let none = [
        ("reviewer_ben", json!(false)),
        ("author_ben", Value::Null),
        ("action_1_title", json!("ben")),
        ("action_x_owner", json!("ben")),
        ("title", json!(true)),
    ];
    for (field, value) in none {
        assert_eq!(asked(field, &value), None, "{field}");
    }
}
