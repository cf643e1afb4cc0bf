//! The tray: one icon whose shape says the state, and a menu from which a page can be acknowledged.

use crate::words;
use firebell_client::desk::{Desk, TrayState};
use firebell_protocol::PageId;
use tauri::image::Image;
use tauri::menu::{Menu, MenuBuilder, MenuItemBuilder, SubmenuBuilder};
use tauri::tray::{TrayIcon, TrayIconBuilder};
use tauri::{AppHandle, Wry};

/// How many pages the menu lists; the window has them all.
const LISTED: usize = 15;

/// What was chosen in the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    Acknowledge(PageId),
    Show(PageId),
    OpenFirebell,
    Settings,
    Quit,
}

impl Chosen {
    fn id(self) -> String {
        match self {
            Chosen::Acknowledge(page) => format!("acknowledge:{page}"),
            Chosen::Show(page) => format!("show:{page}"),
            Chosen::OpenFirebell => "firebell".to_owned(),
            Chosen::Settings => "settings".to_owned(),
            Chosen::Quit => "quit".to_owned(),
        }
    }

    pub fn from_id(id: &str) -> Option<Self> {
        match id.split_once(':') {
            Some(("acknowledge", page)) => page.parse().ok().map(Chosen::Acknowledge),
            Some(("show", page)) => page.parse().ok().map(Chosen::Show),
            Some(_) => None,
            None => match id {
                "firebell" => Some(Chosen::OpenFirebell),
                "settings" => Some(Chosen::Settings),
                "quit" => Some(Chosen::Quit),
                _ => None,
            },
        }
    }
}

