//! The team server: alerts in, pages out, and the record of both.

pub mod app;
pub mod backup;
pub mod changes;
pub mod channels;
pub mod cli;
pub mod clock;
pub mod config;
pub mod engine;
pub mod ingest;
pub mod library;
pub mod push;
pub mod rate;
pub mod ringing;
pub mod routes;
pub mod secret;
pub mod storage;
pub mod team_file;
pub mod tickets;
