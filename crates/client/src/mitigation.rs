//! Which command restores which service, by which strategy of the playbook, and which strategy comes first (domain §5).
//! Pure: the texts, the changes and the time are arguments.

#[cfg(test)]
mod tests;

use firebell_domain::change_event::{ChangeEvent, ChangeKind};
use firebell_domain::gather::{Gathered, NearChange, Part, RunbookCommand};
use firebell_domain::incident::{Incident, Moments};
use firebell_domain::playbook::{MitigationStrategy, Playbook, Sign};
use firebell_domain::run::RunRecord;
use firebell_domain::runbook::{CommandLine, Step};
use firebell_domain::team::Team;
use firebell_domain::{Instant, RunbookId, ServiceId};
use firebell_protocol::mitigation::{
    Mitigation, MitigationCommand, Mitigations, Revisions, RunFilled, RunbookCommands, ServiceMitigation,
};
use firebell_protocol::runbook::StepView;

/// The playbook's own id of the strategy that goes back to a revision.
const ROLLBACK: &str = "rollback";
/// Names that runbooks give the revision to go back to, and the one that runs now: letters and digits alone.
const BACK_TO: [&str; 10] = [
    "revision",
    "torevision",
    "to",
    "previous",
    "previousrevision",
    "previousversion",
    "target",
    "targetrevision",
    "version",
    "toversion",
];
const CURRENT: [&str; 6] =
    ["from", "fromrevision", "fromversion", "current", "currentrevision", "currentversion"];
const ENVIRONMENT: [&str; 2] = ["environment", "env"];

/// A runbook of a service, read.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    pub runbook: RunbookId,
    pub title: String,
    pub service: ServiceId,
    /// As it stands.
    pub reviewed: bool,
    pub not_run: Option<String>,
    pub steps: Vec<Step>,
}

/// Everything that the rule looks at.
pub(crate) struct Known<'a> {
    pub incident: &'a Incident,
    /// `None`: alone, or not heard of yet.
    pub team: Option<&'a Team>,
    pub playbook: &'a Playbook,
    pub books: &'a [Book],
    pub changes: Part<Vec<ChangeEvent>>,
    pub now: Instant,
}

/// When it was first noticed: the earliest of the moments that say so.
pub(crate) fn first_signal(moments: &Moments, now: Instant) -> Instant {
    let said = [moments.impact_started_at, moments.detected_at, moments.declared_at];
    said.into_iter().flatten().min().unwrap_or(now)
}

pub(crate) fn mitigations(known: Known) -> Mitigations {
    let signal = first_signal(&known.incident.moments, known.now);
    let changes = near(&known.changes, signal);
    let found = changes.found().map(Vec::as_slice).unwrap_or_default();
    let suggestions = suggestions(&known, found, signal);
    let back = goes_back(known.playbook);
    let mut strategies: Vec<_> = known.playbook.strategies.iter().collect();
    strategies.sort_by_key(|(id, strategy)| (strategy.order, *id));
    let mut strategies: Vec<_> = strategies
        .into_iter()
        .map(|(id, strategy)| {
            let goes_back = back.contains(&id.as_str());
            let reasons: Vec<_> =
                suggestions.iter().filter(|(to, _)| to == id).map(|(_, why)| why.as_str()).collect();
            let suggested = Some(reasons.join(" ")).filter(|words| !words.is_empty());
            mitigation(&known, id, strategy, goes_back, suggested, found, signal)
        })
        .collect();
    strategies.sort_by_key(|m| m.suggested.is_none());
    Mitigations { strategies, changes }
}

