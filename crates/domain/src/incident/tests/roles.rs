//! Roles move by a handshake, updates carry their status, and people are rung by name.

use super::*;
use crate::UpdateId;
use crate::playbook::{Audience, HandOverRules, IncidentRole};
use crate::update::{StatusUpdate, Told};

const COMMANDER: IncidentRole = IncidentRole::Commander;
const SCRIBE: IncidentRole = IncidentRole::Scribe;

fn by(
    incident: &mut Incident,
    who: &str,
    minute: i64,
    command: IncidentCommand,
) -> Result<Vec<IncidentEvent>, Refusal> {
    let events = decide(incident, command, who.into(), at(minute))?;
    events.iter().for_each(|e| incident.apply(at(minute), e));
    Ok(events)
}

fn assign(role: IncidentRole, to: &str, instead_of: Option<&str>, reason: &str) -> IncidentCommand {
    IncidentCommand::AssignRole {
        role,
        to: to.into(),
        instead_of: instead_of.map(Into::into),
        reason: reason.into(),
    }
}

fn offer(to: &str) -> IncidentCommand {
    IncidentCommand::OfferRole { role: COMMANDER, to: to.into(), reason: "Shift ends".into() }
}

fn confirm(status: &str) -> IncidentCommand {
    IncidentCommand::ConfirmRole { role: COMMANDER, status: status.into() }
}

fn commanded() -> Incident {
    let id = IncidentId(Uuid::from_u128(7));
    let declaration = Declaration { commands: true, ..declaration("Checkout is down") };
    let event = declare(id, 12, declaration, "ana".into(), None, at(0)).unwrap();
    Incident::from_declared(at(0), &event).unwrap()
}

fn refused(result: Result<Vec<IncidentEvent>, Refusal>, part: &str) {
    let refusal = result.unwrap_err();
    assert!(refusal.words.contains(part), "{refusal}");
}

#[test]
fn the_commander_changes_only_after_all_three_steps() {
    let mut incident = commanded();
    assert_eq!(incident.holder(COMMANDER), Some(&"ana".into()));
    refused(by(&mut incident, "ana", 1, assign(COMMANDER, "ben", Some("ana"), "")), "Offer the role");
    refused(by(&mut incident, "ben", 1, offer("chi")), "not yours");
    refused(by(&mut incident, "ben", 1, confirm("all well")), "Nobody hands");
    by(&mut incident, "ana", 2, offer("ben")).unwrap();
    refused(by(&mut incident, "ana", 2, offer("ben")), "already");
    let release = IncidentCommand::ReleaseRole { role: COMMANDER };
    refused(by(&mut incident, "ana", 3, release.clone()), "has not said");
    refused(by(&mut incident, "chi", 3, confirm("I take it")), "offered to `ben`");
    refused(by(&mut incident, "ben", 3, confirm("  ")), "in your own words");
    by(&mut incident, "ben", 4, confirm("Checkout fails, rollback runs, then we watch")).unwrap();
    assert_eq!(incident.holder(COMMANDER), Some(&"ana".into()), "it has not moved yet");
    refused(by(&mut incident, "ben", 5, release.clone()), "not yours");
    by(&mut incident, "ana", 5, release).unwrap();
    assert_eq!(incident.roles[&COMMANDER], Holder { person: "ben".into(), since: at(5) });
    assert!(incident.offers.is_empty());
}

#[test]
fn an_offer_ends_when_either_of_the_two_says_so_or_the_role_moves_otherwise() {
    for who in ["ana", "ben"] {
        let mut incident = commanded();
        by(&mut incident, "ana", 1, offer("ben")).unwrap();
        let withdraw = IncidentCommand::WithdrawOffer { role: COMMANDER, reason: String::new() };
        refused(by(&mut incident, "chi", 2, withdraw.clone()), "Only the two");
        by(&mut incident, who, 3, withdraw).unwrap();
        assert!(incident.offers.is_empty());
    }
    let mut incident = commanded();
    by(&mut incident, "ana", 1, offer("ben")).unwrap();
    by(&mut incident, "chi", 2, assign(COMMANDER, "chi", Some("ana"), "Ana does not answer")).unwrap();
    assert_eq!(incident.holder(COMMANDER), Some(&"chi".into()));
    refused(by(&mut incident, "ben", 3, confirm("I have it")), "Nobody hands");
}

