//! Business hours, nights and mornings (domain §3), all in wall-clock time of a zone.

use crate::Instant;
use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Day {
    pub fn of(date: NaiveDate) -> Self {
        use Day::*;
        [Mon, Tue, Wed, Thu, Fri, Sat, Sun][date.weekday().num_days_from_monday() as usize]
    }
}

/// Monday to Friday 09:00–18:00 unless the team says otherwise. `to` is exclusive and after `from`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BusinessHours {
    pub days: Vec<Day>,
    /// `HH:MM`
    pub from: String,
    /// `HH:MM`
    pub to: String,
}

impl Default for BusinessHours {
    fn default() -> Self {
        use Day::*;
        Self { days: vec![Mon, Tue, Wed, Thu, Fri], from: "09:00".into(), to: "18:00".into() }
    }
}

/// `HH:MM`, 00:00 to 23:59.
pub fn clock_time(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H:%M").ok()
}

/// The instant of a wall-clock time. A time that does not exist moves to the first instant after the gap; one
/// that happens twice is the first (contract, "Schedules as a file").
pub fn instant_of(local: NaiveDateTime, zone: Tz) -> Instant {
    match zone.from_local_datetime(&local) {
        chrono::LocalResult::Single(t) | chrono::LocalResult::Ambiguous(t, _) => t.with_timezone(&Utc),
        chrono::LocalResult::None => after_gap(local, zone),
    }
}

/// The first instant after the gap that swallows `local`. Zones change by at most a day; the transition is
/// found by halving, on UTC, where nothing is ambiguous.
fn after_gap(local: NaiveDateTime, zone: Tz) -> Instant {
    let guess = Utc.from_utc_datetime(&local);
    let is_after = |t: Instant| t.with_timezone(&zone).naive_local() > local;
    let (mut before, mut after) = (guess - chrono::TimeDelta::days(2), guess + chrono::TimeDelta::days(2));
    while after - before > chrono::TimeDelta::seconds(1) {
        let middle = before + (after - before) / 2;
        if is_after(middle) { after = middle } else { before = middle }
    }
    let seconds = after.timestamp() + i64::from(after.timestamp_subsec_nanos() > 0);
    // Transitions lie on whole seconds; `after` is less than one past it.
    let floor = Utc.timestamp_opt(seconds - 1, 0).single().unwrap_or(after);
    if is_after(floor) { floor } else { Utc.timestamp_opt(seconds, 0).single().unwrap_or(after) }
}

impl BusinessHours {
    /// `Err` with words when no moment could ever be a business hour.
    pub fn check(&self) -> Result<(), String> {
        let (Some(from), Some(to)) = (clock_time(&self.from), clock_time(&self.to)) else {
            return Err("write from and to as HH:MM, for example \"09:00\"".into());
        };
        if from >= to {
            return Err(format!("`to` ({}) must be later in the day than `from` ({})", self.to, self.from));
        }
        if self.days.is_empty() {
            return Err("name at least one day, for example [mon, tue, wed, thu, fri]".into());
        }
        Ok(())
    }

    /// `now` itself when it lies in business hours, else the start of the next ones. Looks a year ahead; a team
    /// that has no business day in a year gets `now` (paged rather than forgotten).
    pub fn next(&self, zone: Tz, holidays: &[NaiveDate], now: Instant) -> Instant {
        let (Some(from), Some(to)) = (clock_time(&self.from), clock_time(&self.to)) else { return now };
        let today = now.with_timezone(&zone).date_naive();
        for ahead in 0..=366 {
            let Some(date) = today.checked_add_days(Days::new(ahead)) else { break };
            if !self.days.contains(&Day::of(date)) || holidays.contains(&date) {
                continue;
            }
            let (start, end) = (instant_of(date.and_time(from), zone), instant_of(date.and_time(to), zone));
            if now < start {
                return start;
            }
            if now < end {
                return now;
            }
        }
        now
    }
}

/// The next 07:00 in the zone, strictly after `now` ("until the morning").
pub fn next_morning(zone: Tz, now: Instant) -> Instant {
    let seven = NaiveTime::from_hms_opt(7, 0, 0).unwrap_or_default();
    let today = now.with_timezone(&zone).date_naive();
    (0..=2)
        .filter_map(|d| today.checked_add_days(Days::new(d)))
        .map(|date| instant_of(date.and_time(seven), zone))
        .find(|t| *t > now)
        .unwrap_or(now + chrono::TimeDelta::hours(8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t(text: &str) -> Instant {
        text.parse().unwrap()
    }
    const BERLIN: Tz = chrono_tz::Europe::Berlin;

    #[test]
    fn a_minor_alert_on_friday_night_waits_for_monday_morning() {
        let hours = BusinessHours::default();
        assert_eq!(hours.next(BERLIN, &[], t("2026-11-20T21:00:00Z")), t("2026-11-23T08:00:00Z"));
        assert_eq!(hours.next(BERLIN, &[], t("2026-11-23T08:00:00Z")), t("2026-11-23T08:00:00Z"));
        assert_eq!(
            hours.next(BERLIN, &[], t("2026-11-23T17:00:00Z")),
            t("2026-11-24T08:00:00Z"),
            "18:00 is over"
        );
    }

    #[test]
    fn holidays_are_no_business_days() {
        let christmas = "2026-12-25".parse().unwrap();
        let hours = BusinessHours::default();
        assert_eq!(hours.next(BERLIN, &[christmas], t("2026-12-24T20:00:00Z")), t("2026-12-28T08:00:00Z"));
    }

    #[test]
    fn a_time_that_the_clocks_skip_moves_to_the_end_of_the_gap() {
        let skipped = "2026-03-29T02:30:00".parse().unwrap();
        assert_eq!(instant_of(skipped, BERLIN), t("2026-03-29T01:00:00Z"));
        let twice = "2026-10-25T02:30:00".parse().unwrap();
        assert_eq!(instant_of(twice, BERLIN), t("2026-10-25T00:30:00Z"), "the first of the two");
    }

    #[test]
    fn until_the_morning_is_the_persons_next_seven_o_clock() {
        assert_eq!(next_morning(BERLIN, t("2026-11-21T02:13:00Z")), t("2026-11-21T06:00:00Z"));
        assert_eq!(next_morning(BERLIN, t("2026-11-21T06:00:00Z")), t("2026-11-22T06:00:00Z"));
        assert_eq!(
            next_morning(chrono_tz::America::New_York, t("2026-11-21T02:13:00Z")),
            t("2026-11-21T12:00:00Z")
        );
    }

    #[test]
    fn hours_that_never_happen_are_refused() {
        let never = BusinessHours { from: "18:00".into(), to: "09:00".into(), ..Default::default() };
        assert!(never.check().is_err());
        assert!(BusinessHours { days: vec![], ..Default::default() }.check().is_err());
        assert!(BusinessHours { from: "9am".into(), ..Default::default() }.check().is_err());
    }
}
