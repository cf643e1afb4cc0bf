//! What an operator can ask, wherever the database is open: in a running server, or in the command itself.

use super::deployment::Deployment;
use super::keys::keys_for;
use super::{check, founding, sentence, thread};
use crate::clock::{Clock, SystemClock};
use crate::library;
use crate::routes::Web;
use crate::secret::{self, Token};
use crate::storage::{DatabaseUrl, Storage, StorageError, Tx, open_db};
use crate::team_file;
use chrono::TimeDelta;
use firebell_domain::postmortem::{Tracker, TrackerSetup};
use firebell_domain::team::{IntegrationKind, Person, Role, Team};
use firebell_domain::{DeviceId, Span};
use firebell_log::Era;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;

/// How long an invite can be used.
const INVITE_FOR: TimeDelta = TimeDelta::days(7);
/// The key of the address that the server was last reached at.
pub const PUBLIC_URL: &str = "public_url";
/// The key of the secret that signs links.
pub const SECRET: &str = "secret";

/// After a link to an address that nobody has named yet.
const GUESSED: &str = "\nThis address is where the server listens when nothing else is set. If desktops reach it elsewhere, name that with --public-url URL (or FIREBELL_PUBLIC_URL) when it serves; once it has served, `firebell-server invite EMAIL` prints a link that fits.";

/// One call, as it crosses the admin socket.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Request {
    Init { team: String, admin: String, time_zone: String },
    Invite { email: String, role: Option<Role> },
    IntegrationAdd { kind: IntegrationKind, service: String, id: Option<String> },
    Deployment(Box<Deployment>),
    Apply { text: String, plan: bool },
    Export,
    ResumePaging,
    Check,
    Backup { file: PathBuf },
    Compact { older_than: Span },
    TrackerSet { setup: TrackerSetup, token: Token },
    TrackerRemove { tracker: Tracker },
    Trackers,
}

/// What is printed, and whether it is a failure all the same (`check` with findings).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    pub text: String,
    pub failed: bool,
}

impl Reply {
    pub fn said(text: impl Into<String>) -> Self {
        Self { text: text.into(), failed: false }
    }
}

/// Executes requests. `live`: the running server, which has to hear of changes.
pub struct Desk {
    pub storage: Storage,
    pub database: DatabaseUrl,
    pub public_url: Option<String>,
    pub live: Option<Web>,
}

/// A change that was refused, or that failed.
type Outcome<T> = Result<Result<T, String>, StorageError>;

impl Desk {
    pub async fn execute(&self, request: Request) -> Result<Reply, String> {
        match request {
            Request::Init { team, admin, time_zone } => self.init(team, admin, time_zone).await,
            Request::Invite { email, role } => self.invite(email, role).await,
            Request::IntegrationAdd { kind, service, id } => self.add_integration(kind, service, id).await,
            Request::Deployment(deployment) => self.deployment(*deployment).await,
            Request::Apply { text, plan } => self.apply(text, plan).await,
            Request::Export => {
                let team = self.storage.team().await.map_err(|e| sentence(&e))?;
                team_file::write(&team.team).map(Reply::said)
            }
            Request::ResumePaging => self.resume().await,
            Request::Check => check::check(&self.storage).await.map_err(|e| sentence(&e)),
            Request::Backup { file } => self.backup(file).await,
            Request::Compact { older_than } => self.compact(older_than).await,
            Request::TrackerSet { setup, token } => self.set_tracker(setup, token).await,
            Request::TrackerRemove { tracker } => self.remove_tracker(tracker).await,
            Request::Trackers => self.trackers().await,
        }
    }

