//! Two people write without a network, each about the same incident; the network comes back, and both see the same.
//! The real core, the real server, both databases; cables are cut and programs killed.

use firebell_journeys::proxy::Proxy;
use firebell_journeys::team::Team;
use firebell_journeys::{Cast, Core, Journey, postgres, until};
use serde_json::json;

struct Two {
    cast: Cast,
    ana: Core,
    ben: Core,
    /// Between Ana and the server.
    cable: Proxy,
}

async fn two(journey: &Journey, database: Option<String>) -> Two {
    let cast = Cast::assemble_on(journey, &Team::default(), database).await;
    let cable = Proxy::to(cast.server.address).await;
    let link = cast.server.invite("ana@example.com");
    let through = link.replace(&cast.server.address.to_string(), &cable.address.to_string());
    let encoded = |a: String| a.replace(':', "%3A");
    let through =
        through.replace(&encoded(cast.server.address.to_string()), &encoded(cable.address.to_string()));
    let ana = Core::start(journey, "ana", Some(&through)).await;
    let ben = Core::start(journey, "ben", Some(&cast.server.invite("ben@example.com"))).await;
    ana.in_agreement().await;
    ben.in_agreement().await;
    Two { cast, ana, ben, cable }
}

/// Waits until this computer shows the incident under this title.
async fn shows(core: &Core, incident: &str, title: &str) {
    until(&format!("{} sees the title {title:?}", core.name), || async {
        let held = core.incident(incident).await?;
        (held["row"]["title"] == title).then_some(())
    })
    .await;
}

