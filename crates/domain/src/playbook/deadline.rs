//! By when something has to have happened. Wall-clock times are those of the team's zone; what comes out are instants.

use super::{ClosingRules, HandOverRules, Hours, SeverityRules};
use crate::business::{BusinessHours, Day, clock_time, instant_of};
use crate::{Instant, Span};
use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

/// When a team is at work.
#[derive(Clone, Copy, Debug)]
pub struct WorkingDays<'a> {
    pub hours: &'a BusinessHours,
    pub zone: Tz,
    /// Days of the zone that are no business days.
    pub holidays: &'a [NaiveDate],
}

/// Days that are looked through for business days; a team without any in a year has its deadlines at once.
const DAYS_MAX: u64 = 366;

impl WorkingDays<'_> {
    /// Beginning and end of each business day from the one of `at` on.
    fn from(&self, at: Instant) -> impl Iterator<Item = (Instant, Instant)> + '_ {
        let times = clock_time(&self.hours.from).zip(clock_time(&self.hours.to));
        let today = at.with_timezone(&self.zone).date_naive();
        (0..=DAYS_MAX).filter_map(move |ahead| {
            let date = today.checked_add_days(Days::new(ahead))?;
            let is_work = self.hours.days.contains(&Day::of(date)) && !self.holidays.contains(&date);
            let (from, to) = times.filter(|_| is_work)?;
            Some((instant_of(date.and_time(from), self.zone), instant_of(date.and_time(to), self.zone)))
        })
    }

    /// Each business day, from the one of `at` on.
    pub fn dates(&self, at: Instant) -> impl Iterator<Item = NaiveDate> + '_ {
        self.from(at).map(|(start, _)| start.with_timezone(&self.zone).date_naive())
    }

    /// `at` and this much working time: an hour that begins half an hour before the end of Friday ends on Monday.
    pub fn after(&self, at: Instant, span: Span) -> Instant {
        let mut left = span.delta();
        for (start, end) in self.from(at).filter(|(_, end)| *end > at) {
            let begin = start.max(at);
            if end - begin >= left {
                return begin + left;
            }
            left -= end - begin;
        }
        at
    }

    /// The end of the n-th business day after the day of `at`; of the same day for 0.
    pub fn end_of_day(&self, at: Instant, n: u32) -> Instant {
        let today = at.with_timezone(&self.zone).date_naive();
        let is_later = |t: &Instant| t.with_timezone(&self.zone).date_naive() > today;
        let ends = self.from(at).map(|(_, end)| end);
        match n.checked_sub(1) {
            None => ends.take(1).next().unwrap_or(at),
            Some(more) => ends.filter(is_later).nth(more as usize).unwrap_or(at),
        }
    }

    /// The beginning of the next business day, never of today.
    pub fn next_day(&self, at: Instant) -> Instant {
        let today = at.with_timezone(&self.zone).date_naive();
        let is_later = |t: &Instant| t.with_timezone(&self.zone).date_naive() > today;
        self.from(at).map(|(start, _)| start).find(is_later).unwrap_or(at)
    }
}

impl SeverityRules {
    /// By when somebody has to be at work on what was paged at `at`.
    pub fn respond_by(&self, at: Instant, work: &WorkingDays) -> Instant {
        let within = self.respond_within.unwrap_or_default();
        match self.respond_in {
            Hours::DayAndNight => at + within.delta(),
            Hours::BusinessHours => work.after(at, within),
            Hours::NextBusinessDay => work.next_day(at) + within.delta(),
        }
    }

    /// The end of the countdown that begins with the fix.
    pub fn watch_until(&self, fixed_at: Instant) -> Instant {
        fixed_at + self.watch_for.delta()
    }
}

impl HandOverRules {
    /// From when on a hand-over is suggested to whoever has held a role since `since`.
    pub fn suggest_at(&self, since: Instant) -> Instant {
        since + self.suggest_after.delta()
    }
}

impl ClosingRules {
    /// When the draft of the postmortem is due.
    pub fn postmortem_due(&self, resolved_at: Instant) -> Instant {
        resolved_at + self.postmortem_within.delta()
    }

    /// When its owner is reminded.
    pub fn remind_at(&self, resolved_at: Instant) -> Instant {
        resolved_at + self.postmortem_reminder.delta()
    }

