//! Who sees the private incidents. An incident that was never private has no row here, and everybody sees it.

use super::sql::{Db, Value};
use super::{StorageError, Tx};
use firebell_domain::{IncidentId, PersonId};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Who sees an incident since one of its versions; `None`: the whole team again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenBy {
    pub version: u64,
    pub people: Option<BTreeSet<PersonId>>,
}

/// Every incident that is, or was, private: of one moment.
pub fn all(db: &mut Db) -> Result<HashMap<IncidentId, SeenBy>, StorageError> {
    let rows = db.rows(
        "SELECT s.incident, s.version, s.private, p.person FROM sights s
         LEFT JOIN sight_people p ON p.incident = s.incident",
        &[],
    )?;
    let mut found: HashMap<IncidentId, SeenBy> = HashMap::new();
    for row in &rows {
        let (version, private) = (row.u64(1)?, row.flag(2)?);
        let seen = found
            .entry(row.parse(0)?)
            .or_insert_with(|| SeenBy { version, people: private.then(BTreeSet::new) });
        if let (Some(people), Some(person)) = (&mut seen.people, row.opt_text(3)?) {
            people.insert(PersonId::new(person));
        }
    }
    Ok(found)
}

/// The incidents that this person may not see, as of now. To be asked *after* what it is held against was read: then
/// nothing slips through that was made private in between.
pub fn hidden_from(db: &mut Db, person: &PersonId) -> Result<HashSet<IncidentId>, StorageError> {
    let rows = db.rows(
        "SELECT incident FROM sights s WHERE private = 1 AND NOT EXISTS
           (SELECT 1 FROM sight_people p WHERE p.incident = s.incident AND p.person = ?1)",
        &[person.as_str().into()],
    )?;
    rows.iter().map(|row| row.parse(0)).collect()
}

impl Tx<'_> {
    /// There is such an incident, and this person may see it. To whoever may not, it is as one that was never declared.
    pub fn sees_incident(&mut self, id: IncidentId, person: &PersonId) -> Result<bool, StorageError> {
        let row = self.row(
            "SELECT 1 FROM incidents WHERE id = ?1 AND (id NOT IN (SELECT incident FROM sights WHERE private = 1)
               OR id IN (SELECT incident FROM sight_people WHERE person = ?2))",
            &[id.to_string().into(), person.as_str().into()],
        )?;
        Ok(row.is_some())
    }

    /// From this version on, these people see the incident, or everybody.
    pub fn save_sight(
        &mut self,
        id: IncidentId,
        version: u64,
        people: Option<&[PersonId]>,
    ) -> Result<(), StorageError> {
        let name = id.to_string();
        self.execute(
            "INSERT INTO sights (incident, version, private) VALUES (?1, ?2, ?3)
             ON CONFLICT (incident) DO UPDATE SET version = excluded.version, private = excluded.private",
            &[name.as_str().into(), version.into(), people.is_some().into()],
        )?;
        self.execute("DELETE FROM sight_people WHERE incident = ?1", &[name.as_str().into()])?;
        let rows: Vec<Vec<Value>> = people
            .unwrap_or_default()
            .iter()
            .map(|person| vec![name.as_str().into(), person.as_str().into()])
            .collect();
        self.db.insert_many("INSERT INTO sight_people (incident, person)", "", &rows)
    }
}
