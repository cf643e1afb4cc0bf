//! The operator's commands. One process owns a SQLite database: while a server runs, the others ask it through its
//! admin socket; else they open the database themselves.

mod args;
mod check;
mod dead_man;
mod deployment;
mod desk;
mod founding;
mod keys;
mod language;
mod listen;
mod page_plan;
mod serve;
mod socket;
#[cfg(test)]
mod tests;
mod thread;
mod tracker;
mod triage;

pub use args::Args;
pub use desk::{Desk, PUBLIC_URL, Reply, Request};

use crate::clock::{Clock, SystemClock};
use crate::storage::{DatabaseUrl, FolderLock, Storage, StorageError};
use args::{Call, IntegrationCall, LanguageCall, PagingCall, TriageCall};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Runs one call; `Err` is a sentence for the operator.
pub async fn run(args: Args) -> Result<Reply, String> {
    let place = Place::of(&args)?;
    let request = match args.call {
        Call::Serve(serve) => return serve::serve(place, serve).await,
        Call::PagePlan { file, policy, at, severity } => {
            let team = crate::team_file::read(&read(&file)?).map_err(|m| listed(&file, &m))?;
            return page_plan::lines(&team, &policy, at.unwrap_or_else(|| SystemClock.now()), severity)
                .map(Reply::said);
        }
        Call::Triage { call: TriageCall::Suggest { file } } => {
            let text = read(&file.unwrap_or_else(|| "-".into()))?;
            return triage::suggest(&text).map(Reply::said);
        }
        Call::Language { call: LanguageCall::Check { file } } => {
            let text = read(&file.unwrap_or_else(|| "-".into()))?;
            return language::check(&text).map(Reply::said);
        }
        Call::Restore { file } => return restore(&place, file).await,
        Call::Init { team, admin, time_zone } => Request::Init { team, admin, time_zone },
        Call::Invite { email, role } => Request::Invite { email, role },
        Call::Integration { call: IntegrationCall::Add { kind, service, id } } => {
            Request::IntegrationAdd { kind, service, id }
        }
        Call::Deployment(deployment) => Request::Deployment(deployment),
        Call::Apply { file, plan } => Request::Apply { text: read(&file)?, plan },
        Call::Export => Request::Export,
        Call::Paging { call: PagingCall::Resume } => Request::ResumePaging,
        Call::Compact { older_than } => Request::Compact { older_than },
        Call::Tracker { call } => tracker::request(call)?,
        Call::Check => Request::Check,
        Call::Backup { file } => Request::Backup { file: absolute(&file)? },
    };
    ask(&place, request).await
}

/// Where the data is, and how the server is reached.
#[derive(Clone, Debug)]
pub struct Place {
    pub data_dir: PathBuf,
    pub database: DatabaseUrl,
    /// The database was chosen by a flag or the environment.
    pub database_told: bool,
    pub public_url: Option<String>,
}

impl Place {
    fn of(args: &Args) -> Result<Self, String> {
        let data_dir = match &args.data_dir {
            Some(dir) => absolute(dir)?,
            None => platform_data_dir()?,
        };
        // An empty variable of the environment says nothing.
        let database = args.database.as_deref().filter(|d| !d.is_empty());
        let database_told = database.is_some();
        let database = DatabaseUrl::parse(database.unwrap_or("sqlite:"), &data_dir)?;
        let public_url = args.public_url.as_ref().map(|u| u.trim_end_matches('/').to_owned());
        Ok(Self { data_dir, database, database_told, public_url })
    }

    /// SQLite has one owner; PostgreSQL is shared.
    fn lock(&self) -> Result<Option<FolderLock>, StorageError> {
        match self.database {
            DatabaseUrl::Postgres(_) => Ok(None),
            _ => {
                self.make_private_folder()?;
                FolderLock::take(&self.data_dir).map(Some)
            }
        }
    }

    /// Waits a moment: another call of the command line is soon over.
    async fn lock_patiently(&self) -> Result<Option<FolderLock>, String> {
        let give_up = tokio::time::Instant::now() + PATIENCE;
        loop {
            match self.lock() {
                Err(StorageError::InUse) if tokio::time::Instant::now() < give_up => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                outcome => return outcome.map_err(|e| sentence(&e)),
            }
        }
    }

