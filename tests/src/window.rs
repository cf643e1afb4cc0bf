//! One window of the app, used as a person uses it: keys come from the X server, and what stands in it is read from its own
//! page, by the inspector that WebKit has inside (a build without `debug_assertions` has none).

use crate::{Desktop, until};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// What has the focus, by the name under which a screen reader tells it.
const FOCUSED: &str = "(e => !e || e === document.body ? '' : e.getAttribute('aria-label') ?? e.labels?.[0]?.innerText ?? (/^(BUTTON|A|SUMMARY)$/.test(e.tagName) ? e.innerText : ''))(document.activeElement)";

/// Which of the app's windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Main,
    Pager,
}

pub struct Window<'a> {
    desktop: &'a Desktop,
    frame: String,
    page: tokio::sync::Mutex<Inspected>,
    /// Keys, chords and stretches of typing since the last [`spent`](Self::spent).
    actions: AtomicUsize,
    last_read: Mutex<String>,
}

impl<'a> Window<'a> {
    /// Waits until it is on the screen.
    pub(crate) async fn find(desktop: &'a Desktop, inspector: SocketAddr, which: Which) -> Self {
        let frame =
            desktop.painted_window(if which == Which::Pager { "Firebell pager" } else { "^Firebell$" }).await;
        let what = format!("the page of {}'s window ({which:?})", desktop.name);
        let page = until(&what, || Inspected::find(inspector, which)).await;
        let page = tokio::sync::Mutex::new(page);
        Self { desktop, frame, page, actions: AtomicUsize::new(0), last_read: Mutex::default() }
    }

    /// The value of an expression in the page; `None` when the page is not there (any more).
    async fn evaluate(&self, expression: &str) -> Option<Value> {
        self.page.lock().await.evaluate(expression).await
    }

    /// Everything that can be read in it, without what is typed into fields.
    pub async fn text(&self) -> String {
        let read = self.evaluate("document.body.innerText").await;
        let text = read.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
        self.last_read.lock().expect("nobody panics with it").clone_from(&text);
        text
    }

    /// The texts of what a selector finds, in their order, each on one line.
    pub async fn all(&self, selector: &str) -> Vec<String> {
        let selector = json!(selector);
        let asked = format!(
            "[...document.querySelectorAll({selector})].map(e => e.innerText.replace(/\\s+/g, ' ').trim())"
        );
        let found = self.evaluate(&asked).await.unwrap_or_default();
        found.as_array().into_iter().flatten().filter_map(|t| t.as_str().map(str::to_owned)).collect()
    }

    /// Waits until it can be read.
    pub async fn sees(&self, words: &str) {
        until(&format!("{words:?} in the window of {}", self.desktop.name), || async {
            self.text().await.contains(words).then_some(())
        })
        .await;
    }

    /// Waits until it cannot be read any more.
    pub async fn sees_no(&self, words: &str) {
        until(&format!("no {words:?} in the window of {}", self.desktop.name), || async {
            (!self.text().await.contains(words)).then_some(())
        })
        .await;
    }

    /// Waits until some place that the selector finds says all of these words.
    pub async fn reads(&self, selector: &str, words: &[&str]) -> String {
        until(&format!("{selector} that says {words:?} in the window of {}", self.desktop.name), || async {
            self.text().await;
            self.all(selector).await.into_iter().find(|t| words.iter().all(|w| t.contains(w)))
        })
        .await
    }

    /// What was typed into the field with this name.
    pub async fn typed(&self, field: &str) -> Option<String> {
        let field = json!(field);
        let asked = format!(
            "[...document.querySelectorAll('input, textarea')].find(e => (e.getAttribute('aria-label') ?? e.labels?.[0]?.innerText ?? '').trim() === {field})?.value"
        );
        self.evaluate(&asked).await?.as_str().map(str::to_owned)
    }

    // --- what a person does ------------------------------------------------------------------------------------

    pub fn turn_to(&self) {
        if self.desktop.focused().as_deref() != Some(&self.frame) {
            self.desktop.focus(&self.frame);
        }
    }

    /// Keys, one after the other, each an action: `t`, `Return`, `ctrl+Return`, `alt+2`.
    pub fn press(&self, keys: &[&str]) {
        self.turn_to();
        for key in keys {
            self.desktop.press(key);
        }
        self.actions.fetch_add(keys.len(), Ordering::Relaxed);
    }

