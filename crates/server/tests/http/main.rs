//! Stories over HTTP, against a whole server with a real database.

mod ack;
mod alerts;
mod changes;
mod devices;
mod health;
mod ingest;
mod library;
mod pages;
mod stage;
mod sync;
