//! `firebell-server`: the command line.

use clap::Parser;
use firebell_server::cli::{self, Args};
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    // Wrong usage ends here, with 2.
    let args = Args::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&format!("The program cannot start: {error}.")),
    };
    match runtime.block_on(cli::run(args)) {
        Ok(reply) => {
            if !reply.text.is_empty() {
                // A reader that went away (`| head`) is no failure.
                let _closed = writeln!(std::io::stdout(), "{}", reply.text.trim_end());
            }
            if reply.failed { ExitCode::from(1) } else { ExitCode::SUCCESS }
        }
        Err(words) => failed(&words),
    }
}

fn failed(words: &str) -> ExitCode {
    // Without a standard error there is only the exit code.
    let _closed = writeln!(std::io::stderr(), "firebell-server: {words}");
    ExitCode::from(1)
}
