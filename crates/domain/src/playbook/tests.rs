//! What a team finds in its playbook before it changed anything, and what it may change.

use super::*;
use crate::incident::Status;
use crate::triage::Scope;
use crate::{Span, update};
use proptest::prelude::*;
use serde_json::{Value, json};

fn changes(value: Value) -> PlaybookChanges {
    serde_json::from_value(value).unwrap()
}

/// `path: words` of everything that is wrong with these changes.
fn mistakes(value: Value) -> Vec<String> {
    changes(value).check().into_iter().map(|p| format!("{}: {}", p.path, p.words)).collect()
}

#[test]
fn a_team_that_changed_nothing_has_a_playbook_without_mistakes() {
    assert_eq!(Playbook::default().check(), []);
    assert_eq!(mistakes(json!({})), [""; 0]);
    assert!(PlaybookChanges::of(&Playbook::default()).is_empty());
    assert_eq!(changes(json!({})).playbook(), Playbook::default());
}

#[test]
fn severities_are_the_table_of_the_domain() {
    let playbook = Playbook::default();
    let all = Severity::ALL.map(|s| playbook.severity(s));
    assert_eq!(
        all.clone().map(|s| s.respond_within),
        [Some(Span::minutes(5)), Some(Span::minutes(15)), Some(Span::hours(1)), None]
    );
    assert_eq!(
        all.clone().map(|s| s.respond_in),
        [Hours::DayAndNight, Hours::DayAndNight, Hours::BusinessHours, Hours::NextBusinessDay]
    );
    assert_eq!(all.clone().map(|s| s.all_hands), [true, false, false, false]);
    assert_eq!(
        all.clone().map(|s| s.paged),
        [
            Paged::PrimaryAndSecondary,
            Paged::PrimaryThenSecondary,
            Paged::OnCallInBusinessHours,
            Paged::Nobody
        ]
    );
    assert_eq!(
        all.clone().map(|s| s.must_know),
        [
            vec![Stakeholder::Executives],
            vec![Stakeholder::EngineeringManager],
            vec![Stakeholder::TeamLead],
            vec![]
        ]
    );
    let cadence = all.clone().map(|s| (s.updates.every, s.updates.shortest, s.updates.longest));
    let minutes =
        |every, from, to| (Span::minutes(every), Some(Span::minutes(from)), Some(Span::minutes(to)));
    assert_eq!(cadence[0], minutes(15, 15, 30));
    assert_eq!(cadence[1], minutes(30, 30, 60));
    assert_eq!(cadence[2], minutes(120, 60, 120));
    assert_eq!(cadence[3], (Span::hours(24), None, None));
    assert_eq!(all.clone().map(|s| s.updates.as_needed), [false, false, false, true]);
    assert_eq!(all.clone().map(|s| s.channel), [Need::Always, Need::Always, Need::Optional, Need::Never]);
    assert_eq!(all.clone().map(|s| s.postmortem), [Need::Always, Need::Always, Need::Optional, Need::Never]);
    assert_eq!(all.clone().map(|s| s.declared == Need::Always), [true, true, false, false]);
    assert_eq!(all.clone().map(|s| s.watch_for.as_millis() / 60_000), [30, 30, 15, 15]);
    assert_eq!(all.map(|s| s.invited.len()), [3, 2, 1, 1]);
}

#[test]
fn every_role_phase_and_update_has_its_words() {
    let playbook = Playbook::default();
    assert_eq!(playbook.roles.len(), 5);
    assert_eq!(playbook.role(IncidentRole::Commander).does_not, ["Debug"]);
    assert_eq!(playbook.role(IncidentRole::TechnicalLead).does_not, ["Talk to customers"]);
    assert!(IncidentRole::Scribe.is_single() && !IncidentRole::Responder.is_single());
    assert_eq!(playbook.hand_over.reasons, ["Shift ends", "Fatigue", "Expertise", "Escalation"]);
    for phase in Phase::ALL {
        assert!(!playbook.checklists[&phase].is_empty(), "{phase:?}");
    }
    let strategies: Vec<_> = playbook.strategies_in_order().into_iter().map(|(id, _)| id).collect();
    assert_eq!(
        strategies,
        ["rollback", "disable_flag", "scale_up", "restart", "fail_over", "degrade", "hotfix"]
    );
    assert_eq!(playbook.strategies["rollback"].wait_for, Some(Span::seconds(300)));
    assert_eq!(playbook.triage.questions.len(), 8);
    assert_eq!(
        [60.0, 50.0, 49.9, 5.0, 4.9].map(|p| playbook.triage.scope_of(p)),
        [Scope::Wide, Scope::Wide, Scope::Medium, Scope::Medium, Scope::Limited]
    );
    assert_eq!(playbook.triage.revenue_percent, 25.0);
    for audience in Audience::ALL {
        for status in [Status::Investigating, Status::Identified, Status::Monitoring, Status::Resolved] {
            let template = playbook.updates.template(audience, status).unwrap();
            assert_eq!(update::check_template(template), [], "{audience:?} {status:?}");
        }
        assert_eq!(playbook.updates.template(audience, Status::Merged), None);
    }
    use Audience::{Customers, Executives, Internal, Managers, Public, SupportAndSales};
    assert_eq!(
        Severity::ALL.map(|s| playbook.audiences_of(s)),
        [
            vec![Public, Customers, Internal, Executives, SupportAndSales],
            vec![Public, Customers, Internal, Managers, SupportAndSales],
            vec![Internal, Managers],
            vec![],
        ]
    );
}

