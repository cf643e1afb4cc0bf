//! What a program of a runbook is given of this computer, and where it is found.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Variables that are passed on; nothing else of the desktop's environment is. A runbook's program finds its accounts
/// in files below the home folder, or by the agent of `ssh`.
const PASSED_ON: &[&str] = &[
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "SSH_AUTH_SOCK",
    "KUBECONFIG",
];
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// Where programs are looked for: the desktop's own `PATH`.
pub(crate) fn path() -> OsString {
    std::env::var_os("PATH").filter(|path| !path.is_empty()).unwrap_or_else(|| PATH.into())
}

/// Everything that the program has of the desktop's environment.
pub(super) fn environment() -> Vec<(OsString, OsString)> {
    let passed = PASSED_ON.iter().filter_map(|name| Some(((*name).into(), std::env::var_os(name)?)));
    let ours: [(OsString, OsString); 3] = [
        ("PATH".into(), path()),
        // Nothing here can draw.
        ("TERM".into(), "dumb".into()),
        ("NO_COLOR".into(), "1".into()),
    ];
    passed.chain(ours).collect()
}

/// The file of a program: its full path, or the first in `path` that can be executed. `Err` has words for the person.
pub(crate) fn find(name: &str, path: &std::ffi::OsStr) -> Result<PathBuf, String> {
    if name.starts_with('/') {
        let file = PathBuf::from(name);
        return if is_program(&file) {
            Ok(file)
        } else {
            Err(format!("There is no program {name} on this computer. Install it, or correct the runbook."))
        };
    }
    // A folder that is not named from the root depends on where the desktop was started.
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(name)).find(|file| is_program(file)).ok_or_else(|| {
        format!(
            "There is no program `{name}` in the PATH of this computer. Install it, or write its full path."
        )
    })
}

fn is_program(file: &Path) -> bool {
    let Ok(meta) = file.metadata() else { return false };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        meta.is_file() && meta.permissions().mode() & 0o111 != 0
    }
    #[cfg(not(unix))]
    meta.is_file()
}
