//! The review meeting (domain §8): when it is best held, and as a file that calendars read.

use super::export::harmless;
use crate::business::instant_of;
use crate::playbook::WorkingDays;
use crate::{IncidentId, Instant, PersonId};
use chrono::{NaiveTime, TimeDelta};

/// How long it takes.
const LENGTH: TimeDelta = TimeDelta::hours(1);
/// Octets of a line before it is folded (RFC 5545, 3.1).
const LINE_MAX: usize = 75;

/// A good time for it: ten o'clock where the team is, on the first business day after the draft is due; earlier when that
/// is too late for the review, and the next such morning when it is late already. `None`: the team has no business days.
pub fn suggested_meeting(
    draft_due: Instant,
    review_by: Instant,
    work: &WorkingDays,
    now: Instant,
) -> Option<Instant> {
    let ten = NaiveTime::from_hms_opt(10, 0, 0)?;
    let mornings: Vec<Instant> = work
        .dates(now)
        .map(|day| instant_of(day.and_time(ten), work.zone))
        .filter(|at| *at > now)
        .take_while(|at| *at <= review_by)
        .collect();
    let next = || work.dates(now).map(|day| instant_of(day.and_time(ten), work.zone)).find(|at| *at > now);
    mornings.iter().find(|at| **at >= draft_due).or(mornings.last()).copied().or_else(next)
}

/// Somebody who is asked to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    pub person: PersonId,
    pub name: String,
    pub email: String,
}

/// What stands in the calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    pub incident: IncidentId,
    /// 0: the team does not know the incident yet.
    pub number: u64,
    /// `None`: calendars are often read by others, who may not see it.
    pub title: Option<String>,
    pub at: Instant,
    /// Whoever made the file, if known.
    pub organizer: Option<Guest>,
    pub guests: Vec<Guest>,
    /// When the file was made.
    pub now: Instant,
}

/// The meeting as RFC 5545 has it. One that was moved has the same UID and a later sequence, so a calendar moves it.
pub fn calendar(meeting: &Meeting) -> String {
    let time = |at: Instant| at.format("%Y%m%dT%H%M%SZ").to_string();
    let summary = match &meeting.title {
        Some(title) => format!("Postmortem review: {title}"),
        None => "Postmortem review".to_owned(),
    };
    let number = if meeting.number > 0 { format!(" #{}", meeting.number) } else { String::new() };
    let link = format!("firebell://postmortem/{}", meeting.incident);
    let about = format!("Review of the postmortem of incident{number}. Open it in Firebell:\n{link}");
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".into(),
        "PRODID:-//Firebell//Postmortem//EN".into(),
        "BEGIN:VEVENT".into(),
        format!("UID:postmortem-{}@firebell", meeting.incident),
        format!("SEQUENCE:{}", meeting.now.timestamp().max(0) / 60),
        format!("DTSTAMP:{}", time(meeting.now)),
        format!("DTSTART:{}", time(meeting.at)),
        format!("DTEND:{}", time(meeting.at + LENGTH)),
        format!("SUMMARY:{}", text(&summary)),
        format!("DESCRIPTION:{}", text(&about)),
    ];
    let organizer = meeting.organizer.as_ref().and_then(|guest| address("ORGANIZER", guest));
    lines.extend(organizer);
    lines.extend(meeting.guests.iter().filter_map(|guest| address("ATTENDEE", guest)));
    lines.extend(["END:VEVENT".into(), "END:VCALENDAR".into()]);
    lines.iter().map(|line| folded(line)).collect()
}

/// Whoever has no mail address that a calendar can hold is left out.
fn address(what: &str, guest: &Guest) -> Option<String> {
    let email = guest.email.trim();
    let holds = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | ',' | ';' | ':' | '\\');
    if !email.contains('@') || !email.chars().all(holds) {
        return None;
    }
    // In quotes anything may stand but a quote, and what cannot be seen.
    let name: String = harmless(&guest.name).chars().filter(|c| *c != '"' && !c.is_control()).collect();
    Some(format!("{what};CN=\"{}\":mailto:{email}", name.trim()))
}

/// A text value (3.3.11).
fn text(words: &str) -> String {
    let mut told = String::with_capacity(words.len());
    for c in harmless(&words.replace("\r\n", "\n")).chars() {
        match c {
            '\n' => told.push_str("\\n"),
            '\\' | ';' | ',' => told.extend(['\\', c]),
            c if c.is_control() => told.push(' '),
            c => told.push(c),
        }
    }
    told
}

