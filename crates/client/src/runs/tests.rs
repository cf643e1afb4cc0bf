//! Real programs: what they print, how they end, and that nothing of them stays.

use super::printed::Printed;
use super::process::{Ended, run};
use super::program::{self, find};
use super::{Program, lock};
use nix::sys::signal::kill;
use nix::unistd::Pid;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// A shell stands in for a team's own script here; runbooks name their scripts and never a shell.
fn script(text: &str) -> Program {
    let argv = ["sh", "-c", text].map(String::from).to_vec();
    Program { file: PathBuf::from("/bin/sh"), argv, time_out: Duration::from_secs(60) }
}

struct Started {
    printed: Arc<Mutex<Printed>>,
    stop: watch::Sender<Option<Duration>>,
    heard: Arc<Notify>,
    ended: tokio::task::JoinHandle<Ended>,
}

impl Started {
    fn now(program: Program) -> Self {
        let (printed, heard) = (Arc::<Mutex<Printed>>::default(), Arc::new(Notify::new()));
        let stop = watch::Sender::new(None);
        let (mine, listening, told) = (printed.clone(), stop.subscribe(), heard.clone());
        let ended = tokio::spawn(async move {
            run(&program, &mine, listening, Arc::new(move || told.notify_one())).await
        });
        Self { printed, stop, heard, ended }
    }

    /// Waits until it has printed so many lines.
    async fn has_said(&self, lines: u64) -> Vec<String> {
        let said = async {
            while lock(&self.printed).total() < lines {
                self.heard.notified().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), said).await.expect("it never said so much");
        self.lines()
    }

    fn lines(&self) -> Vec<String> {
        lock(&self.printed).from(0, usize::MAX).into_iter().map(|line| line.text).collect()
    }

    async fn end(&mut self) -> Ended {
        tokio::time::timeout(Duration::from_secs(60), &mut self.ended).await.expect("it never ended").unwrap()
    }

    async fn runs(program: Program) -> (Ended, Vec<String>) {
        let mut started = Self::now(program);
        let ended = started.end().await;
        (ended, started.lines())
    }
}

fn exit(code: i32) -> Ended {
    Ended::Exited { code: Some(code), signal: None }
}

/// True while a process is there, as somebody who may signal it sees it.
fn lives(pid: &str) -> bool {
    let pid = Pid::from_raw(pid.trim().parse().unwrap());
    kill(pid, None).is_ok() && !is_zombie(pid)
}

/// It has ended, and its new parent has not asked how: that is init's business.
fn is_zombie(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
}

#[tokio::test]
async fn a_program_ends_with_its_code_and_its_words() {
    let program = |file: &str| Program {
        file: file.into(),
        argv: vec![file.into()],
        time_out: Duration::from_secs(60),
    };
    assert_eq!(Started::runs(program("/bin/true")).await, (exit(0), vec![]));
    assert_eq!(Started::runs(program("/bin/false")).await.0, exit(1));
    let (ended, lines) = Started::runs(script("echo one; echo two >&2; printf three; exit 7")).await;
    assert_eq!(ended, exit(7));
    assert!(["one", "two", "three"].iter().all(|word| lines.contains(&(*word).to_owned())), "{lines:?}");
    let (ended, _) = Started::runs(script("kill -9 $$")).await;
    assert_eq!(ended, Ended::Exited { code: None, signal: Some(9) });
    let (ended, _) = Started::runs(program("/nowhere/at/all")).await;
    assert!(matches!(ended, Ended::NotStarted(words) if words.contains("/nowhere/at/all")));
}

#[tokio::test]
async fn words_reach_the_program_as_they_are() {
    let argv = ["printf", "%s\n", "a b; rm -rf /", "$(id)", "`id`", "*"].map(String::from).to_vec();
    let file = find("printf", &program::path()).unwrap();
    let (ended, lines) = Started::runs(Program { file, argv, time_out: Duration::from_secs(60) }).await;
    assert_eq!((ended, lines), (exit(0), ["a b; rm -rf /", "$(id)", "`id`", "*"].map(String::from).to_vec()));
}

