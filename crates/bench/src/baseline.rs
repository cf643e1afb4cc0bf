//! Running a baseline: a program of its own that says what it measured as one line of JSON.

use crate::server::program;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::net::SocketAddr;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Runs it to its end.
pub async fn run(name: &str, arguments: &[&str]) -> Result<Value> {
    let output = Command::new(program(name)?).args(arguments).kill_on_drop(true).output().await?;
    if !output.status.success() {
        bail!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    serde_json::from_slice(&output.stdout).with_context(|| format!("{name} said nothing that can be read"))
}

/// One number of what it said.
pub fn number(said: &Value, field: &str) -> Result<f64> {
    said[field].as_f64().with_context(|| format!("a baseline did not say `{field}`"))
}

/// Starts one that serves; it ends with the value.
pub async fn serve(name: &str) -> Result<(Child, SocketAddr)> {
    let mut child = Command::new(program(name)?)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("no baseline")?;
    let output = child.stdout.take().context("the baseline has no output")?;
    let line = BufReader::new(output).lines().next_line().await?.unwrap_or_default();
    let address = line.parse().with_context(|| format!("{name} did not start: {line}"))?;
    Ok((child, address))
}
