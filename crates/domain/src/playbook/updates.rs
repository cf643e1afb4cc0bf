//! Status updates: to whom, when, in which words (domain §6).

use super::updates_texts;
use crate::incident::Status;
use crate::{Severity, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Whom an update is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The status page.
    Public,
    /// Enterprise accounts first.
    Customers,
    Internal,
    Executives,
    /// The engineering manager and the team lead.
    Managers,
    SupportAndSales,
}

impl Audience {
    pub const ALL: [Audience; 6] = [
        Self::Public,
        Self::Customers,
        Self::Internal,
        Self::Executives,
        Self::Managers,
        Self::SupportAndSales,
    ];

    /// Its words leave the company: people outside read them, or hear them from support and sales. They are checked for jargon
    /// and internal names.
    pub fn is_outside(self) -> bool {
        matches!(self, Self::Public | Self::Customers | Self::SupportAndSales)
    }

    /// As it is written in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Customers => "customers",
            Self::Internal => "internal",
            Self::Executives => "executives",
            Self::Managers => "managers",
            Self::SupportAndSales => "support_and_sales",
        }
    }
}

/// When an update is called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    Declare,
    StatusChange,
    NewInformation,
    ActionTaken,
    /// The cadence of the severity.
    Cadence,
    Resolution,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UpdateRules {
    /// The communications lead is reminded this long before an update is due, 0 to 1 hour. The domain says "before it is due";
    /// five minutes are our figure.
    pub remind_before: Span,
    /// The commander is rung this long after it was due and not sent, 0 to 30 minutes.
    pub missed_after: Span,
    pub send_on: Vec<Occasion>,
    /// The severities of which an audience is told; none: by hand only.
    pub audiences: BTreeMap<Audience, Vec<Severity>>,
    /// What stands for the next update when nobody can name a time.
    pub next_when_known: String,
    /// The template of an update that says only that nothing is new.
    pub no_news: String,
    /// By audience, then by the status that is announced.
    pub templates: BTreeMap<Audience, BTreeMap<Status, String>>,
}

/// The statuses that an update announces, in their order.
pub(crate) const ANNOUNCED: [Status; 4] =
    [Status::Investigating, Status::Identified, Status::Monitoring, Status::Resolved];

impl Default for UpdateRules {
    fn default() -> Self {
        let told = |audience| {
            use Severity::{Sev1, Sev2, Sev3};
            match audience {
                Audience::Public | Audience::Customers | Audience::SupportAndSales => vec![Sev1, Sev2],
                Audience::Internal => vec![Sev1, Sev2, Sev3],
                Audience::Executives => vec![Sev1],
                // The engineering manager of a SEV2, the team lead of a SEV3.
                Audience::Managers => vec![Sev2, Sev3],
            }
        };
        Self {
            remind_before: Span::minutes(5),
            missed_after: Span::ZERO,
            send_on: vec![
                Occasion::Declare,
                Occasion::StatusChange,
                Occasion::NewInformation,
                Occasion::ActionTaken,
                Occasion::Cadence,
                Occasion::Resolution,
            ],
            audiences: Audience::ALL.into_iter().map(|a| (a, told(a))).collect(),
            next_when_known: "as soon as we learn more".into(),
            no_news: updates_texts::NO_NEWS.into(),
            templates: Audience::ALL
                .into_iter()
                .map(|a| (a, ANNOUNCED.into_iter().map(|s| (s, updates_texts::template(a, s))).collect()))
                .collect(),
        }
    }
}

impl UpdateRules {
    /// The template for an audience and status; `None` when the status is not one that people announce, or when the team
    /// removed it.
    pub fn template(&self, audience: Audience, status: Status) -> Option<&str> {
        self.templates.get(&audience)?.get(&status).map(String::as_str)
    }
}

/// What does not belong into text for people outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PublicRules {
    /// A word of ours, in lower case → what to say instead.
    pub jargon: BTreeMap<String, String>,
    /// Names that end like this are hosts that nobody outside can reach; each begins with a dot.
    pub internal_suffixes: Vec<String>,
    /// Words that are fine in spite of everything, whatever their case.
    pub allowed: Vec<String>,
}

impl Default for PublicRules {
    fn default() -> Self {
        let jargon = [
            ("api", "the interface for developers"),
            ("backend", "our systems"),
            ("blast radius", "what is affected"),
            ("cache", "stored data"),
            ("canary", "a first small release"),
            ("cdn", "content delivery"),
            ("cluster", "our systems"),
            ("container", "part of our systems"),
            ("cpu", "computing power"),
            ("cron", "a scheduled task"),
            ("database", "where data is stored"),
            ("db", "where data is stored"),
            ("deadlock", "a blockage"),
            ("deploy", "a release"),
            ("deployment", "a release"),
            ("dns", "address lookup"),
            ("failover", "a switch to the standby"),
            ("feature flag", "a setting"),
            ("hotfix", "a correction"),
            ("http 500", "errors"),
            ("k8s", "our systems"),
            ("kafka", "our message queue"),
            ("kubernetes", "our systems"),
            ("latency", "response time"),
            ("load balancer", "traffic distribution"),
            ("microservice", "part of our systems"),
            ("mitigation", "a remedy"),
            ("oom", "a lack of memory"),
            ("p95", "most requests"),
            ("p99", "nearly all requests"),
            ("packet loss", "connection problems"),
            ("pod", "part of our systems"),
            ("postgres", "where data is stored"),
            ("queue depth", "waiting work"),
            ("redis", "stored data"),
            ("replica", "a copy"),
            ("replication lag", "a delay in copying data"),
            ("rollback", "a return to the earlier version"),
            ("rollout", "a release"),
            ("sev1", "a critical incident"),
            ("sev2", "a major incident"),
            ("sev3", "a minor incident"),
            ("sev4", "a small problem"),
            ("shard", "part of our data"),
            ("stack trace", "error details"),
            ("throughput", "capacity"),
            ("upstream", "a system that we depend on"),
        ];
        Self {
            jargon: jargon.map(|(term, plain)| (term.to_owned(), plain.to_owned())).into(),
            internal_suffixes: [
                ".internal",
                ".local",
                ".localdomain",
                ".lan",
                ".corp",
                ".intranet",
                ".intra",
                ".private",
                ".svc",
                ".home.arpa",
            ]
            .map(Into::into)
            .into(),
            allowed: vec![],
        }
    }
}
