//! How a service is, as the server sees it.

use crate::stage::Stage;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Redirect;
use axum::routing::get;
use serde_json::json;

/// Endpoints that are well, ill, and lead elsewhere; their address.
async fn endpoints() -> String {
    let app = Router::new()
        .route("/well", get("ok"))
        .route("/ill", get((StatusCode::SERVICE_UNAVAILABLE, "the database is away")))
        .route("/inside", get(Redirect::temporary("http://169.254.169.254/latest/meta-data")));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

fn team(url: &str, settings: &str) -> String {
    let service = |id: &str, more: &str| format!("  - {{ id: {id}, name: {id}, policy: default{more} }}\n");
    let health = |path: &str| format!(", health: \"{url}/{path}\"");
    let services = [
        service("well", &health("well")),
        service("ill", &health("ill")),
        service("inside", &health("inside")),
        service("gone", ", health: \"http://127.0.0.1:1/\""),
        service("own", &format!("{}, health_from: desktop", health("well"))),
        service("mute", ""),
    ];
    format!(
        "team: {{ name: Acme{settings} }}\npeople:\n  - {{ id: ana, name: Ana, email: ana@example.com, role: admin }}\n\
         policies:\n  - {{ id: default, steps: [{{ after: 0s, notify: [{{ person: ana }}] }}] }}\nservices:\n{}",
        services.concat()
    )
}

#[tokio::test]
async fn what_is_found_is_said_and_only_what_the_team_wrote_down_is_looked_at() {
    let stage = Stage::set().await;
    let url = endpoints().await;
    stage.apply(&team(&url, ", health_allow: [127.0.0.0/8]")).await;
    let ana = stage.enrol("ana@example.com").await;
    let look = async |id: &str| ana.get(&format!("/api/v1/services/{id}/health")).await;

    let (status, well) = look("well").await;
    assert_eq!(
        (status, &well["outcome"]["is"], &well["outcome"]["status"]),
        (200, &json!("ok"), &json!(200)),
        "{well}"
    );
    assert!(well["outcome"]["ms"].is_u64() && well["at"].is_string());
    let (status, posted) = ana.post("/api/v1/services/well/health", json!({})).await;
    assert_eq!((status, &posted["outcome"]["is"]), (200, &json!("ok")));
    let (status, ill) = look("ill").await;
    assert_eq!(
        (status, &ill["outcome"]["is"], &ill["outcome"]["status"]),
        (200, &json!("failed"), &json!(503))
    );
    assert!(!ill.to_string().contains("database"), "what it answered is nobody's business: {ill}");
    let (_, inside) = look("inside").await;
    assert_eq!(inside["outcome"]["is"], "failed");
    assert!(inside["outcome"]["words"].as_str().unwrap().contains("169.254.169.254"), "{inside}");
    assert_eq!(look("gone").await.1["outcome"]["is"], "unreachable");
    assert_eq!(look("own").await.0, 409);
    assert_eq!(look("mute").await.0, 404);
    assert_eq!(look("moon").await.0, 404);
    assert_eq!(look("http:%2F%2Fexample.com").await.0, 404, "nobody names an address of their own");
}

#[tokio::test]
async fn a_private_network_is_left_alone_until_the_admin_lists_it() {
    let stage = Stage::set().await;
    let url = endpoints().await;
    stage.apply(&team(&url, "")).await;
    let ana = stage.enrol("ana@example.com").await;
    let (status, said) = ana.get("/api/v1/services/well/health").await;
    assert_eq!((status, &said["outcome"]["is"]), (200, &json!("not_allowed")), "{said}");
    assert!(said["outcome"]["words"].as_str().unwrap().contains("team.health_allow"), "{said}");
    for wrong in ["0.0.0.0/0", "office"] {
        let text = team(&url, &format!(", health_allow: [\"{wrong}\"]"));
        let refused =
            stage.ask(firebell_server::cli::Request::Apply { text, plan: false }).await.unwrap_err();
        assert!(refused.contains("team.health_allow[0]"), "{refused}");
    }
    stage.apply(&team(&url, ", health_allow: [127.0.0.1]")).await;
    assert_eq!(ana.get("/api/v1/services/well/health").await.1["outcome"]["is"], "ok");
}

#[tokio::test]
async fn nobody_scans_with_it() {
    let stage = Stage::set().await;
    stage.apply(&team(&endpoints().await, ", health_allow: [127.0.0.1]")).await;
    let ana = stage.enrol("ana@example.com").await;
    let looks = (0..40).map(|_| ana.get("/api/v1/services/well/health"));
    let looks = futures_util::future::join_all(looks).await;
    let refused: Vec<_> = looks.iter().filter(|(status, _)| *status == 429).collect();
    // The bucket refills while it is emptied, by one each two seconds.
    assert!((1..=10).contains(&refused.len()), "{}", refused.len());
    assert_eq!(refused[0].1["code"], "too_fast");
}
