//! What a desktop is made of before any app runs on it: a screen, a bus, and the settings of sound and panel.

use crate::process::{Running, command};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

const NOTIFICATION_DAEMON: &str = "/usr/lib/mate-notification-daemon/mate-notification-daemon";

pub(crate) fn start_screen(dir: &Path) -> (Running, String) {
    let mut command = command("Xvfb");
    // It picks a free number itself and says which on its standard output.
    command.args(["-displayfd", "1", "-screen", "0", "1440x900x24", "-nolisten", "tcp", "-noreset"]);
    let mut xvfb = Running::start_piped("xvfb", command, dir);
    let number = first_line(&mut xvfb);
    (xvfb, format!(":{number}"))
}

/// A screen, folders and settings of its own.
pub(crate) fn dress<'a>(dir: &Path, screen: &str, command: &'a mut Command) -> &'a mut Command {
    command
        .env("DISPLAY", screen)
        // No system bus either: the machine's sleep and power are none of this desktop's.
        .env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
        .env("XDG_RUNTIME_DIR", dir.join("run"))
        .env("XDG_DATA_HOME", dir.join("data"))
        .env("XDG_CONFIG_HOME", dir.join("config"))
        .env("XDG_CACHE_HOME", dir.join("cache"))
        .env("ALSA_CONFIG_PATH", dir.join("alsa.conf"))
        .env("GSETTINGS_BACKEND", "memory")
        .env("NO_AT_BRIDGE", "1")
        .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1")
        .env("LANG", "C.UTF-8")
        .env("TZ", "UTC")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("XAUTHORITY")
        .env_remove("SESSION_MANAGER")
        .stdin(Stdio::null())
}

/// A folder for downloads, as a desktop has one, and a bus that starts one thing by itself: the notification daemon, which ends when it was idle for a while, and with
/// the screen.
pub(crate) fn start_bus(dir: &Path, screen: &str) -> (Running, String) {
    let services = dir.join("services");
    let (config_home, downloads) = (dir.join("config"), dir.join("Downloads"));
    fs::create_dir_all(&config_home)
        .and_then(|()| fs::create_dir_all(&downloads))
        .expect("target/ can be written");
    let named = format!("XDG_DOWNLOAD_DIR=\"{}\"\n", downloads.display());
    fs::write(config_home.join("user-dirs.dirs"), named).expect("target/ can be written");
    fs::create_dir_all(&services).expect("target/ can be written");
    let service =
        format!("[D-BUS Service]\nName=org.freedesktop.Notifications\nExec={NOTIFICATION_DAEMON}\n");
    fs::write(services.join("org.freedesktop.Notifications.service"), service)
        .expect("target/ can be written");
    let config = dir.join("bus.conf");
    let text = format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#,
        services.display()
    );
    fs::write(&config, text).expect("target/ can be written");
    let mut command = command("dbus-daemon");
    dress(dir, screen, &mut command)
        .arg(format!("--config-file={}", config.display()))
        .args(["--print-address=1", "--nofork"]);
    let mut bus = Running::start_piped("dbus", command, dir);
    let address = first_line(&mut bus);
    (bus, address)
}

fn first_line(program: &mut Running) -> String {
    let output = program.child().stdout.take().expect("its output was piped");
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line).expect("it says where it is");
    assert!(!line.trim().is_empty(), "it ended at once: {}", program.said());
    line.trim().to_owned()
}

/// A sound device that plays into nothing.
pub(crate) fn write_sound_settings(dir: &Path) {
    let text = "pcm.!default { type null }\nctl.!default { type null }\n";
    fs::write(dir.join("alsa.conf"), text).expect("target/ can be written");
}

/// One bar on top: windows, tray, clock. Written beforehand, because the panel asks a question on its first start.
pub(crate) fn write_panel_settings(dir: &Path) {
    let folder = dir.join("config/xfce4/xfconf/xfce-perchannel-xml");
    fs::create_dir_all(&folder).expect("target/ can be written");
    let text = r#"<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="dark-mode" type="bool" value="true"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="icon-size" type="uint" value="18"/>
      <property name="size" type="uint" value="28"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/>
        <value type="int" value="2"/>
        <value type="int" value="3"/>
        <value type="int" value="4"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="tasklist"/>
    <property name="plugin-2" type="string" value="separator">
      <property name="expand" type="bool" value="true"/>
      <property name="style" type="uint" value="0"/>
    </property>
    <property name="plugin-3" type="string" value="systray">
      <property name="known-legacy-items" type="array"/>
    </property>
    <property name="plugin-4" type="string" value="clock"/>
  </property>
</channel>
"#;
    fs::write(folder.join("xfce4-panel.xml"), text).expect("target/ can be written");
}
