//! A figure, and where it goes: one JSON line on the standard output and in `target/bench.jsonl`.

use anyhow::{Context, Result};
use serde_json::json;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// Where figures are written to.
pub struct Report {
    file: File,
}

impl Report {
    /// Begins `file` anew.
    pub fn begin(file: &Path) -> Result<Self> {
        let file = File::create(file).with_context(|| format!("{} cannot be written", file.display()))?;
        Ok(Self { file })
    }

    /// One figure. `limit`: the same, of the baseline that was measured in this run.
    pub fn figure(&mut self, name: &str, value: f64, unit: &str, limit: Option<f64>) -> Result<()> {
        let ratio = limit.filter(|l| *l > 0.0).map(|l| round(value / l));
        let (value, limit) = (json!(round(value)), json!(limit.map(round)));
        let (name, unit, ratio) = (json!(name), json!(unit), json!(ratio));
        let line =
            format!(r#"{{"name":{name},"value":{value},"unit":{unit},"limit":{limit},"ratio":{ratio}}}"#);
        let mut out = std::io::stdout().lock();
        writeln!(out, "{line}")?;
        out.flush()?;
        writeln!(self.file, "{line}")?;
        Ok(())
    }
}

/// What goes on, and where the time goes: words for whoever watches.
pub fn say(words: impl std::fmt::Display) {
    eprintln!("bench: {words}");
}

fn round(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

/// The value that `percent` of all do not exceed (nearest rank); 0 when there are none.
pub fn percentile(values: &mut [f64], percent: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let rank = (percent / 100.0 * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}

pub fn median(values: &mut [f64]) -> f64 {
    percentile(values, 50.0)
}

/// Of the lowest and the highest round, in words.
pub fn spread(values: &[f64]) -> String {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(0.0, f64::max);
    format!("{low:.0} to {high:.0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let mut hundred: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(percentile(&mut hundred, 50.0), 50.0);
        assert_eq!(percentile(&mut hundred, 99.0), 99.0);
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(percentile(&mut [], 99.0), 0.0);
    }
}