#[test]
fn a_team_writes_down_only_what_it_does_otherwise() {
    let ours = changes(json!({
        "severities": { "SEV1": { "updates": { "every": "20m" } } },
        "strategies": {
            "hotfix": null,
            "purge": { "name": "Purge the cache", "when": "Stale data is served", "before": [], "after": [] },
        },
    }));
    assert_eq!(ours.check(), []);
    let playbook = ours.playbook();
    let sev1 = playbook.severity(Severity::Sev1);
    assert_eq!(sev1.updates.every, Span::minutes(20));
    assert_eq!(sev1.respond_within, Some(Span::minutes(5)), "the rest of it is the default's");
    assert!(!playbook.strategies.contains_key("hotfix") && playbook.strategies.contains_key("rollback"));
    assert_eq!(playbook.strategies["purge"].order, 100, "it comes last");
    // A new thing is kept whole; nothing of the default is in it.
    let kept = PlaybookChanges::of(&playbook).0;
    assert_eq!(kept.keys().collect::<Vec<_>>(), ["severities", "strategies"]);
    assert_eq!(kept["severities"], json!({ "SEV1": { "updates": { "every": "20m" } } }));
    assert_eq!(kept["strategies"]["hotfix"], Value::Null);
}

#[test]
fn saying_the_same_as_the_default_says_nothing() {
    let same = changes(json!({
        "severities": { "SEV1": { "updates": { "every": "900s" } } },
        "triage": { "wide_percent": 50 },
    }));
    assert!(same.tidied().is_empty(), "{same:?}");
    let unreadable = changes(json!({ "triage": { "wide_percent": 50 }, "weather": "fine" }));
    assert_eq!(unreadable.tidied(), unreadable, "what is not understood is not thrown away");
}

#[test]
fn a_playbook_of_a_newer_version_is_read_as_far_as_it_goes_and_loses_nothing() {
    let newer = changes(json!({
        "severities": { "SEV1": { "updates": { "every": "20m", "jitter": "1m" } } },
        "roles": { "historian": { "name": "Historian", "does": [], "usually": "Chi" } },
        "updates": { "templates": { "press": { "investigating": "…" } }, "missed_after": "2m" },
        "weather": { "is": "fine" },
    }));
    let playbook = newer.playbook();
    assert_eq!(playbook.severity(Severity::Sev1).updates.every, Span::minutes(20));
    assert_eq!(playbook.updates.missed_after, Span::minutes(2));
    assert_eq!(playbook.roles.len(), 5);
    let again: PlaybookChanges = serde_json::from_str(&serde_json::to_string(&newer).unwrap()).unwrap();
    assert_eq!(again, newer);
}

