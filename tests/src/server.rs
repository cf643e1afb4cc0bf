//! The team server, from the operator's side: its command line, its life and death.

use crate::api::Api;
use crate::process::{Running, command, run};
use crate::{Journey, places, until};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Server {
    pub address: SocketAddr,
    dir: PathBuf,
    database: Option<String>,
    process: Option<Running>,
    admin_link: String,
}

/// An integration as `integration add` made it.
#[derive(Clone, Debug)]
pub struct Integration {
    pub key: String,
    pub url: String,
}

impl Server {
    /// A server with a team, running; SQLite in its folder, or the given PostgreSQL. `admin` is an address that
    /// stands in the team.
    pub async fn start(journey: &Journey, admin: &str, team: &str, database: Option<String>) -> Self {
        Self::start_at(free_address(), journey, admin, team, database).await
    }

    /// As [`start`](Self::start), at an address of the caller's choice.
    pub async fn start_at(
        address: SocketAddr,
        journey: &Journey,
        admin: &str,
        team: &str,
        database: Option<String>,
    ) -> Self {
        let dir = journey.folder("server");
        let mut server = Self { address, dir, database, process: None, admin_link: String::new() };
        server.admin_link = link_in(&server.call(&["init", "--team", "Acme", "--admin", admin]));
        server.serve().await;
        server.apply(team);
        server
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    fn command_line(&self, mut command: Command, arguments: &[&str]) -> Command {
        command.args(arguments).arg("--data-dir").arg(self.dir.join("data"));
        if let Some(database) = &self.database {
            command.args(["--database", database]);
        }
        command
            .env("FIREBELL_PUBLIC_URL", self.url())
            .env_remove("FIREBELL_DATABASE")
            .env_remove("FIREBELL_LISTEN");
        command
    }

    /// An operator's command; panics with what it said when it fails.
    pub fn call(&self, arguments: &[&str]) -> String {
        run(&mut self.command_line(Command::new(places::program("firebell-server")), arguments))
    }

    /// Starts (again), on the same data and port, and waits until it takes requests.
    pub async fn serve(&mut self) {
        let listen = self.address.to_string();
        let mut command =
            self.command_line(command(places::program("firebell-server")), &["serve", "--listen", &listen]);
        command
            // The phones of the journeys are on this machine.
            .env("FIREBELL_ALLOW_LOOPBACK_CHANNELS", "true")
            .env("RUST_LOG", std::env::var("RUST_LOG").unwrap_or_else(|_| "info".into()))
            .env("RUST_BACKTRACE", "1");
        let mut process = Running::start_piped("server", command, &self.dir);
        let output = process.child().stdout.take().expect("its output was piped");
        let ready = tokio::task::spawn_blocking(move || {
            let mut lines = BufReader::new(output).lines();
            let first = lines.next();
            // Whatever it says later must not fill the pipe.
            std::thread::spawn(move || lines.for_each(drop));
            first
        });
        let line = ready.await.expect("reading a line does not panic");
        match line {
            Some(Ok(line)) if line.contains("listen") => {}
            other => panic!("the server did not start ({other:?}): {}", process.said()),
        }
        self.process = Some(process);
        let (client, ready) = (crate::api::client(), format!("{}/readyz", self.url()));
        until("the server says that it is ready", || async {
            client.get(&ready).send().await.is_ok_and(|r| r.status().is_success()).then_some(())
        })
        .await;
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// A graceful end, as for an update.
    pub async fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.stop().await;
        }
    }

    pub fn apply(&self, team: &str) {
        let file = self.dir.join("team.yaml");
        std::fs::write(&file, team).expect("target/ can be written");
        self.call(&["apply", file.to_str().expect("a path in UTF-8")]);
    }

    /// The link a person opens to enrol a computer.
    pub fn invite(&self, email: &str) -> String {
        link_in(&self.call(&["invite", email]))
    }

    pub fn add_integration(&self, kind: &str, service: &str) -> Integration {
        let said = self.call(&["integration", "add", kind, "--service", service]);
        let words: Vec<_> = said.split_whitespace().collect();
        let url = words.iter().find(|w| w.starts_with("http")).unwrap_or_else(|| panic!("no URL in: {said}"));
        let is_key = |w: &&&str| w.len() == 32 && w.bytes().all(|b| b.is_ascii_alphanumeric());
        let key = words.iter().find(is_key).unwrap_or_else(|| panic!("no key of 32 characters in: {said}"));
        Integration { key: (*key).to_owned(), url: (*url).to_owned() }
    }

    /// The REST interface as the admin sees it. The invite of `init` is used up by the first call.
    pub async fn admin(&self) -> Api {
        Api::enrol(&self.url(), &self.admin_link, "a script of the admin").await
    }
}

fn link_in(said: &str) -> String {
    said.split_whitespace()
        .find(|word| word.starts_with("firebell://"))
        .unwrap_or_else(|| panic!("no invite link in: {said}"))
        .to_owned()
}

/// A local port that nobody has at this moment.
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a local port is free")
}