#[tokio::test]
async fn it_has_little_of_the_desktops_environment_and_nothing_to_read() {
    // A variable that cargo sets for its tests stands for everything that is not passed on.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    let (_, lines) = Started::runs(script("env; cat; echo the end")).await;
    assert!(!lines.iter().any(|line| line.starts_with("CARGO")), "{lines:?}");
    assert!(lines.contains(&"TERM=dumb".to_owned()) && lines.last().unwrap() == "the end");
}

#[tokio::test]
async fn one_that_does_not_listen_is_made_to_end_with_everything_it_started() {
    let deaf = "trap '' TERM; (trap '' TERM; while :; do sleep 1; done) & echo $!; echo $$; while :; do sleep 1; done";
    let mut started = Started::now(script(deaf));
    let pids = started.has_said(2).await;
    assert!(pids.iter().all(|pid| lives(pid)));
    started.stop.send_replace(Some(Duration::from_millis(300)));
    assert_eq!(started.end().await, Ended::Stopped);
    assert!(pids.iter().all(|pid| !lives(pid)), "nothing of it is left");
}

#[tokio::test]
async fn one_that_listens_may_tidy_up() {
    let mut started =
        Started::now(script("trap 'echo tidied; exit 0' TERM; echo ready; while :; do sleep 0.05; done"));
    started.has_said(1).await;
    started.stop.send_replace(Some(Duration::from_secs(30)));
    assert_eq!(started.end().await, Ended::Stopped);
    // Some shells say on their own that what they waited for was ended with them.
    let lines = started.lines();
    assert_eq!(
        (lines.first().map(String::as_str), lines.last().map(String::as_str)),
        (Some("ready"), Some("tidied"))
    );
}

#[tokio::test]
async fn it_is_stopped_when_its_time_is_over() {
    let program = Program { time_out: Duration::from_millis(200), ..script("echo begun; sleep 600") };
    let (ended, lines) = Started::runs(program).await;
    assert_eq!((ended, lines), (Ended::TimedOut, vec!["begun".to_owned()]));
}

#[tokio::test]
async fn what_it_leaves_behind_is_ended_and_not_waited_for() {
    let mut started = Started::now(script("sleep 600 & echo $!"));
    let pid = started.has_said(1).await.remove(0);
    assert_eq!(started.end().await, exit(0));
    // The signal is sent before the end is told; the process goes when it is scheduled.
    let gone = async {
        while lives(&pid) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), gone).await.expect("a child that held the output open");
}

#[tokio::test]
async fn a_flood_is_taken_and_its_beginning_and_end_are_kept() {
    let flood = "head -c 10485760 /dev/zero | tr '\\0' 'x' | fold -w 99; echo; echo the end";
    let mut started = Started::now(script(flood));
    assert_eq!(started.end().await, exit(0));
    let mut printed = lock(&started.printed);
    let output = printed.output();
    assert!(output.bytes > 10_485_760 && output.cut);
    assert_eq!(output.last.last().map(String::as_str), Some("the end"));
    assert!(printed.skipped() > 0);
    let kept: usize = printed.from(0, usize::MAX).iter().map(|line| line.text.len()).sum();
    assert!(kept <= 1_024 * 1_024, "{kept}");
}

#[tokio::test]
async fn a_secret_in_two_writes_is_not_shown() {
    let halves = "printf 'password=hun'; sleep 0.1; printf 'ter2horse\\n'; \
                  printf 'Authorization: Bea'; sleep 0.1; printf 'rer abcdefghijkl\\n'; printf '\\033[31mred\\033[0m\\377\\n'";
    let (ended, lines) = Started::runs(script(halves)).await;
    assert_eq!(ended, exit(0));
    assert_eq!(lines, ["password=[secret]", "Authorization: [secret]", "red\u{fffd}"]);
}

#[test]
fn a_program_is_found_where_it_may_be() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("go");
    std::fs::write(&file, "#!/bin/sh\n").unwrap();
    let path = std::ffi::OsString::from(format!("relative:{}", dir.path().display()));
    assert!(find("go", &path).unwrap_err().contains("PATH"), "it cannot be executed");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(find("go", &path).unwrap(), file);
    assert_eq!(find(file.to_str().unwrap(), std::ffi::OsStr::new("")).unwrap(), file);
    assert!(find("/nowhere/go", &path).unwrap_err().contains("/nowhere/go"));
}