#[test]
fn every_mistake_is_named_by_its_field_with_the_remedy() {
    for (wrong, expected) in [
        (json!({ "weather": 1 }), "weather: there is no `weather` here; there are"),
        (
            json!({ "severities": { "SEV1": { "wach_for": "1h" } } }),
            "severities.SEV1.wach_for: there is no `wach_for` here; did you mean `watch_for`?",
        ),
        (json!({ "severities": { "SEV5": {} } }), "severities.SEV5: unknown variant `SEV5`"),
        (
            json!({ "severities": { "SEV1": { "watch_for": "soon" } } }),
            "severities.SEV1.watch_for: `soon` is not a length of time",
        ),
        (json!({ "severities": { "SEV1": null } }), "severities.SEV1: cannot be taken away"),
        (
            json!({ "severities": { "SEV1": { "updates": { "every": "5m" } } } }),
            "severities.SEV1.updates.every: `5m` is not in the range of 15m to 30m",
        ),
        (
            json!({ "severities": { "SEV1": { "updates": { "every": "2h", "longest": "2h" } } } }),
            "severities.SEV1.updates.every: `2h` is longer than the `30m` of SEV2",
        ),
        (
            json!({ "severities": { "SEV3": { "respond_within": "10m" } } }),
            "severities.SEV2.respond_within: SEV2 must not be answered later than SEV3",
        ),
        (
            json!({ "severities": { "SEV2": { "watch_for": "0s" } } }),
            "severities.SEV2.watch_for: `0s` is not 1m to 1d",
        ),
        (
            json!({ "severities": { "SEV2": { "invited": ["primary", "primary"] } } }),
            "severities.SEV2.invited[1]: is in the list already",
        ),
        (
            json!({ "roles": { "captain": { "name": "Captain", "does": ["Sails"], "usually": "Ana" } } }),
            "roles.captain: unknown variant `captain`",
        ),
        (json!({ "roles": { "scribe": { "name": " " } } }), "roles.scribe.name: name the role"),
        (
            json!({ "roles": { "scribe": { "name": 7 } } }),
            "roles.scribe.name: `7` has to be a text; put it in quotes",
        ),
        (json!({ "roles": { "scribe": { "does": [] } } }), "roles.scribe.does: say what the role does"),
        (json!({ "hand_over": { "suggest_after": "5m" } }), "hand_over.suggest_after: `5m` is not 30m to 1d"),
        (
            json!({ "checklists": { "close": [{ "id": "a", "text": "Tidy up" }, { "id": "a", "text": "Go home" }] } }),
            "checklists.close[1].id: `a` is used twice",
        ),
        (
            json!({ "checklists": { "close": [{ "id": "a", "text": "Tidy up" }, { "id": "b", "text": "tidy up" }] } }),
            "checklists.close[1].text: `tidy up` is in the list twice",
        ),
        (
            json!({ "checklists": { "close": [{ "id": "a", "text": "Tidy up" }, { "id": "b", "text": "Sail", "role": "captain" }] } }),
            "checklists.close[1]: unknown variant `captain`",
        ),
        (
            json!({ "checklists": { "close": [{ "id": "a", "text": "Tidy up", "owner": "ana" }] } }),
            "checklists.close[0].owner: there is no `owner` here",
        ),
        (json!({ "checklists": { "close": null } }), "checklists.close: write []"),
        (json!({ "strategies": { "purge": { "name": "Purge" } } }), "strategies.purge: missing field `when`"),
        (
            json!({ "strategies": { "a b": { "name": "Purge", "when": "x" } } }),
            "strategies.a b: `a b` is not an id",
        ),
        (
            json!({ "strategies": { "purge": { "name": "rollback", "when": "x" } } }),
            "strategies.rollback.name: `Rollback` is the name of another one",
        ),
        (
            json!({ "strategies": { "rollback": null } }),
            "triage.first_actions[0].strategy: there is no strategy `rollback`",
        ),
        (
            json!({ "triage": { "medium_percent": 60 } }),
            "triage.medium_percent: write less than `wide_percent`, which is 50",
        ),
        (json!({ "triage": { "revenue_percent": 0 } }), "triage.revenue_percent: write percent"),
        (
            json!({ "updates": { "templates": { "public": { "resolved": "{{ titl }}" } } } }),
            "updates.templates.public.resolved: line 1 of the template: there is no variable `titl`; did you mean `title`?",
        ),
        (
            json!({ "updates": { "templates": { "public": { "merged": "x" } } } }),
            "updates.templates.public.merged: no update announces this status",
        ),
        (json!({ "updates": { "missed_after": "1h" } }), "updates.missed_after: `1h` is not 0s to 30m"),
        (
            json!({ "public_text": { "jargon": { "Pod": "x" } } }),
            "public_text.jargon.Pod: write the term in lower case",
        ),
        (
            json!({ "public_text": { "internal_suffixes": ["corp"] } }),
            "public_text.internal_suffixes[0]: write the end of a host's name with its dot",
        ),
        (json!({ "channel": { "prefix": "Inc" } }), "channel.prefix: write 1 to 20"),
        (
            json!({ "closing": { "postmortem_reminder": "3d" } }),
            "closing.postmortem_reminder: remind before the draft is due",
        ),
        (json!({ "closing": { "review_within_days": -1 } }), "closing.review_within_days: invalid value"),
        (json!({ "runbooks": { "review_every": "1h" } }), "runbooks.review_every: `1h` is not 1d to 366d"),
        (json!({ "runbooks": null }), "runbooks: missing field `runbooks`"),
        (json!({ "triage": "none" }), "triage: invalid type"),
    ] {
        let found = mistakes(wrong.clone());
        assert!(found.iter().any(|f| f.starts_with(expected)), "{wrong}\n{expected}\n{found:?}");
        assert_eq!(found.len(), 1, "{wrong}: {found:?}");
    }
}

