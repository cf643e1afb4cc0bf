//! Who may know whom, how the house is laid out, and that its papers speak of things that are there.

use firebell_journeys::places;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Design: domain knows nobody; everyone else knows what stands here and nothing more.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("firebell-domain", &[]),
    ("firebell-log", &["firebell-domain"]),
    ("firebell-protocol", &["firebell-domain", "firebell-log"]),
    ("firebell-probe", &["firebell-domain"]),
    ("firebell-store", &["firebell-domain", "firebell-log", "firebell-protocol"]),
    (
        "firebell-client",
        &["firebell-domain", "firebell-log", "firebell-protocol", "firebell-probe", "firebell-store"],
    ),
    ("firebell-server", &["firebell-domain", "firebell-log", "firebell-protocol", "firebell-probe"]),
    ("firebell", &["firebell-client", "firebell-protocol"]),
    // The simulator and the measurements hold servers and desktops; journeys know the programs only by their names.
    (
        "firebell-sim",
        &[
            "firebell-domain",
            "firebell-log",
            "firebell-protocol",
            "firebell-store",
            "firebell-client",
            "firebell-server",
        ],
    ),
    (
        "firebell-bench",
        &[
            "firebell-domain",
            "firebell-log",
            "firebell-protocol",
            "firebell-store",
            "firebell-client",
            "firebell-server",
        ],
    ),
    ("firebell-journeys", &[]),
    // What the desktop's start and memory are measured against: Tauri and nothing of ours.
    ("firebell-bare-tray", &[]),
];

#[test]
fn the_packages_know_only_whom_they_may() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .current_dir(places::root())
        .output()
        .expect("cargo metadata runs");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let rules: BTreeMap<_, _> = MAY_KNOW.iter().copied().collect();
    let mut seen = BTreeSet::new();
    for package in metadata["packages"].as_array().expect("packages") {
        let name = package["name"].as_str().expect("a name");
        let allowed = rules.get(name).unwrap_or_else(|| panic!("say in MAY_KNOW whom {name} may know"));
        seen.insert(name);
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let other = dependency["name"].as_str().expect("a name");
            if other.starts_with("firebell") {
                assert!(
                    allowed.contains(&other),
                    "{name} must not know {other} (docs/ARCHITECTURE.md, \"who knows whom\")"
                );
            }
            if other.starts_with("tauri") {
                let may = ["firebell", "firebell-bare-tray"].contains(&name);
                assert!(may, "only the shell knows Tauri, and {name} depends on {other}");
            }
            if name == "firebell" {
                assert!(!other.contains("sqlite"), "the shell holds no SQL, and depends on {other}");
            }
            if ["firebell-domain", "firebell-log"].contains(&name) && dependency["kind"].is_null() {
                let world = ["tokio", "reqwest", "rusqlite", "rand", "axum"];
                assert!(!world.contains(&other), "{name} is pure and must not depend on {other}");
            }
        }
    }
    let gone: Vec<_> = rules.keys().filter(|name| !seen.contains(*name)).collect();
    assert!(gone.is_empty(), "MAY_KNOW names packages that are gone: {gone:?}");
}

#[test]
fn only_the_host_of_the_window_imports_tauri() {
    for file in files(&["ts", "svelte", "js"]) {
        let path = relative(&file);
        if path.starts_with("ui/src") && !path.starts_with("ui/src/host") {
            assert!(
                !read(&file).contains("@tauri-apps/"),
                "{} imports Tauri; go through ui/src/host",
                path.display()
            );
        }
    }
}

#[test]
fn no_folder_is_an_attic() {
    for file in files(&["rs", "ts", "svelte", "css", "sh", "md", "json"]) {
        for part in relative(&file).parent().into_iter().flat_map(Path::components) {
            let part = part.as_os_str().to_string_lossy().to_lowercase();
            assert!(
                !["utils", "util", "common", "core", "helpers", "helper", "misc"].contains(&part.as_str()),
                "{} lies in a folder called {part}; name it after what is in it",
                relative(&file).display()
            );
        }
    }
}

#[test]
fn no_file_is_too_long_to_read() {
    for file in files(&["rs", "ts", "svelte", "css"]) {
        let lines = read(&file).lines().count();
        assert!(
            lines < 450,
            "{} has {lines} lines; split it where there are two nouns",
            relative(&file).display()
        );
    }
}

#[test]
fn no_type_is_called_after_nothing() {
    for file in files(&["rs"]) {
        for line in read(&file).lines() {
            let Some(name) = line
                .split(['(', '<', '{', ';', ' '])
                .skip_while(|w| !["struct", "enum", "trait"].contains(w))
                .nth(1)
            else {
                continue;
            };
            let empty = ["Manager", "Helper"].iter().any(|end| name.ends_with(end));
            assert!(!empty, "{} has a type called {name}", relative(&file).display());
        }
    }
}

/// Every source file of ours with one of these endings; generated ones left out.
fn files(endings: &[&str]) -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(places::root())
        .output()
        .expect("git runs");
    let listed = String::from_utf8(output.stdout).expect("paths in UTF-8");
    let found: Vec<_> = listed
        .lines()
        // Generated, or a list: the catalogue of words is one noun however long it grows.
        .filter(|p| {
            !p.starts_with("ui/src/bindings/")
                && !p.starts_with("ui/src/words/")
                && !p.ends_with("package-lock.json")
        })
        .map(|p| places::root().join(p))
        .filter(|p| p.is_file() && p.extension().is_some_and(|e| endings.iter().any(|x| e == *x)))
        .collect();
    assert!(!found.is_empty(), "git lists no files");
    found
}

fn relative(file: &Path) -> &Path {
    file.strip_prefix(places::root()).unwrap_or(file)
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}
