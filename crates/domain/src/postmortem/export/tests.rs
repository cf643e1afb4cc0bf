//! What leaves Firebell, character by character. After a change that is meant: `GOLDEN=write cargo test -p firebell-domain
//! golden`, and read the difference.

mod pictures;

use super::*;
use crate::postmortem::tests::{Written, action, id, now, t, told};
use crate::postmortem::{
    ActionChange, ActionKind, ActionStatus, Document, FactorKind, Figure, LineEdit, Names, PostmortemChange,
    PostmortemFacts, PostmortemRules, Priority, Section, Stage, Subject, document, timeline,
};
use crate::team::Team;
use crate::{IncidentId, PersonId};
use proptest::prelude::*;
use serde_json::json;
use std::path::Path;
use uuid::Uuid;

fn team() -> Team {
    serde_json::from_value(json!({
        "team": { "name": "Acme" },
        "people": [{ "id": "ana", "name": "Ana Ruiz", "email": "ana@example.com" },
                   { "id": "ben", "name": "Ben Okafor", "email": "ben@example.com" },
                   { "id": "chi", "name": "Chi <b>Lê</b> | Nguyễn", "email": "chi@example.com" }],
        "policies": [{ "id": "default", "steps": [{ "after": "0s", "notify": [{ "person": "ana" }] }] }],
        "services": [{ "id": "checkout", "name": "Checkout", "policy": "default" }],
    }))
    .unwrap()
}

fn figure(figure: Figure, value: &str) -> PostmortemChange {
    PostmortemChange::Figure { figure, value: Some(value.into()) }
}

fn why(n: u128, under: Option<u128>, text: &str) -> PostmortemChange {
    PostmortemChange::Why { id: id(n), under: under.map(id), text: Some(text.into()) }
}

/// Everything that a postmortem can have.
fn whole() -> Written {
    let attendee = |person: &str| PostmortemChange::Attendee { person: person.into(), is: true };
    let own = LineEdit {
        shown: true,
        at: Some(t("2026-11-25T02:04:00Z")),
        text: Some("Deployment of v3.4.2 reached the last region.".into()),
        with: vec![],
    };
    Written::default()
        .by("ana", PostmortemChange::Start)
        .by("ana", PostmortemChange::Author { person: "ana".into(), is: true })
        .by("ana", attendee("ben"))
        .by("ana", figure(Figure::UsersAffected, "12400"))
        .by("ana", figure(Figure::UsersPercent, "31.5"))
        .by("ana", figure(Figure::Revenue, "about 40,000 €"))
        .by("ana", figure(Figure::ErrorBudget, "62 % of the month's budget"))
        .by("ana", PostmortemChange::Line { key: format!("own_{}", id(70)), edit: Some(own) })
        .by("ana", why(1, None, "The database ran out of connections."))
        .by("ana", why(2, Some(1), "A query took 40 times as long."))
        .by("ana", why(3, Some(2), "Its index was dropped by a migration."))
        .by("ana", why(4, Some(1), "The pool has no limit for one query."))
        .by(
            "ana",
            PostmortemChange::Factor {
                id: id(1),
                kind: FactorKind::GuardRails,
                text: Some("Migrations are not looked at by the pipeline.".into()),
            },
        )
        .by("ana", action(1, ActionChange::Create { title: "Refuse migrations that drop an index".into() }))
        .by("ana", action(1, ActionChange::Kind { kind: Some(ActionKind::Prevent) }))
        .by("ana", action(1, ActionChange::Priority { priority: Some(Priority::P1) }))
        .by("ana", action(1, ActionChange::Owner { owner: Some("ben".into()) }))
        .by("ana", action(1, ActionChange::Due { due: "2026-12-10".parse().ok() }))
        .by(
            "ana",
            action(
                1,
                ActionChange::Description {
                    description: "In the pipeline.\nWith an exception by hand.".into(),
                },
            ),
        )
        .by("ana", action(2, ActionChange::Create { title: "Alert on waiting connections".into() }))
        .by(
            "ana",
            action(
                2,
                ActionChange::Status { to: ActionStatus::Dropped, reason: Some("there is one".into()) },
            ),
        )
        .by("ana", PostmortemChange::Reviewer { person: "ben".into(), is: true })
        .by("ben", PostmortemChange::Approve { is: true })
        .by("ana", PostmortemChange::Meeting { at: Some(t("2026-11-30T10:00:00Z")) })
        .by("ana", PostmortemChange::Stage { to: Stage::InReview })
}