    /// Words, typed key by key: one action.
    pub fn write(&self, words: &str) {
        self.turn_to();
        self.desktop.write(words);
        self.actions.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits until the field with this name, or a part of it, has the focus.
    pub async fn stands_in(&self, field: &str) {
        until(&format!("the focus of {} in {field:?}", self.desktop.name), || async {
            self.text().await;
            self.is_in(field).await.then_some(())
        })
        .await;
    }

    /// Whether the field or control with this name, or a part of it, has the focus.
    pub async fn is_in(&self, field: &str) -> bool {
        let focused = self.evaluate(FOCUSED).await.unwrap_or_default();
        focused.as_str().is_some_and(|f| f.contains(field))
    }

    /// With Tab, as far as the control with this name; each is an action.
    pub async fn tab_to(&self, name: &str) {
        self.turn_to();
        for _ in 0..80 {
            if self.is_in(name).await {
                return;
            }
            self.press(&["Tab"]);
        }
        panic!("no Tab leads {} to {name:?}", self.desktop.name);
    }

    /// In the pager window: `a`; once more, when the first one came before keys count.
    pub async fn acknowledge(&self, title: &str) {
        self.sees(title).await;
        self.turn_to();
        for _ in 0..5 {
            // The foot says how things are, once keys count.
            self.sees("Connected to").await;
            self.press(&["a"]);
            let stopped = self.sees("The ringing has stopped for everybody.");
            if tokio::time::timeout(Duration::from_secs(4), stopped).await.is_ok() {
                return;
            }
        }
        panic!("{}'s pager window does not hear the key", self.desktop.name);
    }

    /// How many actions it took since this was asked the last time.
    pub fn spent(&self) -> usize {
        self.actions.swap(0, Ordering::Relaxed)
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let read = self.last_read.lock().map(|t| t.clone()).unwrap_or_default();
            eprintln!("--- the window of {} said last\n{read}", self.desktop.name);
        }
    }
}

/// A page under inspection.
struct Inspected {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    target: String,
    asked: u64,
}

impl Inspected {
    async fn find(inspector: SocketAddr, which: Which) -> Option<Self> {
        let listed =
            crate::api::client().get(format!("http://{inspector}/")).send().await.ok()?.text().await.ok()?;
        let row = listed
            .split("<tr>")
            .find(|row| row.contains("/socket/") && row.contains("#/pager") == (which == Which::Pager))?;
        let path = row.split('\'').find(|part| part.starts_with("/socket/"))?;
        let (mut socket, _) = connect_async(format!("ws://{inspector}{path}")).await.ok()?;
        loop {
            let told = next(&mut socket).await?;
            let info = &told["params"]["targetInfo"];
            if told["method"] == "Target.targetCreated" && info["type"] == "page" {
                let target = info["targetId"].as_str()?.to_owned();
                return Some(Self { socket, target, asked: 0 });
            }
        }
    }

    async fn evaluate(&mut self, expression: &str) -> Option<Value> {
        self.asked += 1;
        let id = self.asked;
        let inner = json!({ "id": id, "method": "Runtime.evaluate", "params": { "expression": expression, "returnByValue": true } });
        let params = json!({ "targetId": self.target, "message": inner.to_string() });
        let outer = json!({ "id": id, "method": "Target.sendMessageToTarget", "params": params });
        self.socket.send(Message::text(outer.to_string())).await.ok()?;
        loop {
            let told = next(&mut self.socket).await?;
            if told["method"] != "Target.dispatchMessageFromTarget" {
                continue;
            }
            let answer: Value = serde_json::from_str(told["params"]["message"].as_str()?).ok()?;
            if answer["id"] == id {
                assert!(answer["result"]["wasThrown"] != true, "{expression}: {answer}");
                return Some(answer["result"]["result"]["value"].clone());
            }
        }
    }
}

async fn next(socket: &mut WebSocketStream<MaybeTlsStream<TcpStream>>) -> Option<Value> {
    while let Some(Ok(message)) = socket.next().await {
        if let Message::Text(text) = message {
            return serde_json::from_str(&text).ok();
        }
    }
    None
}
