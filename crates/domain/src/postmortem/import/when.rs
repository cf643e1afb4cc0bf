//! Days and moments, as people write them.

use crate::Instant;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

/// The first day in a text: `2026-11-25`, `2026/11/25`, `25 November 2026`, `November 25, 2026`.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || "[](),;T".contains(c)).filter(|w| !w.is_empty()).collect();
    let plain = |w: &&str| {
        let w = w.trim_end_matches(['.', ':']);
        NaiveDate::parse_from_str(w, "%Y-%m-%d").or_else(|_| NaiveDate::parse_from_str(w, "%Y/%m/%d")).ok()
    };
    words.iter().find_map(plain).or_else(|| {
        words.windows(3).find_map(|w| {
            let joined = w.join(" ");
            ["%d %B %Y", "%B %d %Y"].iter().find_map(|f| NaiveDate::parse_from_str(&joined, f).ok())
        })
    })
}

/// A whole text that is a moment; times without an offset are UTC.
pub(super) fn moment(text: &str) -> Option<Instant> {
    let text = text.trim();
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc());
    }
    let text = text
        .trim_end_matches("(UTC)")
        .trim_end_matches("UTC")
        .trim_end_matches("GMT")
        .trim_end_matches('Z')
        .trim();
    ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y/%m/%d %H:%M"]
        .iter()
        .find_map(|f| NaiveDateTime::parse_from_str(text, f).ok())
        .map(|at| at.and_utc())
}

/// Time goes forward in a timeline: `after` is that of the line before, on whose day (or the next) a time of day is.
pub(super) struct Clock {
    pub day: Option<NaiveDate>,
    pub after: Option<Instant>,
}

impl Clock {
    /// A line of a timeline: its time, and what it says.
    pub fn line<'a>(&mut self, line: &'a str) -> Option<(Instant, &'a str)> {
        let line = line.trim().trim_start_matches(['*', '`', '[', '(']);
        // Of all beginnings that are a time, the longest.
        let ends = line.char_indices().map(|(at, c)| at + c.len_utf8()).take(40);
        let (at, end) = ends.filter_map(|end| Some((self.at(&line[..end])?, end))).last()?;
        let rest = &line[end..];
        let is_word_end = line[..end].ends_with(char::is_whitespace);
        if !is_word_end && rest.starts_with(|c: char| c.is_alphanumeric() || c == '+') {
            return None;
        }
        // An offset or a zone that is not known would move it by hours.
        let said = rest.trim_start_matches(|c: char| c.is_whitespace() || "*`])-–—:|,".contains(c));
        let zone: String = said.chars().take_while(char::is_ascii_uppercase).collect();
        if ["PST", "PDT", "EST", "EDT", "CST", "CDT", "MST", "MDT", "CET", "CEST", "BST", "IST", "JST"]
            .contains(&zone.as_str())
        {
            return None;
        }
        self.after = Some(at);
        Some((at, said.trim()))
    }

    fn at(&self, text: &str) -> Option<Instant> {
        if let Some(at) = moment(text) {
            return Some(at);
        }
        let time = time_of_day(text)?;
        let day = self.after.map(|at| at.date_naive()).or(self.day)?;
        let at = day.and_time(time).and_utc();
        // Over midnight.
        let is_next = self.after.is_some_and(|after| after - at > TimeDelta::hours(6));
        Some(if is_next { at + TimeDelta::days(1) } else { at })
    }
}

fn time_of_day(text: &str) -> Option<NaiveTime> {
    let text = text.trim().trim_end_matches("UTC").trim_end_matches("GMT").trim_end_matches('Z').trim();
    let formats = ["%H:%M:%S", "%H:%M", "%I:%M %p", "%I:%M%p"];
    let is_whole = text.contains(':') && text.split(':').nth(1).is_some_and(|m| m.len() >= 2);
    formats.iter().filter(|_| is_whole).find_map(|f| NaiveTime::parse_from_str(text, f).ok())
}

/// `1 hour 5 minutes`, `65 min`, `1h 5m`, `90` (minutes): seconds.
pub(super) fn length(text: &str) -> Option<i64> {
    let text = text.to_lowercase();
    let mut rest = text.trim();
    if let Ok(minutes) = rest.parse::<i64>() {
        return minutes.checked_mul(60);
    }
    let mut sum = 0_i64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|n| *n > 0)?;
        let number: i64 = rest[..digits].parse().ok()?;
        let after = rest[digits..].trim_start();
        let unit = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let size = match &after[..unit] {
            "d" | "day" | "days" => 86_400,
            "h" | "hr" | "hrs" | "hour" | "hours" => 3_600,
            "m" | "min" | "mins" | "minute" | "minutes" => 60,
            "s" | "sec" | "secs" | "second" | "seconds" => 1,
            _ => return None,
        };
        sum = sum.checked_add(number.checked_mul(size)?)?;
        rest = after[unit..].trim_start_matches([' ', ',']).trim_start_matches("and ").trim();
    }
    Some(sum)
}
