//! An admin sets up where tickets are made; what anybody sees of it; on both databases.

use super::tests::{Member, serve_with};
use crate::cli::Request as Asked;
use crate::config::Config;
use crate::storage::databases;
use firebell_domain::postmortem::TrackerSetup;
use serde_json::{Value, json};

fn jira(address: &str) -> Value {
    json!({ "tracker": "jira", "address": address, "kind": "cloud", "project": "ops", "issue_type": "Task", "account": "ana@example.com" })
}

async fn save(who: &Member, setup: &Value, token: Option<&str>) -> (u16, Value) {
    who.send("PUT", "/api/v1/tracker", Some(json!({ "setup": setup, "token": token }))).await
}

#[tokio::test]
async fn an_admin_sets_up_a_tracker_and_its_token_is_never_told() {
    let folder = tempfile::tempdir().unwrap();
    for database in databases(folder.path()) {
        let (url, desk) =
            serve_with(Config { allow_loopback_channels: true, ..Config::default() }, database).await;
        let ana = Member::join(&url, &desk, "ops@example.com", None).await;
        let ben = Member::join(&url, &desk, "ben@example.com", Some("responder")).await;
        // Nobody listens there, so nothing leaves this machine.
        let setup = jira("http://127.0.0.1:9/");
        assert_eq!(save(&ben, &setup, Some("secret-token")).await.0, 403);
        assert_eq!(save(&ana, &setup, None).await.1["errors"][0]["field"], "token");
        let (status, saved) = save(&ana, &setup, Some("secret-token")).await;
        assert_eq!((status, saved["setup"]["project"].as_str()), (200, Some("OPS")), "{saved}");
        let (_, seen) = ana.send("GET", "/api/v1/tracker", None).await;
        let (_, by_ben) = ben.send("GET", "/api/v1/tracker", None).await;
        assert_eq!(seen[0]["setup"]["account"], "ana@example.com");
        assert_eq!(
            (&by_ben[0]["setup"]["account"], &by_ben[0]["setup"]["project"]),
            (&json!(""), &json!("OPS"))
        );
        for said in [&saved, &seen, &by_ben] {
            assert!(!said.to_string().contains("secret-token"), "{said}");
        }
        // The same place needs no token again; another one does, so that it goes nowhere else.
        let mut other = setup.clone();
        other["issue_type"] = json!("Bug");
        assert_eq!(save(&ana, &other, None).await.0, 200);
        assert_eq!(save(&ana, &jira("http://127.0.0.1:10"), None).await.0, 400);
        for (field, value, token) in [
            ("address", json!("https://10.0.0.1"), "t"),
            ("address", json!("http://jira.example.com"), "t"),
            ("project", json!("a b"), "t"),
            ("account", json!("ana"), "t"),
            ("issue_type", json!(""), "two words"),
        ] {
            let mut odd = setup.clone();
            odd[field] = value;
            let (status, body) = save(&ana, &odd, Some(token)).await;
            assert_eq!(
                (status, body["errors"][0]["field"].as_str()),
                (400, Some(format!("setup.{field}").as_str())),
                "{body}"
            );
        }
        // The second one stands beside it; the command line sets it up, too.
        let github: TrackerSetup = serde_json::from_value(
            json!({ "tracker": "github", "address": "http://127.0.0.1:9", "repository": "acme/shop" }),
        )
        .unwrap();
        let refused = desk.execute(Asked::TrackerSet { setup: github.clone(), token: "t".into() }).await;
        assert!(
            refused.unwrap_err().contains("private network"),
            "the operator's desk knows of no exception for tests"
        );
        let address = "https://api.github.com".to_owned();
        let github = TrackerSetup::Github { address, repository: "acme/shop".into() };
        desk.execute(Asked::TrackerSet { setup: github, token: "t".into() }).await.unwrap();
        let shown = desk.execute(Asked::Trackers).await.unwrap().text;
        assert!(
            shown.contains("github: acme/shop at https://api.github.com") && shown.contains("jira: OPS"),
            "{shown}"
        );
        assert_eq!(ben.send_bytes("DELETE", "/api/v1/tracker?tracker=jira", vec![]).await.0, 403);
        assert_eq!(ana.send_bytes("DELETE", "/api/v1/tracker?tracker=jira", vec![]).await.0, 204);
        assert_eq!(ana.send_bytes("DELETE", "/api/v1/tracker?tracker=jira", vec![]).await.0, 404);
        assert_eq!(ana.send_bytes("DELETE", "/api/v1/tracker", vec![]).await.0, 400);
        let (_, seen) = ana.send("GET", "/api/v1/tracker", None).await;
        assert_eq!(seen.as_array().map(Vec::len), Some(1), "{seen}");
    }
}
