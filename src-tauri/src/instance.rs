//! Which Firebell this is: a profile, and the folder its data is in. Each runs once.

use clap::Parser;
use std::path::{Path, PathBuf};

/// What can be said on the command line.
#[derive(Clone, Debug, PartialEq, Eq, Parser)]
#[command(name = "firebell", version, about = "Pages on-call engineers on their own desktop, online or not")]
pub struct Arguments {
    /// Several profiles can run side by side, each in its own team.
    #[arg(long, value_name = "NAME", default_value = DEFAULT_PROFILE, value_parser = profile)]
    pub profile: String,
    /// Where the data is kept; the platform's own folder when absent.
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Start into the tray, without a window.
    #[arg(long)]
    pub hidden: bool,
    /// An invite link, as `firebell-server invite` prints it, or a link to a postmortem, an incident or a page.
    #[arg(value_name = "firebell://…", value_parser = link)]
    pub link: Option<String>,
}

pub const DEFAULT_PROFILE: &str = "default";

fn profile(name: &str) -> Result<String, String> {
    let fits = !name.is_empty()
        && name.len() <= 40
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    match fits {
        true => Ok(name.to_owned()),
        false => Err("a profile's name has 1 to 40 characters of a-z, 0-9 and -".to_owned()),
    }
}

fn link(text: &str) -> Result<String, String> {
    match text.starts_with("firebell://") {
        true => Ok(text.to_owned()),
        false => Err("a link starts with firebell://; copy the whole of it".to_owned()),
    }
}

impl Arguments {
    /// The data folder with no way left to mean two things: absolute, from where the program was started.
    pub fn data_dir(&self, own: &Path) -> PathBuf {
        match &self.data_dir {
            Some(dir) => std::path::absolute(dir).unwrap_or_else(|_| dir.clone()),
            None => own.join(&self.profile),
        }
    }

    /// Names this instance among all of this person's: on the bus, in the keychain, among systemd's units.
    /// Letters, digits, `-` and `_`, beginning with a letter.
    pub fn instance(&self) -> String {
        match &self.data_dir {
            None => format!("p-{}", self.profile),
            Some(_) => {
                let dir = self.data_dir(Path::new(""));
                format!("p-{}_{:016x}", self.profile, fnv1a(dir.as_os_str().as_encoded_bytes()))
            }
        }
    }

    /// What another start of the same instance needs; hidden.
    pub fn to_start_hidden(&self) -> Vec<String> {
        let mut arguments = vec!["--hidden".to_owned()];
        if self.profile != DEFAULT_PROFILE {
            arguments.extend(["--profile".to_owned(), self.profile.clone()]);
        }
        if self.data_dir.is_some() {
            let dir = self.data_dir(Path::new(""));
            arguments.extend(["--data-dir".to_owned(), dir.to_string_lossy().into_owned()]);
        }
        arguments
    }

    /// A person's own Firebell, as opposed to one that was given a folder for a trial or a test. Only it writes
    /// into the person's session without having been asked.
    pub fn is_at_home(&self) -> bool {
        self.data_dir.is_none() && !cfg!(debug_assertions)
    }
}

/// The same in every version of the program, unlike the hashes of the standard library.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn two_profiles_and_two_folders_are_four_instances() {
        let mut names: Vec<String> =
            ["firebell", "firebell --profile work", "firebell --data-dir /a", "firebell --data-dir /b"]
                .into_iter()
                .map(|line| parse(line).unwrap().instance())
                .collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 4);
        let valid = |name: &String| {
            name.starts_with('p') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        };
        assert!(names.iter().all(valid), "{names:?}");
    }

    #[test]
    fn a_link_is_taken_and_anything_else_is_refused_with_what_to_do() {
        let link = "firebell://join?server=http://x&token=T";
        assert_eq!(parse(&format!("firebell {link}")).unwrap().link.as_deref(), Some(link));
        assert!(parse("firebell https://example.com").unwrap_err().to_string().contains("firebell://"));
        assert!(parse("firebell --profile ../etc").is_err());
    }

    #[test]
    fn it_starts_itself_as_the_same_instance() {
        for line in ["firebell", "firebell --profile work", "firebell --data-dir some/where --profile work"] {
            let first = parse(line).unwrap();
            let again = Arguments::try_parse_from(
                std::iter::once("firebell".to_owned()).chain(first.to_start_hidden()),
            )
            .unwrap();
            assert_eq!(again.instance(), first.instance());
            assert!(again.hidden);
        }
    }
}
