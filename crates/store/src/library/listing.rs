//! The list of incidents: what it is asked for, answered from one index, and who has a part in what.
//!
//! A row of `view_incident` is long. Which ones are listed, how many they are and in which order is worked out from
//! `view_incident_list` alone; rows are read for the part of the list that is asked for.

use super::fold::Fold;
use super::incidents::{ROW, row};
use super::search::{expression, incident_number};
use super::{IncidentFilter, Queries, entries, fields};
use crate::StoreError;
use crate::following::read;
use firebell_domain::incident::{Incident, RecordedIncident, Status};
use firebell_domain::room::{Part, responder, took_part};
use firebell_domain::{IncidentId, PersonId};
use firebell_log::RecordId;
use firebell_protocol::library::IncidentRow;
use rusqlite::types::Value as Sql;
use rusqlite::{OptionalExtension, params, params_from_iter};

/// Before the id of whoever helps, in the name of a field.
const RESPONDER: &str = "responder_";
/// Rows that are read at once when all are wanted.
const PART: u32 = 500;

/// One incident as it is listed in a file: with what is written about it beside its row.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    pub row: IncidentRow,
    /// What users notice; empty: nobody wrote it.
    pub impact: String,
    /// Everybody who took part, in the order in which they came.
    pub responders: Vec<PersonId>,
}

/// As the view has a status.
pub(super) fn status_id(status: Status) -> String {
    serde_json::to_value(status).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The field says who helps.
pub(super) fn is_about_people(field: &str) -> bool {
    field.starts_with(RESPONDER)
}

impl Fold<'_> {
    /// Works out who has a part in an incident.
    pub(super) fn refresh_people(&self, id: IncidentId) -> Result<(), StoreError> {
        self.db
            .prepare_cached("DELETE FROM view_incident_person WHERE incident = ?1")?
            .execute([id.0.as_bytes()])?;
        let shown: Option<String> = self
            .db
            .prepare_cached("SELECT shown FROM view_incident WHERE id = ?1")?
            .query_row([id.0.as_bytes()], |r| r.get(0))
            .optional()?
            .flatten();
        let Some(shown) = shown else { return Ok(()) };
        let incident: Incident = read("view_incident", &shown)?;
        let fields = fields::beginning_with(self.db, RecordId::INCIDENT, id.0, RESPONDER)?;
        for (person, part) in Part::of_all(&incident, fields.iter().map(|(n, v)| (n.as_str(), v))) {
            self.db
                .prepare_cached(
                    "INSERT INTO view_incident_person (person, part, incident) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![person.as_str(), part.id(), id.0.as_bytes()])?;
        }
        Ok(())
    }
}

/// A question to the index: what stands behind `WHERE`, and its values in order.
struct Asked {
    conditions: String,
    values: Vec<Sql>,
}

impl Asked {
    fn of(filter: &IncidentFilter) -> Self {
        let mut asked = Self { conditions: "listed = 1".into(), values: vec![] };
        if let Some(open) = filter.open {
            asked.and("open = ?", [Sql::from(open)]);
        }
        asked.any("severity", filter.severities.iter().map(|s| Sql::from(i64::from(s.number()))));
        asked.any("status", filter.statuses.iter().map(|s| Sql::from(status_id(*s))));
        if let Some(from) = filter.declared_from {
            asked.and("declared_at >= ?", [Sql::from(from.timestamp_millis())]);
        }
        if let Some(until) = filter.declared_until {
            asked.and("declared_at < ?", [Sql::from(until.timestamp_millis())]);
        }
        if !filter.services.is_empty() {
            let places = places(filter.services.len());
            asked.and(
                &format!("id IN (SELECT incident FROM view_incident_service WHERE service IN ({places}))"),
                filter.services.iter().map(|s| Sql::from(s.as_str().to_owned())),
            );
        }
        if let Some(who) = &filter.person {
            let person = Sql::from(who.person.as_str().to_owned());
            match who.part {
                Part::Any => {
                    asked.and("id IN (SELECT incident FROM view_incident_person WHERE person = ?)", [person]);
                }
                part => asked.and(
                    "id IN (SELECT incident FROM view_incident_person WHERE person = ? AND part = ?)",
                    [person, Sql::from(part.id().to_owned())],
                ),
            }
        }
        asked.words(&filter.text);
        asked
    }

    fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Sql>) {
        self.conditions.push_str(" AND ");
        self.conditions.push_str(condition);
        self.values.extend(values);
    }

    fn any(&mut self, column: &str, values: impl ExactSizeIterator<Item = Sql>) {
        if values.len() > 0 {
            self.and(&format!("{column} IN ({})", places(values.len())), values);
        }
    }

    /// In the title or the impact, as the search's index has them; or the number.
    fn words(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let found = "id IN (SELECT unhex(t.id, '-') FROM view_thing_search
                       CROSS JOIN view_thing t ON t.row = view_thing_search.rowid
                       WHERE view_thing_search MATCH ? AND t.kind = 'incident')";
        match (expression(text), incident_number(text)) {
            (Some(words), Some(number)) => {
                self.and(&format!("({found} OR number = ?)"), [Sql::from(words), Sql::from(number)]);
            }
            (Some(words), None) => self.and(found, [Sql::from(words)]),
            (None, Some(number)) => self.and("number = ?", [Sql::from(number)]),
            // Nothing but marks, which no title is found by.
            (None, None) => self.and("0", []),
        }
    }
}

