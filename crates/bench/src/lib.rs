//! How fast Firebell is, measured on the real programs, each figure beside its physical limit in the same run.
//!
//! A limit is a program of its own in `src/bin/baseline-*.rs`, written as though it should win. What each figure
//! means, and what was seen, stands in `docs/benchmarks.md`.

pub mod baseline;
pub mod desktop;
pub mod dice;
pub mod edit;
pub mod fanout;
pub mod figure;
pub mod gather;
pub mod history;
pub mod ingest;
pub mod lateness;
pub mod postmortem;
pub mod raised;
pub mod search;
pub mod section;
pub mod server;
pub mod shelf;
pub mod store;
pub mod swarm;
pub mod sync;
pub mod team;
pub mod text;
pub mod threads;
pub mod wire;