    /// The end of the last day on which the review can be held.
    pub fn review_by(&self, resolved_at: Instant, work: &WorkingDays) -> Instant {
        work.end_of_day(resolved_at, self.review_within_days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Severity;
    use crate::playbook::Playbook;
    use proptest::prelude::*;

    fn t(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn berlin(check: impl FnOnce(&WorkingDays)) {
        let (hours, holidays) = (BusinessHours::default(), ["2026-12-25".parse().unwrap()]);
        check(&WorkingDays { hours: &hours, zone: chrono_tz::Europe::Berlin, holidays: &holidays });
    }

    #[test]
    fn each_severity_is_answered_in_its_time() {
        berlin(|work| {
            let by = |severity, at: &str| Playbook::default().severity(severity).respond_by(t(at), work);
            // 02:13 on a Saturday.
            let night = "2026-11-21T01:13:00Z";
            assert_eq!(by(Severity::Sev1, night), t("2026-11-21T01:18:00Z"));
            assert_eq!(by(Severity::Sev2, night), t("2026-11-21T01:28:00Z"));
            assert_eq!(by(Severity::Sev3, night), t("2026-11-23T09:00:00Z"), "Monday at ten");
            assert_eq!(by(Severity::Sev4, night), t("2026-11-23T08:00:00Z"), "Monday at nine");
            // Friday, half past five: half an hour then, the other on Monday.
            assert_eq!(by(Severity::Sev3, "2026-11-20T16:30:00Z"), t("2026-11-23T08:30:00Z"));
            assert_eq!(by(Severity::Sev3, "2026-11-20T10:00:00Z"), t("2026-11-20T11:00:00Z"));
            assert_eq!(by(Severity::Sev4, "2026-11-20T10:00:00Z"), t("2026-11-23T08:00:00Z"));
        });
    }

    #[test]
    fn a_review_is_held_within_five_business_days() {
        berlin(|work| {
            let closing = Playbook::default().closing;
            let resolved = t("2026-12-21T03:00:00Z");
            assert_eq!(
                closing.review_by(resolved, work),
                t("2026-12-29T17:00:00Z"),
                "not on Christmas or Sunday"
            );
            assert_eq!(closing.postmortem_due(resolved), t("2026-12-23T03:00:00Z"));
            assert_eq!(closing.remind_at(resolved), t("2026-12-22T03:00:00Z"));
        });
    }

    #[test]
    fn a_fix_is_watched_and_a_long_watch_handed_over() {
        let playbook = Playbook::default();
        let now = t("2026-11-25T10:00:00Z");
        assert_eq!(playbook.severity(Severity::Sev2).watch_until(now), t("2026-11-25T10:30:00Z"));
        assert_eq!(playbook.severity(Severity::Sev3).watch_until(now), t("2026-11-25T10:15:00Z"));
        assert_eq!(playbook.hand_over.suggest_at(now), t("2026-11-25T14:00:00Z"));
    }

    #[test]
    fn a_team_that_never_works_is_not_waited_for() {
        let hours = BusinessHours { days: vec![], ..BusinessHours::default() };
        let never = WorkingDays { hours: &hours, zone: chrono_tz::UTC, holidays: &[] };
        let now = t("2026-11-25T10:00:00Z");
        assert_eq!(never.after(now, Span::hours(1)), now);
        assert_eq!(never.next_day(now), now);
        assert_eq!(never.end_of_day(now, 5), now);
    }

    proptest! {
        #[test]
        fn working_time_adds_up(start in 0_i64..400 * 86_400, a in 0_i64..600, b in 0_i64..600) {
            let at = t("2026-01-01T00:00:00Z") + chrono::TimeDelta::seconds(start);
            let (hours, zone) = (BusinessHours::default(), chrono_tz::Europe::Berlin);
            let work = WorkingDays { hours: &hours, zone, holidays: &[] };
            let (a, b) = (Span::minutes(a), Span::minutes(b));
            let both = Span::millis(a.as_millis() + b.as_millis());
            prop_assert!(work.after(at, a) >= at);
            // In two parts or in one; at the very end of a day, the beginning of the next is the same moment of work.
            let parts = work.after(work.after(at, a), b);
            let whole = work.after(at, both);
            prop_assert_eq!(work.after(parts, Span::ZERO), work.after(whole, Span::ZERO));
            prop_assert!(work.next_day(at) > at);
        }
    }
}
