//! Whether the file, and what is in it, is well.

use super::ops::Stored;
use super::{Queries, drafts, ops, search};
use crate::StoreError;

impl Queries {
    /// What is wrong with the file or with what is in it, in words; empty when all is well. Reads everything, and
    /// changes nothing; others read and write meanwhile.
    pub fn check(&self) -> Result<Vec<String>, StoreError> {
        let mut wrong = vec![];
        // The first answers one row for each page with a wrong signature, and none for a file that is not encrypted.
        for pragma in ["cipher_integrity_check", "integrity_check"] {
            let mut query = self.db.prepare(&format!("PRAGMA {pragma}"))?;
            let lines = query.query_map([], |r| r.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
            let encrypted = self.db.path().is_some_and(|path| !path.is_empty());
            if pragma == "integrity_check" || encrypted {
                wrong.extend(lines.into_iter().filter(|line| line != "ok"));
            }
        }
        let mut query = self.db.prepare(&format!("SELECT {} FROM op", ops::COLUMNS))?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            if let Err(error) = Stored::of(row) {
                wrong.push(format!("operation {}: {error}", row.get::<_, i64>(0)?));
            }
        }
        for counter in drafts::lost_words(&self.db)? {
            wrong.push(format!("the refused operation {counter} is in no draft"));
        }
        let lost = search::lost_entries(&self.db)?;
        if lost > 0 {
            wrong.push(format!("entries that are shown cannot be found: {lost}"));
        }
        for (words, sql) in INVARIANTS {
            let count: i64 = self.db.query_row(sql, [], |r| r.get(0))?;
            if count > 0 {
                wrong.push(format!("{words}: {count}"));
            }
        }
        Ok(wrong)
    }
}

/// What never is, and how to count where it is.
const INVARIANTS: &[(&str, &str)] = &[
    ("operations wait that were not written here", "SELECT count(*) FROM op WHERE own = 0 AND state = 0"),
    (
        "incidents count their entries wrongly",
        "SELECT count(*) FROM view_incident WHERE entries <>
           (SELECT count(*) FROM view_entry WHERE view_entry.incident = view_incident.id AND shown = 1)",
    ),
    (
        "incidents are listed under other services than theirs",
        "SELECT count(*) FROM
           (SELECT view_incident.id AS incident, value AS service, declared_at
            FROM view_incident, json_each(shown, '$.services') WHERE shown IS NOT NULL) AS theirs
         FULL JOIN view_incident_service s
           ON s.incident = theirs.incident AND s.service = theirs.service AND s.declared_at = theirs.declared_at
         WHERE s.incident IS NULL OR theirs.incident IS NULL",
    ),
    (
        "incidents are listed under other people than theirs",
        "SELECT count(*) FROM
           (SELECT view_incident.id AS incident, shown ->> '$.declared_by' AS person, 'declared_by' AS part
            FROM view_incident WHERE shown IS NOT NULL
            UNION SELECT view_incident.id, value ->> '$.person', 'role' FROM view_incident, json_each(shown, '$.roles')
            WHERE shown IS NOT NULL) AS theirs
         FULL JOIN (SELECT * FROM view_incident_person WHERE part IN ('declared_by', 'role')) AS p
           ON p.incident = theirs.incident AND p.person = theirs.person AND p.part = theirs.part
         WHERE p.incident IS NULL OR theirs.incident IS NULL",
    ),
    (
        "entries are shown under two names",
        "SELECT count(*) FROM (SELECT 1 FROM view_entry WHERE shown = 1 GROUP BY id HAVING count(*) > 1)",
    ),
    (
        "fields have a value that nobody wrote",
        "SELECT count(*) FROM view_field WHERE winner NOT IN (SELECT op FROM view_write WHERE field = view_field.id)",
    ),
];
