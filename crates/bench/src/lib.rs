//! How fast Firebell is, measured on the real programs, each figure beside its physical limit in the same run.
//!
//! A limit is a program of its own in `src/bin/baseline-*.rs`, written as though it should win. What each figure
//! means, and what was seen, stands in `docs/benchmarks.md`.

pub mod baseline;
pub mod fanout;
pub mod figure;
pub mod ingest;
pub mod lateness;
pub mod raised;
pub mod server;
pub mod swarm;
pub mod team;
pub mod threads;
pub mod wire;
