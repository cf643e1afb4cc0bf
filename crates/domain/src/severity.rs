//! How bad it is, and whom that wakes (domain §2, §3).

use crate::Span;
use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

/// SEV1 (critical) to SEV4 (low). The worse one sorts first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
pub enum Severity {
    #[serde(rename = "SEV1")]
    Sev1,
    #[serde(rename = "SEV2")]
    Sev2,
    #[serde(rename = "SEV3")]
    Sev3,
    #[serde(rename = "SEV4")]
    Sev4,
}

/// How insistently a page rings: `High` day and night, `Low` in business hours, `None` never (it is listed).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Urgency {
    High,
    Low,
    None,
}

impl Severity {
    pub const ALL: [Severity; 4] = [Self::Sev1, Self::Sev2, Self::Sev3, Self::Sev4];

    /// 1 to 4.
    pub fn number(self) -> u8 {
        self as u8 + 1
    }

    pub fn from_number(n: u8) -> Option<Self> {
        Self::ALL.get(usize::from(n).checked_sub(1)?).copied()
    }

    pub fn is_worse_than(self, other: Self) -> bool {
        self < other
    }

    pub fn urgency(self) -> Urgency {
        match self {
            Self::Sev1 | Self::Sev2 => Urgency::High,
            Self::Sev3 => Urgency::Low,
            Self::Sev4 => Urgency::None,
        }
    }

    /// After an acknowledgement, how long nothing may happen before the page comes back (domain §3). SEV4
    /// rings nobody and so has none.
    pub fn acknowledged_timeout(self) -> Option<Span> {
        match self {
            Self::Sev1 => Some(Span::minutes(15)),
            Self::Sev2 => Some(Span::minutes(30)),
            Self::Sev3 => Some(Span::hours(4)),
            Self::Sev4 => None,
        }
    }

    /// The severity that a monitoring system's word stands for (domain §3); `None` when the word is not one
    /// of the field's. No word maps to SEV1: only a rule of the team or a person does that.
    pub fn from_label(label: &str) -> Option<Self> {
        Some(match label.trim().to_ascii_lowercase().as_str() {
            "critical" | "page" | "error" | "high" | "p1" | "p2" | "sev2" | "major" => Self::Sev2,
            "warning" | "warn" | "medium" | "p3" | "sev3" | "minor" => Self::Sev3,
            "info" | "low" | "none" | "p4" | "p5" | "sev4" | "informational" => Self::Sev4,
            _ => return None,
        })
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SEV{}", self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_of_a_monitoring_system_is_sev1() {
        for word in ["critical", "page", "error", "high", "P1", "emergency", "SEV1"] {
            assert_ne!(Severity::from_label(word), Some(Severity::Sev1), "{word}");
        }
    }

    #[test]
    fn the_worse_severity_sorts_first() {
        assert!(Severity::Sev1.is_worse_than(Severity::Sev2));
        assert_eq!(Severity::ALL.iter().min(), Some(&Severity::Sev1));
        assert_eq!(Severity::from_number(4), Some(Severity::Sev4));
        assert_eq!(Severity::from_number(0), None);
        assert_eq!(Severity::from_number(5), None);
    }
}
