//! The public version, with what to look at again in it.

use firebell_domain::IncidentId;
use firebell_domain::playbook::Playbook;
use firebell_domain::postmortem::{PUBLIC, has_words};
use firebell_domain::runbook::read;
use firebell_domain::team::Team;
use firebell_domain::update::{Insiders, check_public};
use firebell_log::{DocumentId, RecordId};
use firebell_protocol::postmortem::{PublicNote, PublicVersion};
use firebell_protocol::room::PlacedFinding;
use std::collections::BTreeMap;

pub(super) fn version(
    incident: IncidentId,
    texts: &BTreeMap<String, String>,
    playbook: &Playbook,
    team: Option<&Team>,
) -> PublicVersion {
    let text = texts.get(PUBLIC).map_or("", String::as_str);
    let insiders = team.map(Insiders::of).unwrap_or_default();
    let found = check_public(text, &playbook.public_text, &insiders);
    let note = |finding: firebell_domain::update::Finding| PublicNote {
        text: text[finding.start..finding.end].to_owned(),
        finding: PlacedFinding::of(finding, text),
    };
    PublicVersion {
        document: DocumentId { record: RecordId::postmortem(incident), section: PUBLIC.into() }.to_string(),
        blocks: read(text).blocks,
        says: has_words(text),
        notes: found.into_iter().map(note).collect(),
    }
}
