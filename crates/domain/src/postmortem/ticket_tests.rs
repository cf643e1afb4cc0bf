//! A ticket: how it is asked for, what it says, and what the server makes of how it goes.

use super::*;
use crate::room::Field;
use crate::{ActionId, IncidentId, Instant};
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

const ID: ActionId = ActionId(Uuid::from_u128(0xab));
const INCIDENT: IncidentId = IncidentId(Uuid::from_u128(1));

fn now() -> Instant {
    "2026-11-26T09:00:00Z".parse().unwrap()
}

/// The action that these writes leave behind.
fn read(writes: &[(String, Value)]) -> Action {
    let ana = PersonId::new("ana");
    let by_name: BTreeMap<_, _> = writes.iter().cloned().collect();
    let fields: Fields = by_name
        .iter()
        .map(|(name, value)| (name.clone(), Field { value, author: &ana, at: now(), pending: false }))
        .collect();
    actions(&fields).remove(0)
}

fn written(changes: &[ActionChange]) -> Vec<(String, Value)> {
    let by = PersonId::new("ana");
    let all = changes.iter().map(|change| PostmortemChange::Action { id: ID, change: change.clone() });
    all.flat_map(|change| change.writes(&by, now())).collect()
}

fn created() -> Vec<(String, Value)> {
    written(&[ActionChange::Create { title: "Alert before the disk is full".into() }])
}

fn ticket(status: &str, done: bool) -> Ticket {
    let url = "https://acme.atlassian.net/browse/OPS-12".into();
    Ticket { tracker: Tracker::Jira, key: "OPS-12".into(), url, status: status.into(), done }
}

fn then(mut writes: Vec<(String, Value)>, more: Vec<(String, Value)>) -> Vec<(String, Value)> {
    writes.extend(more);
    writes
}

#[test]
fn a_ticket_is_asked_for_in_a_field_and_the_server_reads_the_wish() {
    let asked = written(&[ActionChange::Ask { tracker: Tracker::Jira }]);
    let [(field, value)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(wanted_by(field, value), Some(WantedTicket { action: ID, tracker: Some(Tracker::Jira) }));
    assert_eq!(wanted_by(field, &Value::Null), Some(WantedTicket { action: ID, tracker: None }));
    assert_eq!(wanted_by(field, &json!("bugzilla")), None, "of a newer version");
    assert_eq!(wanted_by("title", &json!("jira")), None);
    let title = field.replace("wanted", "title");
    assert_eq!(titled_by(&title, &json!("Add the index")), Some(ID));
    assert_eq!(titled_by(&title, &Value::Null), None, "it was removed");
    assert_eq!(titled_by("title", &json!("Checkout")), None, "of the postmortem");
    assert_eq!(titled_by(field, &json!("jira")), None);
    assert_eq!(wanted_by(&field.replace("wanted", "owner"), &json!("jira")), None);
    let action = read(&then(created(), asked));
    assert_eq!((action.wanted, action.ticket, action.ticket_failed), (Some(Tracker::Jira), None, None));
}

#[test]
fn what_became_of_it_is_for_the_server_to_write() {
    for (field, value) in of_ticket(&read(&created()), &Ok(ticket("To Do", false))) {
        assert!(is_of_server(&field), "{field} {value}");
    }
    let failed = of_ticket(&read(&created()), &Err("Jira refused the token.".into()));
    assert!(failed.iter().all(|(field, _)| is_of_server(field)));
    for (field, _) in then(created(), written(&[ActionChange::Ask { tracker: Tracker::Github }])) {
        assert!(!is_of_server(&field), "{field}");
    }
    assert!(!is_of_server("action_x_ticket") && !is_of_server("ticket"));
}

#[test]
fn a_ticket_is_written_once_and_takes_the_words_of_a_failure_away() {
    let failed = "Jira refused the token.".to_owned();
    let mut all = created();
    all.extend(of_ticket(&read(&all), &Err(failed.clone())));
    assert_eq!(read(&all).ticket_failed.as_ref(), Some(&failed));
    assert_eq!(of_ticket(&read(&all), &Err(failed.clone())), [], "said already");
    let made = Ok(ticket("To Do", false));
    all.extend(of_ticket(&read(&all), &made));
    let action = read(&all);
    assert_eq!((action.ticket.as_ref(), action.ticket_failed.as_ref()), (made.as_ref().ok(), None));
    assert_eq!(of_ticket(&action, &made), [], "nothing is new");
    assert_eq!(of_ticket(&action, &Err(failed)), [], "there is a ticket: it failed before");
}

#[test]
fn a_ticket_that_is_done_ends_its_action_and_never_opens_it_again() {
    let mut all = created();
    all.extend(of_ticket(&read(&all), &Ok(ticket("To Do", false))));
    assert_eq!(read(&all).status, ActionStatus::Open);
    all.extend(of_ticket(&read(&all), &Ok(ticket("Released", true))));
    assert_eq!(read(&all).status, ActionStatus::Done);
    let status = |to| written(&[ActionChange::Status { to, reason: Some("of no use".into()) }]);
    // Somebody says that it is not done after all: the same ticket does not contradict them.
    all.extend(status(ActionStatus::InProgress));
    assert_eq!(of_ticket(&read(&all), &Ok(ticket("Released", true))), []);
    all.extend(of_ticket(&read(&all), &Ok(ticket("Closed", true))));
    assert_eq!(read(&all).status, ActionStatus::InProgress);
    for over in [ActionStatus::Done, ActionStatus::Dropped] {
        let mut all = then(created(), status(over));
        all.extend(of_ticket(&read(&all), &Ok(ticket("To Do", false))));
        all.extend(of_ticket(&read(&all), &Ok(ticket("Released", true))));
        assert_eq!(read(&all).status, over);
    }
}

fn action(description: &str) -> Action {
    let mut all = written(&[
        ActionChange::Create { title: "Alert before the disk is full".into() },
        ActionChange::Kind { kind: Some(ActionKind::Detect) },
        ActionChange::Priority { priority: Some(Priority::P1) },
        ActionChange::Due { due: "2026-12-24".parse().ok() },
    ]);
    all.extend(written(&[ActionChange::Description { description: description.into() }]));
    read(&all)
}

fn issue(action: &Action) -> Issue<'_> {
    Issue {
        action,
        incident: INCIDENT,
        number: 7,
        postmortem: Some("[SEV-2] Checkout - 2026-11-26"),
        owner: Some("Ana Ruiz"),
        server: "https://firebell.example.com",
    }
}

