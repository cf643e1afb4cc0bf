//! The admin socket: how the command line reaches the server that owns the database. A Unix socket that only its
//! owner can open; one JSON line there, one back.

use super::{Desk, Reply, Request};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What comes back.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Done(Reply),
    Refused(String),
}

#[cfg(unix)]
pub use unix::{ask, connect, serve};

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
    use tokio::net::{UnixListener, UnixStream};
    use tokio_util::sync::CancellationToken;

    /// Bytes of a request: a team's file, with room.
    const LINE_MAX: u64 = 16 * 1024 * 1024;
    const READ_WITHIN: Duration = Duration::from_secs(10);
    /// A backup of a large database takes its time.
    const ANSWER_WITHIN: Duration = Duration::from_secs(600);

    /// The address of the socket. The system takes 107 bytes at most; the longer path of a deep folder goes through
    /// the folder's own descriptor, which has to stay open while the address is used.
    struct Address {
        path: PathBuf,
        _folder: Option<std::fs::File>,
    }

    impl Address {
        fn of(data_dir: &Path) -> std::io::Result<Self> {
            let path = data_dir.join("admin.sock");
            if path.as_os_str().len() <= 100 {
                return Ok(Self { path, _folder: None });
            }
            let folder = std::fs::File::open(data_dir)?;
            let path = PathBuf::from(format!("/proc/self/fd/{}/admin.sock", folder.as_raw_fd()));
            Ok(Self { path, _folder: Some(folder) })
        }
    }

    /// Listens until `stop`.
    pub async fn serve(data_dir: &Path, desk: Arc<Desk>, stop: CancellationToken) -> std::io::Result<()> {
        let address = Address::of(data_dir)?;
        let path = &address.path;
        // The folder's lock is ours, so a socket that is there belongs to a server that died.
        match std::fs::remove_file(path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        tokio::spawn(async move {
            loop {
                let stream = tokio::select! {
                    () = stop.cancelled() => break,
                    accepted = listener.accept() => accepted,
                };
                match stream {
                    Ok((stream, _)) => {
                        let desk = desk.clone();
                        tokio::spawn(async move {
                            if let Err(error) = answer(stream, &desk).await {
                                tracing::warn!(%error, "a call of the command line broke off");
                            }
                        });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the admin socket could not take a call");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                }
            }
            // The next server removes what is left, so it does no harm when this fails.
            let _left_over = std::fs::remove_file(&address.path);
        });
        Ok(())
    }

    async fn answer(stream: UnixStream, desk: &Desk) -> std::io::Result<()> {
        let (read, mut write) = stream.into_split();
        let mut line = String::new();
        let mut reader = BufReader::new(read.take(LINE_MAX));
        tokio::time::timeout(READ_WITHIN, reader.read_line(&mut line)).await??;
        let answer = match serde_json::from_str::<Request>(&line) {
            Ok(request) => match desk.execute(request).await {
                Ok(reply) => Answer::Done(reply),
                Err(words) => Answer::Refused(words),
            },
            Err(_) => Answer::Refused(
                "The server does not understand this call. Use the firebell-server of the same version."
                    .into(),
            ),
        };
        let mut text = serde_json::to_string(&answer)?;
        text.push('\n');
        write.write_all(text.as_bytes()).await?;
        write.shutdown().await
    }

    /// Reaches the server that runs on this data folder.
    pub async fn connect(data_dir: &Path) -> std::io::Result<UnixStream> {
        UnixStream::connect(&Address::of(data_dir)?.path).await
    }

    /// Asks it.
    pub async fn ask(stream: UnixStream, request: &Request) -> Result<Reply, String> {
        let broken = |e: std::io::Error| format!("The running server broke off: {e}. Look at its log.");
        let (read, mut write) = stream.into_split();
        let mut text =
            serde_json::to_string(request).map_err(|e| format!("The call cannot be written: {e}."))?;
        text.push('\n');
        write.write_all(text.as_bytes()).await.map_err(broken)?;
        let mut line = String::new();
        let mut reader = BufReader::new(read);
        tokio::time::timeout(ANSWER_WITHIN, reader.read_line(&mut line))
            .await
            .map_err(|_| "The running server did not answer within 10 minutes. Look at its log.".to_owned())?
            .map_err(broken)?;
        match serde_json::from_str(&line) {
            Ok(Answer::Done(reply)) => Ok(reply),
            Ok(Answer::Refused(words)) => Err(words),
            Err(_) => Err("The running server gave no answer. Look at its log.".into()),
        }
    }
}

/// Without Unix sockets the server has to be stopped for a call.
#[cfg(not(unix))]
pub async fn connect(_data_dir: &Path) -> std::io::Result<()> {
    Err(std::io::Error::other("stop the server, repeat this, and start it again"))
}

/// See [`connect`].
#[cfg(not(unix))]
pub async fn ask(_stream: (), _request: &Request) -> Result<Reply, String> {
    Err("Stop the server, repeat this, and start it again.".into())
}
