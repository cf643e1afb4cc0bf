use super::*;
use crate::runbook::{Reviewed, digest};
use crate::team::{Role, Team};
use crate::{Instant, PersonId, RunId, RunbookId};
use proptest::prelude::*;
use uuid::Uuid;

#[test]
fn secrets_of_the_usual_shapes_are_masked_and_the_rest_is_not() {
    for (text, secret) in [
        ("Authorization: Bearer abc.def-ghi", "abc.def-ghi"),
        ("curl -H 'Authorization: Basic dXNlcjpwYXNz' https://x.example", "dXNlcjpwYXNz"),
        ("password=hunter2 next", "hunter2"),
        ("DB_PASSWORD: \"hunter2 and more\"", "hunter2"),
        ("{\"client_secret\": \"s3cr3t-v4lue\", \"a\": 1}", "s3cr3t-v4lue"),
        ("postgres://app:hunter2@db.internal:5432/x", "hunter2"),
        ("postgres://app:p@ss@db.internal/x", "p@ss"),
        ("https://:tok3n@git.example/x", "tok3n"),
        ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
        ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG", "wJalrXUtnFEMI"),
        ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2QT4", "SflKxwRJ"),
        ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "abcdefghijk"),
        ("glpat-abcdefghij0123456789", "abcdefghij"),
        ("xoxb-1234567890-abcdefghij", "abcdefghij"),
        ("key sk_live_abcdefghij0123456789", "abcdefghij"),
        ("Set-Cookie: session=abcdef; Path=/", "abcdef"),
        ("X-Api-Key: 0123456789", "0123456789"),
        ("helm upgrade --set-string --password hunter2", "hunter2"),
        ("-----BEGIN RSA PRIVATE KEY-----\\nMIIE\\n-----END RSA PRIVATE KEY----- tail", "MIIE"),
    ] {
        let masked = mask(text);
        assert!(!masked.contains(secret) && masked.contains(MASK), "{text} became {masked}");
    }
    for text in [
        "deployment.apps/payments-api rolled back",
        "payments-api-7d9f6c-x2x4j 1/1 Running 0 3d",
        "http://localhost:8080/path@2 ok",
        "error rate 12.4 % at 02:13:44",
        "commit 3b1f5c0a9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a",
        "keyboard: us",
    ] {
        assert_eq!(mask(text), text);
    }
    let argv = ["x", "--token", "hunter2", "--user=ana", "--api-key=abc"].map(String::from);
    assert_eq!(mask_argv(&argv), ["x", "--token", MASK, "--user=ana", "--api-key=[secret]"]);
}

#[test]
fn a_private_key_is_hidden_over_all_its_lines() {
    let mut secrets = Secrets::default();
    let text = "before\nkey: -----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\nAAAA\n-----END OPENSSH PRIVATE KEY-----\nafter";
    let shown: Vec<_> = text.lines().filter_map(|line| secrets.line(line.as_bytes())).collect();
    assert_eq!(shown, ["before", "key: [secret]", "after"]);
    let mut endless = Secrets::default();
    endless.line(b"-----BEGIN PRIVATE KEY-----");
    let shown = (0..300).filter_map(|_| endless.line(b"words")).count();
    assert_eq!(shown, 100, "one without an end does not hide everything for ever");
}