#[test]
fn one_mistake_hides_no_other_and_spoils_nothing_else() {
    let half = changes(json!({
        "severities": { "SEV1": { "watch_for": "soon", "name": "on fire" }, "SEV2": { "watch_for": "1h" } },
        "updates": { "missed_after": 3, "remind_before": "3m" },
        "strategies": { "purge": { "name": "Purge", "when": "Stale data is served" } },
    }));
    let paths: Vec<_> = half.check().into_iter().map(|p| p.path).collect();
    assert_eq!(paths, ["severities.SEV1.watch_for", "updates.missed_after"]);
    let playbook = half.playbook();
    assert_eq!(playbook.severity(Severity::Sev1).name, "on fire");
    assert_eq!(playbook.severity(Severity::Sev1).watch_for, Span::minutes(30), "as usual");
    assert_eq!(playbook.severity(Severity::Sev2).watch_for, Span::hours(1));
    assert_eq!(playbook.updates.remind_before, Span::minutes(3));
    assert!(playbook.strategies.contains_key("purge"));
}

#[test]
fn a_playbook_that_would_fill_the_log_is_refused() {
    let found = mistakes(json!({ "updates": { "no_news": "x".repeat(300_000) } }));
    assert!(found[0].contains("262144 fit"), "{found:?}");
    let found = mistakes(json!({ "roles": { "scribe": { "name": "x".repeat(501) } } }));
    assert!(found[0].contains("500 characters"), "{found:?}");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        Just(json!("15m")),
        "[a-zA-Z0-9 {}%.]{0,12}".prop_map(Value::from),
    ];
    let key = prop_oneof![
        prop::sample::select(vec![
            "severities",
            "SEV1",
            "SEV2",
            "updates",
            "every",
            "roles",
            "commander",
            "name",
            "does",
            "checklists",
            "close",
            "id",
            "text",
            "role",
            "strategies",
            "rollback",
            "when",
            "order",
            "templates",
            "public",
            "resolved",
            "triage",
            "scope",
            "wide",
            "watch_for",
            "public_text",
            "jargon",
        ])
        .prop_map(str::to_owned),
        "[a-z_.]{0,6}",
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_stands_there_a_team_has_a_playbook(value in any_json()) {
        let Value::Object(map) = value else { return Ok(()) };
        let any = PlaybookChanges(map);
        let playbook = any.playbook();
        // What can be read of it is the same after it was written down anew.
        prop_assert_eq!(&PlaybookChanges::of(&playbook).playbook(), &playbook);
        let tidied = any.tidied();
        prop_assert_eq!(tidied.playbook(), playbook);
        prop_assert_eq!(tidied.tidied(), tidied.clone());
    }

    #[test]
    fn what_a_team_changes_is_all_that_is_kept(every in 15_i64..=30, watch in 1_i64..600, name in "[a-zA-Z]{1,20}", gone in prop::option::of(2_usize..6)) {
        let mut playbook = Playbook::default();
        let sev1 = playbook.severities.get_mut(&Severity::Sev1).unwrap();
        sev1.updates.every = Span::minutes(every);
        sev1.watch_for = Span::minutes(watch);
        playbook.roles.get_mut(&IncidentRole::Scribe).unwrap().name = name;
        if let Some(gone) = gone {
            let id = playbook.strategies_in_order()[gone].0.to_owned();
            if id != "fail_over" {
                playbook.strategies.remove(&id);
            }
        }
        let kept = PlaybookChanges::of(&playbook);
        prop_assert_eq!(kept.check(), vec![]);
        prop_assert_eq!(kept.playbook(), playbook);
        let size = serde_json::to_string(&kept).unwrap().len();
        prop_assert!(size < 400, "{size} bytes: {kept:?}");
    }
}