async fn written_offline_agrees(journey: &Journey, database: Option<String>) {
    let two = two(journey, database).await;
    let incident = two.ana.declare("Checkout is slow").await;
    until("Ben hears of the incident", || async { two.ben.incident(&incident).await }).await;
    two.ana.in_agreement().await;

    two.cable.cut();
    until("Ana knows that she is offline", || async {
        (two.ana.sync_state().await["connected"] == false).then_some(())
    })
    .await;
    two.ben.set(&incident, "title", "Checkout is down").await;
    two.ben.note(&incident, "all regions").await;
    two.ben.in_agreement().await;
    two.ana.set(&incident, "title", "Payments fail").await;
    two.ana.note(&incident, "it began with the deployment").await;
    let second = two.ana.declare("Search is slow, too").await;
    two.ana.note(&second, "written in the tunnel").await;

    let held = two.ana.incident(&incident).await.expect("it is on her disk");
    assert_eq!(held["fields"]["title"]["pending"], true, "it must not look known: {held}");
    assert_eq!(two.ana.incident(&second).await.expect("declared")["row"]["pending"], true);
    let waiting = two.ana.sync_state().await;
    assert_eq!(waiting["waiting"], 4, "{waiting}");
    assert!(waiting["offline_since"].is_string(), "{waiting}");

    two.cable.mend();
    two.ana.in_agreement().await;
    // Ana wrote later, and neither had seen the other's title.
    shows(&two.ben, &incident, "Payments fail").await;
    shows(&two.ana, &incident, "Payments fail").await;
    for core in [&two.ana, &two.ben] {
        until(&format!("{} has both notes", core.name), || async {
            let mut texts = core.timeline(&incident).await;
            texts.sort();
            (texts == ["all regions", "it began with the deployment"]).then_some(())
        })
        .await;
        let record = json!({ "kind": "incident", "id": incident });
        let history = core.call("field_history", json!({ "record": record, "field": "title" })).await;
        let found: Vec<_> = history
            .as_array()
            .expect("versions")
            .iter()
            .map(|v| (v["value"].as_str().unwrap_or_default(), v["standing"].as_str().unwrap_or_default()))
            .collect();
        assert_eq!(found, [("Payments fail", "current"), ("Checkout is down", "overruled")], "{}", core.name);
        let held = core.incident(&second).await.expect("the second incident");
        assert_eq!(held["row"]["pending"], false);
        assert_eq!(held["row"]["incident"]["number"], 2);
    }
    // Whoever wants the other one back takes it back, everywhere.
    two.ben.set(&incident, "title", "Checkout is down").await;
    shows(&two.ana, &incident, "Checkout is down").await;
    let found = two.ana.call("search", json!({ "query": "tunn", "limit": 10 })).await;
    assert_eq!(found[0]["kind"], "entry", "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_offline_arrives_and_agrees() {
    let journey = Journey::begin("written-offline").await;
    written_offline_agrees(&journey, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_offline_arrives_and_agrees_on_postgres() {
    let Some(database) = postgres::fresh_database("written_offline").await else {
        eprintln!("FIREBELL_TEST_POSTGRES is not set: not played on PostgreSQL");
        return;
    };
    let journey = Journey::begin("written-offline-postgres").await;
    written_offline_agrees(&journey, Some(database)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_killed_nothing_that_was_written_is_lost() {
    let journey = Journey::begin("killed-while-writing").await;
    let mut two = two(&journey, None).await;
    let incident = two.ana.declare("The database is slow").await;
    two.ana.in_agreement().await;
    let mut expected = vec![];
    for round in 0..6 {
        for n in 0..5 {
            let text = format!("round {round}, note {n}");
            let author = if n % 2 == 0 { &two.ana } else { &two.ben };
            until(&format!("{} knows the incident", author.name), || author.incident(&incident)).await;
            author.note(&incident, &text).await;
            expected.push(text);
        }
        match round {
            0 => {
                two.ana.kill();
                two.ana.launch(None).await;
            }
            1 => {
                two.cast.server.kill();
                two.ana.note(&incident, "while the server was away").await;
                expected.push("while the server was away".into());
                two.cast.server.serve().await;
            }
            2 => two.cable.cut(),
            3 => {
                two.ana.kill();
                two.cable.mend();
                two.ana.launch(None).await;
            }
            4 => {
                two.ben.kill();
                two.cast.server.kill();
                two.ben.launch(None).await;
                two.cast.server.serve().await;
            }
            _ => {}
        }
    }
    two.ana.in_agreement().await;
    two.ben.in_agreement().await;
    expected.sort();
    for core in [&two.ana, &two.ben] {
        until(&format!("{} has every note once", core.name), || async {
            let mut texts = core.timeline(&incident).await;
            texts.sort();
            (texts == expected).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_library_is_repaired_from_the_team_and_what_was_unsent() {
    let journey = Journey::begin("library-damaged").await;
    let mut two = two(&journey, None).await;
    let incident = two.ben.declare("Mail is late").await;
    two.ben.in_agreement().await;
    until("Ana hears of it", || async { two.ana.incident(&incident).await }).await;
    two.cable.cut();
    two.ana.note(&incident, "nobody else has this").await;
    two.ana.kill();
    // The journal as well: it alone would bring everything back.
    for part in ["library.db", "library.db-wal"] {
        let path = two.ana.data().join(part);
        let length = std::fs::metadata(&path).expect("the library").len() as usize;
        std::fs::write(&path, vec![0x5a; length]).expect("damaged");
    }

    two.ana.launch(None).await;
    let state = two.ana.sync_state().await;
    let notice = state["notice"].as_str().unwrap_or_default();
    assert!(notice.contains("damaged") && notice.contains("recovered"), "{state}");
    two.cable.mend();
    two.ana.in_agreement().await;
    for core in [&two.ana, &two.ben] {
        until(&format!("{} has the note", core.name), || async {
            (core.timeline(&incident).await == ["nobody else has this"]).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_was_written_alone_joins_the_team() {
    let journey = Journey::begin("alone-then-joining").await;
    let cast = Cast::assemble(&journey, &Team::default()).await;
    let mut ana = Core::start(&journey, "ana", None).await;
    ana.call("alone_start", json!({ "name": "Ana" })).await;
    let incident = ana.declare("My laptop's build is broken").await;
    ana.note(&incident, "found alone").await;
    ana.call(
        "incident_ask",
        json!({ "incident": incident, "command": { "do": "set_status", "to": "resolved" } }),
    )
    .await;
    let held = ana.incident(&incident).await.expect("decided here");
    assert_eq!(held["row"]["incident"]["status"], "resolved");
    assert_eq!(held["row"]["pending"], false, "there is nobody else to know it: {held}");
    assert_eq!(ana.sync_state().await["alone"], true);
    let resolved_at = held["row"]["incident"]["moments"]["resolved_at"].clone();

    ana.kill();
    ana.launch(Some(&cast.server.invite("ana@example.com"))).await;
    ana.in_agreement().await;
    let ben = Core::start(&journey, "ben", Some(&cast.server.invite("ben@example.com"))).await;
    until("Ben has Ana's history", || async {
        (ben.timeline(&incident).await == ["found alone"]).then_some(())
    })
    .await;
    for core in [&ana, &ben] {
        let held = core.incident(&incident).await.expect("known");
        let row = &held["row"]["incident"];
        assert_eq!(
            (&row["status"], &row["declared_by"]),
            (&json!("resolved"), &json!("ana")),
            "{}",
            core.name
        );
        assert_eq!(
            row["moments"]["resolved_at"], resolved_at,
            "it was decided then, and is not decided again"
        );
    }
    assert_eq!(ana.sync_state().await["alone"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_server_is_offered_what_it_lost() {
    let journey = Journey::begin("restored-log").await;
    let mut two = two(&journey, None).await;
    let incident = two.ana.declare("Disk full").await;
    two.ana.in_agreement().await;
    let backup = two.cast.server.dir().join("backup.db");
    let backup = backup.to_str().expect("UTF-8").to_owned();
    two.cast.server.call(&["backup", &backup]);
    two.ana.note(&incident, "after the backup, by Ana").await;
    two.ben.note(&incident, "after the backup, by Ben").await;
    two.ana.in_agreement().await;
    two.ben.in_agreement().await;
    two.cast.server.stop().await;
    two.cast.server.call(&["restore", &backup]);
    two.cast.server.serve().await;
    for core in [&two.ana, &two.ben] {
        until(&format!("{} has both notes", core.name), || async {
            let mut texts = core.timeline(&incident).await;
            texts.sort();
            (texts == ["after the backup, by Ana", "after the backup, by Ben"]).then_some(())
        })
        .await;
        core.in_agreement().await;
    }
}
