//! Endpoints on this machine that are well, ill, slow, endless, and out to lead somewhere else.

use crate::*;
use firebell_domain::health::HealthOutcome;
use firebell_domain::network::AllowList;
use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(300);

/// Answers everybody with these words; the port, and how many came.
async fn endpoint(ip: &str, words: impl Into<String>) -> (u16, Arc<AtomicUsize>) {
    let (listener, words) = (TcpListener::bind((ip, 0)).await.unwrap(), words.into());
    let (port, came) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let counted = came.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let words = words.clone();
            tokio::spawn(async move {
                asked(&mut stream).await;
                let _hung_up = stream.write_all(words.as_bytes()).await;
            });
        }
    });
    (port, came)
}

async fn asked(stream: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
}

fn ok() -> &'static str {
    "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
}

fn to(location: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n")
}

/// A name that stands for something else each time it is asked for; in the end for the last.
struct Fickle(Mutex<VecDeque<Vec<&'static str>>>, AtomicUsize);

impl Lookup for Fickle {
    fn look_up(&self, _: &str) -> guard::Found {
        self.1.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.0.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() };
        Box::pin(async move { Ok::<_, io::Error>(answer.iter().map(|ip| ip.parse().unwrap()).collect()) })
    }
}

fn fickle(answers: &[&[&'static str]]) -> Arc<Fickle> {
    Arc::new(Fickle(Mutex::new(answers.iter().map(|a| a.to_vec()).collect()), AtomicUsize::new(0)))
}

fn probe(lookup: Arc<dyn Lookup>) -> Probe {
    let _already = rustls::crypto::ring::default_provider().install_default();
    Probe::with(reqwest::Client::builder, lookup)
}

fn allow(texts: &[&str]) -> AllowList {
    AllowList::of(&texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>())
}

async fn look(url: &str, within: Duration) -> HealthOutcome {
    probe(Arc::new(SystemLookup)).look(url, &AllowList::with_loopback(), within).await
}

#[tokio::test]
async fn a_service_that_is_well_says_so_and_one_that_is_not_does_too() {
    let (port, _) = endpoint("127.0.0.1", ok()).await;
    assert!(matches!(
        look(&format!("http://127.0.0.1:{port}/"), LONG).await,
        HealthOutcome::Ok { status: 200, .. }
    ));
    let (port, _) = endpoint("127.0.0.1", "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n").await;
    let ill = look(&format!("http://127.0.0.1:{port}/"), LONG).await;
    assert!(
        matches!(&ill, HealthOutcome::Failed { status: Some(503), words, .. } if words.contains("503")),
        "{ill:?}"
    );
    let (port, _) = endpoint("127.0.0.1", "SSH-2.0-OpenSSH\r\n").await;
    let odd = look(&format!("http://127.0.0.1:{port}/"), LONG).await;
    assert!(matches!(&odd, HealthOutcome::Failed { status: None, .. }), "{odd:?}");
}

#[tokio::test]
async fn where_nobody_answers_it_says_why() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let refused = look(&format!("http://{closed}/"), LONG).await;
    assert!(
        matches!(&refused, HealthOutcome::Unreachable { words, .. } if words.contains("refused")),
        "{refused:?}"
    );
    let nameless = probe(fickle(&[&[]])).look("http://shop.example/", &AllowList::public_only(), LONG).await;
    assert!(
        matches!(&nameless, HealthOutcome::Unreachable { words, .. } if words.contains("no address")),
        "{nameless:?}"
    );
}

#[tokio::test]
async fn the_limit_holds_for_who_never_answers_who_drips_and_who_never_ends() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let begun = Instant::now();
    let outcome = look(&format!("http://{}/", silent.local_addr().unwrap()), SHORT).await;
    assert!(
        matches!(&outcome, HealthOutcome::Unreachable { words, .. } if words.contains("0.3 s")),
        "{outcome:?}"
    );

    // An answer that has begun and goes no further.
    let dripping = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", dripping.local_addr().unwrap());
    let held = tokio::spawn(async move {
        let (mut stream, _) = dripping.accept().await.unwrap();
        asked(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nslow").await.unwrap();
        stream.read_u8().await
    });
    let outcome = look(&url, SHORT).await;
    assert!(
        matches!(&outcome, HealthOutcome::Failed { status: Some(200), words, .. } if words.contains("did not end")),
        "{outcome:?}"
    );
    assert!(held.await.unwrap().is_err(), "it was hung up on");
    assert!(begun.elapsed() < LONG);

    // One that never ends is well, and is not listened to for long.
    let endless = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", endless.local_addr().unwrap());
    let poured = tokio::spawn(async move {
        let (mut stream, _) = endless.accept().await.unwrap();
        asked(&mut stream).await;
        let mut sent = 0;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        while stream.write_all(&[b'x'; 8 * 1024]).await.is_ok() {
            sent += 8 * 1024;
        }
        sent
    });
    assert!(matches!(look(&url, LONG).await, HealthOutcome::Ok { status: 200, .. }));
    assert!(poured.await.unwrap() < 64 * 1024 * 1024, "what was sent beyond filled buffers only");
}

#[tokio::test]
async fn redirects_are_followed_three_times_and_judged_each_time() {
    let (end, _) = endpoint("127.0.0.1", ok()).await;
    let mut url = format!("http://127.0.0.1:{end}/");
    for hops in 1..=4 {
        let (port, _) = endpoint("127.0.0.1", to(&url)).await;
        url = format!("http://127.0.0.1:{port}/");
        let outcome = look(&url, LONG).await;
        assert_eq!(matches!(outcome, HealthOutcome::Ok { .. }), hops <= 3, "{hops}: {outcome:?}");
    }
    let (private, came) = endpoint("127.0.0.1", ok()).await;
    let allowed = allow(&["127.0.0.2"]);
    for bad in [
        format!("http://127.0.0.1:{private}/"),
        format!("http://[::ffff:127.0.0.1]:{private}/"),
        format!("//0x7f.1:{private}/"),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "http://user:pw@127.0.0.2/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "gopher://127.0.0.2/".to_owned(),
    ] {
        let (port, _) = endpoint("127.0.0.2", to(&bad)).await;
        let first = format!("http://127.0.0.2:{port}/");
        let outcome = probe(Arc::new(SystemLookup)).look(&first, &allowed, LONG).await;
        let refused = matches!(&outcome, HealthOutcome::Failed { status: Some(302), words, .. } if words.contains("not followed"));
        assert!(refused, "{bad}: {outcome:?}");
    }
    assert_eq!(came.load(Ordering::SeqCst), 0, "nobody came to the private one");
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_connected_to_as_it_was_judged() {
    let (port, came) = endpoint("127.0.0.2", ok()).await;
    let other = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let allowed = allow(&["127.0.0.2"]);
    let lookup = fickle(&[&["127.0.0.2"], &["127.0.0.1"]]);
    let (probe, url) = (probe(lookup.clone()), format!("http://shop.example:{port}/"));

    let outcome = probe.look(&url, &allowed, LONG).await;
    assert!(matches!(outcome, HealthOutcome::Ok { .. }), "{outcome:?}");
    assert_eq!(
        lookup.1.load(Ordering::SeqCst),
        1,
        "looked up once: what was judged is what was connected to"
    );
    assert_eq!(came.load(Ordering::SeqCst), 1);

    let outcome = probe.look(&url, &allowed, LONG).await;
    let refused = matches!(&outcome, HealthOutcome::NotAllowed { words } if words.contains("127.0.0.1") && words.contains("health_allow"));
    assert!(refused, "judged anew each time, on no connection that was kept: {outcome:?}");
    assert!(nobody_waits(&other).await, "nobody came to the private address");
}

/// True when nobody waits at this listener: somebody who does is let in at once.
async fn nobody_waits(listener: &TcpListener) -> bool {
    let waiting = listener.local_addr().unwrap();
    let mut me = TcpStream::connect(waiting).await.unwrap();
    let (_, first) = listener.accept().await.unwrap();
    me.shutdown().await.unwrap();
    first == me.local_addr().unwrap()
}

#[tokio::test]
async fn a_redirect_to_a_name_that_stands_for_a_private_address_is_refused() {
    let (port, came) = endpoint("127.0.0.1", ok()).await;
    let (first, _) = endpoint("127.0.0.2", to(&format!("http://inside.example:{port}/"))).await;
    let probe = probe(fickle(&[&["127.0.0.1", "10.0.0.1"]]));
    let outcome = probe.look(&format!("http://127.0.0.2:{first}/"), &allow(&["127.0.0.2"]), LONG).await;
    assert!(matches!(&outcome, HealthOutcome::NotAllowed { .. }), "{outcome:?}");
    assert_eq!(came.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn of_a_name_with_several_addresses_only_the_judged_ones_are_used() {
    let (port, _) = endpoint("127.0.0.2", ok()).await;
    let other = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let probe = probe(fickle(&[&["127.0.0.1", "127.0.0.2"]]));
    let outcome = probe.look(&format!("http://shop.example:{port}/"), &allow(&["127.0.0.2"]), LONG).await;
    assert!(matches!(outcome, HealthOutcome::Ok { .. }), "{outcome:?}");
    assert!(nobody_waits(&other).await);
}

#[tokio::test]
async fn an_address_that_cannot_be_meant_is_not_asked() {
    let probe = probe(Arc::new(SystemLookup));
    for bad in [
        "ftp://example.com/",
        "example.com",
        "http://",
        "http://user@example.com/",
        "http://10.0.0.1/",
        "http://2130706433/",
        "http://[::1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://169.254.169.254/",
    ] {
        let outcome = probe.look(bad, &AllowList::public_only(), LONG).await;
        assert!(matches!(&outcome, HealthOutcome::NotAllowed { .. }), "{bad}: {outcome:?}");
    }
    let long = format!("http://example.com/{}", "x".repeat(3_000));
    assert!(matches!(
        probe.look(&long, &AllowList::public_only(), LONG).await,
        HealthOutcome::NotAllowed { .. }
    ));
    let localhost: IpAddr = "127.0.0.1".parse().unwrap();
    assert!(!AllowList::public_only().lets(localhost));
    let outcome = probe.look("http://localhost:1/", &AllowList::public_only(), LONG).await;
    assert!(matches!(&outcome, HealthOutcome::NotAllowed { .. }), "{outcome:?}");
}