#[test]
fn of_two_who_take_the_same_role_the_second_hears_who_has_it() {
    let mut incident = commanded();
    by(&mut incident, "ben", 1, assign(SCRIBE, "ben", None, "")).unwrap();
    refused(by(&mut incident, "chi", 2, assign(SCRIBE, "chi", None, "")), "`ben` has this role by now");
    // Taking it from somebody who is there is no hand-over, and giving it away is the commander's.
    refused(by(&mut incident, "chi", 3, assign(SCRIBE, "chi", Some("ben"), " ")), "Say why");
    refused(
        by(&mut incident, "chi", 3, assign(SCRIBE, "dev", Some("ben"), "knows it")),
        "Only the commander",
    );
    by(&mut incident, "ana", 4, assign(SCRIBE, "dev", Some("ben"), "Ben debugs")).unwrap();
    let leave = |role| IncidentCommand::LeaveRole { role, reason: String::new() };
    refused(by(&mut incident, "ben", 5, leave(SCRIBE)), "only they or the commander");
    refused(by(&mut incident, "ana", 5, leave(COMMANDER)), "hand the role over");
    by(&mut incident, "dev", 5, leave(SCRIBE)).unwrap();
    assert_eq!(incident.holder(SCRIBE), None);
    refused(by(&mut incident, "dev", 6, assign(IncidentRole::Responder, "dev", None, "")), "work on");
}

#[test]
fn long_hours_in_a_role_are_noticed_while_it_is_open() {
    let mut incident = commanded();
    let rules = HandOverRules::default();
    assert_eq!(incident.long_hours(&rules, at(239)), []);
    let [long] = &incident.long_hours(&rules, at(240))[..] else { panic!("{:?}", incident.roles) };
    assert_eq!((long.role, long.since), (COMMANDER, at(0)));
    ask(&mut incident, 300, status(Status::Resolved)).unwrap();
    assert_eq!(incident.long_hours(&rules, at(400)), []);
}

#[test]
fn whoever_may_not_see_it_any_more_has_no_role_in_it() {
    let mut incident = commanded();
    by(&mut incident, "ana", 1, assign(SCRIBE, "ben", None, "")).unwrap();
    by(&mut incident, "ana", 1, offer("ben")).unwrap();
    let private = IncidentCommand::MakePrivate { people: people(&["chi"]), reason: "payroll".into() };
    by(&mut incident, "ana", 2, private).unwrap();
    assert_eq!((incident.holder(SCRIBE), incident.offers.len()), (None, 0));
    refused(by(&mut incident, "ana", 3, assign(SCRIBE, "ben", None, "")), "may not see it");
    refused(by(&mut incident, "ana", 3, offer("ben")), "may not see it");
    let page = |people_: &[&str], message: &str| IncidentCommand::PagePeople {
        people: people(people_),
        message: message.into(),
    };
    refused(by(&mut incident, "ana", 3, page(&["chi", "ben"], "look")), "`ben` may not see it");
    refused(by(&mut incident, "ana", 3, page(&[], "look")), "at least one person");
    refused(by(&mut incident, "ana", 3, page(&["chi"], " ")), "what they are wanted for");
    let events = by(&mut incident, "ana", 3, page(&["chi", "ana", "chi"], " We need the database ")).unwrap();
    let [IncidentEvent::PeoplePaged { people: rung, message, .. }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!((rung.len(), message.as_str()), (2, "We need the database"));
}

fn update(status: Option<Status>, text: &str) -> IncidentCommand {
    let told = Told { status, impact: "Cards are refused".into(), ..Told::default() };
    let texts = [(Audience::Internal, text.to_owned())].into();
    let id = UpdateId(Uuid::from_u128(1));
    IncidentCommand::SendUpdate { update: Box::new(StatusUpdate { id, told, texts, corrects: None }) }
}

#[test]
fn an_update_sets_the_status_that_it_announces_or_is_not_sent_at_all() {
    let mut incident = commanded();
    let events = ask(&mut incident, 1, update(Some(Status::Identified), "We found it")).unwrap();
    let [IncidentEvent::StatusChanged { .. }, IncidentEvent::UpdateSent { .. }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(incident.status, Status::Identified);
    let events = ask(&mut incident, 2, update(Some(Status::Identified), "Still on it")).unwrap();
    assert_eq!(events.len(), 1, "announced again, and nothing changed");
    refused(ask(&mut incident, 3, update(None, " ")), "for internal is empty");
    refused(ask(&mut incident, 3, update(None, &"x".repeat(10_001))), "10001 characters");
    ask(&mut incident, 4, update(Some(Status::Resolved), "Over")).unwrap();
    refused(ask(&mut incident, 5, update(Some(Status::Identified), "Not over")), "Reopen");
    // The summary comes after the end.
    ask(&mut incident, 6, update(None, "What happened was this")).unwrap();
    ask(&mut incident, 7, status(Status::Closed)).unwrap();
    refused(ask(&mut incident, 8, update(None, "One more")), "closed");
}

#[test]
fn the_first_acknowledgement_counts_whichever_page_brought_it() {
    let mut incident = commanded();
    let page = |n| crate::PageId(Uuid::from_u128(n));
    let link = |n| IncidentCommand::LinkPage { page: page(n) };
    ask(&mut incident, 1, link(1)).unwrap();
    refused(ask(&mut incident, 2, link(1)), "already");
    for (minute, when) in [(9, 8), (10, 3)] {
        let event = IncidentEvent::Acknowledged { by: "ben".into(), page: page(1), at: at(when) };
        incident.apply(at(minute), &event);
    }
    assert_eq!(incident.moments.acknowledged_at, Some(at(3)));
}

const PEOPLE: [&str; 3] = ["ana", "ben", "chi"];

fn any_person() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&PEOPLE)
}

