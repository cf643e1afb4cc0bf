//! A node of the team server: what it keeps in memory, which a crash takes away.

use crate::queue::Ms;
use firebell_domain::Instant;
use firebell_domain::liveness::Awake;
use std::collections::BTreeMap;

pub struct Node {
    pub up: bool,
    /// Not running although it is up: a virtual machine that was moved, a long collection of garbage.
    pub paused: bool,
    /// Counts starts, so that what belongs to an earlier life is ignored.
    pub life: u32,
    pub awake: Awake,
    /// Up and running without a break since then.
    pub healthy_since: Option<Ms>,
    /// Place in the log up to which each connection of this node was told.
    pub told: BTreeMap<u64, u64>,
    /// The engine will look at this time.
    pub engine_at: Option<Ms>,
}

impl Node {
    pub fn new(started: Instant) -> Self {
        Self {
            up: true,
            paused: false,
            life: 1,
            awake: Awake::new(started),
            healthy_since: Some(0),
            told: BTreeMap::new(),
            engine_at: None,
        }
    }

    pub fn is_working(&self) -> bool {
        self.up && !self.paused
    }
}

/// A connection of a desktop with a node. Both ends notice its end for themselves.
pub struct Connection {
    pub desktop: usize,
    pub desktop_life: u32,
    pub node: usize,
    pub node_life: u32,
    pub is_open: bool,
    /// When the last message in each direction arrives: one connection keeps its order.
    pub last_up: Ms,
    pub last_down: Ms,
    pub greeted: bool,
}
