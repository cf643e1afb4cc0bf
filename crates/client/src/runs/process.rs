//! One program, from its start to its end, with everything that it starts itself.

use super::printed::{Printed, Source};
use super::program;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// From being asked to end until being made to.
pub(crate) const GRACE: Duration = Duration::from_secs(5);
/// The program has ended, and something that it started still holds its output open.
const LINGER: Duration = Duration::from_millis(500);
/// Between two looks at whether the last of a group is gone.
const LOOK: Duration = Duration::from_millis(20);

/// What is started.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub file: PathBuf,
    /// The words of the command; the first is the program's name for itself.
    pub argv: Vec<String>,
    pub time_out: Duration,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Exited {
        code: Option<i32>,
        signal: Option<i32>,
    },
    Stopped,
    TimedOut,
    /// With words for the person.
    NotStarted(String),
}

/// Runs it to its end. `stop`: once it has a value, the whole group is asked to end, and after so long made to.
/// `told` is called when something was printed.
pub(crate) async fn run(
    program: &Program,
    printed: &Arc<Mutex<Printed>>,
    mut stop: watch::Receiver<Option<Duration>>,
    told: Arc<dyn Fn() + Send + Sync>,
) -> Ended {
    let mut child = match start(program) {
        Ok(child) => child,
        Err(e) => {
            let file = program.file.display();
            return Ended::NotStarted(format!("{file} could not be started: {e}. Try it in a terminal."));
        }
    };
    let group = child.id();
    let mut readers = vec![];
    if let Some(output) = child.stdout.take() {
        readers.push(follow(Source::Output, output, printed.clone(), told.clone()));
    }
    if let Some(error) = child.stderr.take() {
        readers.push(follow(Source::Error, error, printed.clone(), told));
    }
    let deadline = Instant::now() + program.time_out;
    let ended = tokio::select! {
        exited = child.wait() => of_status(exited.ok()),
        grace = stopped(&mut stop) => {
            end(&mut child, group, grace).await;
            Ended::Stopped
        }
        () = sleep_until(deadline) => {
            end(&mut child, group, GRACE).await;
            Ended::TimedOut
        }
    };
    close(readers, group).await;
    printed.lock().unwrap_or_else(PoisonError::into_inner).close();
    ended
}

fn start(program: &Program) -> std::io::Result<Child> {
    let mut command = Command::new(&program.file);
    command
        .args(program.argv.iter().skip(1))
        .env_clear()
        .envs(program::environment())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if let Some(home) = std::env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_dir()) {
        command.current_dir(home);
    }
    // A group of its own: what it starts is ended with it.
    #[cfg(unix)]
    command.process_group(0);
    command.spawn()
}

/// The sender is kept by the run, so an end of the channel is never an answer.
async fn stopped(stop: &mut watch::Receiver<Option<Duration>>) -> Duration {
    match stop.wait_for(Option::is_some).await.map(|grace| *grace) {
        Ok(grace) => grace.unwrap_or(GRACE),
        Err(_) => std::future::pending().await,
    }
}

fn of_status(status: Option<ExitStatus>) -> Ended {
    let code = status.and_then(|s| s.code());
    #[cfg(unix)]
    let signal = status.and_then(|s| std::os::unix::process::ExitStatusExt::signal(&s));
    #[cfg(not(unix))]
    let signal = None;
    Ended::Exited { code, signal }
}

/// Asks the whole group to end, then makes it.
async fn end(child: &mut Child, group: Option<u32>, grace: Duration) {
    let deadline = Instant::now() + grace;
    group::ask(group);
    let all_gone = async {
        // Reaped first: a zombie counts as a member of its group.
        let _status = child.wait().await;
        while group::is_there(group) {
            sleep(LOOK).await;
        }
    };
    if tokio::time::timeout_at(deadline, all_gone).await.is_err() {
        group::kill(group);
        // For systems without groups.
        let _gone = child.start_kill();
        let _status = child.wait().await;
    }
}

/// The rest of the output. What still holds it open was left behind by the program, and is ended.
async fn close(readers: Vec<JoinHandle<()>>, group: Option<u32>) {
    let aborts: Vec<_> = readers.iter().map(JoinHandle::abort_handle).collect();
    let mut rest = Box::pin(async move {
        for reader in readers {
            let _ended = reader.await;
        }
    });
    if timeout(LINGER, &mut rest).await.is_ok() {
        return;
    }
    group::kill(group);
    if timeout(LINGER, &mut rest).await.is_err() {
        // It has left the group, as a daemon does: its words are no longer ours.
        aborts.iter().for_each(tokio::task::AbortHandle::abort);
    }
}

fn follow(
    source: Source,
    mut stream: impl AsyncRead + Unpin + Send + 'static,
    printed: Arc<Mutex<Printed>>,
    told: Arc<dyn Fn() + Send + Sync>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut part = vec![0; 16 * 1_024];
        loop {
            match stream.read(&mut part).await {
                Ok(0) | Err(_) => return,
                Ok(len) => {
                    printed.lock().unwrap_or_else(PoisonError::into_inner).push(source, &part[..len]);
                    told();
                }
            }
        }
    })
}

/// Signals to a whole group of processes. One that is gone hears nothing, which is what was wanted.
#[cfg(unix)]
mod group {
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;

    fn tell(group: Option<u32>, signal: Option<Signal>) -> bool {
        let group = group.and_then(|id| i32::try_from(id).ok());
        group.is_some_and(|id| killpg(Pid::from_raw(id), signal).is_ok())
    }

    pub fn ask(group: Option<u32>) {
        tell(group, Some(Signal::SIGTERM));
    }

    pub fn kill(group: Option<u32>) {
        tell(group, Some(Signal::SIGKILL));
    }

    pub fn is_there(group: Option<u32>) -> bool {
        tell(group, None)
    }
}

#[cfg(not(unix))]
mod group {
    pub fn ask(_: Option<u32>) {}
    pub fn kill(_: Option<u32>) {}
    pub fn is_there(_: Option<u32>) -> bool {
        false
    }
}