    pub(super) async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx) -> Outcome<T> + Send + 'static,
    ) -> Result<T, String> {
        let outcome = self.storage.write(work).await.map_err(|e| sentence(&e))?;
        if let Some(web) = &self.live {
            web.forget_keys();
        }
        outcome
    }

    async fn init(&self, name: String, admin: String, time_zone: String) -> Result<Reply, String> {
        let token = secret::token();
        let hash = secret::hash(&token);
        let person = self
            .change(move |tx| {
                match tx.team() {
                    Ok(record) => {
                        let name = &record.team.team.name;
                        return Ok(Err(format!(
                            "There is a team already ({name}). Invite people with `firebell-server invite EMAIL`."
                        )));
                    }
                    Err(StorageError::NoTeam) => {}
                    Err(error) => return Err(error),
                }
                let team = founding::team(&name, &admin, &time_zone, tx.now());
                if let Some(problem) = team.problems().first() {
                    return Ok(Err(format!("{}: {}.", option_of(&problem.path), problem.words)));
                }
                found(tx)?;
                tx.put_team(0, &team, "init")?;
                let Some(admin) = team.people.into_iter().next() else {
                    return Ok(Err("The team has no admin.".into()));
                };
                tx.create_invite(&hash, &admin.id, tx.now() + INVITE_FOR)?;
                Ok(Ok(admin))
            })
            .await?;
        let invitation = self.invitation(&person, &token).await;
        let guessed = if self.is_reached().await { "" } else { GUESSED };
        Ok(Reply::said(format!("The team is ready.\n{invitation}{guessed}")))
    }

    async fn invite(&self, email: String, role: Option<Role>) -> Result<Reply, String> {
        let token = secret::token();
        let hash = secret::hash(&token);
        let (person, is_new) = self
            .change(move |tx| {
                let record = tx.team()?;
                let known = record.team.people.iter().find(|p| p.email.eq_ignore_ascii_case(email.trim()));
                let (person, is_new) = match known {
                    Some(person) => (person.clone(), false),
                    None => {
                        let person = founding::person(&email, role.unwrap_or_default(), &record.team.people);
                        (person, true)
                    }
                };
                let changes_role = role.is_some_and(|r| r != person.role);
                if is_new || changes_role {
                    let mut team = record.team.clone();
                    let person = Person { role: role.unwrap_or(person.role), ..person.clone() };
                    team.people.retain(|p| p.id != person.id);
                    team.people.push(person);
                    if let Some(problem) = team.problems().first() {
                        return Ok(Err(format!("{email}: {}.", problem.words)));
                    }
                    tx.put_team(record.version, &team, "invite")?;
                }
                tx.create_invite(&hash, &person.id, tx.now() + INVITE_FOR)?;
                Ok(Ok((person, is_new)))
            })
            .await?;
        let mut text = self.invitation(&person, &token).await;
        if is_new {
            let added =
                format!("{} ({}) is new in the team, and on no schedule yet.\n", person.name, person.id);
            text.insert_str(0, &added);
        }
        Ok(Reply::said(text))
    }

    async fn invitation(&self, person: &Person, token: &str) -> String {
        let url = self.url().await;
        let link = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("server", &url)
            .append_pair("token", token)
            .finish();
        format!(
            "Send this to {name}; it works once, for 7 days. Open the link on the computer that is to ring:\nfirebell://join?{link}\nOr start Firebell there and paste the link, or these two:\nserver {url}\ntoken {token}",
            name = person.name,
        )
    }

    /// Whether the address for links is known, and not a guess.
    async fn is_reached(&self) -> bool {
        self.public_url.is_some() || self.storage.meta(PUBLIC_URL).await.ok().flatten().is_some()
    }

    /// The address for links: as told, as the server was last reached, or where it would listen.
    pub(super) async fn url(&self) -> String {
        if let Some(url) = &self.public_url {
            return url.clone();
        }
        let last = self.storage.meta(PUBLIC_URL).await.ok().flatten();
        last.unwrap_or_else(|| format!("http://{}", crate::config::DEFAULT_LISTEN))
    }

    async fn apply(&self, text: String, plan: bool) -> Result<Reply, String> {
        let team = team_file::read(&text).map_err(|mistakes| {
            let lines: Vec<_> = mistakes.iter().map(|m| format!("  {m}")).collect();
            format!("The file is not applied; nothing was changed.\n{}", lines.join("\n"))
        })?;
        let devices = self.storage.devices().await.map_err(|e| sentence(&e))?;
        let gone: Vec<DeviceId> =
            devices.iter().filter(|d| team.person(&d.person).is_none()).map(|d| d.id).collect();
        let revoked = gone.clone();
        let (diff, keys) = self
            .change(move |tx| {
                let before = match tx.team() {
                    Ok(record) => Some(record),
                    Err(StorageError::NoTeam) => None,
                    Err(error) => return Err(error),
                };
                let diff = match &before {
                    Some(record) => team_file::diff(&record.team, &team),
                    None => team_file::diff(&nobody(&team), &team),
                };
                if plan {
                    return Ok(Ok((diff, vec![])));
                }
                found(tx)?;
                if before.as_ref().is_none_or(|record| record.team != team) {
                    tx.put_team(before.map_or(0, |record| record.version), &team, "apply")?;
                }
                for device in gone {
                    tx.revoke_device(device)?;
                }
                Ok(Ok((diff, keys_for(tx, &team)?)))
            })
            .await?;
        if plan {
            return Ok(Reply::said(format!("{diff}\nThis is a plan; nothing was changed.")));
        }
        if let Some(web) = &self.live {
            revoked.into_iter().for_each(|device| web.app().push.cut(device));
        }
        let mut text = diff.to_string();
        for (id, kind, key) in keys {
            text.push_str(&format!(
                "\nintegration {id} has a new key:\n{}",
                self.key_words(kind, &key).await
            ));
        }
        Ok(Reply::said(text))
    }

    async fn resume(&self) -> Result<Reply, String> {
        let was_held = self.storage.held().await.map_err(|e| sentence(&e))?;
        let done = match &self.live {
            Some(web) => web.app().engine.resume_paging().await,
            None => self.storage.write(crate::engine::timers::resume).await,
        };
        done.map_err(|e| sentence(&e))?;
        Ok(Reply::said(if was_held { "Paging is on again." } else { "Paging was not held; it is on." }))
    }

    async fn backup(&self, file: PathBuf) -> Result<Reply, String> {
        let shown = file.display().to_string();
        let database = self.database.clone();
        let copied = thread::run(move || {
            let mut db = open_db(&database)?;
            crate::backup::backup(&mut db, &file)
        });
        copied.await?.map_err(|e| sentence(&e))?;
        Ok(Reply::said(format!("Backed up to {shown}.")))
    }

    async fn compact(&self, older_than: Span) -> Result<Reply, String> {
        let before = SystemClock.now() - older_than.delta();
        let stop = self.live.as_ref().map_or_else(CancellationToken::new, |web| web.app().stop.clone());
        let (texts, updates) =
            library::compact(&self.storage, before, 2, &stop).await.map_err(|e| sentence(&e))?;
        Ok(Reply::said(match updates {
            0 => "There was nothing to merge.".to_owned(),
            _ => format!("Merged {updates} updates away, of {texts} texts."),
        }))
    }
}

/// The first life of the log, and the secret of the links.
fn found(tx: &mut Tx) -> Result<(), StorageError> {
    if tx.meta("era")?.is_none() {
        tx.set_era(Era(uuid::Uuid::new_v4()))?;
    }
    if tx.meta(SECRET)?.is_none() {
        tx.set_meta(SECRET, &secret::token())?;
    }
    Ok(())
}

/// The team with nothing in it, to compare a first file with.
fn nobody(team: &Team) -> Team {
    Team {
        team: team.team.clone(),
        people: vec![],
        groups: vec![],
        schedules: vec![],
        policies: vec![],
        services: vec![],
        integrations: vec![],
        playbook: None,
    }
}

/// The option of `init` that a path of the new team comes from.
fn option_of(path: &str) -> &'static str {
    match path {
        p if p.starts_with("team.name") => "--team",
        p if p.starts_with("people") => "--admin",
        _ => "--time-zone",
    }
}