/// The command of each reviewed runbook for each strategy, filled in by what was deployed: triage prefers them to the generic ones.
pub(crate) fn reviewed_commands(
    books: &[Book],
    changes: &[NearChange],
    signal: Instant,
    now: Instant,
    playbook: &Playbook,
) -> Vec<RunbookCommand> {
    let back = goes_back(playbook);
    let of = |book: &Book, strategy: &String| {
        let revisions = revisions(changes, &book.service, signal, now);
        let revisions = revisions.filter(|_| back.contains(&strategy.as_str()));
        let commands = of_book(book, strategy, revisions.as_ref(), playbook)?.commands;
        // The one that goes back, where others only look.
        let acts = commands.iter().find(|c| takes_revision(&c.view.step)).or(commands.first())?;
        Some(RunbookCommand {
            service: book.service.clone(),
            strategy: strategy.clone(),
            runbook: book.runbook,
            line: acts.line.clone(),
        })
    };
    let books = books.iter().filter(|book| book.reviewed);
    books.flat_map(|book| playbook.strategies.keys().filter_map(move |strategy| of(book, strategy))).collect()
}

fn takes_revision(step: &Step) -> bool {
    step.arguments.iter().any(|name| BACK_TO.contains(&flat(name).as_str()))
}

fn near(changes: &Part<Vec<ChangeEvent>>, signal: Instant) -> Part<Vec<NearChange>> {
    match changes {
        Part::Waiting => Part::Waiting,
        Part::Failed { words } => Part::Failed { words: words.clone() },
        Part::Offline { words } => Part::Offline { words: words.clone() },
        Part::Absent { words } => Part::Absent { words: words.clone() },
        Part::Ok { found } => {
            let mut near: Vec<_> = found
                .iter()
                .map(|change| NearChange {
                    before_ms: (signal - change.at).num_milliseconds(),
                    change: change.clone(),
                })
                .collect();
            near.sort_by_key(|c| std::cmp::Reverse(c.change.at));
            Part::Ok { found: near }
        }
    }
}

/// "Rollback", and what the playbook leads to when something was changed shortly before.
fn goes_back(playbook: &Playbook) -> Vec<&str> {
    let after_change = playbook.triage.first_action(Sign::ChangeBefore).and_then(|a| a.strategy.as_deref());
    after_change.into_iter().chain([ROLLBACK]).collect()
}

/// Strategies with the reason that speaks for each, as triage finds them. What was gone back from speaks no more.
fn suggestions(known: &Known, found: &[NearChange], signal: Instant) -> Vec<(String, String)> {
    let Some(team) = known.team else { return vec![] };
    let mut suggestions: Vec<(String, String)> = vec![];
    for id in &known.incident.services {
        let Some(service) = team.service(id) else { continue };
        if revisions(found, id, signal, known.now).is_some_and(|r| r.is_back) {
            continue;
        }
        let mut gathered = Gathered::begin(team, service, signal, None, known.now);
        let of_it =
            |c: &&NearChange| c.change.service == *id || service.neighbours.contains(&c.change.service);
        gathered.take_changes(found.iter().filter(of_it).map(|c| c.change.clone()).collect());
        gathered.think(team, known.playbook, &[]);
        for step in gathered.first {
            let Some(strategy) = step.strategy else { continue };
            let one = (strategy, step.reason);
            if !suggestions.contains(&one) {
                suggestions.push(one);
            }
        }
    }
    suggestions
}

fn mitigation(
    known: &Known,
    id: &str,
    strategy: &MitigationStrategy,
    goes_back: bool,
    suggested: Option<String>,
    found: &[NearChange],
    signal: Instant,
) -> Mitigation {
    let services: Vec<_> = known
        .incident
        .services
        .iter()
        .map(|service| {
            let revisions = revisions(found, service, signal, known.now);
            let revisions = revisions.filter(|_| goes_back);
            let books = known.books.iter().filter(|book| book.service == *service);
            let runbooks = books.filter_map(|book| of_book(book, id, revisions.as_ref(), known.playbook));
            ServiceMitigation { service: service.clone(), runbooks: runbooks.collect(), revisions }
        })
        .collect();
    let lacking = services.is_empty() || services.iter().any(|s| s.runbooks.is_empty());
    Mitigation {
        strategy: id.to_owned(),
        name: strategy.name.clone(),
        when: strategy.when.clone(),
        suggested,
        before: strategy.before.clone(),
        after: strategy.after.clone(),
        wait_for_s: strategy.wait_for.and_then(|span| u32::try_from(span.as_millis() / 1_000).ok()),
        goes_back,
        services,
        generic: strategy.command.clone().filter(|_| lacking),
    }
}