fn texts(of: &[(&str, &str)]) -> Vec<(Section, String)> {
    let rules = PostmortemRules::default();
    let text = |id: &str| of.iter().find(|(s, _)| *s == id).map_or("", |(_, text)| *text).to_owned();
    rules.sections.iter().map(|s| (s.clone(), text(&s.id))).collect()
}

fn with_subject<T>(
    written: &Written,
    title: Option<&str>,
    sections: &[(Section, String)],
    people: Option<&[PersonId]>,
    see: impl FnOnce(&Subject) -> T,
) -> T {
    let (team, postmortem) = (team(), written.read());
    let names = Names { team: Some(&team) };
    told(|source| {
        written.seen(|fields| {
            let facts = PostmortemFacts::of(source, "Checkout answers with errors", &[]);
            let lines = timeline(source, fields, &names);
            see(&Subject {
                incident: IncidentId(Uuid::from_u128(1)),
                title: title.unwrap_or(&facts.usual_title),
                postmortem: &postmortem,
                facts: &facts,
                lines: &lines,
                sections,
                people,
                names,
                at: now(),
                progress: true,
            })
        })
    })
}

/// What it says, and as data.
fn made(written: &Written, title: Option<&str>, texts: &[(Section, String)]) -> (Document, PostmortemFile) {
    with_subject(written, title, texts, None, |subject| (document(subject), PostmortemFile::of(subject)))
}

fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/postmortem/export/golden").join(name);
    if std::env::var("GOLDEN").is_ok_and(|v| v == "write") {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{name} is not as it was; `GOLDEN=write` writes it anew");
}

fn all_forms(name: &str, (document, file): &(Document, PostmortemFile)) {
    golden(&format!("{name}.md"), &markdown(document));
    golden(&format!("{name}.html"), &html(document));
    golden(&format!("{name}.yaml"), &yaml(file).unwrap());
    golden(&format!("{name}.json"), &json(file).unwrap());
}

const SUMMARY: &str = "Checkout answered with errors for **65 minutes**.\n\n1. A migration dropped an index.\n2. The pool ran full:\n   - reads first\n   - then writes\n\n> It was [announced](https://status.example.com/1).\n\n```sql\nselect count(*) from orders;\n```\n\n| Region | Errors |\n|---|---|\n| eu | 31 % |\n";

#[test]
fn golden_everything_that_a_postmortem_can_have() {
    let sections = texts(&[
        ("summary", SUMMARY),
        ("impact", "Nobody could pay."),
        ("went_well", "The rollback took *two* minutes."),
        ("lessons", "## For other teams\n\nAn index is part of the interface."),
    ]);
    all_forms("whole", &made(&whole(), None, &sections));
}

#[test]
fn golden_a_draft_that_says_nothing_yet() {
    all_forms("empty", &made(&Written::default(), None, &texts(&[])));
}

/// What somebody writes, or an alert brings, who means harm.
const HOSTILE: &str = "<script>alert(1)</script> --> <!-- x --> &lt;b&gt; &#x3c;\n\n<img src=x onerror=alert(2)>\n\n[click](javascript:alert(3)) ![p](https://evil.example/p.png) [web](https://ok.example/?a=\"b\"&c='d')\n\n`` ` | `` and `a|b`\n\n```\"><script>\n</code></pre><script>alert(4)</script>\n````\n~~~\n```\n\n| a \\| b | `c\\|d` |\n|---|---|\n| <td> | </table><script> |\n\n- [x] done\n* other\n\nabc \u{202e}gnp.exe\u{202c} zero\u{200b}width\u{feff} \u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{645}\u{631}\u{62d}\u{628}\u{627} \u{1f468}\u{200d}\u{1f469}\n\n1986\\. A year\n\n    indented <b>code</b>\n";

