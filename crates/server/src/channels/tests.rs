//! Channels against a receiver on this machine.

use super::*;
use crate::secret::sign_hex;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::IntoResponse;
use tokio::sync::mpsc;

type Seen = (Uri, HeaderMap, String);

/// A receiver that keeps what it gets and answers `status`.
async fn receiver(status: u16) -> (String, mpsc::UnboundedReceiver<Seen>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (tx, rx) = mpsc::unbounded_channel();
    let app = Router::new()
        .fallback(
            async move |State(tx): State<mpsc::UnboundedSender<Seen>>,
                        uri: Uri,
                        headers: HeaderMap,
                        body: String| {
                tx.send((uri, headers, body)).unwrap();
                (
                    StatusCode::from_u16(status).unwrap(),
                    [("location", "http://127.0.0.1:1/")],
                    "x".repeat(200_000),
                )
                    .into_response()
            },
        )
        .with_state(tx);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, rx)
}

fn now() -> Instant {
    "2026-11-21T02:13:00Z".parse().unwrap()
}

fn page() -> Message {
    Message {
        id: "page/1/0/ana/channel".into(),
        about: Subject::Page(PageSummary {
            page: PageId(uuid::Uuid::from_u128(1)),
            number: 41,
            title: "Datenbank läuft nicht".into(),
            service: "Payments API".into(),
            severity: Severity::Sev2,
            source: Some("db-1".into()),
            runbook: Some("https://runbooks.example.com/db".into()),
            started_at: now(),
            firing: 3,
        }),
        person: "ana".into(),
        ack_url: Some("https://firebell.example.com/ack/abc".into()),
    }
}

fn to<'a>(kind: ChannelKind, url: &'a str, secret: &'a str) -> Destination<'a> {
    Destination { kind, url, secret: Some(secret), token: Some("tk_1") }
}

#[tokio::test]
async fn a_phone_gets_the_page_with_a_button_to_acknowledge() {
    let (address, mut seen) = receiver(200).await;
    let url = format!("{address}/my-topic");
    let senders = Senders::new(true).unwrap();
    senders.deliver(to(ChannelKind::Ntfy, &url, ""), &page(), now()).await.unwrap();
    let (uri, headers, body) = seen.recv().await.unwrap();
    assert_eq!(uri.path(), "/my-topic");
    assert_eq!(headers["priority"], "5");
    assert_eq!(headers["authorization"], "Bearer tk_1");
    assert_eq!(headers["click"], "https://firebell.example.com/ack/abc");
    assert!(
        headers["actions"].to_str().unwrap().contains("Acknowledge, https://firebell.example.com/ack/abc")
    );
    assert!(headers["title"].to_str().unwrap().starts_with("=?UTF-8?B?"));
    assert!(body.contains("Payments API") && body.contains("3 alerts") && body.contains("page 41"), "{body}");
}

#[tokio::test]
async fn a_webhook_can_be_checked_by_its_receiver() {
    let (address, mut seen) = receiver(204).await;
    let senders = Senders::new(true).unwrap();
    senders.deliver(to(ChannelKind::Webhook, &address, "s3cret"), &page(), now()).await.unwrap();
    let (_, headers, body) = seen.recv().await.unwrap();
    let t = now().timestamp();
    let expected = format!("t={t},v1={}", sign_hex(b"s3cret", format!("{t}.{body}").as_bytes()));
    assert_eq!(headers["firebell-signature"], expected);
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["id"], "page/1/0/ana/channel");
    assert_eq!(body["page"]["severity"], "SEV2");
    assert_eq!(body["acknowledge_url"], "https://firebell.example.com/ack/abc");
}

#[tokio::test]
async fn the_test_button_says_that_it_is_a_test() {
    let (address, mut seen) = receiver(200).await;
    let test = Message { about: Subject::Test, ack_url: None, ..page() };
    let senders = Senders::new(true).unwrap();
    senders.deliver(to(ChannelKind::Webhook, &address, "s"), &test, now()).await.unwrap();
    assert!(seen.recv().await.unwrap().2.contains("\"type\":\"test\""));
    senders.deliver(to(ChannelKind::Ntfy, &address, "s"), &test, now()).await.unwrap();
    assert!(seen.recv().await.unwrap().2.contains("test"));
}

#[tokio::test]
async fn whoever_must_know_is_told_quietly_and_has_nothing_to_acknowledge() {
    let (address, mut seen) = receiver(200).await;
    let notice = NoticeSummary {
        incident: IncidentId(uuid::Uuid::from_u128(3)),
        number: 12,
        title: "Checkout is down".into(),
        severity: Severity::Sev1,
        words: "Ana Ruiz declared it.".into(),
    };
    let told = Message { about: Subject::Notice(notice), ack_url: None, ..page() };
    let senders = Senders::new(true).unwrap();
    senders.deliver(to(ChannelKind::Ntfy, &address, ""), &told, now()).await.unwrap();
    let (_, headers, body) = seen.recv().await.unwrap();
    assert_eq!(
        (&headers["priority"], &headers["title"]),
        (&"3".parse().unwrap(), &"SEV1 #12 Checkout is down".parse().unwrap())
    );
    assert!(headers.get("actions").is_none() && headers.get("click").is_none());
    assert_eq!(body, "Ana Ruiz declared it.");
    senders.deliver(to(ChannelKind::Webhook, &address, "s"), &told, now()).await.unwrap();
    let body: serde_json::Value = serde_json::from_str(&seen.recv().await.unwrap().2).unwrap();
    assert_eq!((&body["type"], &body["notice"]["number"]), (&"incident.notice".into(), &12.into()));
    assert!(body["page"].is_null() && body["acknowledge_url"].is_null());
}

#[tokio::test]
async fn what_went_wrong_is_said_without_the_address() {
    let senders = Senders::new(true).unwrap();
    for (status, part) in [(500, "500"), (302, "redirect"), (403, "token"), (404, "address")] {
        let (address, mut seen) = receiver(status).await;
        let url = format!("{address}/secret-topic");
        let words = senders.deliver(to(ChannelKind::Ntfy, &url, ""), &page(), now()).await.unwrap_err();
        assert!(words.contains(part) && !words.contains("secret-topic"), "{words}");
        seen.recv().await.unwrap();
        assert!(seen.try_recv().is_err(), "no redirect is followed");
    }
    let words =
        senders.deliver(to(ChannelKind::Ntfy, "http://127.0.0.1:1/secret-topic", ""), &page(), now()).await;
    let words = words.unwrap_err();
    assert!(words.contains("cannot be reached") && !words.contains("secret-topic"), "{words}");
}

#[tokio::test]
async fn a_private_address_is_not_connected_to() {
    let (address, mut seen) = receiver(200).await;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let senders = Senders::new(false).unwrap();
    let port = address.rsplit(':').next().unwrap();
    for url in [format!("https://127.0.0.1:{port}/"), format!("https://localhost:{port}/"), address.clone()] {
        assert!(senders.deliver(to(ChannelKind::Webhook, &url, "s"), &page(), now()).await.is_err(), "{url}");
    }
    assert!(seen.try_recv().is_err());
}
