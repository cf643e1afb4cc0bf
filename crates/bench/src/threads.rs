//! What a process of Linux has used: processor time by thread, and memory. For saying where the time went.

use std::collections::BTreeMap;

/// Milliseconds of processor time so far, by the threads' name (numbers at its end left out).
pub fn cpu_ms(process: u32) -> BTreeMap<String, u64> {
    let mut used = BTreeMap::new();
    let Ok(threads) = std::fs::read_dir(format!("/proc/{process}/task")) else { return used };
    for thread in threads.flatten() {
        let Ok(stat) = std::fs::read_to_string(thread.path().join("stat")) else { continue };
        let (Some(from), Some(to)) = (stat.find('('), stat.rfind(')')) else { continue };
        let name = stat[from + 1..to].trim_end_matches(|c: char| c.is_ascii_digit() || c == '-').to_owned();
        let ticks: u64 =
            stat[to + 1..].split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<u64>().ok()).sum();
        // 100 ticks a second on every Linux that matters here.
        *used.entry(name).or_default() += ticks * 10;
    }
    used
}

/// What was used between two looks, in words.
pub fn between(before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>) -> String {
    let mut words: Vec<(u64, String)> = after
        .iter()
        .map(|(name, ms)| (ms - before.get(name).copied().unwrap_or(0).min(*ms), name))
        .filter(|(ms, _)| *ms > 0)
        .map(|(ms, name)| (ms, format!("{name} {ms} ms")))
        .collect();
    words.sort_by(|a, b| b.cmp(a));
    words.into_iter().map(|(_, w)| w).collect::<Vec<_>>().join(", ")
}

/// Resident memory of its own (no files), in KiB.
pub fn memory_kib(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("RssAnon:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0.0)
}