/// A line and its continuations, each ended, none longer than fits; no letter is cut in two.
fn folded(line: &str) -> String {
    let (mut out, mut octets) = (String::with_capacity(line.len() + 8), 0);
    for c in line.chars() {
        if octets + c.len_utf8() > LINE_MAX {
            out.push_str("\r\n ");
            octets = 1;
        }
        octets += c.len_utf8();
        out.push(c);
    }
    out.push_str("\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business::BusinessHours;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn t(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn berlin<T>(see: impl FnOnce(&WorkingDays) -> T) -> T {
        let (hours, holidays) = (BusinessHours::default(), ["2026-12-25".parse().unwrap()]);
        see(&WorkingDays { hours: &hours, zone: chrono_tz::Europe::Berlin, holidays: &holidays })
    }

    fn suggested(due: &str, by: &str, now: &str) -> Instant {
        berlin(|work| suggested_meeting(t(due), t(by), work, t(now)).unwrap())
    }

    #[test]
    fn it_is_suggested_on_a_business_morning_between_the_draft_and_the_last_day() {
        // Resolved on Wednesday the 25th at 10:00 in Berlin; the review by the next Wednesday.
        let (due, by) = ("2026-11-27T09:00:00Z", "2026-12-02T17:00:00Z");
        assert_eq!(suggested(due, by, "2026-11-25T10:00:00Z"), t("2026-11-27T09:00:00Z"), "at ten there");
        assert_eq!(suggested(due, by, "2026-11-27T09:00:00Z"), t("2026-11-30T09:00:00Z"), "no weekend");
        assert_eq!(suggested(due, by, "2026-12-02T12:00:00Z"), t("2026-12-03T09:00:00Z"), "late: the next");
        let long = "2026-12-20T09:00:00Z";
        assert_eq!(
            suggested(long, by, "2026-11-25T10:00:00Z"),
            t("2026-12-02T09:00:00Z"),
            "the last that fits"
        );
        let eve = suggested(long, "2026-12-24T17:00:00Z", "2026-12-24T20:00:00Z");
        assert_eq!(eve, t("2026-12-28T09:00:00Z"), "neither a holiday nor a weekend");
        let hours = BusinessHours { days: vec![], ..BusinessHours::default() };
        let never = WorkingDays { hours: &hours, zone: chrono_tz::UTC, holidays: &[] };
        assert_eq!(suggested_meeting(t(due), t(by), &never, t(due)), None);
    }

    fn meeting(title: &str) -> Meeting {
        let guest = |id: &str, name: &str, email: &str| Guest {
            person: id.into(),
            name: name.into(),
            email: email.into(),
        };
        Meeting {
            incident: IncidentId(Uuid::from_u128(7)),
            number: 12,
            title: Some(title.into()),
            at: t("2026-11-27T09:00:00Z"),
            organizer: Some(guest("ana", "Ana \"A\" Ruiz; Chief", "ana@example.com")),
            guests: vec![
                guest("ben", "Ben", "ben@example.com"),
                guest("chi", "Chi", ""),
                guest("eve", "Eve", "eve@example.com\r\nX-EVIL:1"),
            ],
            now: t("2026-11-25T10:00:30Z"),
        }
    }

    /// Folded lines as one again.
    fn lines(calendar: &str) -> Vec<String> {
        calendar.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn a_calendar_reads_when_it_is_what_it_is_and_who_comes() {
        let read = lines(&calendar(&meeting("[SEV-1] Checkout, again; it\\broke\nX-EVIL:1")));
        assert_eq!(
            read,
            [
                "BEGIN:VCALENDAR",
                "VERSION:2.0",
                "PRODID:-//Firebell//Postmortem//EN",
                "BEGIN:VEVENT",
                "UID:postmortem-00000000-0000-0000-0000-000000000007@firebell",
                "SEQUENCE:29926680",
                "DTSTAMP:20261125T100030Z",
                "DTSTART:20261127T090000Z",
                "DTEND:20261127T100000Z",
                "SUMMARY:Postmortem review: [SEV-1] Checkout\\, again\\; it\\\\broke\\nX-EVIL:1",
                "DESCRIPTION:Review of the postmortem of incident #12. Open it in Firebell:\\nfirebell://postmortem/00000000-0000-0000-0000-000000000007",
                "ORGANIZER;CN=\"Ana A Ruiz; Chief\":mailto:ana@example.com",
                "ATTENDEE;CN=\"Ben\":mailto:ben@example.com",
                "END:VEVENT",
                "END:VCALENDAR",
            ]
        );
        let moved = Meeting { now: t("2026-11-25T11:00:00Z"), at: t("2026-11-30T09:00:00Z"), ..meeting("x") };
        let moved = lines(&calendar(&moved));
        assert_eq!((&moved[4], moved[5].as_str()), (&read[4], "SEQUENCE:29926740"));
        let secret = calendar(&Meeting { title: None, number: 0, ..meeting("") });
        assert!(secret.contains("SUMMARY:Postmortem review\r\n") && secret.contains("of incident. Open"));
    }

    proptest! {
        #[test]
        fn no_title_and_no_name_says_more_than_text(title in ".{0,200}|[\r\n\t:;,\\\\é\u{202e}]{0,200}", name in ".{0,80}") {
            let mut of = meeting(&title);
            of.guests[0].name = name;
            let made = calendar(&of);
            for line in made.split_terminator("\r\n") {
                prop_assert!(line.len() <= 75, "{}", line.len());
                prop_assert!(!line.chars().any(char::is_control), "{line:?}");
            }
            let names: Vec<String> =
                lines(&made).iter().map(|l| l.split([':', ';']).next().unwrap_or_default().to_owned()).collect();
            let same: Vec<String> = lines(&calendar(&meeting("x")))
                .iter()
                .map(|l| l.split([':', ';']).next().unwrap_or_default().to_owned())
                .collect();
            prop_assert_eq!(names, same);
        }
    }
}
