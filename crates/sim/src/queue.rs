//! What is going to happen, in order of time; of the same time, in the order in which it was said.

use firebell_domain::PageId;
use firebell_protocol::sync::{ClientMessage, ServerMessage};
use firebell_server::storage::OutboxRow;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Milliseconds since the world began.
pub type Ms = i64;

/// Of the worlds of paging.
#[derive(Clone, Debug)]
pub enum Event {
    /// A monitoring system looks at its service.
    Monitor {
        service: usize,
    },
    /// A request of a monitoring system reaches a node.
    Post {
        request: usize,
        tries: u32,
    },
    /// A node's engine looks at what is due.
    Engine {
        node: usize,
        life: u32,
    },
    /// A node's message by a channel has been sent, or not.
    ChannelSent {
        node: usize,
        life: u32,
        row: OutboxRow,
        ok: bool,
    },
    /// A node pings its desktops.
    Ping {
        node: usize,
        life: u32,
    },
    Connect {
        desktop: usize,
        life: u32,
    },
    ToServer {
        connection: u64,
        message: ClientMessage,
    },
    ToDesktop {
        connection: u64,
        message: Box<ServerMessage>,
    },
    /// One end of a connection notices that it is gone.
    Broken {
        connection: u64,
    },
    Tick {
        desktop: usize,
        life: u32,
    },
    /// A person does something about a page.
    Act {
        desktop: usize,
        page: PageId,
    },
    Fault,
    /// What a fault broke is mended.
    StartNode {
        node: usize,
    },
    ResumeNode {
        node: usize,
    },
    StartDesktop {
        desktop: usize,
    },
    Rejoin {
        desktop: usize,
    },
    /// The commit of a paused decision.
    StaleCommit {
        node: usize,
        page: PageId,
    },
}

struct Entry<E>(Reverse<(Ms, u64)>, E);

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<E> Eq for Entry<E> {}
impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

pub struct Queue<E> {
    heap: BinaryHeap<Entry<E>>,
    said: u64,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), said: 0 }
    }
}

impl<E> Queue<E> {
    pub fn at(&mut self, time: Ms, event: E) {
        self.said += 1;
        self.heap.push(Entry(Reverse((time, self.said)), event));
    }

    pub fn pop(&mut self) -> Option<(Ms, E)> {
        self.heap.pop().map(|Entry(Reverse((time, _)), event)| (time, event))
    }
}
