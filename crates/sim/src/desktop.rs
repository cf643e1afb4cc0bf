//! A responder's computer: the real core over an in-memory store, a clock of its own, and a shell that shows what
//! the desk says.

use crate::queue::Ms;
use firebell_client::pager::{Moment, Responder};
use firebell_domain::{PersonId, RaiseId};
use firebell_server::storage::Device;
use firebell_store::Store;
use std::collections::{BTreeMap, BTreeSet};

pub struct Desktop {
    pub device: Device,
    pub person: PersonId,
    /// `None` while it is switched off.
    pub core: Option<Responder>,
    /// What a crash leaves.
    pub disk: Option<Store>,
    pub life: u32,
    pub connection: Option<u64>,
    pub connecting: bool,
    /// Its network is cut.
    pub cut_off: bool,
    pub skew_ms: i64,
    /// Parts per million by which its clock is fast.
    pub drift_ppm: i64,
    pub back_off: Ms,
    /// Running and with a network without a break since then.
    pub healthy_since: Option<Ms>,
    pub connected_since: Option<Ms>,
    /// When the last message came in.
    pub heard: Ms,
    /// The raises that rang in this life of the app.
    pub shown: BTreeSet<RaiseId>,
    /// Pages its person already thinks about.
    pub thinking: BTreeSet<firebell_domain::PageId>,
    /// How each raise stands on this device: true while it rings.
    pub rang: BTreeMap<RaiseId, bool>,
    /// Its person said that they are going away, and does not connect.
    pub signed_off: bool,
    /// It said so, and no node has heard of it since: it is dead to all of them, however well it is meanwhile.
    pub known_as_gone: bool,
}

impl Desktop {
    /// Its own idea of the time.
    pub fn moment(&self, origin: firebell_domain::Instant, now: Ms) -> Moment {
        let own = now + self.skew_ms + now * self.drift_ppm / 1_000_000;
        let awake_ms = u64::try_from(now + now * self.drift_ppm / 1_000_000).unwrap_or(0);
        Moment { now: origin + chrono::TimeDelta::milliseconds(own), awake_ms }
    }

    pub fn is_working(&self) -> bool {
        self.core.is_some() && !self.cut_off
    }
}
