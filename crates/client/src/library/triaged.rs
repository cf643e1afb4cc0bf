//! How a triage ends, with its report kept where whoever may read it finds it.

use super::{Library, LibraryError, Output};
use crate::pager::Moment;
use firebell_domain::incident::{Declaration, Incident, IncidentCommand, begin, decide};
use firebell_domain::refusal::RefusalCode;
use firebell_domain::triage::{Outcome, Report};
use firebell_domain::{IncidentId, PageId, PersonId, Refusal};
use firebell_log::RecordId;
use serde::Deserialize;
use uuid::Uuid;

/// The field of a report that stands by itself. In an incident's record it has the report's id behind it.
pub const REPORT: &str = "report";

/// What a triage comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum TriageEnd {
    /// With those who see it beside its author, when that is not the whole team, and whom it rings by name.
    Declare(Box<Declaration>, Option<Vec<PersonId>>, Option<Rings>),
    NotAnIncident(String),
    /// With whom it rings by name.
    Merge(IncidentId, Option<Rings>),
}

/// More people, rung for the incident that a triage leads to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Rings {
    pub people: Vec<PersonId>,
    /// What they are wanted for.
    pub message: String,
}

impl From<Rings> for IncidentCommand {
    fn from(rings: Rings) -> Self {
        Self::PagePeople { people: rings.people, message: rings.message }
    }
}

impl Library {
    /// Declares, merges or does neither, and keeps the report: with the incident (whoever may not see that does not see the report
    /// either), or as a record of its own. Answers with the incident.
    pub fn triaged(
        &mut self,
        end: TriageEnd,
        page: Option<PageId>,
        report: impl FnOnce(Outcome) -> Report,
        at: Moment,
    ) -> Result<(Option<IncidentId>, Vec<Output>), LibraryError> {
        let id = (self.ids)();
        match end {
            TriageEnd::NotAnIncident(why) => {
                let report = report(Outcome::NotAnIncident { why: why.trim().to_owned() });
                let outputs = self.keep_report(RecordId::triage(id), REPORT, &report, at)?;
                Ok((None, outputs))
            }
            TriageEnd::Merge(into, rings) => {
                let report = report(Outcome::Merged { into });
                report.check()?;
                let known = self.known(into)?;
                self.check_rings(&known, rings.as_ref(), at)?;
                let mut outputs = vec![];
                if let Some(page) = page.filter(|page| !known.pages.contains(page)) {
                    outputs = self.incident_ask(into, IncidentCommand::LinkPage { page }, at)?.1;
                }
                outputs.extend(self.ring(into, rings, at)?);
                outputs.extend(self.keep_report(RecordId::incident(into), &field(id), &report, at)?);
                Ok((Some(into), outputs))
            }
            TriageEnd::Declare(declaration, people, rings) => {
                // What is wrong with the report, or with whom it rings, is said before anything is declared.
                let nobody = IncidentId(Uuid::nil());
                let mut report = report(Outcome::Declared { incident: nobody });
                report.check()?;
                if rings.is_some() {
                    let declared = as_declared(&declaration, people.as_deref());
                    let (me, now) = (self.author()?, self.team_time(at));
                    let events = begin(nobody, 0, &declared, &me, None, now)?;
                    if let Some(incident) = Incident::from_first(now, &events) {
                        self.check_rings(&incident, rings.as_ref(), at)?;
                    }
                }
                let (incident, mut outputs) = match people {
                    None => self.declare(*declaration, at)?,
                    Some(people) => self.declare_privately(*declaration, people, at)?,
                };
                report.outcome = Outcome::Declared { incident };
                outputs.extend(self.ring(incident, rings, at)?);
                outputs.extend(self.keep_report(RecordId::incident(incident), &field(id), &report, at)?);
                Ok((Some(incident), outputs))
            }
        }
    }

    fn check_rings(&self, of: &Incident, rings: Option<&Rings>, at: Moment) -> Result<(), LibraryError> {
        if let Some(rings) = rings {
            decide(of, rings.clone().into(), self.author()?, self.team_time(at))?;
        }
        Ok(())
    }

    fn ring(
        &mut self,
        incident: IncidentId,
        rings: Option<Rings>,
        at: Moment,
    ) -> Result<Vec<Output>, LibraryError> {
        let Some(rings) = rings else { return Ok(vec![]) };
        Ok(self.incident_ask(incident, rings.into(), at)?.1)
    }

    fn keep_report(
        &mut self,
        record: RecordId,
        field: &str,
        report: &Report,
        at: Moment,
    ) -> Result<Vec<Output>, LibraryError> {
        report.check()?;
        let value = serde_json::to_value(report).map_err(|e| {
            Refusal::new(RefusalCode::BadInput, format!("The report cannot be written: {e}."))
        })?;
        let (_, outputs) = self.record_set(record, field, value, None, at)?;
        Ok(outputs)
    }
}

fn as_declared(declaration: &Declaration, people: Option<&[PersonId]>) -> IncidentCommand {
    let declaration = declaration.clone();
    match people {
        None => IncidentCommand::Declare(declaration),
        Some(people) => IncidentCommand::DeclarePrivately { declaration, people: people.to_vec() },
    }
}

fn field(id: Uuid) -> String {
    format!("{}{}", Report::FIELD, id.simple())
}
