//! A program that was started and ends with its owner, its children included.

use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

pub struct Running {
    name: String,
    child: Child,
    log: PathBuf,
}

/// A command that the kernel ends when this process dies, in a process group of its own.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command.process_group(0);
    command
}

impl Running {
    /// Starts a command made by [`command`]; what it says goes into `<logs>/<name>.log`.
    pub fn start(name: &str, mut command: Command, logs: &Path) -> Self {
        let log = logs.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log).expect("the folder of logs is there");
        let again = file.try_clone().expect("a file can be opened twice");
        command.stdout(file).stderr(again);
        Self::spawn(name, command, log)
    }

    /// As [`start`](Self::start), but leaves its standard output to be read by the caller.
    pub fn start_piped(name: &str, mut command: Command, logs: &Path) -> Self {
        let log = logs.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log).expect("the folder of logs is there");
        command.stdout(Stdio::piped()).stderr(file);
        Self::spawn(name, command, log)
    }

    fn spawn(name: &str, mut command: Command, log: PathBuf) -> Self {
        let child = command.spawn().unwrap_or_else(|e| panic!("{name} could not be started: {e}"));
        Self { name: name.to_owned(), child, log }
    }

    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything it wrote so far (its standard error only, when it is piped).
    pub fn said(&self) -> String {
        std::fs::read(&self.log).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default()
    }

    /// `Some` when it ended by itself.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// As a power cut: the whole group, at once, with no chance to clean up.
    pub fn kill(&mut self) {
        self.signal("KILL");
        let _ = self.child.wait();
    }

    /// Asks it to end, and waits until it did.
    pub async fn stop(&mut self) {
        self.signal("TERM");
        let name = self.name.clone();
        crate::until(&format!("{name} ends after SIGTERM"), || {
            let ended = self.ended();
            async move { ended }
        })
        .await;
        self.signal("KILL");
    }

    fn signal(&self, signal: &str) {
        let group = format!("-{}", self.child.id());
        // The group may be gone already.
        let _ = Command::new("kill").args(["-s", signal, "--", &group]).stderr(Stdio::null()).status();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs a short command to its end and gives what it printed; panics with its error when it fails.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?} could not be started: {e}"));
    assert!(
        output.status.success(),
        "{command:?} failed ({}): {}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}
