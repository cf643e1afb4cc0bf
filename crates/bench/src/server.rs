//! The real server program, with a team and enrolled devices, on the disk of the checkout.

use crate::figure::say;
use crate::team::Team;
use anyhow::{Context, Result, bail};
use firebell_domain::{DeviceId, PersonId};
use firebell_server::clock::{Clock, SystemClock};
use firebell_server::secret;
use firebell_server::storage::{DatabaseUrl, NewDevice, Storage};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use uuid::Uuid;

/// Ends with this value.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// Where alerts are posted to.
    pub intake: String,
    /// A one-time invite link of `p0`.
    pub link: String,
    /// One for each of the persons asked for, in their order.
    pub tokens: Vec<String>,
}

impl Server {
    /// Founds the team, enrols a device for each of `devices` (numbers of people), and serves. `database`:
    /// PostgreSQL; SQLite when absent.
    pub async fn start(name: &str, team: &Team, database: Option<&str>, devices: &[usize]) -> Result<Self> {
        let folder = fresh_folder(name)?;
        let call = |arguments: &[&str]| {
            let mut command = Command::new(program("firebell-server")?);
            command.args(arguments).arg("--data-dir").arg(folder.join("data")).kill_on_drop(true);
            command.env_remove("FIREBELL_DATABASE").env_remove("FIREBELL_LISTEN").env_remove("RUST_LOG");
            if let Some(database) = database {
                command.args(["--database", database]);
            }
            anyhow::Ok(command)
        };
        said(call(&["init", "--team", "Bench", "--admin", Team::ADMIN])?).await?;
        let file = folder.join("team.yaml");
        std::fs::write(&file, team.yaml())?;
        let applied = said(call(&["apply", file.to_str().context("the path is not UTF-8")?])?).await?;
        let key =
            applied.split_whitespace().find(|w| w.len() == 32 && w.bytes().all(|b| b.is_ascii_hexdigit()));
        let key = key.with_context(|| format!("`apply` made no key: {applied}"))?.to_owned();
        let tokens = enrol(&folder.join("data"), database, devices).await?;

        let log = std::fs::File::create(folder.join("server.log"))?;
        let mut serve = call(&["serve", "--listen", "127.0.0.1:0"])?;
        let mut child = serve.stdout(Stdio::piped()).stderr(log).spawn()?;
        let output = child.stdout.take().context("the server has no output")?;
        let line = BufReader::new(output).lines().next_line().await?.unwrap_or_default();
        let address = serde_json::from_str::<serde_json::Value>(&line)
            .ok()
            .and_then(|v| v["listen"].as_str()?.strip_prefix("http://")?.parse().ok())
            .with_context(|| format!("the server did not start; see {}/server.log", folder.display()))?;
        let invited =
            said(call(&["invite", "p0@example.com", "--public-url", &format!("http://{address}")])?).await?;
        let link = invited.split_whitespace().find(|w| w.starts_with("firebell://"));
        let link = link.with_context(|| format!("`invite` made no link: {invited}"))?.to_owned();
        Ok(Self { child, address, intake: format!("/in/{key}/generic"), link, tokens })
    }

    pub fn process(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    pub async fn stop(mut self) -> Result<()> {
        self.child.kill().await.context("the server cannot be ended")
    }
}

/// A device for each of these people. Invites are made and used as the server does it.
async fn enrol(data: &Path, database: Option<&str>, people: &[usize]) -> Result<Vec<String>> {
    if people.is_empty() {
        return Ok(vec![]);
    }
    let url = DatabaseUrl::parse(database.unwrap_or("sqlite:"), data).map_err(anyhow::Error::msg)?;
    let clock = Arc::new(SystemClock);
    let storage = Storage::open(&url, clock.clone(), clock.now(), None, |_| {})?;
    let (tokens, people) = (people.iter().map(|_| secret::token()).collect::<Vec<_>>(), people.to_vec());
    let hashes: Vec<_> = tokens.iter().map(|t| secret::hash(t)).collect();
    let enrolled = storage.write(move |tx| {
        let tomorrow = tx.now() + std::time::Duration::from_secs(86_400);
        let mut enrolled = 0;
        for (person, token_hash) in people.into_iter().zip(hashes) {
            let invite = secret::hash(&secret::token());
            tx.create_invite(&invite, &PersonId::new(format!("p{person}")), tomorrow)?;
            let (name, platform) = ("bench".into(), "linux-x86_64".into());
            let device = NewDevice { id: DeviceId(Uuid::new_v4()), name, platform, token_hash };
            enrolled += usize::from(tx.enrol(&invite, &device)?.is_ok());
        }
        Ok(enrolled)
    });
    if enrolled.await? != tokens.len() {
        bail!("some devices were not enrolled");
    }
    Ok(tokens)
}

async fn said(mut command: Command) -> Result<String> {
    let output = command.output().await?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// An empty folder in `target/bench`, on the disk of the checkout.
pub fn fresh_folder(name: &str) -> Result<PathBuf> {
    let folder = std::env::current_dir()?.join("target/bench").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    Ok(folder)
}

/// A program that was built beside this one.
pub fn program(name: &str) -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    if !path.exists() {
        say(format!("{} is missing; run `make bench`, which builds it", path.display()));
        bail!("{name} is not built");
    }
    Ok(path)
}
