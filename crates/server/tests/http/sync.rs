//! The door of `/sync`, and what comes through it.

use crate::stage::{FRAME_MAX, Stage, answer, greeted};
use serde_json::json;

#[tokio::test]
async fn the_scheme_of_a_token_is_read_alike_wherever_it_is_sent() {
    let stage = Stage::set().await;
    let ana = stage.enrol("ana@example.com").await;
    for (scheme, is_read) in [("Bearer", true), ("bearer", true), ("BEARER", true), ("Basic", false)] {
        let authorization = format!("{scheme} {}", ana.token);
        let asked = stage.http.get(format!("{}/api/v1/pages", stage.url));
        let (status, _) = answer(asked.header("authorization", &authorization).send().await.unwrap()).await;
        assert_eq!(status, if is_read { 200 } else { 401 }, "{scheme}");
        assert_eq!(stage.connect(&authorization).await.err(), (!is_read).then_some(401), "{scheme}");
    }
}

#[tokio::test]
async fn a_greeting_comes_in_short_frames_however_large_the_team_is() {
    let stage = Stage::set().await;
    let ana = stage.enrol("ana@example.com").await;
    // In two bytes each, so that some letters are cut in the middle.
    let name = "\u{e9}".repeat(199);
    let people: Vec<_> =
        (0..100).map(|n| format!("  - {{ id: p{n}, name: x{name}, email: p{n}@example.com }}\n")).collect();
    stage.apply_with_people(&people.concat()).await;
    let mut socket = stage.connect(&format!("Bearer {}", ana.token)).await.unwrap();
    let welcome = greeted(&mut socket).await;
    assert_eq!(welcome["team"]["team"]["people"].as_array().unwrap().len(), 103);
    assert_eq!(welcome["team"]["team"]["people"][102]["name"], json!(format!("x{name}")));
    assert!(welcome.to_string().len() > 10 * FRAME_MAX);
}

#[tokio::test]
async fn what_is_no_websocket_is_told_that_this_is_one() {
    let stage = Stage::set().await;
    let ana = stage.enrol("ana@example.com").await;
    assert_eq!(ana.get("/sync").await.0, 426);
}
