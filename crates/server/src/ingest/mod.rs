//! What monitoring systems post, made into signals. Pure: bytes in, signals and complaints out.
//!
//! Every adapter follows the table "HTTP" of the public contract: unknown keys are kept under "details", a wrong
//! field is named, long texts are cut and marked, and in a batch each alert stands alone.

pub mod alertmanager;
pub mod body;
pub mod changes;
pub mod details;
pub mod fields;
pub mod generic;
pub mod pagerduty;

use firebell_domain::alert::{DEDUP_KEY_MAX, SUMMARY_MAX, Signal, cut};
use firebell_domain::team::IntegrationKind;
use firebell_protocol::rest::FieldError;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Complaints listed in one answer; the rest is counted.
pub const ERRORS_MAX: usize = 100;

/// What one request body says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// In the order of the body.
    pub signals: Vec<Signal>,
    /// What was wrong, by field. Signals beside errors: the body was a batch and these alerts are good.
    pub errors: Vec<FieldError>,
}

impl Parsed {
    /// Wrong altogether: there is nothing to take in and something to complain about.
    pub fn is_refused(&self) -> bool {
        self.signals.is_empty() && !self.errors.is_empty()
    }
}

/// The adapter of an integration's kind, for the kinds that are posted to `/in/{key}/{kind}`.
pub fn parse(kind: IntegrationKind, body: &Value) -> Parsed {
    match kind {
        IntegrationKind::Generic => generic::parse(body),
        IntegrationKind::Alertmanager => alertmanager::parse(body),
        IntegrationKind::Pagerduty => match pagerduty::parse(body, || uuid::Uuid::new_v4().to_string()) {
            Ok(event) => Parsed { signals: vec![event.signal], errors: vec![] },
            Err(errors) => Parsed { signals: vec![], errors },
        },
    }
}

/// A dedup key as it is kept: hashed when it is too long, so that two long keys with the same start stay two.
pub fn dedup_key(text: &str) -> String {
    if text.chars().count() <= DEDUP_KEY_MAX { text.to_owned() } else { hashed(&[text]) }
}

/// A stable key for something that has none of its own.
fn hashed(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // The length goes in too: ("ab","c") and ("a","bc") are different things.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    format!("sha256:{}", hex::encode(hash.finalize()))
}

/// One line, cut and marked. Control characters (line breaks, terminal escapes) become spaces.
fn summary(text: &str) -> String {
    one_line(text, SUMMARY_MAX)
}

fn one_line(text: &str, max: usize) -> String {
    let line: String = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    cut(&line, max)
}

/// The list of complaints, shortened when it is endless.
fn shortened(mut errors: Vec<FieldError>, whole: &str) -> Vec<FieldError> {
    if errors.len() > ERRORS_MAX {
        let more = errors.len() - ERRORS_MAX;
        errors.truncate(ERRORS_MAX);
        errors
            .push(FieldError { field: whole.into(), words: format!("{more} more problems are not listed") });
    }
    errors
}

#[cfg(test)]
mod tests;
