use super::*;
use crate::playbook::Playbook;
use crate::{PersonId, RunbookId, Span};
use proptest::prelude::*;
use std::collections::BTreeMap;
use uuid::Uuid;

const CHECKOUT: &str = r#"# High error rate

## Overview

Checkout takes *money*. See [the design](https://wiki.acme.example/checkout) or [this](javascript:alert(1)).

<script>alert(1)</script>

<!-- note to editors -->

## Diagnostic steps

1. Look at the pods.
   ```sh
   kubectl get pods --namespace payments
   ```
2. If a pod restarts, then read its log:

   ```bash
   # the last hour
   kubectl logs --since 1h \
     --namespace payments <pod>
   ```

```json
{"not": "a command"}
```

## Mitigation

### Restart, rolling

```sh
kubectl rollout restart deployment/<deployment> --namespace {{ namespace }}
```

### Anything else

```console
$ flagctl disable --flag=<flag>
done
```

```sh degrade
/usr/local/bin/serve-cached on | tee log
```

## Rollback

```sh
kubectl rollout undo deployment/payments-api --to-revision=<revision>
```

## Recovery

| what | aim |
|---|---|
| errors | < 1 % |
"#;

fn step<'a>(reading: &'a Reading, part: &str) -> &'a Step {
    reading.steps.iter().find(|s| s.line.contains(part)).unwrap_or_else(|| panic!("no step with {part}"))
}

#[test]
fn a_runbook_is_read_into_steps_with_their_words_and_arguments() {
    let reading = read(CHECKOUT);
    let lines: Vec<_> = reading.steps.iter().map(|s| s.line.as_str()).collect();
    assert_eq!(lines.len(), 6, "{lines:?}");
    let pods = step(&reading, "get pods");
    assert_eq!((pods.text.as_str(), &pods.condition), ("Look at the pods.", &None));
    assert_eq!(pods.section, Some(SectionKind::Diagnostics));
    let logs = step(&reading, "logs");
    assert_eq!(logs.line, "kubectl logs --since 1h --namespace payments <pod>");
    assert_eq!(logs.text, "the last hour");
    assert_eq!(logs.condition.as_deref(), Some("a pod restarts"));
    assert_eq!(logs.arguments, ["pod"]);
    assert_eq!(step(&reading, "restart").arguments, ["deployment", "namespace"]);
    assert_eq!(
        step(&reading, "flagctl").line,
        "flagctl disable --flag=<flag>",
        "the prompt is no part of it"
    );
    assert!(step(&reading, "tee").refused.as_ref().unwrap().contains("script"));
}

#[test]
fn each_command_finds_its_strategy() {
    let (reading, playbook) = (read(CHECKOUT), Playbook::default());
    let strategy = |part: &str| step(&reading, part).strategy(&playbook);
    assert_eq!(strategy("restart").as_deref(), Some("restart"), "by its heading");
    assert_eq!(strategy("serve-cached").as_deref(), Some("degrade"), "by the word after the language");
    assert_eq!(strategy("undo").as_deref(), Some("rollback"), "by its section");
    assert_eq!(strategy("flagctl"), None);
    assert_eq!(strategy("get pods"), None);
}

#[test]
fn what_is_missing_is_named_and_a_new_runbook_misses_everything() {
    let wanted = Playbook::default().runbooks.sections;
    let missing_here = missing(&read(CHECKOUT).sections, &wanted);
    assert!(missing_here.contains(&"Impact".to_owned()) && !missing_here.contains(&"Rollback".to_owned()));
    let empty = read(&template(&wanted));
    assert_eq!(empty.sections.iter().map(|s| s.name.clone()).collect::<Vec<_>>(), wanted);
    assert_eq!(missing(&empty.sections, &wanted), wanted, "its hints are no content");
    assert!(empty.steps.is_empty());
    let all: String = wanted.iter().map(|name| format!("## {name}\n\nwords\n\n")).collect();
    assert_eq!(missing(&read(&all).sections, &wanted), Vec::<String>::new());
}

