//! What several tests need.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use zbus::{Connection, connection};

/// A session bus of our own; it ends with the test.
pub struct PrivateBus {
    process: Child,
    pub address: String,
}

impl PrivateBus {
    pub fn start() -> Self {
        let mut process = Command::new("dbus-daemon")
            .args(["--session", "--nofork", "--print-address=1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon is installed");
        let mut address = String::new();
        BufReader::new(process.stdout.take().expect("piped")).read_line(&mut address).expect("an address");
        Self { process, address: address.trim().to_owned() }
    }

    pub async fn join(&self) -> Connection {
        connection::Builder::address(self.address.as_str()).unwrap().build().await.unwrap()
    }
}

impl Drop for PrivateBus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
