//! The limit of `page.post_to_raised_ms`: an alert is posted, committed with one synced SQLite transaction, relayed
//! over a WebSocket, and committed with one synced SQLCipher transaction. No rules, no queue, no thread in between.
//! `baseline-relay FOLDER COUNT PAUSE_MS` prints `{"p50","p99","accepted","second_commit"}`. With `author` behind that it is
//! the limit of `sync.edit_to_other_desktop_ms`: whoever posts has committed to a SQLCipher file, too.

use anyhow::{Context, Result};
use axum::extract::State;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use firebell_bench::figure::{median, percentile};
use firebell_bench::team::alert;
use firebell_bench::wire::Wire;
use futures_util::StreamExt;
use rusqlite::Connection;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::broadcast;

struct Relay {
    database: Mutex<Connection>,
    frames: broadcast::Sender<String>,
}

fn open(path: &Path, key: Option<&str>) -> Result<Connection> {
    let database = Connection::open(path)?;
    if let Some(key) = key {
        database.execute_batch(&format!("PRAGMA key = \"x'{key}'\";"))?;
    }
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.pragma_update(None, "synchronous", "FULL")?;
    database.execute_batch("CREATE TABLE alerts (n INTEGER PRIMARY KEY, body TEXT NOT NULL)")?;
    Ok(database)
}

fn commit(database: &Connection, body: &str) -> rusqlite::Result<f64> {
    let began = Instant::now();
    database.prepare_cached("INSERT INTO alerts (body) VALUES (?1)")?.execute([body])?;
    Ok(began.elapsed().as_secs_f64() * 1e3)
}

async fn take(State(relay): State<Arc<Relay>>, body: String) -> StatusCode {
    let committed = relay.database.lock().is_ok_and(|database| commit(&database, &body).is_ok());
    if !committed {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let _nobody = relay.frames.send(body);
    StatusCode::ACCEPTED
}

async fn follow(State(relay): State<Arc<Relay>>, upgrade: WebSocketUpgrade) -> Response {
    let mut frames = relay.frames.subscribe();
    upgrade.on_upgrade(move |mut socket| async move {
        while let Ok(frame) = frames.recv().await {
            if socket.send(Message::Text(frame.into())).await.is_err() {
                return;
            }
        }
    })
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, count, pause, author @ ..] = arguments.as_slice() else {
        anyhow::bail!("FOLDER COUNT PAUSE_MS [author]")
    };
    let (folder, count, pause) = (Path::new(folder), count.parse()?, Duration::from_millis(pause.parse()?));
    let database = Mutex::new(open(&folder.join("sender.db"), None)?);
    let relay = Arc::new(Relay { database, frames: broadcast::Sender::new(64) });
    let router = axum::Router::new().route("/in", post(take)).route("/sync", get(follow));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap_or_default());
    tokio::spawn(axum::serve(listener, router.with_state(relay)).into_future());
    let own = match author {
        [] => None,
        _ => Some(open(&folder.join("author.db"), Some(&"a5".repeat(32)))?),
    };
    let store = open(&folder.join("receiver.db"), Some(&"5e".repeat(32)))?;
    let (mut socket, _) = tokio_tungstenite::connect_async(format!("ws://{address}/sync")).await?;
    let mut wire = Wire::open(address).await?;
    let (mut whole, mut accepted, mut second) = (vec![], vec![], vec![]);
    for n in 0..count {
        let body = alert(n, &format!("key {n}"), &format!("relay {n}"));
        let began = Instant::now();
        if let Some(own) = &own {
            commit(own, &body)?;
        }
        let posting =
            async { wire.accepted("/in", &body).await.map(|()| began.elapsed().as_secs_f64() * 1e3) };
        let receiving = async {
            let message = socket.next().await.context("the relay hung up")??;
            second.push(commit(&store, message.to_text()?)?);
            anyhow::Ok(began.elapsed().as_secs_f64() * 1e3)
        };
        let (posted, received) = tokio::try_join!(posting, receiving)?;
        accepted.push(posted);
        whole.push(received);
        tokio::time::sleep(pause).await;
    }
    let (accepted, second) = (median(&mut accepted), median(&mut second));
    let (p50, p99) = (median(&mut whole), percentile(&mut whole, 99.0));
    println!(r#"{{"p50":{p50},"p99":{p99},"accepted":{accepted},"second_commit":{second}}}"#);
    Ok(())
}
