//! The library over the wire: what a desktop submits and pulls, and what a script reads of incidents.

use crate::stage::{Device, Stage};
use firebell_server::cli::Request;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

const ANA_WRITES: &str = "00000000-0000-0000-0000-00000000000a";
const INCIDENT: &str = "00000000-0000-0000-0000-000000000001";

struct Desktop(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Desktop {
    /// Connects, and hears the welcome.
    async fn of(stage: &Stage, device: &Device<'_>, writer: Option<&str>) -> (Self, Value) {
        let address = format!("{}/sync", stage.url.replace("http", "ws"));
        let mut request = address.into_client_request().unwrap();
        request.headers_mut().insert("authorization", format!("Bearer {}", device.token).parse().unwrap());
        let (socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        let mut desktop = Self(socket);
        let mut hello =
            json!({ "type": "hello", "protocol": 1, "app": "test", "capabilities": ["log"], "cursor": null });
        if let Some(writer) = writer {
            hello["writer"] = json!(writer);
        }
        desktop.say(hello).await;
        let welcome = desktop.hear("welcome").await;
        (desktop, welcome)
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// The next message of this type; others are passed over.
    async fn hear(&mut self, kind: &str) -> Value {
        loop {
            let message = self.0.next().await.expect("the connection stands").unwrap();
            let Message::Text(text) = message else { continue };
            assert!(text.len() <= 256 * 1024, "{} bytes at once", text.len());
            let value: Value = serde_json::from_str(&text).unwrap();
            if value["type"] == kind {
                return value;
            }
        }
    }

    async fn submit(&mut self, ops: Vec<Value>) -> Vec<Value> {
        let count = ops.len();
        self.say(json!({ "type": "submit", "ops": ops })).await;
        let mut answers = vec![];
        while answers.len() < count {
            let heard = self.hear("answers").await;
            let some = heard["answers"].as_array().unwrap().clone();
            let stops =
                ["forked", "missing"].map(Value::from).contains(&some.last().unwrap()["outcome"]["is"]);
            answers.extend(some);
            if stops {
                break;
            }
        }
        answers
    }
}

fn op(counter: u64, author: &str, change: Value) -> Value {
    json!({ "after": counter - 1, "op": {
        "id": { "writer": ANA_WRITES, "counter": counter }, "scope": "team", "author": author,
        "stamp": { "ms": 1_000 + counter, "tick": 0 }, "schema": 1, "change": change,
    } })
}

fn declare() -> Value {
    json!({ "kind": "command", "incident": INCIDENT, "decided_on": 0, "given_at": "2026-11-25T10:00:00Z",
        "good_for_ms": 3_600_000,
        "command": { "do": "declare", "title": "Checkout is down", "severity": "SEV1" } })
}

fn field(name: &str, value: &str) -> Value {
    json!({ "kind": "record", "record": { "kind": "incident", "id": INCIDENT }, "field": name, "value": value })
}

fn entry(n: u128, text: &str) -> Value {
    json!({ "kind": "entry", "entry": { "id": uuid::Uuid::from_u128(n), "incident": INCIDENT, "kind": "note",
        "text": text, "at": format!("2026-11-25T10:{:02}:00Z", 59 - n % 60) } })
}

#[tokio::test]
async fn what_ana_writes_is_answered_and_told_to_the_others_and_asked_again_after_a_reconnect() {
    let stage = Stage::set().await;
    let (ana, ops) = (stage.enrol("ana@example.com").await, stage.enrol("ops@example.com").await);
    let (mut hers, welcome) = Desktop::of(&stage, &ana, Some(ANA_WRITES)).await;
    assert_eq!(welcome["heard"], 0);
    let (mut other, _) = Desktop::of(&stage, &ops, None).await;
    other.hear("snapshot").await;

    let batch =
        vec![op(1, "ana", declare()), op(2, "ana", entry(1, "looking")), op(3, "ops", entry(2, "forged"))];
    let answers = hers.submit(batch.clone()).await;
    let is: Vec<_> = answers.iter().map(|a| a["outcome"]["is"].as_str().unwrap()).collect();
    assert_eq!(is, ["accepted", "accepted", "refused"], "{answers:?}");
    let told = other.hear("operations").await;
    let kinds: Vec<_> =
        told["operations"].as_array().unwrap().iter().map(|o| o["body"]["kind"].clone()).collect();
    assert_eq!(kinds, ["page", "incident", "written"], "a SEV1 rings somebody, whatever it is about");
    assert_eq!(told["operations"][1]["body"]["events"][0]["number"], 1);

    // Things that make no sense leave the connection standing.
    let gap =
        hers.submit(vec![op(9, "ana", entry(9, "too early")), op(10, "ana", entry(10, "and on"))]).await;
    assert_eq!((gap.len(), &gap[0]["outcome"]), (1, &json!({ "is": "missing", "heard": 3 })));
    hers.say(json!({ "type": "submit", "ops": [] })).await;
    let forked = hers.submit(vec![op(2, "ana", entry(1, "something else"))]).await;
    assert_eq!(forked[0]["outcome"]["is"], "forked");

    drop(hers);
    let (mut hers, welcome) = Desktop::of(&stage, &ana, Some(ANA_WRITES)).await;
    assert_eq!((&welcome["heard"], welcome["newest"].as_u64().unwrap() >= 3), (&json!(3), true));
    assert_eq!(hers.submit(batch).await, answers, "the same answers");

    // Where her cursor is, the others see; she does not, and nobody keeps it.
    let there = json!({ "document": format!("incident/{INCIDENT}#body"), "selection": [3, 7] });
    hers.say(json!({ "type": "presence", "document": there["document"], "selection": there["selection"] }))
        .await;
    let seen = other.hear("presence").await;
    assert_eq!((&seen["person"], &seen["presence"]), (&json!("ana"), &there));
    assert_eq!(seen["device"].as_str().unwrap(), ana.id);
    for n in 0..100 {
        hers.say(json!({ "type": "presence", "document": there["document"], "selection": [n, n] })).await;
    }
    drop(hers);
    let mut passed_on = 0;
    while other.hear("presence").await["presence"]["selection"] != Value::Null {
        passed_on += 1;
    }
    assert!(passed_on < 50, "{passed_on} of 100 in a moment; then she left the text");
}

#[tokio::test]
async fn a_burst_of_long_changes_reaches_the_others_in_parts() {
    let stage = Stage::set().await;
    let (ana, ops) = (stage.enrol("ana@example.com").await, stage.enrol("ops@example.com").await);
    let (mut hers, _) = Desktop::of(&stage, &ana, Some(ANA_WRITES)).await;
    let (mut other, _) = Desktop::of(&stage, &ops, None).await;
    other.hear("snapshot").await;
    hers.submit(vec![op(1, "ana", declare())]).await;
    for n in 0..8 {
        let some = (0..4).map(|m| op(2 + n * 4 + m, "ana", field(&format!("f{n}_{m}"), &"x".repeat(60_000))));
        assert!(hers.submit(some.collect()).await.iter().all(|a| a["outcome"]["is"] == "accepted"));
    }
    let (mut heard, mut last) = (0, 0);
    while heard < 33 {
        for operation in other.hear("operations").await["operations"].as_array().unwrap() {
            let seq = operation["seq"].as_u64().unwrap();
            assert!(last == 0 || seq == last + 1);
            (last, heard) = (seq, heard + 1);
        }
    }
    // Whoever comes later reads it from the log, in parts too.
    let (status, first) = ops.get("/api/v1/log").await;
    assert_eq!((status, first["after"].clone()), (200, json!(0)));
    let mut at = first["upto"].as_u64().unwrap();
    let mut count = first["operations"].as_array().unwrap().len();
    while at < first["newest"].as_u64().unwrap() {
        let (_, part) = ops.get(&format!("/api/v1/log?after={at}&limit=10")).await;
        assert!(part["operations"].as_array().unwrap().len() <= 10);
        at = part["upto"].as_u64().unwrap();
        count += part["operations"].as_array().unwrap().len();
    }
    assert_eq!(count, 33);
    // Behind the end there is nothing, and that is no mistake.
    let (status, none) = ops.get("/api/v1/log?after=999999").await;
    assert_eq!((status, &none["operations"], &none["upto"]), (200, &json!([]), &json!(999_999)));
    for query in ["after=-1", "limit=many", "until=x"] {
        assert_eq!(ops.get(&format!("/api/v1/log?{query}")).await.0, 400, "{query}");
    }
    // Packed for those who ask.
    let ask = stage.http.get(format!("{}/api/v1/log", stage.url)).bearer_auth(&ops.token);
    let packed = ask.header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    let bytes = packed.bytes().await.unwrap();
    assert!(bytes.len() < 100_000, "{} bytes", bytes.len());
    let unpacked: Value = serde_json::from_reader(flate2::read::GzDecoder::new(&bytes[..])).unwrap();
    assert_eq!(unpacked, first);
}

#[tokio::test]
async fn a_script_reads_incidents_and_a_desktop_the_open_ones_first() {
    let stage = Stage::set().await;
    let (ana, eve) = (stage.enrol("ana@example.com").await, stage.enrol("eve@example.com").await);
    let (mut hers, _) = Desktop::of(&stage, &ana, Some(ANA_WRITES)).await;
    let ended = "00000000-0000-0000-0000-0000000000ee";
    let mut other = declare();
    (other["incident"], other["command"]["title"]) = (json!(ended), json!("Over"));
    let mut end = other.clone();
    end["command"] = json!({ "do": "false_alarm", "reason": "a test" });
    end["decided_on"] = json!(1);
    let mut correction = entry(3, "it was the certificate");
    correction["entry"]["corrects"] = json!(uuid::Uuid::from_u128(2));
    let batch = [
        declare(),
        entry(1, "second"),
        entry(2, "first"),
        field("impact", "nobody can pay"),
        correction,
        other,
        end,
    ];
    let batch = (1..).zip(batch).map(|(n, change)| op(n, "ana", change)).collect();
    let answers = hers.submit(batch).await;
    assert!(answers.iter().all(|a| a["outcome"]["is"] == "accepted"), "{answers:?}");

    let (status, list) = eve.get("/api/v1/incidents").await;
    let titles: Vec<_> = list.as_array().unwrap().iter().map(|i| i["title"].as_str().unwrap()).collect();
    assert_eq!(
        (status, titles),
        (200, vec!["Checkout is down", "Over"]),
        "open ones first; a stakeholder reads"
    );
    assert_eq!(eve.get("/api/v1/incidents?limit=1").await.1.as_array().unwrap().len(), 1);
    let (_, one) = eve.get(&format!("/api/v1/incidents/{INCIDENT}")).await;
    assert_eq!((&one["incident"]["number"], &one["fields"]["impact"]), (&json!(1), &json!("nobody can pay")));
    assert_eq!(one["history"][0]["event"]["type"], "declared");
    let texts: Vec<_> =
        one["timeline"].as_array().unwrap().iter().map(|t| t["entry"]["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["it was the certificate", "first", "second"], "by when it happened");
    assert_eq!(one["timeline"][1]["corrected_by"], one["timeline"][0]["entry"]["id"]);
    for id in ["odd", "00000000-0000-0000-0000-000000000077"] {
        assert_eq!(eve.get(&format!("/api/v1/incidents/{id}")).await.0, 404);
    }
    let (status, open) = eve.get("/api/v1/log/open").await;
    assert_eq!((status, &open["after"], &open["upto"]), (200, &json!(0), &json!(0)));
    let operations = open["operations"].as_array().unwrap();
    assert_eq!(operations.len(), 2, "the declaration and the impact: what a list shows");
    let (status, entries) = eve.get("/api/v1/log/open?entries=true").await;
    assert_eq!((status, entries["operations"].as_array().unwrap().len()), (200, 3));
    for part in [&open, &entries] {
        assert!(!part.to_string().contains(ended), "the one that is over comes with the rest");
    }
    assert_eq!(eve.get("/api/v1/log/open?entries=some").await.0, 400);

    let said = stage.ask(Request::Compact { older_than: "1d".parse().unwrap() }).await.unwrap();
    assert_eq!(said, "There was nothing to merge.");
}

#[tokio::test]
async fn a_desktop_far_ahead_of_its_answers_is_answered_in_full() {
    let stage = Stage::set().await;
    let ana = stage.enrol("ana@example.com").await;
    let (mut hers, _) = Desktop::of(&stage, &ana, Some(ANA_WRITES)).await;
    let mut sent = 1;
    let mut next = |change: Value| {
        sent += 1;
        op(sent, "ana", change)
    };
    let first = op(1, "ana", declare());
    let short: Vec<_> = (0..200).map(|n| vec![next(entry(n, "one more"))]).collect();
    // 1.2 MB each: three fit.
    let long =
        (0..6).map(|n| (0..20).map(|m| next(field(&format!("f{n}_{m}"), &"x".repeat(60_000)))).collect());
    let all: Vec<Vec<Value>> = [vec![first]].into_iter().chain(short).chain(long).collect();
    let Desktop(socket) = &mut hers;
    let (mut out, mut answers) = socket.split();
    let say = async {
        for ops in all {
            let message = json!({ "type": "submit", "ops": ops });
            out.send(Message::text(message.to_string())).await.unwrap();
        }
    };
    let hear = async {
        let mut counters = vec![];
        while counters.len() < 321 {
            let Message::Text(text) = answers.next().await.unwrap().unwrap() else { continue };
            let heard: Value = serde_json::from_str(&text).unwrap();
            assert_ne!(heard["type"], "bye", "{text}");
            for answer in heard["answers"].as_array().into_iter().flatten() {
                assert_eq!(answer["outcome"]["is"], "accepted", "{answer}");
                counters.push(answer["counter"].as_u64().unwrap());
            }
        }
        counters
    };
    let ((), counters) = tokio::join!(say, hear);
    assert!(counters.into_iter().eq(1..=321), "in order");
    let (mut too_many, _) = Desktop::of(&stage, &ana, Some(ANA_WRITES)).await;
    let ops: Vec<_> = (0..1_001).map(|n| op(322 + n, "ana", entry(1, ""))).collect();
    too_many.say(json!({ "type": "submit", "ops": ops })).await;
    assert_eq!(too_many.hear("bye").await["code"], "protocol");
}

/// What the others hear next about the library, place by place; each is where the last one ended.
async fn places(desktop: &mut Desktop, after: u64, upto: u64) -> Vec<Value> {
    let (mut heard, mut at) = (vec![], after);
    while at < upto {
        for operation in desktop.hear("operations").await["operations"].as_array().unwrap() {
            if operation["seq"].as_u64().unwrap() <= after {
                continue;
            }
            at += 1;
            assert_eq!(operation["seq"], at, "no place is left out");
            heard.push(operation.clone());
        }
    }
    heard
}

fn kinds(operations: &[Value]) -> Vec<&str> {
    operations.iter().map(|o| o["body"]["kind"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_private_incident_is_told_to_its_people_and_its_place_to_everybody() {
    let stage = Stage::set().await;
    let (ana, ops) = (stage.enrol("ana@example.com").await, stage.enrol("ops@example.com").await);
    let eve = stage.enrol("eve@example.com").await;
    let (mut hers, welcome) = Desktop::of(&stage, &ana, Some(ANA_WRITES)).await;
    let (mut admin, _) = Desktop::of(&stage, &ops, None).await;
    let (mut reader, _) = Desktop::of(&stage, &eve, None).await;
    let start = welcome["newest"].as_u64().unwrap();
    let mut private = declare();
    let Value::Object(declaration) = private["command"].take() else { unreachable!() };
    private["command"] = json!({ "do": "declare_privately", "declaration": declaration, "people": ["eve"] });
    let people = |add: &[&str], remove: &[&str]| {
        let mut change = declare();
        change["command"] =
            json!({ "do": "change_people", "add": add, "remove": remove, "reason": "as agreed" });
        change["decided_on"] = json!(1);
        change
    };
    let answers = hers.submit(vec![op(1, "ana", private), op(2, "ana", entry(1, "payroll"))]).await;
    assert!(answers.iter().all(|a| a["outcome"]["is"] == "accepted"), "{answers:?}");
    let told = places(&mut reader, start, start + 2).await;
    assert_eq!(kinds(&told), ["incident", "written"]);
    let told = places(&mut admin, start, start + 2).await;
    assert_eq!(kinds(&told), ["elsewhere", "elsewhere"]);
    assert!(!json!(told).to_string().contains(INCIDENT));
    let there = json!({ "document": format!("incident/{INCIDENT}#body"), "selection": [3, 7] });
    hers.say(json!({ "type": "presence", "document": there["document"], "selection": there["selection"] }))
        .await;
    assert_eq!(reader.hear("presence").await["presence"], there);

    let unknown = "00000000-0000-0000-0000-000000000077";
    for path in ["/api/v1/incidents/", "/api/v1/log/incident/"] {
        let (of_private, of_none) =
            (ops.get(&format!("{path}{INCIDENT}")).await, ops.get(&format!("{path}{unknown}")).await);
        assert_eq!(of_private, of_none, "{path}");
    }
    for path in ["/api/v1/incidents", "/api/v1/log", "/api/v1/log/open"] {
        let (status, answer) = ops.get(path).await;
        assert!(status == 200 && !answer.to_string().contains(INCIDENT), "{path}: {answer}");
        assert!(eve.get(path).await.1.to_string().contains(INCIDENT), "{path}");
    }
    assert_eq!(ops.get("/api/v1/log/incident/odd").await.0, 404);

    // The reader goes, the admin comes; a moment later it is the other way round in what they hear.
    let answers = hers
        .submit(vec![op(3, "ana", people(&["ops"], &["eve"])), op(4, "ana", entry(2, "payroll again"))])
        .await;
    assert!(answers.iter().all(|a| a["outcome"]["is"] == "accepted"), "{answers:?}");
    let told = places(&mut reader, start + 2, start + 4).await;
    assert_eq!(kinds(&told), ["gone", "elsewhere"]);
    assert_eq!(told[0]["body"], json!({ "kind": "gone", "incident": INCIDENT }));
    let told = places(&mut admin, start + 2, start + 4).await;
    assert_eq!(kinds(&told), ["incident", "written"]);
    let (_, whole) = ops.get(&format!("/api/v1/log/incident/{INCIDENT}?after=0&limit=3")).await;
    assert_eq!(kinds(whole["operations"].as_array().unwrap()), ["incident", "written", "incident"]);
    let (_, rest) = ops.get(&format!("/api/v1/log/incident/{INCIDENT}?after={}", whole["upto"])).await;
    assert_eq!(
        (kinds(rest["operations"].as_array().unwrap()), &rest["upto"]),
        (vec!["written"], &rest["newest"])
    );
    // Nobody hears where somebody stands in a text that they may not see: the next thing is a page.
    hers.say(json!({ "type": "presence", "document": there["document"], "selection": [9, 9] })).await;
    assert_eq!(admin.hear("presence").await["presence"]["selection"], json!([9, 9]));
    let (status, _) = stage.fire("curl", "generic", &json!({ "title": "disk full" })).await;
    assert_eq!(status, 202);
    loop {
        let message = reader.0.next().await.expect("the connection stands").unwrap();
        let Message::Text(text) = message else { continue };
        assert!(!text.contains(INCIDENT), "{text}");
        if text.contains("disk full") {
            break;
        }
    }
}
