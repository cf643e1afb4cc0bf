//! The real server program, with a team and enrolled devices, on the disk of the checkout.

use crate::figure::say;
use crate::team::Team;
use anyhow::{Context, Result, bail};
use firebell_domain::{DeviceId, PersonId};
use firebell_server::clock::{Clock, SystemClock};
use firebell_server::secret;
use firebell_server::storage::{DatabaseUrl, NewDevice, Storage};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use uuid::Uuid;

/// Ends with this value.
pub struct Server {
    child: Child,
    house: House,
    pub address: SocketAddr,
    /// Where alerts are posted to.
    pub intake: String,
    /// One for each of the persons asked for, in their order.
    pub tokens: Vec<String>,
}

/// A team that was founded and is not served (yet).
pub struct House {
    folder: PathBuf,
    database: Option<String>,
    key: String,
    tokens: Vec<String>,
}

impl House {
    /// Founds the team and enrols a device for each of `devices` (numbers of people). `database`: PostgreSQL; SQLite
    /// when absent.
    pub async fn found(name: &str, team: &Team, database: Option<&str>, devices: &[usize]) -> Result<Self> {
        let folder = fresh_folder(name)?;
        let mut house =
            Self { folder, database: database.map(str::to_owned), key: String::new(), tokens: vec![] };
        said(house.call(&["init", "--team", "Bench", "--admin", Team::ADMIN])?).await?;
        let file = house.folder.join("team.yaml");
        std::fs::write(&file, team.yaml())?;
        let applied = said(house.call(&["apply", file.to_str().context("the path is not UTF-8")?])?).await?;
        let key =
            applied.split_whitespace().find(|w| w.len() == 32 && w.bytes().all(|b| b.is_ascii_hexdigit()));
        house.key = key.with_context(|| format!("`apply` made no key: {applied}"))?.to_owned();
        if !devices.is_empty() {
            house.tokens = enrol(&house.storage()?, devices).await?;
        }
        Ok(house)
    }

    fn call(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = Command::new(program("firebell-server")?);
        command.args(arguments).arg("--data-dir").arg(self.folder.join("data")).kill_on_drop(true);
        command.env_remove("FIREBELL_DATABASE").env_remove("FIREBELL_LISTEN").env_remove("RUST_LOG");
        if let Some(database) = &self.database {
            command.args(["--database", database]);
        }
        Ok(command)
    }

    /// Its database, as the server itself uses it. Only while it is not served.
    pub fn storage(&self) -> Result<Storage> {
        let database = self.database.as_deref().unwrap_or("sqlite:");
        let url = DatabaseUrl::parse(database, &self.folder.join("data")).map_err(anyhow::Error::msg)?;
        let clock = Arc::new(SystemClock);
        Ok(Storage::open(&url, clock.clone(), clock.now(), None, |_| {})?)
    }

    /// `address`: with port 0, any that is free.
    pub async fn serve(self, address: &str) -> Result<Server> {
        let log = std::fs::File::options().create(true).append(true).open(self.folder.join("server.log"))?;
        let mut serve = self.call(&["serve", "--listen", address])?;
        let mut child = serve.stdout(Stdio::piped()).stderr(log).spawn()?;
        let output = child.stdout.take().context("the server has no output")?;
        let line = BufReader::new(output).lines().next_line().await?.unwrap_or_default();
        let address = serde_json::from_str::<serde_json::Value>(&line)
            .ok()
            .and_then(|v| v["listen"].as_str()?.strip_prefix("http://")?.parse().ok())
            .with_context(|| format!("the server did not start; see {}/server.log", self.folder.display()))?;
        let (intake, tokens) = (format!("/in/{}/generic", self.key), self.tokens.clone());
        Ok(Server { child, house: self, address, intake, tokens })
    }
}

impl Server {
    /// Founds the team, enrols a device for each of `devices`, and serves.
    pub async fn start(name: &str, team: &Team, database: Option<&str>, devices: &[usize]) -> Result<Self> {
        House::found(name, team, database, devices).await?.serve("127.0.0.1:0").await
    }

    /// A one-time invite link of `p<person>`.
    pub async fn invite(&self, person: usize) -> Result<String> {
        let (email, url) = (format!("p{person}@example.com"), format!("http://{}", self.address));
        let invited = said(self.house.call(&["invite", &email, "--public-url", &url])?).await?;
        let link = invited.split_whitespace().find(|w| w.starts_with("firebell://"));
        Ok(link.with_context(|| format!("`invite` made no link: {invited}"))?.to_owned())
    }

    /// Makes the team what this file says, while it is served.
    pub async fn apply(&self, team: &str) -> Result<()> {
        let file = self.house.folder.join("again.yaml");
        std::fs::write(&file, team)?;
        said(self.house.call(&["apply", file.to_str().context("the path is not UTF-8")?])?).await.map(drop)
    }

    pub fn process(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    /// Ends it; what it served can be served again.
    pub async fn stop(mut self) -> Result<House> {
        self.child.kill().await.context("the server cannot be ended")?;
        Ok(self.house)
    }
}

/// A device for each of these people. Invites are made and used as the server does it.
async fn enrol(storage: &Storage, people: &[usize]) -> Result<Vec<String>> {
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
