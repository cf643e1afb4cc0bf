//! What stands at the other end of a channel: it takes whatever is posted and keeps it.

use crate::deadline::PATIENCE;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;

#[derive(Clone, Debug)]
pub struct Message {
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Message {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }
}

pub struct Phone {
    /// `http://127.0.0.1:…`, without a path.
    pub url: String,
    messages: watch::Receiver<Vec<Message>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Phone {
    pub async fn switch_on() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a local port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let (sender, messages) = watch::channel(Vec::new());
        let app = Router::new().fallback(take).with_state(Arc::new(sender));
        let serving = tokio::spawn(async move {
            // It ends with the phone.
            let _ = axum::serve(listener, app).await;
        });
        Self { url, messages, serving }
    }

    pub fn messages(&self) -> Vec<Message> {
        self.messages.borrow().clone()
    }

    /// Waits for the first message to a path.
    pub async fn message(&self, path: &str) -> Message {
        let find = |all: &Vec<Message>| all.iter().find(|m| m.path == path).cloned();
        let mut messages = self.messages.clone();
        let found = tokio::time::timeout(PATIENCE, messages.wait_for(|all| find(all).is_some())).await;
        match found {
            Ok(Ok(all)) => find(&all).expect("it was there a moment ago"),
            _ => panic!(
                "nothing came to {path} within {} s; there was {:#?}",
                PATIENCE.as_secs(),
                self.messages()
            ),
        }
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn take(
    State(messages): State<Arc<watch::Sender<Vec<Message>>>>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> &'static str {
    messages.send_modify(|all| all.push(Message { path: uri.path().to_owned(), headers, body }));
    "{}"
}
