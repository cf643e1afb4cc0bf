//! Ways to restore service first and find the cause later (domain §5).

use crate::Span;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// A way to make users stop suffering. The command of a service stands in its runbook; the one here is generic, with
/// placeholders in angle brackets, and is offered to copy, never to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MitigationStrategy {
    /// Smaller first; equal ones by id.
    #[serde(default = "last")]
    pub order: u32,
    pub name: String,
    /// When to use it.
    pub when: String,
    /// Generic, one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Shown or asked before it runs.
    #[serde(default)]
    pub before: Vec<String>,
    /// Asked when it has run.
    #[serde(default)]
    pub after: Vec<String>,
    /// How long its effect is waited for, 1 second to 1 day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_for: Option<Span>,
}

fn last() -> u32 {
    100
}

pub(super) fn defaults() -> BTreeMap<String, MitigationStrategy> {
    let checked = || vec!["Verify that the service is healthy".to_owned(), "Tell the channel".to_owned()];
    let strategy = |order, name: &str, when: &str, command: Option<&str>| MitigationStrategy {
        order,
        name: name.into(),
        when: when.into(),
        command: command.map(Into::into),
        before: vec![],
        after: checked(),
        wait_for: None,
    };
    let rollback = MitigationStrategy {
        before: vec![
            "The target exists".into(),
            "Its present state".into(),
            "The current revision and the one to go back to".into(),
        ],
        wait_for: Some(Span::seconds(300)),
        ..strategy(
            10,
            "Rollback",
            "A recent deployment is the cause",
            Some(
                "kubectl rollout undo deployment/<deployment> --namespace <namespace> --to-revision <revision>",
            ),
        )
    };
    let all = [
        ("rollback", rollback),
        (
            "disable_flag",
            strategy(
                20,
                "Disable a feature flag",
                "A new feature misbehaves",
                Some("<flag-tool> disable <flag> --environment <environment>"),
            ),
        ),
        (
            "scale_up",
            strategy(
                30,
                "Scale up",
                "Traffic overwhelms the service",
                Some("kubectl scale deployment/<deployment> --namespace <namespace> --replicas <count>"),
            ),
        ),
        (
            "restart",
            strategy(
                40,
                "Restart, rolling",
                "A service is in a bad state",
                Some("kubectl rollout restart deployment/<deployment> --namespace <namespace>"),
            ),
        ),
        (
            "fail_over",
            strategy(
                50,
                "Fail over or shift traffic",
                "One region or replica fails",
                Some("<traffic-tool> shift --from <region> --to <region> --percent <percent>"),
            ),
        ),
        (
            "degrade",
            strategy(
                60,
                "Degrade gracefully",
                "A dependency is down: serve cached data, or switch the feature off",
                None,
            ),
        ),
        (
            "hotfix",
            strategy(
                70,
                "Targeted hotfix",
                "The cause is known, small and safe to fix, and nothing above helps",
                None,
            ),
        ),
    ];
    all.into_iter().map(|(id, strategy)| (id.to_owned(), strategy)).collect()
}
