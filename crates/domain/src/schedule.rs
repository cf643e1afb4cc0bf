//! Who is on call: a simple rotation by days or weeks. Shifts are wall-clock time in the schedule's zone.
//!
//! The whole format of schedule files (contract) has windows, overrides and more units; what is not computed yet
//! is refused by [`Schedule::problems`], never ignored.

use crate::business::{Day, clock_time, instant_of};
use crate::{Instant, PersonId, ScheduleId};
use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    pub id: ScheduleId,
    pub name: String,
    #[serde(default = "utc")]
    pub time_zone: String,
    /// Later layers cover earlier ones.
    pub layers: Vec<Layer>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(type = "unknown[]")]
    pub overrides: Vec<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(type = "unknown[]")]
    pub temporary: Vec<serde_json::Value>,
}

fn utc() -> String {
    "UTC".to_owned()
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub people: Vec<TurnHolder>,
    pub turn: Turn,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advance: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(type = "unknown[]")]
    pub windows: Vec<serde_json::Value>,
}

/// One person, or several on call together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(untagged)]
pub enum TurnHolder {
    One(PersonId),
    Together(Vec<PersonId>),
}

impl TurnHolder {
    pub fn people(&self) -> Vec<PersonId> {
        match self {
            Self::One(p) => vec![p.clone()],
            Self::Together(all) => all.clone(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// 1 to 366 units.
    #[serde(default = "one")]
    pub every: u32,
    pub unit: TurnUnit,
    /// `Mon 10:00` for weeks, `10:00` for days.
    pub hand_off: String,
    /// The rotation is anchored at the first hand-off on or after this date.
    pub start: NaiveDate,
}

fn one() -> u32 {
    1
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum TurnUnit {
    Hour,
    Day,
    Week,
    Month,
}

/// A stretch of duty, `[start, end)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Shift {
    pub start: Instant,
    pub end: Instant,
    pub people: Vec<PersonId>,
}

/// The days a turn takes, the first date of turn 0 and its time of day.
struct Anchor {
    days: i64,
    date: NaiveDate,
    time: NaiveTime,
}

impl Turn {
    fn anchor(&self) -> Result<Anchor, String> {
        if !(1..=366).contains(&self.every) {
            return Err("`every` must be 1 to 366".into());
        }
        match self.unit {
            TurnUnit::Day => {
                let time = clock_time(&self.hand_off).ok_or_else(|| {
                    format!("`{}`: write the hand-off of daily turns as HH:MM", self.hand_off)
                })?;
                Ok(Anchor { days: i64::from(self.every), date: self.start, time })
            }
            TurnUnit::Week => {
                let bad =
                    || format!("`{}`: write the hand-off of weekly turns as `Mon 10:00`", self.hand_off);
                let (day, time) = self.hand_off.split_once(' ').ok_or_else(bad)?;
                let time = clock_time(time).ok_or_else(bad)?;
                use Day::*;
                let day = [Mon, Tue, Wed, Thu, Fri, Sat, Sun]
                    .into_iter()
                    .find(|d| format!("{d:?}").eq_ignore_ascii_case(day))
                    .ok_or_else(bad)?;
                let date = (0..7)
                    .filter_map(|n| self.start.checked_add_days(Days::new(n)))
                    .find(|d| Day::of(*d) == day)
                    .ok_or_else(|| "`start` is too far away".to_owned())?;
                Ok(Anchor { days: 7 * i64::from(self.every), date, time })
            }
            TurnUnit::Hour | TurnUnit::Month => {
                Err("turns by hour or month are not computed by this version; use day or week".into())
            }
        }
    }
}

impl Anchor {
    /// The start of turn `k`; `None` outside the calendar.
    fn start_of(&self, k: i64, zone: Tz) -> Option<Instant> {
        let date = self.date.checked_add_signed(TimeDelta::try_days(self.days.checked_mul(k)?)?)?;
        Some(instant_of(date.and_time(self.time), zone))
    }

    /// The number of the turn that holds `at`.
    fn turn_at(&self, at: Instant, zone: Tz) -> Option<i64> {
        let since = at.with_timezone(&zone).date_naive() - self.date;
        let mut k = since.num_days().div_euclid(self.days);
        while self.start_of(k, zone)? > at {
            k -= 1;
        }
        while self.start_of(k + 1, zone)? <= at {
            k += 1;
        }
        Some(k)
    }
}

impl Schedule {
    fn zone(&self) -> Option<Tz> {
        self.time_zone.parse().ok()
    }

    /// Who is on call at `at`, and from when until when. `None`: nobody (a schedule with problems).
    pub fn on_call(&self, at: Instant) -> Option<Shift> {
        let zone = self.zone()?;
        let layer = self.layers.iter().rev().find(|l| !l.people.is_empty())?;
        let anchor = layer.turn.anchor().ok()?;
        let k = anchor.turn_at(at, zone)?;
        let count = i64::try_from(layer.people.len()).ok()?;
        let holder = layer.people.get(usize::try_from(k.rem_euclid(count)).ok()?)?;
        Some(Shift {
            start: anchor.start_of(k, zone)?,
            end: anchor.start_of(k + 1, zone)?,
            people: holder.people(),
        })
    }

    /// The shifts that touch `[from, until)`, in order.
    pub fn shifts(&self, from: Instant, until: Instant) -> Vec<Shift> {
        let mut found: Vec<Shift> = Vec::new();
        let mut at = from;
        while at < until {
            let Some(shift) = self.on_call(at) else { break };
            at = shift.end;
            found.push(shift);
        }
        found
    }

    /// (path below the schedule, words) for everything that is wrong or not computed yet.
    pub fn problems(&self, is_person: impl Fn(&PersonId) -> bool) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if self.zone().is_none() {
            found.push((
                ".time_zone".into(),
                format!(
                    "`{}` is not a time zone; write an IANA name such as Europe/Berlin or UTC",
                    self.time_zone
                ),
            ));
        }
        if self.layers.is_empty() {
            found.push((".layers".into(), "write at least one layer".into()));
        }
        let later = "is not computed by this version; remove it";
        if !self.overrides.is_empty() {
            found.push((".overrides".into(), format!("`overrides` {later}")));
        }
        if !self.temporary.is_empty() {
            found.push((".temporary".into(), format!("`temporary` {later}")));
        }
        for (i, layer) in self.layers.iter().enumerate() {
            let at = format!(".layers[{i}]");
            if layer.people.is_empty() {
                found.push((format!("{at}.people"), "name at least one person".into()));
            }
            for (j, holder) in layer.people.iter().enumerate() {
                for p in holder.people() {
                    if !is_person(&p) {
                        found.push((
                            format!("{at}.people[{j}]"),
                            format!("there is no person `{p}`; add them under people"),
                        ));
                    }
                }
                if holder.people().is_empty() {
                    found.push((format!("{at}.people[{j}]"), "an empty group is on call for nobody".into()));
                }
            }
            if let Err(words) = layer.turn.anchor() {
                found.push((format!("{at}.turn"), words));
            }
            if !layer.windows.is_empty() {
                found.push((format!("{at}.windows"), format!("`windows` {later}")));
            }
            if layer.advance.as_deref().is_some_and(|a| a != "calendar") {
                found.push((format!("{at}.advance"), "only `calendar` is computed by this version".into()));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn weekly(zone: &str, people: &[&str]) -> Schedule {
        Schedule {
            id: "primary".into(),
            name: "Primary".into(),
            time_zone: zone.into(),
            layers: vec![Layer {
                name: None,
                people: people.iter().map(|p| TurnHolder::One((*p).into())).collect(),
                turn: Turn {
                    every: 1,
                    unit: TurnUnit::Week,
                    hand_off: "Mon 10:00".into(),
                    start: "2026-01-05".parse().unwrap(),
                },
                advance: None,
                windows: vec![],
            }],
            overrides: vec![],
            temporary: vec![],
        }
    }

    #[test]
    fn ana_hands_over_to_ben_on_monday_at_ten() {
        let s = weekly("America/New_York", &["ana", "ben", "chi"]);
        assert_eq!(s.on_call(t("2026-01-12T14:59:59Z")).unwrap().people, [PersonId::from("ana")]);
        assert_eq!(s.on_call(t("2026-01-12T15:00:00Z")).unwrap().people, [PersonId::from("ben")]);
        assert_eq!(
            s.on_call(t("2026-01-05T14:00:00Z")).unwrap().people,
            [PersonId::from("chi")],
            "before the start"
        );
    }

    #[test]
    fn a_week_over_a_change_of_the_clocks_has_167_or_169_hours() {
        let s = weekly("America/New_York", &["ana", "ben"]);
        let spring = s.on_call(t("2026-03-05T00:00:00Z")).unwrap();
        assert_eq!((spring.end - spring.start).num_hours(), 167);
        let autumn = s.on_call(t("2026-10-30T00:00:00Z")).unwrap();
        assert_eq!((autumn.end - autumn.start).num_hours(), 169);
    }

    #[test]
    fn shifts_follow_each_other_without_gap_or_overlap() {
        let s = weekly("Europe/Berlin", &["ana", "ben", "chi"]);
        let shifts = s.shifts(t("2026-01-01T00:00:00Z"), t("2027-01-01T00:00:00Z"));
        assert!(shifts.len() >= 52);
        assert!(shifts.windows(2).all(|w| w[0].end == w[1].start && w[0].people != w[1].people));
    }

    #[test]
    fn what_is_not_computed_is_refused_and_not_ignored() {
        let mut s = weekly("Europe/Berlin", &["ana"]);
        s.layers[0].turn.unit = TurnUnit::Month;
        s.layers[0].windows = vec![serde_json::json!({})];
        s.overrides = vec![serde_json::json!({})];
        let found = s.problems(|p| p.as_str() == "ana");
        let paths: Vec<_> = found.iter().map(|(p, _)| p.as_str()).collect();
        assert_eq!(paths, [".overrides", ".layers[0].turn", ".layers[0].windows"]);
    }
}