fn of_book(
    book: &Book,
    strategy: &str,
    revisions: Option<&Revisions>,
    playbook: &Playbook,
) -> Option<RunbookCommands> {
    let steps = book.steps.iter().filter(|step| step.strategy(playbook).as_deref() == Some(strategy));
    let steps: Vec<_> = steps.collect();
    // Where one of them takes the revision, the others only look.
    let one_takes = steps.iter().any(|step| takes_revision(step));
    let commands: Vec<_> = steps
        .into_iter()
        .map(|step| {
            let mut filled = fill(step, &book.service, revisions);
            if one_takes && !takes_revision(step) {
                (filled.from, filled.to) = (None, None);
            }
            let view = StepView {
                strategy: Some(strategy.to_owned()),
                refused: step.refused.clone().or_else(|| book.not_run.clone()),
                step: step.clone(),
            };
            MitigationCommand { line: line(step, &filled), filled, view }
        })
        .collect();
    (!commands.is_empty()).then(|| RunbookCommands {
        runbook: book.runbook,
        title: book.title.clone(),
        not_run: book.not_run.clone(),
        commands,
    })
}

/// What the service runs, by what its pipeline said, and what it ran before the deployment that is suspected: the last one
/// before the first signal, or the last one at all. Another environment's deployments do not count.
fn revisions(found: &[NearChange], service: &ServiceId, signal: Instant, now: Instant) -> Option<Revisions> {
    let deployed: Vec<(&ChangeEvent, &str)> = found
        .iter()
        .map(|c| &c.change)
        .filter(|c| c.service == *service && c.kind == ChangeKind::Deployment && c.at <= now)
        .filter_map(|c| Some((c, c.revision.as_deref()?)))
        .collect();
    let (suspect, suspected) = deployed.iter().find(|(c, _)| c.at <= signal).or(deployed.first())?;
    let same: Vec<_> = deployed.iter().filter(|(c, _)| c.environment == suspect.environment).collect();
    let (current, revision) = same.first()?;
    let older = || same.iter().find(|(c, r)| c.at < suspect.at && r != suspected).map(|(_, r)| *r);
    let back_to = suspect.previous.as_deref().or_else(older);
    Some(Revisions {
        current: (*revision).to_owned(),
        since: current.at,
        by: current.by.clone(),
        environment: current.environment.clone(),
        back_to: back_to.map(str::to_owned),
        is_back: back_to == Some(*revision),
    })
}

/// Once it was gone back, no revision is filled in: the next one is a person's choice.
fn fill(step: &Step, service: &ServiceId, revisions: Option<&Revisions>) -> RunFilled {
    let back_to = revisions.filter(|r| !r.is_back).and_then(|r| r.back_to.clone());
    let current = revisions.map(|r| r.current.clone());
    let environment = revisions.and_then(|r| r.environment.clone());
    let value = |name: &String| {
        let flat = flat(name);
        let flat = flat.as_str();
        let value = match flat {
            "service" => Some(service.to_string()),
            _ if revisions.is_none() => None,
            _ if BACK_TO.contains(&flat) => back_to.clone(),
            _ if CURRENT.contains(&flat) => current.clone(),
            _ if ENVIRONMENT.contains(&flat) => environment.clone(),
            _ => None,
        };
        value.map(|value| (name.clone(), value))
    };
    let arguments = step.arguments.iter().filter_map(value).collect();
    RunFilled { arguments, environment: environment.clone(), from: current.clone(), to: back_to.clone() }
}

/// Letters and digits, small: `to-revision` and `to_revision` are one name.
fn flat(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn line(step: &Step, filled: &RunFilled) -> String {
    let argv = CommandLine::parse(&step.line).and_then(|line| line.expand(&filled.arguments));
    match argv {
        Ok(argv) if !step.arguments.is_empty() => RunRecord::line_of(&argv),
        _ => step.line.clone(),
    }
}
