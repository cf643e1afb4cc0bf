//! One night, from the alert to the record: two people lead an incident in the real window, one of them without a network for a
//! while, and a third reads afterwards what happened, when and why. Keys alone; how many each thing takes is counted.

use crate::incident_room as room;
use firebell_journeys::proxy::Proxy;
use firebell_journeys::team::Team;
use firebell_journeys::window::{Which, Window};
use firebell_journeys::{Cast, Journey, until};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);
const TITLE: &str = "Checkout fails for everybody";

/// Chi sees it only afterwards. What is fixed is watched for a minute, so that this can be waited for.
fn team() -> Team {
    let playbook = "playbook: { severities: { SEV1: { watch_for: 1m } } }\n";
    Team { others: &[("chi", "Chi Tran")], commands: true, more: playbook.into(), ..Team::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_is_led_from_its_alert_to_its_record() {
    let journey = Journey::begin("incident-led").await;
    let cast = Cast::assemble(&journey, &team()).await;
    let tool = room::roll_back_tool(&journey);
    room::reviewed_runbook(&journey, &cast, &tool).await;
    let cable = Proxy::to(cast.server.address).await;
    let at_ana = cast.desktop_read(&journey, "ana", &cast.server.url()).await;
    let at_ben = cast.desktop_read(&journey, "ben", &format!("http://{}", cable.address)).await;
    let (ana, ben) = (at_ana.window(Which::Main).await, at_ben.window(Which::Main).await);

    // It rings, and Ana has it.
    room::deployed(&cast, "v3.4.2", "v3.4.1", 11).await;
    cast.fire(TITLE).await;
    at_ana.notification(TITLE).await;
    let pager = at_ana.window(Which::Pager).await;
    pager.sees(TITLE).await;
    at_ana.evidence("1-rings");
    pager.acknowledge(TITLE).await;
    drop(pager);
    let page = cast.page(TITLE, "acknowledged").await;
    assert_eq!(page["acknowledged"]["by"]["person"], "ana");

    triaged(&ana).await;
    at_ana.evidence("2-declared");
    let incident = only_incident(&cast).await;
    // It is worse than the page said: Ben is rung, and not Ana, who said it. He has it, too.
    at_ben.notification(TITLE).await;
    at_ben.window(Which::Pager).await.acknowledge(TITLE).await;
    at_ana.notices.wait_gone("rings at Ana's", |n| n.urgency == Some(2)).await;
    ben.press(&["g", "i"]);
    ben.sees(TITLE).await;
    ben.press(&["j", "Return"]);
    ben.sees("commander Ana Ruiz").await;
    roles(&ana, &ben).await;
    at_ana.evidence("3-roles");
    timeline(&ana, &ben).await;
    first_update(&ben).await;
    ana.sees("Ben Okafor sent an update").await;
    at_ana.evidence("4-room");

    // Ben's cable is cut; both go on.
    cable.cut();
    ben.sees("Working offline since").await;
    offline(&ben).await;
    at_ben.evidence("5-offline");
    mitigated(&ana, &tool).await;
    at_ana.evidence("6-mitigated");
    cable.mend();
    ben.sees("All known to the team").await;
    ana.sees("Ben Okafor sent an update").await;
    agreed(&cast, &incident, &ana, &ben).await;
    at_ben.evidence("7-agreed");

    over(&ana, &ben).await;
    at_ana.evidence("8-resolved");
    closed(&ana, &ben).await;
    at_ana.evidence("9-closed");
    room::on_record(&cast, "chi", &incident, &page).await;

    // Chi was not there, and finds it.
    drop((ana, ben));
    drop((at_ana, at_ben));
    let at_chi = cast.desktop_read(&journey, "chi", &cast.server.url()).await;
    let chi = at_chi.window(Which::Main).await;
    room::read_afterwards(&chi, TITLE).await;
    at_chi.evidence("10-record");
}

async fn only_incident(cast: &Cast) -> String {
    until("the team knows one incident", || async {
        let all = cast.admin.get("/api/v1/incidents").await;
        let all = all.as_array()?;
        assert!(all.len() < 2, "{all:#?}");
        Some(all.first()?["id"].as_str()?.to_owned())
    })
    .await
}

/// From the page: how bad, and what was gathered meanwhile; then it is declared.
async fn triaged(ana: &Window<'_>) {
    ana.press(&["g", "p"]);
    ana.reads("h1, h2", &[TITLE]).await;
    ana.spent();
    ana.press(&["t"]);
    ana.sees(&format!("Triage: {TITLE}")).await;
    let found = ana.reads("aside", &["v3.4.2", "11 min before", "Consider first"]).await;
    assert!(found.contains("Health") && found.contains("none on this service"), "{found}");
    ana.stands_in("Wide").await;
    ana.press(&["space"]);
    ana.tab_to("High").await;
    ana.press(&["space"]);
    ana.reads("footer .suggests", &["SEV1", "because"]).await;
    ana.press(&["ctrl+Return"]);
    ana.sees("commander you").await;
    ana.sees("#1").await;
    room::took("triage and declare, from the page", ana.spent(), 6);
}

/// Ana commands since she declared it. She takes the communications, and hands them to Ben in three steps.
async fn roles(ana: &Window<'_>, ben: &Window<'_>) {
    ana.press(&["h"]);
    ana.stands_in("Which role?").await;
    ana.press(&["3"]);
    ana.stands_in("Who takes it?").await;
    ana.press(&["Return"]);
    ana.sees("You took communications lead").await;
    room::took("take a role", ana.spent(), 3);

    ben.spent();
    ana.press(&["h"]);
    ana.stands_in("Which role?").await;
    ana.press(&["3"]);
    ana.stands_in("Who takes it?").await;
    ana.write("Ben");
    ana.press(&["Return"]);
    ben.sees("hands you communications lead: say how things stand").await;
    ben.press(&["x"]);
    ben.stands_in("hands this to you").await;
    ben.press(&["ctrl+Return"]);
    ana.sees("knows how things stand: hand communications lead over").await;
    ana.press(&["x"]);
    ana.stands_in("Hand it over").await;
    ana.press(&["Return"]);
    for window in [ana, ben] {
        window.sees("handed communications lead over to").await;
    }
    room::took("hand a role over", ana.spent() + ben.spent(), 8);

    // What is still free is what comes next.
    room::next_is(ana, "Fill a role: technical lead", SOON).await;
    ana.press(&["x"]);
    ana.stands_in("Who takes it?").await;
    ana.write("Ben");
    ana.press(&["Return"]);
    room::next_is(ana, "Fill a role: scribe", SOON).await;
    ana.press(&["x"]);
    ana.stands_in("Who takes it?").await;
    ana.press(&["Return"]);
    ben.sees("Ana Ruiz took scribe").await;
}

async fn timeline(ana: &Window<'_>, ben: &Window<'_>) {
    room::say(ben, "checking: the dashboard of checkout", "the dashboard of checkout").await;
    room::say(ben, "theory: v3.4.2 brought a slow query", "v3.4.2 brought a slow query").await;
    room::say(ana, "found: p99 went from 240 ms to 11 s at the deployment", "p99 went from").await;
    room::say(ben, "need: somebody who may roll payments-api back", "somebody who may roll").await;
    ana.press(&["Escape"]);
    ana.reads(".next button", &["I have it: somebody who may roll"]).await;
    until("having what is needed is what comes first", || async {
        ana.all(".next button").await.first()?.contains("I have it").then_some(())
    })
    .await;
    ana.press(&["x"]);
    ana.reads("aside li.taken", &["somebody who may roll"]).await;
    ben.reads("aside li.taken", &["somebody who may roll", "Ana Ruiz"]).await;
    room::say(
        ana,
        "decision: roll back to v3.4.1 because it is the fastest way and can be undone",
        "roll back to v3.4.1",
    )
    .await;
    ben.reads(".entry", &["decision", "roll back to v3.4.1", "because it is the fastest way"]).await;
    for window in [ana, ben] {
        window.press(&["Escape"]);
        window.spent();
    }
}

async fn first_update(ben: &Window<'_>) {
    ben.press(&["u"]);
    ben.stands_in("What users experience").await;
    ben.write("Nobody can pay.");
    ben.press(&["ctrl+Return"]);
    ben.sees("You sent an update").await;
    room::took("an update", ben.spent(), 3);
}

/// Cut off, he writes, and announces what they know; it is plain that nobody has it yet.
async fn offline(ben: &Window<'_>) {
    room::say(ben, "found: the query has no index since v3.4.2", "the query has no index").await;
    ben.reads(".entry.pending", &["the query has no index", "waiting"]).await;
    ben.press(&["Escape"]);
    ben.spent();
    ben.press(&["u"]);
    ben.stands_in("What we know").await;
    ben.sees("Offline: it is sent as soon as the team is reached").await;
    ben.press(&["alt+2"]);
    ben.write("A slow query of the last release.");
    ben.sees("and set to identified").await;
    ben.press(&["ctrl+Return"]);
    ben.reads(".asked li", &["send an update", "not yet known to the team"]).await;
    room::took("an update that sets the status", ben.spent(), 4);
    room::say(ben, "note: support has 40 tickets", "support has 40 tickets").await;
    ben.press(&["Escape"]);
}

/// Ana goes back to the revision before, with the command of the reviewed runbook.
async fn mitigated(ana: &Window<'_>, tool: &str) {
    room::say(ana, "action: going back to v3.4.1 now", "going back to v3.4.1 now").await;
    ana.press(&["Escape"]);
    ana.spent();
    ana.press(&["m"]);
    ana.sees("11 min before the first signal").await;
    ana.press(&["r"]);
    ana.sees("Runs v3.4.2 now, goes back to v3.4.1.").await;
    ana.sees(&format!("{tool} payments-api v3.4.1")).await;
    ana.stands_in("Why?").await;
    ana.write("Errors began with v3.4.2");
    ana.press(&["ctrl+Return"]);
    ana.sees("payments-api now runs v3.4.1").await;
    ana.sees("What comes next").await;
    ana.press(&["Escape"]);
    room::took("roll back", ana.spent(), 5);
    ana.reads(".entry", &["payments-api v3.4.1", "Done after", "v3.4.2 → v3.4.1"]).await;
    room::say(ana, "found: p99 is at 250 ms again", "p99 is at 250 ms again").await;
    ana.press(&["Escape"]);
}

/// Both windows and the team have the same lines in the same order, each once.
async fn agreed(cast: &Cast, incident: &str, ana: &Window<'_>, ben: &Window<'_>) {
    let entries = ".lines .entry .text";
    let texts = until("two windows that show the same", || async {
        let (hers, his) = (ana.all(entries).await, ben.all(entries).await);
        let done = hers == his
            && ben.all(".entry.pending").await.is_empty()
            && ben.all(".asked li").await.is_empty();
        (done && hers.iter().any(|t| t.contains("40 tickets"))).then_some(hers)
    })
    .await;
    let record = cast.admin.get(&format!("/api/v1/incidents/{incident}")).await;
    let known: Vec<_> = record["timeline"]
        .as_array()
        .expect("a timeline")
        .iter()
        .filter(|e| e["corrected_by"].is_null())
        .map(|e| e["entry"]["text"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(known, texts, "the team knows what the windows show");
    let written = [
        "the dashboard of checkout",
        "v3.4.2 brought",
        "p99 went from",
        "may roll payments-api",
        "roll back to v3.4.1",
        "has no index",
        "40 tickets",
        "going back to v3.4.1 now",
        "p99 is at 250",
    ];
    for words in written {
        assert_eq!(texts.iter().filter(|t| t.contains(words)).count(), 1, "{words:?} in {texts:#?}");
    }
    let events = ".lines .event .what > p:first-child";
    let (hers, his) = (ana.all(events).await, ben.all(events).await);
    assert_eq!(hers.len(), his.len(), "{hers:#?} and {his:#?}");
    assert_eq!(room::events(&record, "update_sent").len(), 2);
}

/// Fixed and watched: the third update, what is to be verified, and the end.
async fn over(ana: &Window<'_>, ben: &Window<'_>) {
    ana.sees("identified").await;
    ana.spent();
    ana.press(&["n"]);
    ana.sees("“Nothing is new” in").await;
    room::took("no news", ana.spent(), 1);
    ana.press(&["z"]);
    ana.sees("Taken back: nothing was sent.").await;

    ben.spent();
    ben.press(&["u"]);
    ben.stands_in("What we know").await;
    ben.press(&["alt+3", "End"]);
    ben.write(" We went back to the release before.");
    ben.sees("and set to monitoring").await;
    ben.press(&["ctrl+Return"]);
    // Each has their lines of the lists, what is restored and then what is verified.
    room::tick(ben, &["The service is restored", "Metrics are back", "Monitoring would notice"]).await;
    room::tick(ana, &["Users suffer no longer", "Temporary mitigations"]).await;
    ben.sees("Watch it for another").await;
    room::tick(ben, &["Key indicators", "What users do works"]).await;
    room::tick(ana, &["The affected teams confirm it"]).await;
    room::next_is(ana, "Watched long enough: resolve it", Duration::from_secs(100)).await;
    ana.spent();
    ana.press(&["r"]);
    ana.sees("resolved").await;
    room::took("resolve", ana.spent(), 1);
    ben.sees("Ana Ruiz changed the status: monitoring → resolved").await;
}

/// The last update, who writes the postmortem, the summary; then it is closed.
async fn closed(ana: &Window<'_>, ben: &Window<'_>) {
    room::next_is(ben, "Send the final update", SOON).await;
    ben.press(&["x"]);
    ben.stands_in("What happened").await;
    ben.write("A release made a query slow.");
    ben.tab_to("How it was fixed").await;
    ben.write("We went back to the release before.");
    ben.press(&["ctrl+Return"]);
    ana.sees("Name who writes the postmortem").await;
    room::next_is(ana, "Name who writes the postmortem", SOON).await;
    ana.press(&["x"]);
    ana.stands_in("Who writes the postmortem?").await;
    ana.write("Ben");
    ana.press(&["Return"]);
    ana.reads("aside dd", &["Ben Okafor"]).await;
    room::tick(ana, &["A summary", "The runbook says", "The channel is"]).await;
    room::next_is(ana, "Nothing is missing: close it", SOON).await;
    ana.press(&["x"]);
    for window in [ana, ben] {
        window.sees("closed it").await;
    }
}
