//! A responder's computer: the real core with its encrypted files on the disk, without a window.

use crate::server::fresh_folder;
use anyhow::{Context, Result, anyhow, bail};
use firebell_client::ClientApp;
use firebell_client::keychain::MemoryKeychain;
use firebell_client::loopback::RecordingHost;
use firebell_protocol::window::Change;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

const PATIENCE: Duration = Duration::from_secs(300);

pub struct Desktop {
    pub app: Arc<ClientApp>,
    folder: PathBuf,
    keychain: Arc<MemoryKeychain>,
}

impl Desktop {
    /// A new computer with both its stores open, in a folder of its own; it belongs to nobody yet.
    pub async fn open(name: &str) -> Result<Self> {
        Self::on(fresh_folder(name)?, Arc::default()).await
    }

    async fn on(folder: PathBuf, keychain: Arc<MemoryKeychain>) -> Result<Self> {
        let app = ClientApp::start("bench", &folder, keychain.clone(), Arc::new(RecordingHost::default()));
        let desktop = Self { app, folder, keychain };
        desktop
            .until("does not open its stores", async |d| Ok(d.ask("sync_state").await?["notice"].is_null()))
            .await?;
        Ok(desktop)
    }

    /// Joins the team with a link. Returns when it has told the server who it is; it connects by itself.
    pub async fn enrol(&self, link: &str) -> Result<()> {
        let joined = self.app.call("enrol", json!({ "link": link, "device_name": "bench" })).await;
        joined.map(drop).map_err(|e| anyhow!("the desktop cannot join: {e:?}"))
    }

    /// Joins the team, and is connected.
    pub async fn join(&self, link: &str) -> Result<()> {
        self.enrol(link).await?;
        self.until("does not connect", async |d| {
            Ok(d.ask("state").await?["connection"]["state"] == "connected")
        })
        .await
    }

    /// A command of the window without arguments.
    pub async fn ask(&self, command: &str) -> Result<Value> {
        self.call(command, json!(null)).await
    }

    pub async fn call(&self, command: &str, arguments: Value) -> Result<Value> {
        self.app.call(command, arguments).await.map_err(|e| anyhow!("`{command}`: {e:?}"))
    }

    /// Waits, as a window does: whenever it is told of a change, it looks again.
    pub async fn until(&self, but: &str, mut done: impl AsyncFnMut(&Self) -> Result<bool>) -> Result<()> {
        let mut changes = self.app.changes();
        let deadline = Instant::now() + PATIENCE;
        while !done(self).await? {
            if Instant::now() > deadline {
                bail!("the desktop {but}");
            }
            heard(&mut changes).await?;
        }
        Ok(())
    }

    /// The whole log is on its disk.
    pub async fn is_whole(&self) -> Result<bool> {
        let sync = self.ask("sync_state").await?;
        Ok(sync["connected"] == true && sync["catching_up"].is_null())
    }

    /// Ends the program and starts it again on the same files.
    pub async fn close(self) -> Result<Closed> {
        self.app.sign_off().await;
        let (folder, keychain, gone) = (self.folder, self.keychain, Arc::downgrade(&self.app));
        drop(self.app);
        // Its threads look up every few seconds.
        let deadline = Instant::now() + PATIENCE;
        while gone.strong_count() > 0 {
            if Instant::now() > deadline {
                bail!("the desktop does not end");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(Closed { folder, keychain })
    }
}

/// A computer that was switched off.
pub struct Closed {
    folder: PathBuf,
    keychain: Arc<MemoryKeychain>,
}

impl Closed {
    pub async fn open(self) -> Result<Desktop> {
        Desktop::on(self.folder, self.keychain).await
    }
}

/// Something has changed; what else is told at the same moment is heard with it. A computer that is slow to tell is
/// looked at every 100 ms.
async fn heard(changes: &mut Receiver<Change>) -> Result<()> {
    match tokio::time::timeout(Duration::from_millis(100), changes.recv()).await {
        Ok(Err(RecvError::Closed)) => bail!("the desktop has ended"),
        _ => while changes.try_recv().is_ok() {},
    }
    Ok(())
}

/// The next change of this topic.
pub async fn next_of(changes: &mut Receiver<Change>, mut is: impl FnMut(&Change) -> bool) -> Result<()> {
    let wait = async {
        loop {
            match changes.recv().await {
                Ok(change) if is(&change) => return Ok(()),
                Ok(_) => {}
                // What was missed may have been it.
                Err(RecvError::Lagged(_)) => return Ok(()),
                Err(RecvError::Closed) => bail!("the desktop has ended"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.context("the desktop is silent")?
}
