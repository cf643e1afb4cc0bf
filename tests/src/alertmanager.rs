//! Debian's Prometheus Alertmanager, with nothing in it but the receiver of the journey.

use crate::process::{Running, command};
use crate::server::free_address;
use crate::{Journey, api, until};
use serde_json::{Value, json};

pub struct Alertmanager {
    url: String,
    _process: Running,
}

/// How it is told to reach Firebell.
pub enum Receiver {
    /// `webhook_configs` with the integration's address.
    Webhook { url: String },
    /// `pagerduty_configs` with our address and the integration's key.
    Pagerduty { url: String, key: String },
}

impl Alertmanager {
    pub async fn start(journey: &Journey, receiver: &Receiver) -> Self {
        let dir = journey.folder("alertmanager");
        let receiver = match receiver {
            Receiver::Webhook { url } => {
                format!("webhook_configs: [{{ url: '{url}', send_resolved: true }}]")
            }
            Receiver::Pagerduty { url, key } => {
                format!("pagerduty_configs: [{{ url: '{url}', routing_key: '{key}', send_resolved: true }}]")
            }
        };
        let config = dir.join("alertmanager.yml");
        let text = format!(
            "route: {{ receiver: firebell, group_by: [service], group_wait: 100ms, group_interval: 1s, repeat_interval: 1h }}\n\
             receivers: [{{ name: firebell, {receiver} }}]\n"
        );
        std::fs::write(&config, text).expect("target/ can be written");
        let address = free_address();
        let mut command = command("prometheus-alertmanager");
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.path={}", dir.join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--cluster.listen-address=");
        let process = Running::start("alertmanager", command, &dir);
        let url = format!("http://{address}");
        let (client, ready) = (api::client(), format!("{url}/-/ready"));
        until("Alertmanager says that it is ready", || async {
            client.get(&ready).send().await.is_ok_and(|r| r.status().is_success()).then_some(())
        })
        .await;
        Self { url, _process: process }
    }

    /// What Prometheus sends while a rule fires.
    pub async fn fire(&self, name: &str, service: &str, summary: &str) {
        self.post(json!([{
            "labels": { "alertname": name, "service": service, "severity": "critical" },
            "annotations": { "summary": summary, "runbook_url": "https://runbooks.example.com/high-error-rate" },
            "generatorURL": "http://prometheus.example.com/graph",
        }]))
        .await;
    }

    /// What Prometheus sends when the rule is quiet again.
    pub async fn resolve(&self, name: &str, service: &str, summary: &str) {
        self.post(json!([{
            "labels": { "alertname": name, "service": service, "severity": "critical" },
            "annotations": { "summary": summary, "runbook_url": "https://runbooks.example.com/high-error-rate" },
            "endsAt": now(),
        }]))
        .await;
    }

    async fn post(&self, alerts: Value) {
        let answer = api::client().post(format!("{}/api/v2/alerts", self.url)).json(&alerts).send().await;
        let answer = answer.expect("Alertmanager answers");
        assert!(answer.status().is_success(), "Alertmanager refused: {}", answer.status());
    }
}

fn now() -> String {
    crate::process::run(std::process::Command::new("date").args(["-u", "+%Y-%m-%dT%H:%M:%SZ"]))
        .trim()
        .to_owned()
}