#[test]
fn what_cannot_be_seen_is_not_shown() {
    assert_eq!(plain_line(b"\x1b[1;31mred\x1b[0m \x1b]0;title\x07plain\ttab\x00\x08"), "red plain\ttab");
    assert_eq!(plain_line(b" 10 %\r 50 %\r100 %\r\n"), "100 %");
    assert_eq!(plain_line(b"bad \xff\xfe bytes"), "bad \u{fffd}\u{fffd} bytes");
    assert_eq!(plain_line("a\u{202e}b\u{200b}".as_bytes()), "ab");
    assert_eq!(plain_line(b"\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\"), "link");
    let long = Secrets::default().line("word ".repeat(2_000).as_bytes()).unwrap();
    assert!(long.chars().count() < LINE_MAX + 20 && long.ends_with("word … (cut)"));
}

fn record() -> RunRecord {
    let at: Instant = "2026-11-25T02:34:00Z".parse().unwrap();
    RunRecord {
        id: RunId(Uuid::from_u128(7)),
        by: PersonId::new("ana"),
        runbook: RunbookId(Uuid::from_u128(1)),
        runbook_title: "High error rate".into(),
        step: "0123456789ab".into(),
        body_digest: digest("body"),
        strategy: Some("rollback".into()),
        argv: vec!["kubectl".into(), "rollout".into(), "undo it".into()],
        service: None,
        environment: Some("production".into()),
        from: Some("v3.4.2".into()),
        to: Some("v3.4.1".into()),
        reason: "errors began with v3.4.2".into(),
        started_at: at,
        ended_at: None,
        outcome: RunOutcome::Running,
        exit_code: None,
        signal: None,
        trouble: None,
        output: RunOutput::default(),
    }
}

#[test]
fn a_record_says_in_one_sentence_what_was_run_and_how_it_ended() {
    let running = record();
    assert_eq!(running.sentence(), "Ran kubectl rollout 'undo it': started");
    let failed = RunRecord {
        ended_at: Some(running.started_at + chrono::TimeDelta::seconds(12)),
        outcome: RunOutcome::Failed,
        exit_code: Some(3),
        ..record()
    };
    assert_eq!(failed.sentence(), "Ran kubectl rollout 'undo it': failed with exit code 3 after 12 s");
    let json = serde_json::to_value(&failed).unwrap();
    assert_eq!(serde_json::from_value::<RunRecord>(json).unwrap(), failed);
}

#[test]
fn a_record_has_a_reason_and_a_size() {
    record().check().unwrap();
    assert!(RunRecord { reason: " ".into(), ..record() }.check().unwrap_err().words.contains("why"));
    assert!(RunRecord { argv: vec![], ..record() }.check().is_err());
    let long = RunRecord { environment: Some("x".repeat(201)), ..record() };
    assert!(long.check().unwrap_err().words.contains("environment"));
    let output = RunOutput { first: vec!["x".repeat(KEPT_WIDTH); KEPT_FIRST + 1], ..RunOutput::default() };
    assert!(RunRecord { output, ..record() }.check().is_err());
    let full = RunOutput {
        first: vec!["ü".repeat(KEPT_WIDTH); KEPT_FIRST],
        last: vec!["ü".repeat(KEPT_WIDTH); KEPT_LAST],
        ..RunOutput::default()
    };
    RunRecord { output: full, ..record() }.check().unwrap();
}

#[test]
fn a_command_runs_only_where_everybody_has_said_yes() {
    let person = |id: &str, role| crate::team::Person {
        id: PersonId::new(id),
        name: id.into(),
        email: format!("{id}@example.com"),
        time_zone: None,
        role,
    };
    let mut team: Team =
        serde_json::from_str(r#"{"team": {"name": "Acme", "commands": "allowed"}}"#).unwrap();
    team.people = vec![person("ana", Role::Responder), person("vip", Role::Stakeholder)];
    let (ana, vip) = (PersonId::new("ana"), PersonId::new("vip"));
    let reviewed = Reviewed { by: ana.clone(), at: Instant::default(), digest: digest("body") };
    let asking = Asking {
        team: Some(&team),
        here: CommandsHere::Team,
        person: &ana,
        reviewed: Some((&reviewed, &ana)),
        body: "body",
    };
    may_run(asking).unwrap();
    let mut off = team.clone();
    off.team.commands = CommandRule::Off;
    for (asking, why) in [
        (Asking { team: None, ..asking }, "in a team"),
        (Asking { team: Some(&off), ..asking }, "an admin can allow"),
        (Asking { here: CommandsHere::Never, ..asking }, "This computer"),
        (Asking { person: &vip, ..asking }, "Only responders"),
        (Asking { reviewed: None, ..asking }, "Nobody has reviewed"),
        (Asking { reviewed: Some((&reviewed, &vip)), ..asking }, "somebody else's name"),
        (Asking { body: "body and more", ..asking }, "changed after its review"),
    ] {
        assert!(may_run(asking).unwrap_err().words.contains(why), "{why}");
    }
    let written = serde_json::to_string(&off.team).unwrap();
    assert!(!written.contains("commands"), "an older desktop reads a team that has not allowed it");
}

proptest! {
    #[test]
    fn words_without_a_secret_stay_as_they_are(text in "[a-z0-9 ,.()/%]{0,120}") {
        prop_assume!(!text.contains("bearer "));
        prop_assert_eq!(mask(&text), text);
    }

    #[test]
    fn a_password_never_comes_through(before in "[a-z ]{0,20}", secret in "[A-Za-z0-9]{8,24}", after in "[a-z ]{0,20}") {
        for text in [
            format!("{before} password={secret} {after}"),
            format!("{before} Authorization: Bearer {secret}{after}"),
            format!("{before} https://ana:{secret}@x.example {after}"),
            format!("{before} api_key: '{secret}' {after}"),
        ] {
            prop_assume!(!before.contains(&secret) && !after.contains(&secret));
            prop_assert!(!mask(&text).contains(&secret), "{}", text);
        }
    }

    #[test]
    fn a_line_holds_nothing_that_acts_on_a_terminal(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let line = plain_line(&bytes);
        prop_assert!(line.chars().all(|c| c == '\t' || !c.is_control()), "{:?}", line);
    }
}