/// One line of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    Words(String),
    Page { label: String, choices: Vec<(Chosen, &'static str)> },
    Choice(Chosen, &'static str),
    Rule,
}

/// The menu of a desk: who one is, what is open, and the app itself.
fn lines(desk: &Desk) -> Vec<Line> {
    let mut lines = vec![Line::Words(desk.words.clone()), Line::Rule];
    for page in desk.open.iter().take(LISTED) {
        let mut choices = vec![(Chosen::Show(page.page), words::OPEN)];
        if !page.acknowledged {
            choices.insert(0, (Chosen::Acknowledge(page.page), words::ACKNOWLEDGE));
        }
        let severity = page.severity.to_string();
        let label = words::menu_page(&severity, page.number, &page.title, page.acknowledged);
        lines.push(Line::Page { label, choices });
    }
    if desk.open.is_empty() {
        lines.push(Line::Words(words::NO_OPEN_PAGES.to_owned()));
    } else if desk.open.len() > LISTED {
        lines.push(Line::Words(words::more_pages(desk.open.len() - LISTED)));
    }
    lines.push(Line::Rule);
    lines.push(Line::Choice(Chosen::OpenFirebell, words::OPEN_FIREBELL));
    lines.push(Line::Choice(Chosen::Settings, words::SETTINGS));
    lines.push(Line::Rule);
    lines.push(Line::Choice(Chosen::Quit, words::QUIT));
    lines
}

fn menu(app: &AppHandle, lines: &[Line]) -> tauri::Result<Menu<Wry>> {
    let mut menu = MenuBuilder::new(app);
    for line in lines {
        menu = match line {
            Line::Words(words) => menu.item(&MenuItemBuilder::new(plain(words)).enabled(false).build(app)?),
            Line::Page { label, choices } => {
                let mut page = SubmenuBuilder::new(app, plain(label));
                for (chosen, label) in choices {
                    page = page.item(&MenuItemBuilder::with_id(chosen.id(), label).build(app)?);
                }
                menu.item(&page.build()?)
            }
            Line::Choice(chosen, label) => {
                menu.item(&MenuItemBuilder::with_id(chosen.id(), label).build(app)?)
            }
            Line::Rule => menu.separator(),
        };
    }
    menu.build()
}

/// An ampersand would become a key's underline.
fn plain(text: &str) -> String {
    text.replace('&', "&&")
}

fn icon(state: TrayState) -> tauri::Result<Image<'static>> {
    Image::from_bytes(match state {
        TrayState::SignedOut => include_bytes!("../../icons/tray-signed-out.png"),
        TrayState::CannotPage => include_bytes!("../../icons/tray-cannot-page.png"),
        TrayState::Quiet => include_bytes!("../../icons/tray-quiet.png"),
        TrayState::OnCall => include_bytes!("../../icons/tray-on-call.png"),
        TrayState::Ringing => include_bytes!("../../icons/tray-ringing.png"),
        TrayState::Unreachable => include_bytes!("../../icons/tray-unreachable.png"),
    })
}

/// The icon on the screen.
pub struct Tray {
    icon: TrayIcon,
    state: TrayState,
    lines: Vec<Line>,
}

impl Tray {
    /// Call only where [`can_be_shown`] is true: the library behind it ends the process when it is missing.
    pub fn build(
        app: &AppHandle,
        desk: &Desk,
        chosen: impl Fn(Chosen) + Send + Sync + 'static,
    ) -> tauri::Result<Self> {
        let lines = lines(desk);
        let icon = TrayIconBuilder::with_id("firebell")
            .icon(icon(desk.tray)?)
            .tooltip(&desk.words)
            .menu(&menu(app, &lines)?)
            .on_menu_event(move |_, event| {
                if let Some(choice) = Chosen::from_id(event.id().as_ref()) {
                    chosen(choice);
                }
            })
            .build(app)?;
        Ok(Self { icon, state: desk.tray, lines })
    }

    /// Makes it agree. What did not change is left alone, so that an open menu stays open.
    pub fn show(&mut self, app: &AppHandle, desk: &Desk) -> tauri::Result<()> {
        if self.state != desk.tray {
            self.icon.set_icon(Some(icon(desk.tray)?))?;
            self.state = desk.tray;
        }
        let lines = lines(desk);
        if self.lines != lines {
            self.icon.set_menu(Some(menu(app, &lines)?))?;
            self.icon.set_tooltip(Some(&desk.words))?;
            self.lines = lines;
        }
        Ok(())
    }
}

/// Whether the library that draws tray icons can be loaded. Without it, making one would end the process.
#[cfg(target_os = "linux")]
pub fn can_be_shown() -> bool {
    // The names that the tray crate tries, in its order.
    [
        "libayatana-appindicator3.so.1",
        "libappindicator3.so.1",
        "libayatana-appindicator3.so",
        "libappindicator3.so",
    ]
    .into_iter()
    .any(|name| {
        // SAFETY: the library's initialisers run now rather than a moment later, when the tray crate loads
        // the same library by the same name.
        #[allow(unsafe_code)]
        let library = unsafe { libloading::Library::new(name) };
        library.is_ok()
    })
}

#[cfg(not(target_os = "linux"))]
pub fn can_be_shown() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use firebell_client::desk::MenuPage;
    use firebell_protocol::Severity;
    use uuid::Uuid;

    fn open(n: u64, acknowledged: bool) -> MenuPage {
        let page = PageId(Uuid::from_u128(n.into()));
        MenuPage {
            page,
            number: n,
            title: "Checkout & search".into(),
            severity: Severity::Sev2,
            acknowledged,
        }
    }

    fn desk(open: Vec<MenuPage>) -> Desk {
        Desk { open, ..Desk::closed(TrayState::OnCall, "Ana · on call until Mon 10:00") }
    }

    #[test]
    fn an_open_page_can_be_acknowledged_from_the_menu_until_somebody_has_it() {
        let lines = lines(&desk(vec![open(1, false), open(2, true)]));
        let choices: Vec<Vec<&str>> = lines
            .iter()
            .filter_map(|line| match line {
                Line::Page { choices, .. } => Some(choices.iter().map(|(_, label)| *label).collect()),
                _ => None,
            })
            .collect();
        assert_eq!(choices, [vec!["Acknowledge", "Open"], vec!["Open"]]);
    }

    #[test]
    fn the_menu_always_leads_into_the_app_and_out_of_it() {
        for open_pages in [vec![], vec![open(1, false)], (0..40).map(|n| open(n, false)).collect()] {
            let lines = lines(&desk(open_pages));
            for choice in [Chosen::OpenFirebell, Chosen::Settings, Chosen::Quit] {
                assert!(lines.iter().any(|line| matches!(line, Line::Choice(c, _) if *c == choice)));
            }
            assert!(lines.len() < 30, "the menu is higher than the screen");
        }
    }

    #[test]
    fn what_is_chosen_is_what_was_meant() {
        let page = open(7, false).page;
        for chosen in [Chosen::Acknowledge(page), Chosen::Show(page), Chosen::Settings, Chosen::Quit] {
            assert_eq!(Chosen::from_id(&chosen.id()), Some(chosen));
        }
        assert_eq!(Chosen::from_id("acknowledge:nonsense"), None);
    }

    #[test]
    fn every_state_has_its_own_drawing() {
        use TrayState::*;
        let drawings: Vec<Vec<u8>> = [SignedOut, CannotPage, Quiet, OnCall, Ringing, Unreachable]
            .into_iter()
            .map(|state| icon(state).expect("a PNG").rgba().to_vec())
            .collect();
        for (n, one) in drawings.iter().enumerate() {
            assert!(!drawings[n + 1..].contains(one));
        }
    }
}