fn hostile() -> (Document, PostmortemFile) {
    let mut written = whole();
    let line = LineEdit {
        shown: true,
        at: Some(t("2026-11-25T02:06:00Z")),
        text: Some("# not a heading | <script>alert(5)</script>\n- \u{202e}x `y` --- |".into()),
        with: vec![],
    };
    let attendee = PostmortemChange::Attendee { person: "chi".into(), is: true };
    written = written
        .by("chi", attendee)
        .by("chi", PostmortemChange::Line { key: format!("own_{}", id(71)), edit: Some(line) })
        .by("chi", why(9, None, "</li></ul><script>alert(6)</script> \"quoted\": [a](b)\n- nested: yes"))
        .by(
            "chi",
            action(9, ActionChange::Create { title: "| --> </td><script>alert(7)</script> `".into() }),
        );
    let title = "</title><script>alert(0)</script> \u{202e}# `SEV` | --- \u{200b}../../etc";
    made(
        &written,
        Some(title),
        &texts(&[("summary", HOSTILE), ("lessons", "--- \n...\n%YAML: {a: &b *c}\n")]),
    )
}

#[test]
fn golden_hostile_text_is_harmless_in_every_form() {
    let made = hostile();
    all_forms("hostile", &made);
    let page = html(&made.0);
    for tag in ["<script", "<img", "<iframe", "<!--", "\"javascript:", "src=\""] {
        let found = page.matches(tag).count();
        assert_eq!(found, 0, "{tag} in the page");
    }
}

/// Everything that a browser would take for a tag in a page of ours.
fn tags(page: &str) -> Vec<&str> {
    page.split('<').skip(1).map(|rest| rest.split([' ', '>', '\n']).next().unwrap_or_default()).collect()
}

const OURS: [&str; 57] = [
    "!doctype",
    "html",
    "/html",
    "head",
    "/head",
    "meta",
    "title",
    "/title",
    "style",
    "/style",
    "body",
    "/body",
    "main",
    "/main",
    "section",
    "/section",
    "h1",
    "/h1",
    "h2",
    "/h2",
    "h3",
    "/h3",
    "h4",
    "/h4",
    "h5",
    "/h5",
    "h6",
    "/h6",
    "p",
    "/p",
    "ul",
    "/ul",
    "ol",
    "/ol",
    "li",
    "/li",
    "table",
    "/table",
    "thead",
    "/thead",
    "tbody",
    "/tbody",
    "tr",
    "/tr",
    "th",
    "/th",
    "td",
    "/td",
    "pre",
    "/pre",
    "code",
    "/code",
    "br",
    "hr",
    "blockquote",
    "/blockquote",
    "em",
];

/// What a reader of markdown makes of it.
fn kinds(text: &str) -> Vec<String> {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let found = Parser::new_ext(text, options).filter_map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) if html.trim() != "<br>" => Some(format!("html {html}")),
        Event::Start(Tag::Link { dest_url, .. }) if !dest_url.starts_with("http") => {
            Some(format!("link {dest_url}"))
        }
        // Known by its bytes alone; nothing is fetched.
        Event::Start(Tag::Image { dest_url, .. }) if !dest_url.starts_with("attachment:a1a1") => {
            Some(format!("picture {dest_url}"))
        }
        _ => None,
    });
    found.collect()
}

/// Words made of what marks mean something to any of the forms.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<script>",
        "</td>",
        "<!--",
        "-->",
        "<b onclick=x>",
        "|",
        "`",
        "```",
        "~~~",
        "\n",
        "\n\n",
        "    ",
        "- ",
        "1. ",
        "# ",
        "> ",
        "[a](javascript:b)",
        "![a](https://x.example/y)",
        "![a](attachment:a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1)",
        "[",
        "](",
        ")",
        "*",
        "**",
        "_",
        "\\",
        "&lt;",
        "&#60;",
        "---",
        "===",
        "\u{202e}",
        "\u{200b}",
        "\u{0}",
        "\u{1b}",
        "\u{feff}",
        "word",
        " ",
        "\u{645}\u{631}",
        "\t",
        "\r\n",
        "'",
        "\"",
        ": ",
        "!!binary ",
        "%",
        "@",
        "<?php ",
        "<![CDATA[",
        "{{ x }}",
        "| - | - |\n|---|---|\n| ",
        "\u{2028}",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|all| all.concat())
}