#[test]
fn nothing_of_a_body_is_markup_and_only_web_links_lead_anywhere() {
    let json = serde_json::to_string(&read(CHECKOUT).blocks).unwrap();
    assert!(json.contains("https://wiki.acme.example/checkout") && !json.contains("javascript:"));
    assert!(json.contains(r#"{"is":"text","text":"<script>alert(1)</script>\n"}"#), "as text: {json}");
    assert!(!json.contains("note to editors"));
}

#[test]
fn a_step_keeps_its_id_when_other_parts_change() {
    let before = step(&read(CHECKOUT), "undo").id.clone();
    let longer = CHECKOUT.replace("Look at the pods.", "Look at the pods, all of them.");
    assert_eq!(step(&read(&longer), "undo").id, before);
    let other = CHECKOUT.replace("payments-api", "search");
    assert_ne!(step(&read(&other), "undo").id, before);
    let twice = read("```sh\ntrue\ntrue\n```\n");
    assert_ne!(twice.steps[0].id, twice.steps[1].id);
}

#[test]
fn what_only_a_shell_can_do_is_refused() {
    for line in [
        "a | b",
        "a && b",
        "a; b",
        "a > out",
        "a < in",
        "a &",
        "echo $(id)",
        "echo `id`",
        "echo $HOME",
        "echo \"$HOME\"",
        "echo \"`id`\"",
        "(a)",
        "X=1 a",
        "a || b",
        "a 2>&1",
        "<program> x",
        "./script.sh",
        "",
        "echo 'open",
        "bash -c 'run <name>'",
        "ssh <host> reboot",
        "env bash -xc \"go <x>\"",
        "/bin/sh -c <x>",
    ] {
        let refusal = CommandLine::parse(line).expect_err(line);
        assert!(refusal.words.ends_with('.'), "{line}: {}", refusal.words);
    }
    for line in [
        "echo '$HOME; a | b'",
        "echo \"a; b\"",
        "a --x=<name>",
        "a '<name>'",
        "a \\; b",
        "price $ 5",
        "ssh db-1 uptime",
        "bash /opt/go.sh <name>",
        "curl https://x.example/?a=b",
    ] {
        CommandLine::parse(line).unwrap_or_else(|e| panic!("{line}: {e}"));
    }
}

#[test]
fn an_argument_is_asked_for_and_cannot_become_an_option() {
    let line = CommandLine::parse("undo deployment/<name> --to=<rev> <rev>").unwrap();
    let fill = |name: &str, rev: &str| {
        line.expand(&BTreeMap::from([("name".into(), name.into()), ("rev".into(), rev.into())]))
    };
    assert_eq!(fill("a b; rm -rf /", "3").unwrap(), ["undo", "deployment/a b; rm -rf /", "--to=3", "3"]);
    assert!(fill("", "3").unwrap_err().words.contains("`name`"));
    assert!(fill("x", "--all").unwrap_err().words.contains("hyphen"));
    assert!(fill("x\ny", "3").is_err() && fill("x\u{202e}y", "3").is_err());
    assert!(fill(&"x".repeat(VALUE_MAX + 1), "3").is_err());
}

fn id(n: u128) -> RunbookId {
    RunbookId(Uuid::from_u128(n))
}

#[test]
fn a_page_finds_its_runbook_by_link_then_label_then_service() {
    let labels = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect()
    };
    let none = labels(&[]);
    let (errors, errors_eu) =
        (labels(&[("alertname", "Errors")]), labels(&[("alertname", "Errors"), ("region", "eu")]));
    let urls = ["https://wiki.acme.example/errors/".to_owned()];
    let all = [
        Candidate { id: id(1), service: Some("api"), urls: &[], labels: &errors },
        Candidate { id: id(2), service: Some("api"), urls: &[], labels: &none },
        Candidate { id: id(3), service: None, urls: &[], labels: &errors_eu },
        Candidate { id: id(4), service: None, urls: &urls, labels: &none },
    ];
    let found = |service, url, fired: &BTreeMap<String, String>| {
        runbook_for(&Firing { service, url, labels: vec![fired] }, &all)
    };
    let eu = labels(&[("alertname", "Errors"), ("region", "eu"), ("pod", "a")]);
    assert_eq!(
        found(Some("api"), Some("https://wiki.acme.example/errors#now"), &eu),
        Some((id(4), MatchedBy::Url))
    );
    assert_eq!(found(Some("api"), Some("https://elsewhere.example"), &eu), Some((id(3), MatchedBy::Label)));
    assert_eq!(found(Some("api"), None, &errors), Some((id(1), MatchedBy::Label)));
    assert_eq!(found(Some("api"), None, &none), Some((id(2), MatchedBy::Service)));
    assert_eq!(found(Some("web"), None, &none), None);
    assert_eq!(found(None, Some(""), &none), None);
}

#[test]
fn a_review_is_for_the_text_that_was_read() {
    let now = "2026-11-25T10:00:00Z".parse().unwrap();
    let every = Span::hours(91 * 24);
    let reviewed = |days: i64| Reviewed {
        by: PersonId::new("ana"),
        at: now - chrono::TimeDelta::days(days),
        digest: digest("body"),
    };
    assert_eq!(standing(None, &digest("body"), now, every), Standing::Never);
    assert_eq!(standing(Some(&reviewed(10)), &digest("body"), now, every), Standing::Good);
    assert_eq!(standing(Some(&reviewed(92)), &digest("body"), now, every), Standing::Due);
    assert_eq!(standing(Some(&reviewed(10)), &digest("body "), now, every), Standing::Changed);
}

#[test]
fn a_difference_counts_lines_and_shows_them_with_their_neighbours() {
    let from: String = (1..=20).map(|n| format!("line {n}\n")).collect();
    let to = from.replace("line 10\n", "line ten\nline ten and a half\n");
    let found = compare(&from, &to);
    assert_eq!((found.added, found.removed, found.parts.len(), found.cut), (2, 1, 1, false));
    let kinds: Vec<_> = found.parts[0].iter().map(|l| l.kind).collect();
    assert_eq!(kinds.iter().filter(|k| **k == LineKind::Same).count(), 6);
    assert_eq!(compare(&from, &from).parts, Vec::<Vec<Line>>::new());
}

proptest! {
    #[test]
    fn no_body_is_unreadable(body in "([-#>*` \\n$<>{}|\\[\\]()!a-z0-9]|```sh\\n|<!--|\\PC){0,300}") {
        let reading = read(&body);
        let ids: std::collections::BTreeSet<_> = reading.steps.iter().map(|s| &s.id).collect();
        prop_assert_eq!(ids.len(), reading.steps.len(), "every step has its own id");
        let anchors: std::collections::BTreeSet<_> = reading.sections.iter().map(|s| &s.anchor).collect();
        prop_assert_eq!(anchors.len(), reading.sections.len());
    }

    #[test]
    fn what_is_typed_stays_one_word(value in "[^\\p{C}\\-][^\\p{C}]{0,40}", other in "[^\\p{C}\\-][^\\p{C}]{0,40}") {
        let line = CommandLine::parse("tool <a> --x=<b> 'two words' {{ a }}").unwrap();
        let words = line.expand(&BTreeMap::from([("a".into(), value.clone()), ("b".into(), other.clone())]));
        if let Ok(words) = words {
            prop_assert_eq!(words, vec!["tool".into(), value.clone(), format!("--x={other}"), "two words".into(), value]);
        }
    }

    #[test]
    fn a_line_that_is_taken_means_the_same_to_a_shell(line in "[a-z '\"\\\\$|&;<>()`{}*~=./-]{1,40}") {
        if let Ok(parsed) = CommandLine::parse(&line)
            && parsed.arguments().is_empty()
        {
            // No sign that a shell would act upon stands outside quotation marks.
            let words = parsed.expand(&BTreeMap::new()).unwrap();
            prop_assert_eq!(shell_words::split(&line).unwrap(), words);
        }
    }

    #[test]
    fn a_deep_body_does_not_break_anything(depth in 1_usize..3_000) {
        let reading = read(&format!("{} deep", ">".repeat(depth)));
        prop_assert!(serde_json::to_string(&reading.blocks).unwrap().contains("deep"));
    }

    #[test]
    fn edits_lead_from_one_text_to_the_other(from in "([a-cü🔔]{0,3}\n?){0,12}", to in "([a-cü🔔]{0,3}\n?){0,12}") {
        let mut units: Vec<u16> = from.encode_utf16().collect();
        for Edit { at, delete, insert } in edits(&from, &to) {
            let (at, delete) = (at as usize, delete as usize);
            units.splice(at..at + delete, insert.encode_utf16());
        }
        prop_assert_eq!(String::from_utf16(&units).unwrap(), to);
    }
}

#[test]
fn a_link_to_a_line_is_one_of_its_own_and_nothing_else_leads_inside() {
    let line = |text: &str| match &read(text).blocks[..] {
        [Block::Paragraph { text }] => text.clone(),
        other => panic!("{other:?}"),
    };
    let words = |text: &str| vec![Inline::Text { text: text.into() }];
    assert_eq!(
        line("[14:02 *slow*](#line-entry_0a)"),
        [Inline::Line {
            key: "entry_0a".into(),
            text: [words("14:02 "), vec![Inline::Emphasis { text: words("slow") }]].concat()
        }]
    );
    for href in ["#line-", "#line-a/b", "#line-A", "#line-a%20b", "#other", "line-a"] {
        assert_eq!(line(&format!("[14:02]({href})")), words("14:02"), "{href}");
    }
}
