//! Monitoring systems: they fire, fire again, resolve, and repeat what was not accepted.

use crate::queue::Ms;
use firebell_domain::alert::{Signal, SignalKind};
use rand::RngExt;
use rand::rngs::StdRng;
use std::collections::BTreeMap;

pub const SERVICES: [&str; 3] = ["payments-api", "search", "web"];

/// A request: some signals of one service.
pub struct Request {
    pub signals: Vec<Signal>,
    pub accepted: bool,
}

/// What one monitoring system believes of its service.
#[derive(Default)]
pub struct Monitor {
    /// Key → firing.
    pub keys: BTreeMap<String, bool>,
    next: u32,
}

impl Monitor {
    /// What it has to say at this moment, and when it looks again.
    pub fn look(&mut self, service: usize, rng: &mut StdRng) -> (Vec<Signal>, Ms) {
        let mut signals = vec![];
        let firing: Vec<String> = self.keys.iter().filter(|(_, f)| **f).map(|(k, _)| k.clone()).collect();
        match rng.random_range(0..10) {
            0..=3 => {
                let storm = if rng.random_bool(0.1) { rng.random_range(5..40) } else { 1 };
                for _ in 0..storm {
                    self.next += 1;
                    let key = format!("{}-{}", SERVICES[service], self.next);
                    self.keys.insert(key.clone(), true);
                    signals.push(self.signal(SignalKind::Trigger, service, &key, rng));
                }
            }
            4..=6 => {
                for key in firing.iter().take(3) {
                    signals.push(self.signal(SignalKind::Trigger, service, key, rng));
                }
            }
            7..=8 => {
                for key in firing.iter().take(rng.random_range(1..10)) {
                    self.keys.insert(key.clone(), false);
                    signals.push(self.signal(SignalKind::Resolve, service, key, rng));
                }
            }
            _ => {
                // About something nobody knows: must have no effect.
                signals.push(self.signal(SignalKind::Resolve, service, "never-fired", rng));
                signals.push(self.signal(SignalKind::Acknowledge, service, "never-fired-either", rng));
            }
        }
        (signals, rng.random_range(20_000..600_000))
    }

    fn signal(&self, kind: SignalKind, service: usize, key: &str, rng: &mut StdRng) -> Signal {
        let severity = ["critical", "critical", "critical", "warning", "info"][rng.random_range(0..5)];
        Signal {
            kind,
            dedup_key: key.to_owned(),
            summary: format!("{key} is bad"),
            description: None,
            source: None,
            severity_label: Some(severity.into()),
            service: Some(SERVICES[service].into()),
            labels: BTreeMap::default(),
            details: serde_json::Value::Null,
            runbook: None,
            links: vec![],
            claimed_at: None,
        }
    }
}
