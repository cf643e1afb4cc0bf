//! The command line.

use super::deployment::Deployment;
use clap::{Parser, Subcommand, ValueEnum};
use firebell_domain::severity::Severity;
use firebell_domain::team::{IntegrationKind, Role};
use firebell_domain::{Instant, Span};
use std::path::PathBuf;

/// The Firebell team server: alerts in, pages out.
#[derive(Debug, Parser)]
#[command(name = "firebell-server", version, about)]
pub struct Args {
    /// Where data is kept [default: the platform's data folder]
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// `sqlite:` (in the data folder), `sqlite:PATH` or `postgres://…` [default: sqlite:]
    #[arg(long, global = true, value_name = "URL", env = "FIREBELL_DATABASE", hide_env_values = true)]
    pub database: Option<String>,
    /// The address that people and monitoring reach the server at
    #[arg(long, global = true, value_name = "URL", env = "FIREBELL_PUBLIC_URL")]
    pub public_url: Option<String>,
    #[command(subcommand)]
    pub call: Call,
}

#[derive(Debug, Subcommand)]
pub enum Call {
    /// Run the server
    Serve(Serve),
    /// Create the team and print a one-time invite link for its admin
    Init {
        #[arg(long, value_name = "NAME")]
        team: String,
        #[arg(long, value_name = "EMAIL")]
        admin: String,
        /// An IANA zone such as Europe/Berlin
        #[arg(long, default_value = "UTC")]
        time_zone: String,
    },
    /// Print a one-time invite link for a person
    Invite {
        email: String,
        /// The role of a person who is not in the team yet
        #[arg(long, value_parser = role)]
        role: Option<Role>,
    },
    /// Sources of alerts
    Integration {
        #[command(subcommand)]
        call: IntegrationCall,
    },
    /// Make the team what a YAML file says (- reads standard input)
    Apply {
        file: PathBuf,
        /// Only say what would change
        #[arg(long)]
        plan: bool,
    },
    /// Print the team as YAML
    Export,
    /// Who would be paged, and when: JSON lines. Needs no server
    PagePlan {
        file: PathBuf,
        #[arg(long)]
        policy: String,
        /// RFC 3339 [default: now]
        #[arg(long, value_name = "T")]
        at: Option<Instant>,
        #[arg(long, default_value = "SEV2", value_parser = severity)]
        severity: Severity,
    },
    /// How severe an incident is, from answers to a few questions. Needs no server
    Triage {
        #[command(subcommand)]
        call: TriageCall,
    },
    /// Sentences of a text that blame a person or judge by hindsight. Needs no server
    Language {
        #[command(subcommand)]
        call: LanguageCall,
    },
    /// Post a deployment or another change of a service, for triage to show
    Deployment(Box<Deployment>),
    /// Write a copy of the database to a file, while the server runs
    Backup { file: PathBuf },
    /// Replace the database by a backup; paging is held until `paging resume`
    Restore { file: PathBuf },
    /// Merge old updates of texts now, while the server runs; it does so by itself every 6 hours
    Compact {
        /// Younger ones stay as they are; 1d at least
        #[arg(long, value_name = "SPAN", default_value = "30d", value_parser = old)]
        older_than: Span,
    },
    /// Paging after a restore
    Paging {
        #[command(subcommand)]
        call: PagingCall,
    },
    /// Where tickets of actions are made
    Tracker {
        #[command(subcommand)]
        call: TrackerCall,
    },
    /// Look for gaps in the set-up
    Check,
}

#[derive(Debug, clap::Args)]
pub struct Serve {
    /// Settings as YAML
    #[arg(long, value_name = "FILE", env = "FIREBELL_CONFIG")]
    pub config: Option<PathBuf>,
    /// [default: 127.0.0.1:8470]
    #[arg(long, value_name = "ADDR", env = "FIREBELL_LISTEN")]
    pub listen: Option<String>,
    /// Let channels point at this machine, also by plain HTTP (samples and tests)
    #[arg(long, env = "FIREBELL_ALLOW_LOOPBACK_CHANNELS", hide = true)]
    pub allow_loopback_channels: bool,
}

#[derive(Debug, Subcommand)]
pub enum IntegrationCall {
    /// Print a key and its URL
    Add {
        #[arg(value_parser = kind)]
        kind: IntegrationKind,
        #[arg(long)]
        service: String,
        /// The integration's id [default: made from service and kind]
        #[arg(long)]
        id: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub enum TriageCall {
    /// Read the answers as JSON and print the severity with its reasons
    Suggest {
        /// [default: -, the standard input]
        file: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub enum LanguageCall {
    /// Read a text and print what is found: a line of JSON each, with its place in bytes. The exit code is 0 whatever is found
    Check {
        /// [default: -, the standard input]
        file: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub enum TrackerCall {
    /// Set one up, or anew; its token is read from a file or from the standard input
    Set {
        #[command(subcommand)]
        call: TrackerSet,
    },
    /// Print what is set up
    Show,
    /// Make no more tickets there, and follow none
    Remove {
        /// jira or github
        tracker: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum TrackerSet {
    Jira {
        /// https://acme.atlassian.net, or as people open a Data Center
        #[arg(long, value_name = "URL")]
        address: String,
        #[arg(long, value_enum)]
        kind: JiraWord,
        /// The project's key, such as OPS
        #[arg(long, value_name = "KEY")]
        project: String,
        /// The type of the tickets, by name
        #[arg(long = "type", value_name = "NAME", default_value = "Task")]
        issue_type: String,
        /// Cloud: the e-mail address that the token is of; Data Center: none with a personal access token
        #[arg(long, default_value = "")]
        account: String,
        /// [default: the standard input]
        #[arg(long, value_name = "FILE")]
        token_file: Option<PathBuf>,
    },
    Github {
        /// Of the API
        #[arg(long, value_name = "URL", default_value = "https://api.github.com")]
        address: String,
        /// Owner and name, such as acme/shop
        #[arg(long, value_name = "OWNER/NAME")]
        repository: String,
        /// [default: the standard input]
        #[arg(long, value_name = "FILE")]
        token_file: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum JiraWord {
    Cloud,
    DataCenter,
}

#[derive(Debug, Subcommand)]
pub enum PagingCall {
    /// The operator's word after a restore: ring again
    Resume,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleWord {
    Admin,
    Responder,
    Stakeholder,
}

fn role(word: &str) -> Result<Role, String> {
    Ok(match RoleWord::from_str(word, true)? {
        RoleWord::Admin => Role::Admin,
        RoleWord::Responder => Role::Responder,
        RoleWord::Stakeholder => Role::Stakeholder,
    })
}

fn kind(word: &str) -> Result<IntegrationKind, String> {
    IntegrationKind::ALL
        .into_iter()
        .find(|k| k.name() == word)
        .ok_or_else(|| "write alertmanager, pagerduty or generic".into())
}

/// A desktop that follows the log may be a day behind, and counts its places.
fn old(word: &str) -> Result<Span, String> {
    let span: Span = word.parse().map_err(|e| format!("{e}"))?;
    if span < Span::hours(24) { Err("write a day (1d) or more".into()) } else { Ok(span) }
}

fn severity(word: &str) -> Result<Severity, String> {
    Severity::ALL
        .into_iter()
        .find(|s| s.to_string().eq_ignore_ascii_case(word))
        .ok_or_else(|| "write SEV1, SEV2, SEV3 or SEV4".into())
}
