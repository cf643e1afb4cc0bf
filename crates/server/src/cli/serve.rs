//! `serve`: the server itself, from its first line to its last.

use super::{Desk, Place, Reply, dead_man, listen, sentence, socket, thread};
use crate::app::App;
use crate::channels::{Links, Senders};
use crate::cli::args::Serve;
use crate::cli::desk::{PUBLIC_URL, SECRET};
use crate::config::{Config, File, Told};
use crate::routes::{self, Web};
use crate::storage::{DatabaseUrl, StorageError};
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// How long it may take to tell the desktops that the server ends.
const GOODBYE_WITHIN: Duration = Duration::from_secs(3);

/// Serves until it is told to end (SIGTERM, Ctrl-C).
pub async fn serve(mut place: Place, args: Serve) -> Result<Reply, String> {
    start_logging();
    // Only the first one counts, and any is as good.
    let _already = rustls::crypto::ring::default_provider().install_default();
    let file = args.config.as_deref().map(File::read).transpose()?.unwrap_or_default();
    let in_file = file.database.clone();
    let told = Told {
        listen: args.listen,
        database: None,
        public_url: place.public_url.clone(),
        allow_loopback_channels: args.allow_loopback_channels,
    };
    let config = Config::from_file(file, told)?;
    if let (false, Some(database)) = (place.database_told, &in_file) {
        place.database = DatabaseUrl::parse(database, &place.data_dir)?;
    }
    let lock = place.lock_patiently().await?;
    let listener = TcpListener::bind(&config.listen)
        .await
        .map_err(|e| format!("--listen: the address {} cannot be used: {e}.", config.listen))?;
    let address = listener.local_addr().map_err(|e| format!("The listening address cannot be read: {e}."))?;
    let public_url = config.public_url(Some(address));

    let senders = Senders::new(config.allow_loopback_channels)
        .map_err(|e| format!("The channels cannot be started: {e}. Check the system's certificates."))?;
    let channels = Arc::new(senders);
    let (database, sender) = (place.database.clone(), channels.clone());
    let metrics = routes::recorder();
    let app =
        thread::run(move || App::start(config, &database, lock, sender)).await?.map_err(|e| sentence(&e))?;
    let secret = prepare(&app, public_url.clone()).await.map_err(|e| sentence(&e))?;
    let links = Links { secret, public_url: public_url.clone() };
    channels.set_links(links.clone());

    let web = Web::new(app.clone(), links, metrics);
    let desk = Desk {
        storage: app.storage.clone(),
        database: place.database.clone(),
        public_url: Some(public_url),
        live: Some(web.clone()),
    };
    open_admin_socket(&place, desk, &app).await?;
    say_ready(address, place.database.kind())?;
    tracing::info!(%address, database = place.database.kind(), "serving");
    let stop = app.stop.clone();
    let watching = dead_man::watch(app.clone());
    let serving = tokio::spawn(listen::serve(listener, routes::router(web), stop.clone()));
    told_to_end().await;
    tracing::info!("ending");
    stop.cancel();
    watching.abort();
    if serving.await.is_err() {
        tracing::warn!("the listener broke off");
    }
    said_goodbye(&app).await;
    Ok(Reply::said(""))
}

/// Desktops are told that the server restarts, so that they come back at once.
async fn said_goodbye(app: &App) {
    let gone = async {
        while app.push.connected() > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if tokio::time::timeout(GOODBYE_WITHIN, gone).await.is_err() {
        tracing::warn!(desktops = app.push.connected(), "some desktops were not told that the server ends");
    }
}

/// The secret of the links, and the address for the command line's links.
async fn prepare(app: &App, public_url: String) -> Result<Vec<u8>, StorageError> {
    app.storage
        .write(move |tx| {
            tx.team()?;
            if tx.meta(PUBLIC_URL)?.as_deref() != Some(&public_url) {
                tx.set_meta(PUBLIC_URL, &public_url)?;
            }
            match tx.meta(SECRET)? {
                Some(secret) => Ok(secret.into_bytes()),
                None => {
                    let secret = crate::secret::token();
                    tx.set_meta(SECRET, &secret)?;
                    Ok(secret.into_bytes())
                }
            }
        })
        .await
}

#[cfg(unix)]
async fn open_admin_socket(place: &Place, desk: Desk, app: &App) -> Result<(), String> {
    // Several nodes share a PostgreSQL database, and the command line opens it itself.
    if matches!(place.database, DatabaseUrl::Postgres(_)) {
        return Ok(());
    }
    socket::serve(&place.data_dir, Arc::new(desk), app.stop.clone())
        .await
        .map_err(|e| format!("The admin socket in {} cannot be opened: {e}.", place.data_dir.display()))
}

#[cfg(not(unix))]
async fn open_admin_socket(_place: &Place, _desk: Desk, _app: &App) -> Result<(), String> {
    Ok(())
}

/// The one line on the standard output: whoever started the server reads where it listens.
fn say_ready(address: SocketAddr, database: &str) -> Result<(), String> {
    let line = format!("{{\"listen\":\"http://{address}\",\"database\":\"{database}\"}}");
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(|e| format!("The output cannot be written: {e}."))
}

/// Structured logs on the standard error; `RUST_LOG` chooses how much.
fn start_logging() {
    use tracing_subscriber::EnvFilter;
    let mut filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // These log what is stored, secrets of channels included, as soon as somebody asks for debug.
    for quiet in ["postgres=warn", "tokio_postgres=warn"].iter().filter_map(|d| d.parse().ok()) {
        filter = filter.add_directive(quiet);
    }
    // A test may have one already.
    let _already =
        tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}

async fn told_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = tokio::signal::ctrl_c() => {}
                }
                return;
            }
            Err(error) => tracing::warn!(%error, "SIGTERM cannot be heard; end with Ctrl-C"),
        }
    }
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::warn!(%error, "Ctrl-C cannot be heard");
        std::future::pending::<()>().await;
    }
}
