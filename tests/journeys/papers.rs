//! The papers speak of things that are there: files, commands of the server, targets of the Makefile.

use firebell_journeys::places;
use firebell_journeys::process::run;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn every_file_they_name_exists() {
    for paper in papers() {
        let text = read(&paper);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        for link in links.filter(|l| !l.is_empty() && !l.contains("://")) {
            let target = paper.parent().expect("a file has a folder").join(link);
            assert!(target.exists(), "{} links to {link}, which is not there", paper.display());
        }
        for word in in_backticks(&text) {
            let is_path = ["crates/", "docs/", "scripts/", "src-tauri/", "tests/", "ui/", ".ci/"]
                .iter()
                .any(|start| word.starts_with(start));
            if is_path && !word.contains(['*', '{', ' ', '<']) {
                let there = places::root().join(word.trim_end_matches('/')).exists();
                assert!(there, "{} names {word}, which is not there", paper.display());
            }
        }
    }
}

#[test]
fn every_command_of_the_server_they_name_exists() {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for paper in papers() {
        for line in read(&paper).lines() {
            for call in line.split("firebell-server ").skip(1) {
                let call = call.split(['`', '#', '|', ')']).next().unwrap_or_default();
                let words: Vec<_> = call.split_whitespace().collect();
                let Some(name) = words.first().filter(|w| is_word(w)) else { continue };
                let top = help(&mut known, &[]);
                if !top.lines().any(|l| l.split_whitespace().next() == Some(name)) {
                    // "firebell-server is …": a sentence, not a call.
                    let is_call = line.contains(&format!("`firebell-server {name}")) || is_code(line);
                    assert!(!is_call, "{} calls firebell-server {name}, which is not there", paper.display());
                    continue;
                }
                let mut path = vec![(*name).to_owned()];
                let mut text = help(&mut known, &path);
                for next in words.iter().skip(1).take_while(|w| is_word(w)) {
                    if !text.contains("Commands:") {
                        break;
                    }
                    path.push((*next).to_owned());
                    text = help(&mut known, &path);
                }
                for option in words.iter().filter(|w| w.starts_with("--")) {
                    let option = option.split('=').next().unwrap_or(option);
                    assert!(
                        text.contains(option),
                        "{} calls firebell-server {} with {option}, which it does not take",
                        paper.display(),
                        path.join(" ")
                    );
                }
            }
        }
    }
}

#[test]
fn every_target_of_make_they_name_exists() {
    let makefile = read(&places::root().join("Makefile"));
    for paper in papers() {
        for word in in_backticks(&read(&paper)) {
            if let Some(target) = word.strip_prefix("make ").and_then(|rest| rest.split(' ').next()) {
                let there = makefile.lines().any(|l| l.starts_with(&format!("{target}:")));
                assert!(there, "{} says make {target}, which is not there", paper.display());
            }
        }
    }
}

fn help(known: &mut BTreeMap<String, String>, path: &[String]) -> String {
    let ask = || run(Command::new(places::program("firebell-server")).args(path).arg("--help"));
    known.entry(path.join(" ")).or_insert_with(ask).clone()
}

fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') && !word.starts_with('-')
}

fn is_code(line: &str) -> bool {
    line.trim_start().starts_with("firebell-server ")
}

/// What stands in single backticks.
fn in_backticks(text: &str) -> Vec<&str> {
    text.lines().filter(|l| !l.starts_with("```")).flat_map(|l| l.split('`').skip(1).step_by(2)).collect()
}

fn papers() -> Vec<PathBuf> {
    let list = run(Command::new("git").current_dir(places::root()).args([
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "*.md",
    ]));
    // What an export looks like is no paper of ours: it links to what its author wrote.
    let ours = list.lines().filter(|p| !p.contains("/golden/"));
    ours.map(|p| places::root().join(p)).filter(|p| p.is_file()).collect()
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}
