//! How this server runs: what `serve` was told by flags, environment and file, in this order of precedence.

use serde::Deserialize;
use std::path::Path;

/// Where the server listens when nobody says.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8470";

/// MiB of all attachments together when nobody says: 5 GiB.
const ATTACHMENTS_MIB: u64 = 5 << 10;

/// Settings of one running server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub listen: String,
    /// `postgres://…` or `sqlite:PATH`; SQLite in the data folder when absent.
    pub database: Option<String>,
    /// The address that people and desktops reach the server at, without a slash at its end; the listening
    /// address when absent.
    pub public_url: Option<String>,
    /// Channels may point at this machine, also by plain HTTP. For samples and tests.
    pub allow_loopback_channels: bool,
    /// Who may read `/metrics` from another machine: whoever knows this token. Without one, this machine only.
    pub metrics_token: Option<String>,
    /// Pinged every minute while all is well: another system's dead-man switch.
    pub dead_man_url: Option<String>,
    /// Bytes of all attachments together.
    pub attachments_max: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: DEFAULT_LISTEN.into(),
            database: None,
            public_url: None,
            allow_loopback_channels: false,
            metrics_token: None,
            dead_man_url: None,
            attachments_max: ATTACHMENTS_MIB << 20,
        }
    }
}

/// The settings file: YAML, every key optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub listen: Option<String>,
    pub database: Option<String>,
    pub public_url: Option<String>,
    #[serde(default)]
    pub allow_loopback_channels: bool,
    pub metrics_token: Option<String>,
    pub dead_man_url: Option<String>,
    /// MiB of all attachments together; 0 takes none.
    pub attachments_mib: Option<u32>,
}

impl File {
    /// Reads a settings file; the error names the file, the line and what to do.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| format!("The settings file {} cannot be read: {e}.", path.display()))?;
        if text.lines().all(|l| l.trim().is_empty() || l.trim_start().starts_with('#')) {
            return Ok(Self::default());
        }
        serde_saphyr::from_str_with_options(&text, serde_saphyr::options! { with_snippet: false })
            .map_err(|e| format!("The settings file {} is wrong: {e}.", path.display()))
    }
}

impl Config {
    /// The flags and environment (`told`) over the file.
    pub fn from_file(file: File, told: Told) -> Result<Self, String> {
        let config = Self {
            listen: told.listen.or(file.listen).unwrap_or_else(|| DEFAULT_LISTEN.into()),
            database: told.database.or(file.database),
            public_url: told.public_url.or(file.public_url).map(|u| u.trim_end_matches('/').to_owned()),
            allow_loopback_channels: file.allow_loopback_channels || told.allow_loopback_channels,
            metrics_token: file.metrics_token,
            dead_man_url: file.dead_man_url,
            attachments_max: file.attachments_mib.map_or(ATTACHMENTS_MIB, u64::from) << 20,
        };
        for (name, value) in [("public_url", &config.public_url), ("dead_man_url", &config.dead_man_url)] {
            if let Some(value) = value
                && !firebell_domain::team::is_web_link(value)
            {
                return Err(format!("`{name}` must be an address such as https://firebell.example.com."));
            }
        }
        Ok(config)
    }

    /// The address for links, given where the server really listens.
    pub fn public_url(&self, listening: Option<std::net::SocketAddr>) -> String {
        if let Some(url) = &self.public_url {
            return url.clone();
        }
        match listening {
            Some(address) => format!("http://{address}"),
            None => format!("http://{}", self.listen),
        }
    }
}

/// What flags and environment say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    pub listen: Option<String>,
    pub database: Option<String>,
    pub public_url: Option<String>,
    pub allow_loopback_channels: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let file = File {
            listen: Some("0.0.0.0:1".into()),
            public_url: Some("https://f.example.com/".into()),
            ..File::default()
        };
        let told = Told { listen: Some("0.0.0.0:2".into()), ..Told::default() };
        let config = Config::from_file(file.clone(), told).unwrap();
        assert_eq!(config.listen, "0.0.0.0:2");
        assert_eq!(config.public_url.as_deref(), Some("https://f.example.com"));
        assert_eq!(Config::from_file(file, Told::default()).unwrap().listen, "0.0.0.0:1");
        assert_eq!(Config::from_file(File::default(), Told::default()).unwrap(), Config::default());
    }

    #[test]
    fn a_wrong_settings_file_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("firebell.yaml");
        std::fs::write(&path, "listen: 0.0.0.0:1\nlisen: x\n").unwrap();
        let words = File::read(&path).unwrap_err();
        assert!(
            words.contains("firebell.yaml") && words.contains("lisen") && words.contains("line 2"),
            "{words}"
        );
        std::fs::write(&path, "# nothing yet\n").unwrap();
        assert_eq!(File::read(&path), Ok(File::default()));
        let small = File { attachments_mib: Some(100), ..File::default() };
        let small = Config::from_file(small, Told::default()).unwrap();
        assert_eq!((small.attachments_max, Config::default().attachments_max), (100 << 20, 5 << 30));
        let odd = File { public_url: Some("firebell".into()), ..File::default() };
        assert!(Config::from_file(odd, Told::default()).unwrap_err().contains("public_url"));
    }
}
