//! One responder's computer without a screen: the desktop's real core behind a loopback address, with its real
//! encrypted files. What the window would ask is asked here.

use crate::process::{Running, command};
use crate::{Journey, places, until};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

pub struct Core {
    pub name: String,
    dir: PathBuf,
    process: Option<Running>,
    url: String,
}

impl Core {
    /// Starts with empty files; with a link it joins that team.
    pub async fn start(journey: &Journey, name: &str, link: Option<&str>) -> Self {
        let dir = journey.folder(name);
        let mut core = Self { name: name.to_owned(), dir, process: None, url: String::new() };
        core.launch(link).await;
        core
    }

    /// Starts (again) on the same files.
    pub async fn launch(&mut self, link: Option<&str>) {
        let mut program = command(places::program("firebell-loopback"));
        program.arg("--data-dir").arg(self.data()).arg("--keychain-file").arg(self.dir.join("keychain.json"));
        program.arg("--ui").arg(places::root().join("ui/dist"));
        if let Some(link) = link {
            program.args(["--link", link]);
        }
        program.env("RUST_LOG", std::env::var("RUST_LOG").unwrap_or_else(|_| "info".into()));
        let mut process = Running::start_piped("core", program, &self.dir);
        let output = process.child().stdout.take().expect("its output was piped");
        let first = tokio::task::spawn_blocking(move || {
            let mut lines = BufReader::new(output).lines();
            let first = lines.next();
            std::thread::spawn(move || lines.for_each(drop));
            first
        });
        let line = first.await.expect("reading a line does not panic");
        let said: Value = match &line {
            Some(Ok(line)) => serde_json::from_str(line).unwrap_or(Value::Null),
            _ => panic!("the core {} did not start: {}", self.name, process.said()),
        };
        self.url = said["listen"].as_str().expect("it says where it listens").to_owned();
        self.process = Some(process);
        until(&format!("the library of {} is open", self.name), || async {
            self.ask("incidents", json!({})).await.is_ok().then_some(())
        })
        .await;
    }

    /// The folder of its encrypted files.
    pub fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    pub fn folder(&self) -> &Path {
        &self.dir
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// A command of the window's table: the answer, or the words of its refusal.
    pub async fn ask(&self, name: &str, arguments: Value) -> Result<Value, String> {
        let answer = crate::api::client()
            .post(format!("{}/call/{name}", self.url))
            .json(&arguments)
            .send()
            .await
            .map_err(|e| e.to_string())?;
        let good = answer.status().is_success();
        let body: Value = answer.json().await.map_err(|e| e.to_string())?;
        if good { Ok(body) } else { Err(body["words"].as_str().unwrap_or_default().to_owned()) }
    }

    /// As [`ask`](Self::ask); panics with the words of a refusal.
    pub async fn call(&self, name: &str, arguments: Value) -> Value {
        self.ask(name, arguments).await.unwrap_or_else(|words| panic!("{}: {name}: {words}", self.name))
    }

    pub async fn declare(&self, title: &str) -> String {
        let declaration = json!({ "title": title, "severity": "SEV2", "services": ["payments-api"] });
        let id = self.call("incident_declare", json!({ "declaration": declaration })).await;
        id.as_str().expect("an id").to_owned()
    }

    pub async fn note(&self, incident: &str, text: &str) {
        let entry = json!({ "incident": incident, "kind": "note", "text": text, "reason": null, "at": null, "corrects": null });
        self.call("entry_add", entry).await;
    }

    /// Sets a field of an incident, over what this computer shows.
    pub async fn set(&self, incident: &str, field: &str, value: &str) {
        let held = self.call("incident", json!({ "incident": incident })).await;
        let record = json!({ "kind": "incident", "id": incident });
        let replaces = held["fields"][field]["write"].clone();
        self.call(
            "record_set",
            json!({ "record": record, "field": field, "value": value, "replaces": replaces }),
        )
        .await;
    }

    pub async fn incident(&self, incident: &str) -> Option<Value> {
        self.ask("incident", json!({ "incident": incident })).await.ok()
    }

    /// The texts of a timeline, in its order.
    pub async fn timeline(&self, incident: &str) -> Vec<String> {
        let held = self.incident(incident).await.unwrap_or_default();
        let entries = held["timeline"].as_array().cloned().unwrap_or_default();
        entries.iter().map(|e| e["entry"]["text"].as_str().unwrap_or_default().to_owned()).collect()
    }

    pub async fn sync_state(&self) -> Value {
        self.call("sync_state", json!({})).await
    }

    /// Waits until the team knows everything that was written here, and this computer what the team knows.
    pub async fn in_agreement(&self) {
        until(&format!("{} and the team know the same", self.name), || async {
            let state = self.sync_state().await;
            let agreed =
                state["connected"] == true && state["waiting"] == 0 && state["catching_up"].is_null();
            agreed.then_some(())
        })
        .await;
    }
}
