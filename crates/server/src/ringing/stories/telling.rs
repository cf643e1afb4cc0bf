//! Those who must know are told by the channels that they have.

use super::world::*;
use crate::engine::{About, outbox, requests};
use crate::storage::{Channel, OutboxRow, StorageError, databases};
use firebell_domain::incident::IncidentCommand;
use firebell_domain::liveness::ChannelKind;
use firebell_domain::{ChannelId, Severity, Span};
use uuid::Uuid;

fn with_channel(w: &mut World, person: &str, n: u128) -> ChannelId {
    let channel = Channel {
        id: ChannelId(Uuid::from_u128(n)),
        person: person.into(),
        kind: ChannelKind::Ntfy,
        url: "https://ntfy.example.com/topic".into(),
        delay: Span::minutes(2),
        secret: None,
        token: None,
        last_used: None,
        last_error: None,
    };
    w.run(|tx| tx.add_channel(&channel));
    channel.id
}

/// What a node that looks at the outbox now would send: to whom, and the words.
fn said(w: &mut World) -> Vec<(OutboxRow, String, String)> {
    let rows = w.run(outbox::claim);
    let mut found = vec![];
    for row in rows {
        if let Some((_, message)) = w.run(|tx| outbox::wanted(tx, &row)) {
            let About::Notice(notice) = message.about else { panic!("{message:?}") };
            found.push((row, message.person.to_string(), notice.words));
        }
    }
    found
}

fn done(w: &mut World, row: &OutboxRow) {
    w.run(|tx| outbox::settle(tx, row, outbox::Sent::Yes));
}

#[test]
fn they_hear_of_the_declaration_of_updates_and_of_a_worse_severity_once_each() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut w = World::at(&url);
        with_channel(&mut w, "chi", 1);
        with_channel(&mut w, "chi", 2);
        with_channel(&mut w, "dev", 3);
        // A SEV4 is for nobody, a SEV2 for the manager, who declares it: not told of it.
        w.ask("ana", incident(1), declare(Severity::Sev4, &["payments-api"]));
        w.ask("dev", incident(2), declare(Severity::Sev2, &["payments-api"]));
        assert_eq!(said(&mut w), []);
        w.ask("dev", incident(2), severity(Severity::Sev1));
        let heard = said(&mut w);
        let words: Vec<(&str, &str)> =
            heard.iter().map(|(_, who, words)| (who.as_str(), words.as_str())).collect();
        assert_eq!(words, [("chi", "Dev Anand raised it from SEV2."); 2], "by every channel of an executive");
        // Failed once: the same message comes again.
        w.run(|tx| outbox::settle(tx, &heard[0].0, outbox::Sent::Failed("no answer".into())));
        done(&mut w, &heard[1].0);
        // It has nothing to acknowledge, whoever makes up a link for it.
        assert_eq!(w.run(|tx| requests::use_link(tx, heard[0].0.id)), requests::LinkUse::Spent);
        w.ask("dev", incident(2), update());
        let heard = said(&mut w);
        assert!(
            heard.iter().all(|(_, who, words)| who == "chi" && words == "Nobody can pay. We look."),
            "{heard:?}"
        );
    }
}

#[test]
fn a_commit_that_failed_has_told_nobody() {
    let mut w = World::new();
    with_channel(&mut w, "chi", 1);
    let (device, words) = w.words("dev", incident(1), declare(Severity::Sev1, &[]));
    let died = w.try_run(|tx| {
        crate::library::submit(tx, &device, vec![words])?;
        Err::<(), _>(StorageError::Closed)
    });
    assert!(died.is_err());
    assert_eq!(said(&mut w), []);
}

#[test]
fn nobody_is_told_of_what_they_may_not_see_any_more_or_of_what_is_old() {
    let mut w = World::new();
    with_channel(&mut w, "chi", 1);
    w.ask("dev", incident(1), declare(Severity::Sev1, &[]));
    let privately = IncidentCommand::MakePrivate { people: vec![], reason: "about a person".into() };
    w.ask("dev", incident(1), privately);
    assert_eq!(said(&mut w), [], "it became private before the message left");
    w.ask("dev", incident(1), update());
    w.ask("dev", incident(2), declare(Severity::Sev1, &[]));
    w.now += chrono::TimeDelta::minutes(61);
    assert_eq!(said(&mut w), []);
}
