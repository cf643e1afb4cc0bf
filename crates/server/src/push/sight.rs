//! Who sees what, as the connections of this node know it: asked for every frame at the moment in which it is sent.
//!
//! A commit of this node counts before anybody hears that it is stored; one of another node as soon as it is heard of.

use crate::storage::{Committed, SeenBy};
use firebell_domain::incident::IncidentEvent;
use firebell_domain::{IncidentId, PersonId};
use firebell_log::OperationBody;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Sight(Arc<RwLock<HashMap<IncidentId, SeenBy>>>);

impl Sight {
    /// What was read of the database, or heard of a commit: for each incident, the later version counts.
    pub fn learn(&self, found: impl IntoIterator<Item = (IncidentId, SeenBy)>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (incident, seen) in found {
            if known.get(&incident).is_none_or(|k| k.version <= seen.version) {
                known.insert(incident, seen);
            }
        }
    }

    pub fn hear(&self, committed: &Committed) {
        let changes = committed.operations.iter().filter_map(|operation| {
            let OperationBody::Incident { incident, version, events, .. } = &operation.body else {
                return None;
            };
            let people = events.iter().rev().find_map(IncidentEvent::sight)?;
            let people = people.map(|people| people.iter().cloned().collect());
            Some((*incident, SeenBy { version: *version, people }))
        });
        let changes: Vec<_> = changes.collect();
        if !changes.is_empty() {
            self.learn(changes);
        }
    }

    pub fn is_private(&self, incident: IncidentId) -> bool {
        self.known(incident, |seen| seen.people.is_some())
    }

    pub fn is_hidden(&self, incident: IncidentId, person: &PersonId) -> bool {
        self.known(incident, |seen| seen.people.as_ref().is_some_and(|people| !people.contains(person)))
    }

    fn known(&self, incident: IncidentId, ask: impl Fn(&SeenBy) -> bool) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&incident).is_some_and(ask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn what_is_read_late_does_not_undo_what_was_heard() {
        let (sight, incident) = (Sight::default(), IncidentId(Uuid::from_u128(1)));
        let seen = |version, people: Option<&[&str]>| {
            let people = people.map(|people| people.iter().map(|p| PersonId::from(*p)).collect());
            [(incident, SeenBy { version, people })]
        };
        assert!(!sight.is_hidden(incident, &"ben".into()));
        sight.learn(seen(4, Some(&["ana"])));
        sight.learn(seen(2, Some(&["ana", "ben"])));
        assert!(sight.is_private(incident) && sight.is_hidden(incident, &"ben".into()));
        assert!(!sight.is_hidden(incident, &"ana".into()));
        sight.learn(seen(5, None));
        assert!(!sight.is_private(incident) && !sight.is_hidden(incident, &"ben".into()));
    }
}