    /// The database holds secrets of channels: a new folder is its owner's alone.
    fn make_private_folder(&self) -> Result<(), StorageError> {
        let mut folder = std::fs::DirBuilder::new();
        folder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        let bad = |e| StorageError::Folder(format!("{}: {e}", self.data_dir.display()));
        folder.create(&self.data_dir).map_err(bad)
    }
}

/// How long a call waits for a server that is starting, or for another call to end.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks the running server, or does it here.
async fn ask(place: &Place, request: Request) -> Result<Reply, String> {
    let give_up = tokio::time::Instant::now() + PATIENCE;
    let lock = loop {
        match place.lock() {
            Ok(lock) => break lock,
            Err(StorageError::InUse) => {}
            Err(error) => return Err(sentence(&error)),
        }
        match socket::connect(&place.data_dir).await {
            Ok(stream) => return socket::ask(stream, &request).await,
            Err(error) if tokio::time::Instant::now() >= give_up => {
                return Err(format!(
                    "The data folder {} is in use by a server that does not answer at its admin socket ({error}). Wait until it has started, or stop it.",
                    place.data_dir.display()
                ));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    };
    let storage = open(place, lock).await?;
    let desk =
        Desk { storage, database: place.database.clone(), public_url: place.public_url.clone(), live: None };
    desk.execute(request).await
}

async fn open(place: &Place, lock: Option<FolderLock>) -> Result<Storage, String> {
    let url = place.database.clone();
    let opened = thread::run(move || {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let now = clock.now();
        Storage::open(&url, clock, now, lock, |_| {})
    });
    opened.await?.map_err(|e| sentence(&e))
}

async fn restore(place: &Place, file: PathBuf) -> Result<Reply, String> {
    let _lock = place.lock_patiently().await?;
    let (database, file) = (place.database.clone(), absolute(&file)?);
    let kept =
        thread::run(move || crate::backup::restore(&database, &file)).await?.map_err(|e| sentence(&e))?;
    let kept = kept.map_or(String::new(), |path| format!("What was there is kept as {}.\n", path.display()));
    Ok(Reply::said(format!(
        "Restored. Desktops will start over, and paging is held: nobody is rung until you say so.\n{kept}Start the server, look at the open pages, then run: firebell-server paging resume"
    )))
}

/// An error of the database, with its causes, as one sentence.
pub fn sentence(error: &(dyn std::error::Error + 'static)) -> String {
    let text = crate::storage::Chain(error).to_string();
    let mut letters = text.chars();
    let text: String = letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default();
    if text.ends_with('.') { text } else { format!("{text}.") }
}

/// Bytes of a team's file. A thousand people take a few hundred thousand.
const FILE_MAX: u64 = 4 * 1024 * 1024;

fn read(file: &Path) -> Result<String, String> {
    use std::io::Read;
    let shown = if file.as_os_str() == "-" { "input".to_owned() } else { format!("file {}", file.display()) };
    let broken = |e: std::io::Error| format!("The {shown} cannot be read: {e}.");
    let source: Box<dyn Read> = if file.as_os_str() == "-" {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).map_err(broken)?)
    };
    let mut bytes = Vec::new();
    source.take(FILE_MAX + 1).read_to_end(&mut bytes).map_err(broken)?;
    if bytes.len() as u64 > FILE_MAX {
        return Err(format!(
            "The {shown} is larger than 4 MiB, which no team's file is. Check which file it is."
        ));
    }
    String::from_utf8(bytes).map_err(|_| format!("The {shown} is not UTF-8 text. Save it as UTF-8."))
}

fn listed(file: &Path, mistakes: &[crate::team_file::Mistake]) -> String {
    let lines: Vec<_> = mistakes.iter().map(|m| format!("  {m}")).collect();
    format!("{} is not applied:\n{}", file.display(), lines.join("\n"))
}

fn absolute(path: &Path) -> Result<PathBuf, String> {
    std::path::absolute(path).map_err(|e| format!("The path {} cannot be used: {e}.", path.display()))
}

fn platform_data_dir() -> Result<PathBuf, String> {
    let env = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let home = || env("HOME").or_else(|| env("USERPROFILE"));
    let found = if cfg!(target_os = "macos") {
        home().map(|h| h.join("Library/Application Support"))
    } else if cfg!(windows) {
        env("LOCALAPPDATA")
    } else {
        env("XDG_DATA_HOME").or_else(|| home().map(|h| h.join(".local/share")))
    };
    found
        .map(|dir| dir.join("firebell-server"))
        .ok_or_else(|| "There is no home folder to keep data in; say where with --data-dir DIR.".to_owned())
}
