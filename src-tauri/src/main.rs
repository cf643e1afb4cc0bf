//! `firebell`, the desktop app.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

use clap::Parser;
use firebell_shell::Arguments;
use tracing_subscriber::EnvFilter;

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_env("FIREBELL_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    // One TLS for everything; an error means that it was chosen already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    firebell_shell::run(arguments)
}