#[test]
fn a_ticket_says_where_it_comes_from_and_leads_back() {
    let action = action("Page at 80 %.\nNot at 99.\n\nSee https://wiki.example.com/a_b?c=1#d");
    let issue = issue(&action);
    assert_eq!(issue.summary(), "Alert before the disk is full");
    assert_eq!((issue.jira_priority(), issue.due().as_deref()), (Some("Highest"), Some("2026-12-24")));
    let labels =
        ["postmortem", &INCIDENT.to_string(), "firebell-000000000000000000000000000000ab"].map(str::to_owned);
    assert_eq!(issue.labels(), labels);
    assert_eq!(
        issue.markdown(),
        "Page at 80 %.\nNot at 99.\n\nSee https://wiki.example.com/a_b?c=1#d\n\n\
         - **Postmortem:** \\[SEV\\-2\\] Checkout \\- 2026\\-11\\-26 (incident \\#\u{200b}7)\n\
         - **Type:** detect\n- **Owner:** Ana Ruiz\n- **Priority:** P1\n- **Due:** 2026\\-12\\-24\n\
         - **In Firebell:** `firebell://postmortem/00000000-0000-0000-0000-000000000001`\n\
         - **Server:** `https://firebell.example.com`\n"
    );
    assert!(issue.wiki().starts_with(
        "Page at 80 %.\nNot at 99.\n\nSee https://wiki.example.com/a_b?c=1#d\n\n* *Postmortem:* \\[SEV\\-2\\]"
    ));
    assert!(issue.wiki().contains("{{firebell://postmortem/00000000-0000-0000-0000-000000000001}}"));
    let adf = issue.adf();
    assert_eq!(
        adf["content"][0],
        json!({ "type": "paragraph", "content": [
            { "type": "text", "text": "Page at 80 %." }, { "type": "hardBreak" }, { "type": "text", "text": "Not at 99." },
        ] })
    );
    let last = adf["content"].as_array().unwrap().last().unwrap();
    let facts: Vec<&str> = last["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["content"][0]["content"][1]["text"].as_str().unwrap())
        .collect();
    assert_eq!(facts[..3], ["[SEV-2] Checkout - 2026-11-26 (incident #7)", "detect", "Ana Ruiz"]);
}

#[test]
fn the_tracker_learns_no_name_of_a_private_incident() {
    let action = action("");
    let issue = Issue { postmortem: None, ..issue(&action) };
    for text in [issue.markdown(), issue.wiki(), issue.adf().to_string()] {
        assert!(!text.contains("Checkout") && text.contains("private incident"), "{text}");
    }
}

#[test]
fn a_long_or_broken_title_is_one_line_that_fits() {
    let mut action = action("");
    action.title = format!("two\nlines\t{}", "é".repeat(300));
    let summary = issue(&action).summary();
    assert!(summary.starts_with("two lines é") && summary.ends_with('…'));
    assert_eq!(summary.chars().count(), 255);
}

#[test]
fn a_ticket_that_is_gone_leaves_words_and_no_wish() {
    let ticket = Ticket {
        tracker: Tracker::Jira,
        key: "OPS-1".into(),
        url: "https://jira/browse/OPS-1".into(),
        status: "To Do".into(),
        done: false,
    };
    let action = Action { ticket: Some(ticket), wanted: Some(Tracker::Jira), ..action("") };
    assert_eq!(of_gone(&action, "OPS-2"), [], "it has another one");
    let writes = of_gone(&action, "OPS-1");
    let is_null: Vec<bool> = writes.iter().map(|(_, value)| value.is_null()).collect();
    assert_eq!(is_null, [true, true, false]);
    assert!(writes[2].1.as_str().unwrap().starts_with("OPS-1 is not in Jira any more"), "{writes:?}");
}

#[test]
fn what_a_tracker_says_is_a_ticket_only_when_it_can_be_one() {
    for good in ["OPS-1", "A_B2-17", &"X".repeat(100)] {
        assert!(is_ticket_key(good), "{good}");
    }
    for bad in ["", "OPS 1", "../../admin", "OPS-1?x", "OPS-é", &"X".repeat(101)] {
        assert!(!is_ticket_key(bad), "{bad}");
    }
    let long = |n: usize| format!("https://{}", "x".repeat(n - 8));
    for good in ["https://github.com/acme/shop/issues/1", "http://jira/browse/OPS-1", &long(2_048)] {
        assert!(is_ticket_url(good), "{good}");
    }
    for bad in ["javascript:alert(1)", "file:///etc/passwd", "https://x/\n", "", &long(2_049)] {
        assert!(!is_ticket_url(bad), "{bad}");
    }
}

/// Every text node of a document; panics where one is empty, which Jira refuses.
fn texts(node: &Value, found: &mut String) {
    if node["type"] == "text" {
        let text = node["text"].as_str().unwrap();
        assert!(!text.is_empty() && !text.contains('\n'), "{node}");
        found.push_str(text);
    }
    for inner in node["content"].as_array().into_iter().flatten() {
        texts(inner, found);
    }
}

proptest! {
    #[test]
    fn whatever_is_described_is_text_in_a_markdown_ticket(description in "([ -~é]|\n){0,120}") {
        let action = action(&description);
        let markdown = issue(&action).markdown();
        let github = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS | Options::ENABLE_GFM;
        let (own, _facts) = markdown.split_once("- **Postmortem:**").unwrap();
        let mut said = String::new();
        for event in Parser::new_ext(own, github) {
            match event {
                Event::Text(text) => said.push_str(&text),
                Event::SoftBreak | Event::HardBreak => {}
                Event::Start(Tag::Paragraph) | Event::End(_) => {}
                other => prop_assert!(false, "{other:?} in {own:?}"),
            }
        }
        let letters = |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace() && *c != '\u{200b}').collect() };
        prop_assert_eq!(letters(&said), letters(&description));
    }

    #[test]
    fn no_line_of_what_is_described_is_a_heading_or_a_quotation_in_a_wiki_ticket(
        lines in prop::collection::vec("[ \t]{0,2}(h[0-9]|bq|H1|h|x)\\.{0,2}[ -~é]{0,12}", 0..4),
        ends in prop::sample::select(vec!["\n", "\r\n", "\r", "\u{2028}"]),
    ) {
        let action = action(&lines.join(ends));
        let wiki = issue(&action).wiki();
        let (own, _facts) = wiki.split_once("* *Postmortem:*").unwrap();
        for line in own.split(['\n', '\r', '\u{2028}']).map(str::trim_start) {
            let is_heading = line.starts_with('h')
                && line[1..].starts_with(|c: char| ('1'..='6').contains(&c))
                && line[2..].starts_with('.');
            prop_assert!(!is_heading && !line.starts_with("bq."), "{:?}", line);
        }
        let shown: String = own.replace("&#46;", ".").replace("&#92;", "\u{1}").replace('\\', "");
        let letters = |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace()).collect() };
        prop_assert_eq!(letters(&shown).replace('\u{1}', "\\"), letters(&action.description));
    }

    #[test]
    fn whatever_is_described_is_in_the_document_for_jira(description in "([ -~é]|\n){0,120}") {
        let action = action(&description);
        let mut said = String::new();
        texts(&issue(&action).adf(), &mut said);
        let letters = |text: &str| -> String { text.chars().filter(|c| !c.is_whitespace()).collect() };
        let wanted = letters(&description);
        prop_assert!(letters(&said).starts_with(&wanted), "{} in {}", wanted, said);
    }
}
