//! `firebell-loopback`: the desktop's core behind a loopback address, without a shell. For tests and for work on the
//! window; it is not installed. Prints one line of JSON on stdout, `{"listen":"http://127.0.0.1:PORT"}`; logs go to
//! stderr.

use anyhow::{Context, ensure};
use clap::Parser;
use firebell_client::keychain::{Keychain, MemoryKeychain};
use firebell_client::loopback::{FileKeychain, RecordingHost, present, routes};
use firebell_client::{ClientApp, computer_name};
use firebell_protocol::window::{Stage, WindowState};
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Parser)]
#[command(about = "The desktop's core behind a loopback address, for tests")]
struct Args {
    /// Where the store is.
    #[arg(long)]
    data_dir: PathBuf,
    /// A loopback address; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The built window.
    #[arg(long, default_value = "ui/dist")]
    ui: PathBuf,
    /// Joins with this invite, unless it is a member already.
    #[arg(long)]
    link: Option<String>,
    /// Keeps secrets in this file, in clear, so that they outlive the process. Without it they do not.
    #[arg(long)]
    keychain_file: Option<PathBuf>,
    #[arg(long, default_value = "loopback")]
    profile: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()),
        )
        .init();
    let args = Args::parse();
    ensure!(
        args.listen.ip().is_loopback(),
        "--listen: only a loopback address such as 127.0.0.1:0 is served"
    );
    let keychain: Arc<dyn Keychain> = match args.keychain_file {
        Some(file) => Arc::new(FileKeychain::new(file)),
        None => Arc::new(MemoryKeychain::default()),
    };
    let host = Arc::new(RecordingHost::with_downloads(args.data_dir.join("downloads")));
    let app = ClientApp::start(&args.profile, &args.data_dir, keychain, host.clone());
    if let Some(link) = args.link {
        join(&app, &link).await?;
    }
    tokio::spawn(present(app.clone()));
    let listener = tokio::net::TcpListener::bind(args.listen).await.context("--listen")?;
    let listen = listener.local_addr()?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", serde_json::json!({ "listen": format!("http://{listen}") }))?;
    stdout.flush()?;
    let routes = routes(app.clone(), host, args.ui, listen);
    tokio::select! {
        served = axum::serve(listener, routes) => served?,
        () = stopped() => app.sign_off().await,
    }
    Ok(())
}

/// Waits until the store is open, then joins.
async fn join(app: &Arc<ClientApp>, link: &str) -> anyhow::Result<()> {
    let mut changes = app.changes();
    loop {
        let state: WindowState = serde_json::from_value(app.call("state", serde_json::Value::Null).await?)?;
        match state.stage {
            Stage::Ready => return Ok(()),
            Stage::SignedOut => break,
            Stage::CannotPage { .. } => {
                changes.recv().await.ok();
            }
        }
    }
    let args = serde_json::json!({ "link": link, "device_name": computer_name() });
    app.call("enrol", args).await?;
    Ok(())
}

/// Ctrl-C, or the signal that ends services.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
