//! One person's computer: a screen, a session bus, a keychain, a notification daemon, a window manager, a tray, and
//! the app. Nothing is shared with the machine's own session or with another desktop.

use crate::notices::{Notice, Notices};
use crate::pixels::Picture;
use crate::process::{Running, command, run};
use crate::server::free_address;
use crate::session::{dress, start_bus, start_screen, write_panel_settings, write_sound_settings};
use crate::tray::Tray;
use crate::window::{Which, Window};
use crate::{Journey, places, until};
use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

const SETTINGS_DAEMON: &str = "/usr/lib/x86_64-linux-gnu/xfce4/xfconf/xfconfd";

const BACKGROUND: &str = "gradient:#3b4252-#22262e";

pub struct Desktop {
    pub name: String,
    dir: PathBuf,
    evidence: PathBuf,
    screen: String,
    bus: String,
    pub notices: Notices,
    app: Option<Running>,
    /// Where its windows can be read, when that is wanted.
    inspector: Option<SocketAddr>,
    /// In the order in which they go: the screen last.
    _session: Vec<Running>,
}

impl Desktop {
    /// Everything but the app.
    pub async fn start(journey: &Journey, name: &str) -> Self {
        let dir = journey.folder(name);
        for folder in ["run", "data", "config", "cache", "app"] {
            fs::create_dir_all(dir.join(folder)).expect("target/ can be written");
        }
        run(Command::new("chmod").arg("700").arg(dir.join("run")));
        write_sound_settings(&dir);
        write_panel_settings(&dir);

        let (xvfb, screen) = start_screen(&dir);
        let (dbus, bus) = start_bus(&dir, &screen);
        let notices = Notices::watch(&bus).await.expect("the session bus can be watched");
        let mut desktop = Self {
            name: name.to_owned(),
            dir,
            evidence: journey.dir().to_owned(),
            screen,
            bus,
            notices,
            app: None,
            inspector: None,
            _session: vec![],
        };
        let keychain = desktop.start_keychain();
        let settings = desktop.start_program("xfconfd", SETTINGS_DAEMON, &[]);
        let windows = desktop.start_program("openbox", "openbox", &["--sm-disable"]);
        desktop.owned("org.xfce.Xfconf").await;
        let panel = desktop.start_program("xfce4-panel", "xfce4-panel", &["--disable-wm-check"]);
        desktop._session = vec![panel, windows, settings, keychain, dbus, xvfb];
        for service in ["org.freedesktop.secrets", "org.kde.StatusNotifierWatcher"] {
            desktop.owned(service).await;
        }
        // It paints, and then ends with 1 whatever happened; a black background would do as well.
        let _ = desktop.inside("display").args(["-size", "1440x900", "-window", "root", BACKGROUND]).status();
        desktop
    }

