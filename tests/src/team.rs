//! The team of the journeys, as an operator writes it down. Delays are seconds, so that a story is told in one minute.

/// Ana is primary, Ben secondary; Ops is the admin, and on no schedule.
pub struct Team {
    /// Seconds until Ben is rung.
    pub second_after: u32,
    /// Seconds from the last step to the next round.
    pub gap: u32,
    pub rounds: u32,
    /// Services `s1` to this one, beside those that have names.
    pub more_services: usize,
    /// Ids of those who must know of a SEV1, with commas.
    pub executives: &'static str,
    /// Ids and names of further people, who are on no schedule.
    pub others: &'static [(&'static str, &'static str)],
    /// Commands of reviewed runbooks may be run.
    pub commands: bool,
    /// Further lines of the file.
    pub more: String,
}

impl Default for Team {
    /// Ben is not rung within a journey.
    fn default() -> Self {
        Self {
            second_after: 600,
            gap: 600,
            rounds: 3,
            more_services: 0,
            executives: "",
            others: &[],
            commands: false,
            more: String::new(),
        }
    }
}

impl Team {
    pub fn escalating_after(seconds: u32) -> Self {
        Self { second_after: seconds, ..Self::default() }
    }

    pub fn yaml(&self) -> String {
        let Self { second_after, gap, rounds, more_services, executives, others, commands, more: further } =
            self;
        let others: String = others
            .iter()
            .map(|(id, name)| format!("  - {{ id: {id}, name: {name}, email: {id}@example.com }}\n"))
            .collect();
        let commands = if *commands { ", commands: allowed" } else { "" };
        let more: String = (1..=*more_services)
            .map(|n| {
                format!("  - {{ id: s{n}, name: Service {n}, policy: default, default_severity: SEV2 }}\n")
            })
            .collect();
        format!(
            r#"team: {{ name: Acme, time_zone: Europe/Berlin, executives: [{executives}]{commands} }}
people:
  - {{ id: ops, name: Olga Ops, email: ops@example.com, role: admin }}
  - {{ id: ana, name: Ana Ruiz, email: ana@example.com, time_zone: Europe/Madrid }}
  - {{ id: ben, name: Ben Okafor, email: ben@example.com }}
{others}schedules:
  - {{ id: primary, name: Primary, time_zone: Europe/Berlin, layers: [{{ people: [ana], turn: {{ every: 1, unit: week, hand_off: "Mon 10:00", start: "2026-01-05" }} }}] }}
  - {{ id: secondary, name: Secondary, time_zone: Europe/Berlin, layers: [{{ people: [ben], turn: {{ every: 1, unit: week, hand_off: "Mon 10:00", start: "2026-01-05" }} }}] }}
policies:
  - id: default
    steps:
      - {{ after: 0s, notify: [{{ schedule: primary }}] }}
      - {{ after: {second_after}s, notify: [{{ schedule: secondary }}] }}
    rounds: {rounds}
    gap: {gap}s
services:
  - {{ id: payments-api, name: Payments API, policy: default, default_severity: SEV2, runbook: "https://runbooks.example.com/payments-api" }}
  - {{ id: search, name: Search, policy: default, default_severity: SEV2 }}
  - {{ id: mail, name: Mail, policy: default, default_severity: SEV2 }}
{more}{further}"#
        )
    }
}