#[cfg(test)]
pub(super) fn conditions(filter: &IncidentFilter) -> String {
    Asked::of(filter).conditions
}

fn places(count: usize) -> String {
    vec!["?"; count].join(", ")
}

/// One part of the list, and what each line of it is read by.
pub(super) fn part_sql(conditions: &str) -> String {
    // The rows are read in the order of the inner list: the outer table is the one that is looked up.
    format!(
        "SELECT {ROW} FROM (
           SELECT id AS listed_id FROM view_incident INDEXED BY view_incident_list WHERE {conditions}
           ORDER BY open DESC, declared_at DESC, id LIMIT ? OFFSET ?)
         CROSS JOIN view_incident ON view_incident.id = listed_id"
    )
}

pub(super) fn count_sql(conditions: &str) -> String {
    format!("SELECT count(*) FROM view_incident INDEXED BY view_incident_list WHERE {conditions}")
}

/// A letter that is younger than the index parts words there, which it takes for a phrase: nothing has it.
fn or_nothing<T: Default>(found: Result<T, StoreError>) -> Result<T, StoreError> {
    match found {
        Err(StoreError::Database(rusqlite::Error::SqliteFailure(_, Some(words))))
            if words.contains("phrase queries") =>
        {
            Ok(T::default())
        }
        other => other,
    }
}

impl Queries {
    /// Open ones first, then the latest declared first.
    pub fn incidents(
        &self,
        filter: &IncidentFilter,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<IncidentRow>, StoreError> {
        or_nothing(self.part(&Asked::of(filter), limit, offset))
    }

    fn part(&self, asked: &Asked, limit: u32, offset: u32) -> Result<Vec<IncidentRow>, StoreError> {
        let mut query = self.db.prepare_cached(&part_sql(&asked.conditions))?;
        let ends = [Sql::from(limit), Sql::from(offset)];
        let mut rows = query.query(params_from_iter(asked.values.iter().chain(&ends)))?;
        let mut all = vec![];
        while let Some(r) = rows.next()? {
            all.push(row(r)?);
        }
        Ok(all)
    }

    /// How many there are.
    pub fn incident_count(&self, filter: &IncidentFilter) -> Result<u32, StoreError> {
        let asked = Asked::of(filter);
        let counted = || -> Result<i64, StoreError> {
            let mut query = self.db.prepare_cached(&count_sql(&asked.conditions))?;
            Ok(query.query_row(params_from_iter(&asked.values), |r| r.get(0))?)
        };
        Ok(u32::try_from(or_nothing(counted())?).unwrap_or(u32::MAX))
    }

    /// Each of them in the order of the list, until `take` fails. How many there were.
    pub fn each_incident<E>(
        &self,
        filter: &IncidentFilter,
        mut take: impl FnMut(Listed) -> Result<(), E>,
    ) -> Result<Result<u32, E>, StoreError> {
        let mut count = 0;
        loop {
            let rows = self.incidents(filter, PART, count)?;
            let is_last = rows.len() < PART as usize;
            for row in rows {
                let id = row.incident.id.0;
                let listed = Listed {
                    impact: fields::text(&self.db, RecordId::INCIDENT, id, "impact")?.unwrap_or_default(),
                    responders: self.responders(&row.incident)?,
                    row,
                };
                if let Err(error) = take(listed) {
                    return Ok(Err(error));
                }
                count += 1;
            }
            if is_last {
                return Ok(Ok(count));
            }
        }
    }

    fn responders(&self, incident: &Incident) -> Result<Vec<PersonId>, StoreError> {
        let history = self.incident_record(incident.id)?;
        let entries = entries::timeline(&self.db, incident.id)?;
        let written = entries.iter().map(|view| (&view.author, view.entry.at));
        let fields = fields::all(&self.db, &RecordId::incident(incident.id))?;
        let helping = fields.iter().filter_map(|(name, f)| Some((responder(name, &f.value)?.0, f.at)));
        let mut all: Vec<_> = took_part(incident, &history, written, helping).into_iter().collect();
        all.sort_by_key(|(_, since)| *since);
        Ok(all.into_iter().map(|(person, _)| person).collect())
    }

    /// What happened to an incident, the oldest first; empty when nothing is known of it.
    pub fn incident_history(&self, id: IncidentId) -> Result<Vec<RecordedIncident>, StoreError> {
        Ok(super::incidents::history(&self.db, id)?.into_iter().flat_map(|(_, events)| events).collect())
    }
}
