//! How a triage ends, with its report kept where whoever may read it finds it.

use super::{Library, LibraryError, Output};
use crate::pager::Moment;
use firebell_domain::incident::{Declaration, IncidentCommand};
use firebell_domain::refusal::RefusalCode;
use firebell_domain::triage::{Outcome, Report};
use firebell_domain::{IncidentId, PageId, PersonId, Refusal};
use firebell_log::RecordId;
use uuid::Uuid;

/// The field of a report that stands by itself. In an incident's record it has the report's id behind it.
pub const REPORT: &str = "report";

/// What a triage comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum TriageEnd {
    /// With those who see it beside its author, when that is not the whole team.
    Declare(Box<Declaration>, Option<Vec<PersonId>>),
    NotAnIncident(String),
    Merge(IncidentId),
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
            TriageEnd::Merge(into) => {
                let report = report(Outcome::Merged { into });
                report.check()?;
                let known = self.known(into)?;
                let mut outputs = vec![];
                if let Some(page) = page.filter(|page| !known.pages.contains(page)) {
                    outputs = self.incident_ask(into, IncidentCommand::LinkPage { page }, at)?.1;
                }
                outputs.extend(self.keep_report(RecordId::incident(into), &field(id), &report, at)?);
                Ok((Some(into), outputs))
            }
            TriageEnd::Declare(declaration, people) => {
                // What is wrong with the report is said before anything is declared.
                let nobody = IncidentId(Uuid::nil());
                let mut report = report(Outcome::Declared { incident: nobody });
                report.check()?;
                let (incident, mut outputs) = match people {
                    None => self.declare(*declaration, at)?,
                    Some(people) => self.declare_privately(*declaration, people, at)?,
                };
                report.outcome = Outcome::Declared { incident };
                outputs.extend(self.keep_report(RecordId::incident(incident), &field(id), &report, at)?);
                Ok((Some(incident), outputs))
            }
        }
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

fn field(id: Uuid) -> String {
    format!("triage_{}", id.simple())
}
