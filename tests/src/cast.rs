//! Who plays in most journeys: a server with a team and a source of alerts, an admin who looks, and desktops of
//! people who were invited.

use crate::api::{self, Api};
use crate::server::Integration;
use crate::team::Team;
use crate::{Desktop, Journey, Server, until};
use serde_json::{Value, json};

pub struct Cast {
    pub server: Server,
    pub admin: Api,
    /// Takes alerts of the service `payments-api` in the generic form.
    pub source: Integration,
}

impl Cast {
    pub async fn assemble(journey: &Journey, team: &Team) -> Self {
        Self::assemble_on(journey, team, None).await
    }

    /// On PostgreSQL, when an address is given.
    pub async fn assemble_on(journey: &Journey, team: &Team, database: Option<String>) -> Self {
        let server = Server::start(journey, "ops@example.com", &team.yaml(), database).await;
        let admin = server.admin().await;
        let source = server.add_integration("generic", "payments-api");
        Self { server, admin, source }
    }

    /// A desktop on which this person opened their invite link, connected.
    pub async fn desktop(&self, journey: &Journey, person: &str) -> Desktop {
        self.desktop_called(journey, person, person, &self.server.url()).await
    }

    /// As [`desktop`](Self::desktop), with a name for the computer and the address it is told of the server.
    pub async fn desktop_called(&self, journey: &Journey, person: &str, name: &str, url: &str) -> Desktop {
        self.joined(Desktop::start(journey, name).await, person, url).await
    }

    /// As [`desktop_called`](Self::desktop_called); what stands in its windows can be read.
    pub async fn desktop_read(&self, journey: &Journey, person: &str, url: &str) -> Desktop {
        let mut desktop = Desktop::start(journey, person).await;
        desktop.let_windows_be_read();
        self.joined(desktop, person, url).await
    }

    async fn joined(&self, mut desktop: Desktop, person: &str, url: &str) -> Desktop {
        let before = self.alive(person).await;
        let link = self.server.invite(&format!("{person}@example.com"));
        desktop.launch(Some(&through(&link, &self.server.url(), url)));
        self.connected(person, before + 1).await;
        desktop
    }

    /// How many desktops of a person are alive, as the server sees it.
    pub async fn alive(&self, person: &str) -> usize {
        let devices = self.admin.get("/api/v1/devices").await;
        let devices =
            devices.as_array().or_else(|| devices["devices"].as_array()).cloned().unwrap_or_default();
        devices.iter().filter(|d| d["person"] == person && d["liveness"] == "alive").count()
    }

    /// Waits until that many desktops of a person are connected.
    pub async fn connected(&self, person: &str, count: usize) {
        until(&format!("{count} connected desktops of {person}"), || async {
            (self.alive(person).await >= count).then_some(())
        })
        .await;
    }

    /// An alert comes in through the public webhook and is accepted.
    pub async fn fire(&self, title: &str) {
        let alert = json!({
            "title": title,
            "severity": "critical",
            "source": "checkout-probe",
            "description": "Half of the requests fail since the last deployment.",
            "dedup_key": title,
        });
        let (status, body) = api::fire(&self.source.url, &alert).await;
        assert_eq!(status, 202, "{body}");
    }

    /// The page with this title, in this state.
    pub async fn page(&self, title: &str, status: &str) -> Value {
        self.admin
            .page(&format!("{title:?} that is {status}"), |p| {
                p["status"] == status && p["title"].as_str().is_some_and(|t| t.contains(title))
            })
            .await
    }

    /// How often each person was rung by steps of this page: (person, step) for every raise.
    pub async fn raises(&self, page: &Value) -> Vec<(String, u64)> {
        let mut raises = Vec::new();
        for step in self.admin.events(page, "stepped").await {
            for raised in step["raised"].as_array().into_iter().flatten() {
                let person = raised["person"].as_str().unwrap_or_default().to_owned();
                raises.push((person, step["step"].as_u64().unwrap_or_default()));
            }
        }
        raises
    }
}

/// An invite link that names another address of the same server.
fn through(link: &str, server: &str, other: &str) -> String {
    let encoded = |url: &str| url.replace(':', "%3A").replace('/', "%2F");
    link.replace(server, other).replace(&encoded(server), &encoded(other))
}