#[test]
fn an_exclamation_mark_makes_no_picture_of_a_link() {
    let (document, _) =
        made(&Written::default(), None, &texts(&[("summary", "Look\\![here](https://x.example/y)")]));
    assert_eq!(kinds(&markdown(&document)), Vec::<String>::new());
    assert!(markdown(&document).contains("Look\\![here](<https://x.example/y>)"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn whatever_is_written_no_form_takes_it_for_markup(text in nasty(), cell in nasty(), title in nasty()) {
        let cut = |text: &str| text.chars().take(180).collect::<String>();
        let own = LineEdit { shown: true, at: Some(now()), text: Some(format!("x{}", cut(&cell))), with: vec![] };
        let written = whole()
            .by("ana", PostmortemChange::Line { key: format!("own_{}", id(72)), edit: Some(own) })
            .by("ana", why(8, None, &format!("y{}", cut(&cell))))
            .by("ana", action(8, ActionChange::Create { title: format!("z{}", cut(&cell)) }));
        let (document, file) = made(&written, Some(&title), &texts(&[("summary", &text)]));
        let page = html(&document);
        for tag in tags(&page) {
            let is_ours = OURS.contains(&tag) || ["colgroup", "/colgroup", "col", "/em", "strong", "/strong", "s", "/s", "a", "/a"].contains(&tag);
            prop_assert!(is_ours, "{tag} in {page}");
        }
        for link in page.split("href=\"").skip(1) {
            prop_assert!(link.starts_with("https://") || link.starts_with("http://"), "{link}");
        }
        prop_assert_eq!(kinds(&markdown(&document)), Vec::<String>::new());
        prop_assert!(!page.chars().any(|c| is_invisible(c) || (c.is_control() && !matches!(c, '\n' | '\t'))));
        prop_assert!(!yaml(&file).unwrap().chars().any(is_invisible));
        // Data holds what was written, whatever it is.
        let back: PostmortemFile = serde_saphyr::from_str(&yaml(&file).unwrap()).unwrap();
        prop_assert_eq!(&back, &file);
        let back: PostmortemFile = serde_json::from_str(&json(&file).unwrap()).unwrap();
        prop_assert_eq!(&back, &file);
    }
}

#[test]
fn two_megabytes_are_cut_where_they_are_shown_and_kept_where_they_are_data() {
    let long = "<b>a</b> ".repeat(2 * 1_024 * 1_024 / 9);
    let (document, file) = made(&Written::default(), None, &texts(&[("summary", &long)]));
    let page = html(&document);
    assert!(page.len() < 2 * 1_024 * 1_024, "{} bytes", page.len());
    assert!(page.contains("its end is missing here"));
    assert!(json(&file).unwrap().len() > long.len());
    assert_eq!(file.sections[0].text, long);
}

#[test]
fn a_private_one_says_who_may_read_it() {
    let people = [PersonId::new("ana"), PersonId::new("ben")];
    let (document, file) = with_subject(&whole(), None, &texts(&[]), Some(&people), |subject| {
        (document(subject), PostmortemFile::of(subject))
    });
    let said = "Private. Only these people may read it: Ana Ruiz, Ben Okafor.";
    assert!(document.standing.iter().any(|s| s == said), "{:?}", document.standing);
    assert!(markdown(&document).contains(said) && html(&document).contains(said));
    assert_eq!(file.incident.private_to.unwrap().len(), 2);
}

#[test]
fn a_file_has_a_name_that_is_no_path() {
    let day = "2026-11-25".parse().unwrap();
    assert_eq!(
        file_name("[SEV-2] Checkout answers with errors - 2026-11-25", day),
        "postmortem-sev-2-checkout-answers-with-errors-2026-11-25"
    );
    assert_eq!(file_name("../../etc/passwd\0 --help", day), "postmortem-etc-passwd-help-2026-11-25");
    assert_eq!(file_name("\u{202e}...", day), "postmortem-2026-11-25");
    assert_eq!(
        file_name("\u{43f}\u{43b}\u{430}\u{442}\u{435}\u{436}\u{438}", day),
        "postmortem-\u{43f}\u{43b}\u{430}\u{442}\u{435}\u{436}\u{438}-2026-11-25"
    );
    assert!(file_name(&"x".repeat(4_000), day).len() <= 110);
}

#[test]
fn lengths_of_time_are_said_in_words() {
    use crate::postmortem::document::duration;
    for (seconds, words) in [
        (0, "less than a second"),
        (1, "1 second"),
        (65, "1 minute 5 seconds"),
        (3_900, "1 hour 5 minutes"),
        (7_205, "2 hours"),
        (90_000, "1 day 1 hour"),
        (86_400, "1 day"),
        (-5, "less than a second"),
    ] {
        assert_eq!(duration(seconds), words);
    }
}
