//! An incident as it stands: the fold of its events.

use super::role::{Holder, Offer};
use super::{Detection, IncidentEvent, Moment, Status};
use crate::playbook::IncidentRole;
use crate::{IncidentId, Instant, PageId, PersonId, ServiceId, Severity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// `None`: it has not happened, or nobody knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Moments {
    pub impact_started_at: Option<Instant>,
    pub detected_at: Option<Instant>,
    pub acknowledged_at: Option<Instant>,
    pub declared_at: Option<Instant>,
    pub mitigated_at: Option<Instant>,
    pub resolved_at: Option<Instant>,
}

impl Moments {
    pub fn get(&self, moment: Moment) -> Option<Instant> {
        match moment {
            Moment::ImpactStarted => self.impact_started_at,
            Moment::Detected => self.detected_at,
            Moment::Acknowledged => self.acknowledged_at,
            Moment::Declared => self.declared_at,
            Moment::Mitigated => self.mitigated_at,
            Moment::Resolved => self.resolved_at,
        }
    }

    fn set(&mut self, moment: Moment, at: Option<Instant>) {
        *match moment {
            Moment::ImpactStarted => &mut self.impact_started_at,
            Moment::Detected => &mut self.detected_at,
            Moment::Acknowledged => &mut self.acknowledged_at,
            Moment::Declared => &mut self.declared_at,
            Moment::Mitigated => &mut self.mitigated_at,
            Moment::Resolved => &mut self.resolved_at,
        } = at;
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Incident {
    pub id: IncidentId,
    pub number: u64,
    /// Counts the changesets of events, from 1.
    pub version: u64,
    /// As declared; the record `title` beside it may say better.
    pub title: String,
    pub severity: Severity,
    pub status: Status,
    pub services: Vec<ServiceId>,
    pub declared_by: PersonId,
    pub detection: Option<Detection>,
    pub page: Option<PageId>,
    /// All pages that are about it, the one it grew out of first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<PageId>>")]
    pub pages: Vec<PageId>,
    /// Who holds which role; a free one is absent. Never a responder's: those are many.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[ts(optional, as = "Option<BTreeMap<IncidentRole, Holder>>")]
    pub roles: BTreeMap<IncidentRole, Holder>,
    /// Hand-overs that are under way.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[ts(optional, as = "Option<BTreeMap<IncidentRole, Offer>>")]
    pub offers: BTreeMap<IncidentRole, Offer>,
    pub moments: Moments,
    /// How often it was reopened.
    pub reopened: u32,
    pub merged_into: Option<IncidentId>,
    /// Who sees it, in order; `None`: the whole team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub people: Option<Vec<PersonId>>,
    pub updated_at: Instant,
}

impl Incident {
    /// Only some people see it.
    pub fn is_private(&self) -> bool {
        self.people.is_some()
    }

    pub fn is_seen_by(&self, person: &PersonId) -> bool {
        self.people.as_ref().is_none_or(|people| people.contains(person))
    }

    /// `None` when the event is not a declaration.
    pub fn from_declared(at: Instant, event: &IncidentEvent) -> Option<Self> {
        let IncidentEvent::Declared { incident, number, by, claimed_at, declaration } = event else {
            return None;
        };
        let declared_at = claimed_at.unwrap_or(at);
        Some(Self {
            id: *incident,
            number: *number,
            version: 1,
            title: declaration.title.clone(),
            severity: declaration.severity,
            status: Status::Investigating,
            services: declaration.services.clone(),
            declared_by: by.clone(),
            detection: declaration.detection,
            page: declaration.page,
            pages: declaration.page.into_iter().collect(),
            roles: Some(IncidentRole::Commander)
                .filter(|_| declaration.commands)
                .map(|role| (role, Holder { person: by.clone(), since: declared_at }))
                .into_iter()
                .collect(),
            offers: BTreeMap::new(),
            moments: Moments {
                declared_at: Some(declared_at),
                detected_at: Some(declaration.detected_at.unwrap_or(declared_at)),
                ..Moments::default()
            },
            reopened: 0,
            merged_into: None,
            people: None,
            updated_at: at,
        })
    }

    /// The incident that these first events make, in order. `None` when they do not begin with a declaration.
    pub fn from_first(at: Instant, events: &[IncidentEvent]) -> Option<Self> {
        let mut incident = Self::from_declared(at, events.first()?)?;
        events.iter().skip(1).for_each(|event| incident.apply(at, event));
        Some(incident)
    }

    /// Takes an event in. The version is the caller's to set.
    pub fn apply(&mut self, at: Instant, event: &IncidentEvent) {
        self.updated_at = self.updated_at.max(at);
        match event {
            // The first event made it.
            IncidentEvent::Declared { .. } | IncidentEvent::Unknown => {}
            IncidentEvent::SeverityChanged { to, .. } => self.severity = *to,
            IncidentEvent::StatusChanged { to, .. } => {
                self.status = *to;
                // Users stopped suffering when it was announced that it is only watched; the first time counts until
                // somebody corrects it.
                if matches!(to, Status::Monitoring | Status::Resolved) && self.moments.mitigated_at.is_none()
                {
                    self.moments.mitigated_at = Some(at);
                }
                if *to == Status::Resolved {
                    self.moments.resolved_at = Some(at);
                }
            }
            IncidentEvent::Reopened { .. } => {
                self.status = Status::Investigating;
                self.reopened += 1;
                // It is not over. That users had stopped suffering once stays on record: nothing but a correction moves it.
                self.moments.resolved_at = None;
            }
            IncidentEvent::Merged { into, .. } => {
                self.status = Status::Merged;
                self.merged_into = Some(*into);
            }
            IncidentEvent::FalseAlarm { .. } => self.status = Status::FalseAlarm,
            IncidentEvent::Closed { .. } => self.status = Status::Closed,
            IncidentEvent::MomentCorrected { moment, to, .. } => self.moments.set(*moment, *to),
            IncidentEvent::MadePrivate { people, .. } | IncidentEvent::PeopleChanged { people, .. } => {
                self.people = Some(people.clone());
                self.keep_those_who_see_it();
            }
            IncidentEvent::MadePublic { .. } => self.people = None,
            IncidentEvent::RoleAssigned { role, to, .. } | IncidentEvent::RoleHandedOver { role, to, .. } => {
                self.put(*role, Some(to), at);
            }
            IncidentEvent::RoleLeft { role, .. } => self.put(*role, None, at),
            IncidentEvent::RoleOffered { role, to, reason, .. } => {
                let offer = Offer { to: to.clone(), reason: reason.clone(), at, status: None };
                self.offers.insert(*role, offer);
            }
            IncidentEvent::RoleConfirmed { role, status, .. } => {
                if let Some(offer) = self.offers.get_mut(role) {
                    offer.status = Some(status.clone());
                }
            }
            IncidentEvent::OfferWithdrawn { role, .. } => {
                self.offers.remove(role);
            }
            IncidentEvent::PageLinked { page, .. } => {
                if !self.pages.contains(page) {
                    self.pages.push(*page);
                }
            }
            IncidentEvent::Acknowledged { at: acknowledged, .. } => {
                let first = self.moments.acknowledged_at.map_or(*acknowledged, |t| t.min(*acknowledged));
                self.moments.acknowledged_at = Some(first);
            }
            // What was said and whom it rang stands in the history.
            IncidentEvent::UpdateSent { .. }
            | IncidentEvent::PeoplePaged { .. }
            | IncidentEvent::Alerted { .. }
            | IncidentEvent::Rung { .. } => {}
        }
    }
}