fn any_command() -> impl Strategy<Value = IncidentCommand> {
    let role = prop::sample::select(&[COMMANDER, SCRIBE]);
    (role, any_person(), prop::option::of(any_person()), 0..6_u8).prop_map(|(role, to, seen, kind)| {
        let reason = "because".to_owned();
        match kind {
            0 => assign(role, to, seen, &reason),
            1 => IncidentCommand::OfferRole { role, to: to.into(), reason },
            2 => IncidentCommand::ConfirmRole { role, status: "as it is".into() },
            3 => IncidentCommand::ReleaseRole { role },
            4 => IncidentCommand::WithdrawOffer { role, reason },
            _ => IncidentCommand::LeaveRole { role, reason },
        }
    })
}

proptest! {
    /// Whatever people ask in whatever order: a role leaves exactly whoever had it, and by a hand-over only to whoever
    /// confirmed it to the present holder.
    #[test]
    fn a_role_has_one_holder_whatever_the_interleaving(
        asked in prop::collection::vec((any_person(), any_command()), 0..60)
    ) {
        let mut incident = commanded();
        for (minute, (who, command)) in (1..).zip(asked) {
            let before = incident.clone();
            let Ok(events) = by(&mut incident, who, minute, command) else { continue };
            for event in events {
                match event {
                    IncidentEvent::RoleAssigned { role, from, to, .. } => {
                        prop_assert_eq!(before.holder(role), from.as_ref());
                        prop_assert_eq!(incident.holder(role), Some(&to));
                    }
                    IncidentEvent::RoleHandedOver { role, from, to } => {
                        prop_assert_eq!(before.holder(role), Some(&from));
                        let offer = &before.offers[&role];
                        prop_assert!(offer.to == to && offer.status.is_some());
                    }
                    IncidentEvent::RoleLeft { role, from, .. } => {
                        prop_assert_eq!(before.holder(role), Some(&from));
                        prop_assert_eq!(incident.holder(role), None);
                    }
                    // Nothing else moves a role.
                    _ => prop_assert_eq!(&before.roles, &incident.roles),
                }
            }
            prop_assert!(incident.offers.keys().all(|role| incident.roles.contains_key(role)));
            prop_assert!(incident.holder(COMMANDER).is_some(), "an open incident keeps its commander");
        }
    }
}
