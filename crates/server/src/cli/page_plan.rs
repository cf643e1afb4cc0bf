//! Who would be paged by a policy: the real rules, run ahead of time.

use firebell_domain::liveness::{Liveness, Reach};
use firebell_domain::page::{ChainKind, Command, OpenPage, PageEvent, TimerKey, WaitReason, decide, open};
use firebell_domain::team::{Roster, Team};
use firebell_domain::{Instant, PageId, PolicyId, ServiceId, Severity, Urgency};
use serde_json::json;
use std::collections::BTreeMap;

/// JSON lines `{"at","round","step","people","targets"}` for a page that opens at `at` and that nobody answers.
pub fn lines(team: &Team, policy: &str, at: Instant, severity: Severity) -> Result<String, String> {
    let id = PolicyId::new(policy);
    let Some(policy) = team.policy(&id) else {
        let known: Vec<_> = team.policies.iter().map(|p| p.id.as_str()).collect();
        return Err(format!(
            "--policy: there is no policy `{id}` in the file. Policies: {}.",
            known.join(", ")
        ));
    };
    if severity.urgency() == Urgency::None {
        return Ok(String::new());
    }
    // Everybody is at their desk: whom a dead laptop would skip is not this question.
    let alive = || Reach { liveness: Liveness::Alive, channels: vec![] };
    let reach: BTreeMap<_, _> = team.people.iter().map(|p| (p.id.clone(), alive())).collect();
    let roster = Roster { team, reach: &reach };
    let (mut ring_from, mut waiting) = (at, None);
    if severity.urgency() == Urgency::Low {
        ring_from = team.opens_after(at);
        waiting = (ring_from > at).then_some(WaitReason::BusinessHours);
    }
    let new = OpenPage {
        id: PageId(uuid::Uuid::nil()),
        number: 1,
        service: ServiceId::new("page-plan"),
        urgency: severity.urgency(),
        severity,
        title: String::new(),
        source: None,
        runbook: None,
        started_at: at,
        alerts: 1,
        repeats: 0,
        plan: policy.plan(severity),
        origin: None,
        author: None,
        ring_from,
        waiting,
    };
    let mut out = Vec::new();
    let (mut page, events) = open(new, &roster, at);
    let mut now = at;
    let mut steps = page.steps();
    write_down(&mut out, &events, &steps, now);
    // Each turn of the loop is one step or one gap; a policy has 50 steps and 20 rounds at most.
    for _ in 0..4_000 {
        if page.chain.kind == ChainKind::Admins && page.next_step_at().is_none() {
            break;
        }
        let next = page
            .timers
            .iter()
            .filter(|t| matches!(t.key, TimerKey::Step | TimerKey::Round))
            .map(|t| t.due)
            .min();
        let Some(due) = next else { break };
        now = due.max(now);
        let events = decide(&page, Command::Tick, &roster, now).map_err(|refusal| refusal.words)?;
        if events.is_empty() {
            break;
        }
        for event in &events {
            page.apply(now, event);
            if matches!(event, PageEvent::RoundStarted { .. }) {
                steps = page.steps();
            }
        }
        write_down(&mut out, &events, &steps, now);
    }
    Ok(out.join("\n"))
}

fn write_down(
    out: &mut Vec<String>,
    events: &[PageEvent],
    steps: &[firebell_domain::escalation::PolicyStep],
    now: Instant,
) {
    for event in events {
        let PageEvent::Stepped { round, step, raised, .. } = event else { continue };
        let targets =
            steps.get(*step as usize).map(|s| s.notify.iter().map(|t| t.words()).collect::<Vec<_>>());
        let people: Vec<_> = raised.iter().map(|r| r.person.as_str()).collect();
        let at = now.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
        let line = json!({
            "at": at, "round": round, "step": step, "people": people,
            "targets": targets.unwrap_or_default(), "channel": "desktop",
        });
        out.push(line.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn team() -> Team {
        let now = "2026-11-21T09:00:00Z".parse().unwrap();
        super::super::founding::team("Acme", "ops@example.com", "UTC", now)
    }

    fn plan(severity: Severity, at: &str) -> Vec<serde_json::Value> {
        let text = lines(&team(), "default", at.parse().unwrap(), severity).unwrap();
        text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
    }

    #[test]
    fn three_rounds_and_then_the_admins() {
        let lines = plan(Severity::Sev2, "2026-11-21T02:13:00Z");
        let at: Vec<_> = lines.iter().map(|l| l["at"].as_str().unwrap()).collect();
        assert_eq!(
            at,
            [
                "2026-11-21T02:13:00Z",
                "2026-11-21T02:18:00Z",
                "2026-11-21T02:28:00Z",
                "2026-11-21T02:33:00Z",
                "2026-11-21T02:43:00Z",
                "2026-11-21T02:48:00Z",
                "2026-11-21T02:58:00Z",
            ]
        );
        assert_eq!(lines[0]["targets"][0], "schedule primary");
        assert_eq!(lines[6]["targets"][0], "the team's admins");
        assert!(lines.iter().all(|l| l["people"][0] == "ops"));
    }

    #[test]
    fn sev3_waits_for_monday_and_sev4_rings_nobody() {
        assert_eq!(plan(Severity::Sev3, "2026-11-21T02:13:00Z")[0]["at"], "2026-11-23T09:00:00Z");
        assert!(plan(Severity::Sev4, "2026-11-21T02:13:00Z").is_empty());
        let words =
            lines(&team(), "night", "2026-11-21T02:13:00Z".parse().unwrap(), Severity::Sev2).unwrap_err();
        assert!(words.contains("night") && words.contains("default"), "{words}");
    }
}