    /// The environment of this desktop, for a program that is part of it.
    fn dress<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        dress(&self.dir, &self.screen, command).env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
    }

    /// A short command on this desktop.
    pub fn inside(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        self.dress(&mut command);
        command
    }

    fn start_program(&self, name: &str, program: &str, arguments: &[&str]) -> Running {
        let mut command = command(program);
        self.dress(&mut command).args(arguments);
        Running::start(name, command, &self.dir)
    }

    fn start_keychain(&self) -> Running {
        let mut command = command("gnome-keyring-daemon");
        self.dress(&mut command)
            .args(["--foreground", "--unlock", "--components=secrets"])
            .stdin(Stdio::piped());
        let mut keychain = Running::start("gnome-keyring", command, &self.dir);
        // The password ends with the input.
        let mut input = keychain.child().stdin.take().expect("its input was piped");
        input.write_all(b"a test's password\n").expect("the keychain reads its password");
        keychain
    }

    /// Waits until a service is on the session bus.
    pub async fn owned(&self, service: &str) {
        until(&format!("{service} on the bus of {}", self.name), || async {
            let asked = self
                .inside("dbus-send")
                .args(["--session", "--print-reply=literal", "--dest=org.freedesktop.DBus", "/"])
                .args(["org.freedesktop.DBus.NameHasOwner", &format!("string:{service}")])
                .output();
            asked.is_ok_and(|o| String::from_utf8_lossy(&o.stdout).contains("true")).then_some(())
        })
        .await;
    }

    /// As after a crash of the desktop's shell: every notification is gone, and numbers begin again. The bus starts
    /// another daemon for the next notification.
    pub async fn crash_notification_daemon(&self) {
        let asked = run(self
            .inside("dbus-send")
            .args(["--session", "--print-reply=literal", "--dest=org.freedesktop.DBus", "/"])
            .args([
                "org.freedesktop.DBus.GetConnectionUnixProcessID",
                "string:org.freedesktop.Notifications",
            ]));
        let process = asked.split_whitespace().last().expect("the daemon's process").to_owned();
        let shown = self.notices.posted().len();
        run(Command::new("kill").args(["-s", "KILL", &process]));
        self.notices.wait_gone("the daemon had shown", |n| n.number < shown).await;
    }

    // --- the app -----------------------------------------------------------------------------------------------

    /// Where the app keeps its data; it stays over a restart of the app.
    pub fn data_dir(&self) -> PathBuf {
        self.dir.join("app")
    }

    /// Starts the app in the tray, with an invite link on its first start.
    pub fn launch(&mut self, link: Option<&str>) {
        self.launch_with(&["--hidden"], link);
    }

    pub fn launch_with(&mut self, options: &[&str], link: Option<&str>) {
        let mut command = command(places::program("firebell"));
        self.dress(&mut command)
            .args(["--profile", &self.name, "--data-dir"])
            .arg(self.data_dir())
            .args(options)
            .args(link)
            .env("FIREBELL_LOG", std::env::var("FIREBELL_LOG").unwrap_or_else(|_| "info".into()))
            .env("RUST_BACKTRACE", "1");
        if let Some(inspector) = self.inspector {
            command.env("WEBKIT_INSPECTOR_HTTP_SERVER", inspector.to_string());
        }
        self.app = Some(Running::start("firebell", command, &self.dir));
    }

    /// From its next start on, the app's windows can be [read](Self::window).
    pub fn let_windows_be_read(&mut self) {
        self.inspector = Some(free_address());
    }

    /// One of the app's windows, once it is there.
    pub async fn window(&self, which: Which) -> Window<'_> {
        let inspector = self.inspector.expect("its windows can be read");
        Window::find(self, inspector, which).await
    }

    /// Another program in the app's place.
    pub fn launch_instead(&mut self, program: &str) {
        let mut command = command(places::program(program));
        self.dress(&mut command);
        self.app = Some(Running::start(program, command, &self.dir));
    }

    /// The process of the app.
    pub fn app_id(&self) -> u32 {
        self.app.as_ref().expect("the app was launched").id()
    }

    /// The address of the session bus.
    pub fn bus(&self) -> &str {
        &self.bus
    }

    /// A power cut, for the app only.
    pub fn kill_app(&mut self) {
        self.app = None;
    }

    pub async fn stop_app(&mut self) {
        if let Some(mut app) = self.app.take() {
            app.stop().await;
        }
    }

    pub fn app_is_running(&mut self) -> bool {
        self.app.as_mut().is_some_and(|a| a.ended().is_none())
    }

    pub fn app_said(&self) -> String {
        self.app.as_ref().map(Running::said).unwrap_or_default()
    }

    /// The app's icon in the tray, once it is there.
    pub async fn tray(&self) -> Tray {
        Tray::find(&self.bus).await
    }

    // --- what a person does --------------------------------------------------------------------------------------

    /// Waits until the notification is on the screen.
    pub async fn notification(&self, text: &str) -> Notice {
        self.notices
            .wait(&format!("a notification on {}'s screen that says {text:?}", self.name), |n| n.says(text))
            .await
    }

    /// Presses a button of a notification with the mouse.
    pub async fn click(&self, notice: &Notice, action: &str) {
        let place = notice
            .actions
            .iter()
            .filter(|(key, _)| key != "default")
            .position(|(key, _)| key == action)
            .unwrap_or_else(|| panic!("the notification has no action {action:?}: {notice:?}"));
        let count = notice.actions.iter().filter(|(key, _)| key != "default").count();
        // The newest stands on top.
        let from_top = self.notices.open().iter().rev().position(|n| n.id == notice.id).expect("it is open");
        let (x, y) = until(&format!("{count} buttons in the picture of {:?}", notice.summary), || async {
            let (window, left, top) = self.notification_windows().into_iter().nth(from_top)?;
            let picture = self.picture_of(&window)?;
            let buttons = Picture { width: picture.0, pixels: &picture.1 }.buttons(count)?;
            let (x, y) = buttons[place];
            Some((left + x as i32, top + y as i32))
        })
        .await;
        run(self.inside("xdotool").args(["mousemove", &x.to_string(), &y.to_string(), "click", "1"]));
        self.notices.wait_clicked(notice.id, action).await;
    }

    /// (window, left, top) of every notification, the topmost first.
    fn notification_windows(&self) -> Vec<(String, i32, i32)> {
        let found = self.windows("Notification$");
        let mut windows: Vec<_> = found
            .into_iter()
            .filter_map(|window| {
                let text = run(self.inside("xdotool").args(["getwindowgeometry", "--shell", &window]));
                let number = |key: &str| text.lines().find_map(|l| l.strip_prefix(key)?.parse().ok());
                Some((window, number("X=")?, number("Y=")?))
            })
            .collect();
        windows.sort_by_key(|(_, _, top)| *top);
        windows
    }

    /// Visible windows whose title fits the expression.
    pub fn windows(&self, title: &str) -> Vec<String> {
        let found = self.inside("xdotool").args(["search", "--onlyvisible", "--name", title]).output();
        let text = found.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Waits until a window with this title is on the screen and something is drawn in it.
    pub async fn painted_window(&self, title: &str) -> String {
        until(
            &format!("a window titled {title:?} on {}'s screen, with something in it", self.name),
            || async {
                let window = self.windows(title).into_iter().next()?;
                let (_, pixels) = self.picture_of(&window)?;
                let colours: HashSet<_> = pixels.chunks_exact(3).collect();
                // A web view is one colour before its first paint, and text is drawn in many.
                (colours.len() > 40).then_some(window)
            },
        )
        .await
    }

    /// Waits until two pictures of a window, or of its absence, in a row are the same: what was asked is drawn.
    pub async fn settled(&self, window: &str) {
        let last = Mutex::new(None);
        until("a window that has finished drawing", || async {
            let now = self.picture_of(window).map(|(_, pixels)| pixels);
            let mut last = last.lock().expect("nobody panics with it");
            let same = last.as_ref() == Some(&now);
            *last = Some(now);
            same.then_some(())
        })
        .await;
    }

    /// The window that has the focus.
    pub fn focused(&self) -> Option<String> {
        let found = self.inside("xdotool").arg("getwindowfocus").output().ok()?;
        Some(String::from_utf8_lossy(&found.stdout).trim().to_owned()).filter(|id| !id.is_empty())
    }

    pub fn focus(&self, window: &str) {
        run(self.inside("xdotool").args(["windowactivate", "--sync", window]));
    }

    /// A key for whatever has the focus.
    pub fn press(&self, key: &str) {
        run(self.inside("xdotool").args(["key", key]));
    }

    /// Words, key by key, for whatever has the focus.
    pub fn write(&self, words: &str) {
        run(self.inside("xdotool").args(["type", "--delay", "6", words]));
    }

    fn picture_of(&self, window: &str) -> Option<(usize, Vec<u8>)> {
        let told = self.inside("xdotool").args(["getwindowgeometry", "--shell", window]).output().ok()?;
        let text = String::from_utf8_lossy(&told.stdout).into_owned();
        let width = text.lines().find_map(|l| l.strip_prefix("WIDTH=")?.parse().ok())?;
        let taken = self
            .inside("import")
            .args(["-silent", "-window", window, "-depth", "8", "rgb:-"])
            .output()
            .ok()?;
        taken.status.success().then_some((width, taken.stdout))
    }

    /// A picture of the whole screen.
    pub fn screenshot(&self, file: &Path) {
        run(self.inside("import").args(["-silent", "-window", "root"]).arg(file));
    }

    /// A picture for the journey's folder.
    pub fn evidence(&self, name: &str) -> PathBuf {
        let file = self.evidence.join(format!("{name}-{}.png", self.name));
        self.screenshot(&file);
        file
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let file = self.evidence.join(format!("at-failure-{}.png", self.name));
            let _ = self.inside("import").args(["-silent", "-window", "root"]).arg(&file).status();
            eprintln!("the screen of {}: {}", self.name, file.display());
            let said = self.app_said();
            let lines: Vec<_> = said.lines().collect();
            eprintln!(
                "--- the app of {} said last\n{}",
                self.name,
                lines[lines.len().saturating_sub(40)..].join("\n")
            );
        }
        self.app = None;
    }
}
