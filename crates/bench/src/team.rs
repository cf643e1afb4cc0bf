//! The team that is measured with, as an operator would write it down.

use std::fmt::Write;

/// `p0` is rung first; with `second_after`, `p1` after that many seconds.
pub struct Team {
    pub people: usize,
    pub services: usize,
    pub second_after: Option<u32>,
}

impl Team {
    /// Whose invite `init` makes.
    pub const ADMIN: &str = "ops@example.com";

    pub fn yaml(&self) -> String {
        let mut text = String::from("team: { name: Bench, time_zone: UTC }\npeople:\n");
        text.push_str("  - { id: ops, name: Olga Ops, email: ops@example.com, role: admin }\n");
        for n in 0..self.people {
            // Writing into a text cannot fail.
            let _ = writeln!(text, "  - {{ id: p{n}, name: Person {n}, email: p{n}@example.com }}");
        }
        text.push_str("schedules:\n  - { id: primary, name: Primary, time_zone: UTC, layers: [{ people: [p0], turn: { every: 1, unit: week, hand_off: \"Mon 10:00\", start: \"2026-01-05\" } }] }\n");
        text.push_str(
            "policies:\n  - id: default\n    steps:\n      - { after: 0s, notify: [{ person: p0 }] }\n",
        );
        if let Some(seconds) = self.second_after {
            let _ = writeln!(text, "      - {{ after: {seconds}s, notify: [{{ person: p1 }}] }}");
        }
        text.push_str("    rounds: 3\n    gap: 1h\nservices:\n");
        for n in 0..self.services {
            let _ = writeln!(
                text,
                "  - {{ id: s{n}, name: Service {n}, policy: default, default_severity: SEV2, runbook: \"https://runbooks.example.com/s{n}\" }}"
            );
        }
        text.push_str("integrations:\n  - { id: bench, kind: generic, service: s0, rate: 1000000 }\n");
        text
    }
}

/// One alert in the generic form, of the size that monitoring systems send (about 400 bytes).
pub fn alert(service: usize, key: &str, title: &str) -> String {
    format!(
        r#"{{"severity":"critical","title":"{title}","description":"Error rate on checkout is 12.4 % over the last five minutes, threshold 5 %. Seen from three regions.","source":"prometheus/eu-1","service":"s{service}","dedup_key":"{key}","runbook_url":"https://runbooks.example.com/high-error-rate","labels":{{"region":"eu-1","cluster":"blue"}},"value":12.4}}"#
    )
}

/// The end of that alert.
pub fn over(service: usize, key: &str) -> String {
    format!(r#"{{"status":"resolved","dedup_key":"{key}","service":"s{service}"}}"#)
}
