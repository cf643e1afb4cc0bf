//! An operator at the command line, with and without a running server.

use super::*;
use clap::{CommandFactory, Parser};

async fn call(folder: &Path, words: &[&str]) -> Result<Reply, String> {
    let dir = folder.to_str().unwrap().to_owned();
    let mut line = vec!["firebell-server"];
    line.extend(words);
    line.extend(["--data-dir", &dir, "--database", "sqlite:", "--public-url", "https://f.example.com/"]);
    run(Args::try_parse_from(line).unwrap()).await
}

async fn said(folder: &Path, words: &[&str]) -> String {
    call(folder, words).await.unwrap().text
}

#[test]
fn the_command_line_is_sound() {
    Args::command().debug_assert();
}

#[tokio::test]
async fn a_team_is_set_up_in_a_few_lines() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    assert!(call(dir, &["export"]).await.unwrap_err().contains("init"));
    let link = said(dir, &["init", "--team", "Acme", "--admin", "ops@example.com"]).await;
    assert!(link.contains("firebell://join?server=https%3A%2F%2Ff.example.com&token="), "{link}");
    assert!(
        call(dir, &["init", "--team", "B", "--admin", "b@example.com"])
            .await
            .unwrap_err()
            .contains("already")
    );
    let key = said(dir, &["integration", "add", "alertmanager", "--service", "general"]).await;
    assert!(key.contains("url https://f.example.com/in/") && key.contains("/alertmanager"), "{key}");
    let refused = call(dir, &["integration", "add", "generic", "--service", "shop"]).await.unwrap_err();
    assert!(refused.contains("shop") && refused.contains("general"), "{refused}");
    let invite = said(dir, &["invite", "ana@example.com", "--role", "admin"]).await;
    assert!(invite.contains("new in the team") && invite.contains("firebell://join"), "{invite}");
    assert!(!said(dir, &["invite", "ana@example.com"]).await.contains("new in the team"));
    assert!(said(dir, &["export"]).await.contains("id: ana"));
    let check = call(dir, &["check"]).await.unwrap();
    assert!(check.failed && check.text.contains("Ana has no device"), "{check:?}");
}

#[tokio::test]
async fn a_link_whose_address_is_a_guess_says_so_and_how_to_get_another() {
    let folder = tempfile::tempdir().unwrap();
    let line = ["firebell-server", "init", "--team", "Acme", "--admin", "ops@example.com"];
    let dir = folder.path().to_str().unwrap();
    let line = line.into_iter().chain(["--data-dir", dir, "--database", "sqlite:"]);
    let told = run(Args::try_parse_from(line).unwrap()).await.unwrap().text;
    assert!(told.contains("server http://127.0.0.1:8470") && told.contains("--public-url"), "{told}");
    assert!(told.contains("firebell-server invite EMAIL"), "{told}");
    let other = tempfile::tempdir().unwrap();
    let told = said(other.path(), &["init", "--team", "Acme", "--admin", "ops@example.com"]).await;
    assert!(!told.contains("--public-url"), "the address was named: {told}");
}

#[tokio::test]
async fn texts_are_merged_only_when_they_are_a_day_old_at_least() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    said(dir, &["init", "--team", "Acme", "--admin", "ops@example.com"]).await;
    assert_eq!(said(dir, &["compact"]).await, "There was nothing to merge.");
    for span in ["1h", "soon"] {
        assert!(Args::try_parse_from(["firebell-server", "compact", "--older-than", span]).is_err());
    }
}

#[tokio::test]
async fn what_is_exported_applies_unchanged_and_a_mistake_names_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    said(dir, &["init", "--team", "Acme", "--admin", "ops@example.com"]).await;
    let file = dir.join("team.yaml");
    let name = file.to_str().unwrap().to_owned();
    std::fs::write(&file, said(dir, &["export"]).await).unwrap();
    assert_eq!(said(dir, &["apply", &name]).await, "Nothing changes.");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("name: General", "name: Shop")).unwrap();
    let plan = said(dir, &["apply", &name, "--plan"]).await;
    assert!(plan.contains("~ service general") && plan.contains("name: General → Shop"), "{plan}");
    assert!(said(dir, &["export"]).await.contains("name: General"), "a plan changes nothing");
    said(dir, &["apply", &name]).await;
    assert!(said(dir, &["export"]).await.contains("name: Shop"));
    std::fs::write(&file, text.replace("policy: default", "policy: night")).unwrap();
    let line = text.lines().position(|l| l.contains("policy: default")).unwrap() + 1;
    let refused = call(dir, &["apply", &name]).await.unwrap_err();
    assert!(refused.contains(&format!("line {line}: services[0].policy")), "{refused}");
    assert!(call(dir, &["apply", "/no/such/file"]).await.unwrap_err().contains("/no/such/file"));
}

#[tokio::test]
async fn an_integration_in_the_file_gets_a_key_and_one_that_is_removed_loses_it() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    said(dir, &["init", "--team", "Acme", "--admin", "ops@example.com"]).await;
    let before = said(dir, &["export"]).await;
    let with = before
        .replace("integrations: []", "integrations:\n  - { id: prod, kind: pagerduty, service: general }");
    assert_ne!(before, with);
    let (file, old) = (dir.join("team.yaml"), dir.join("old.yaml"));
    std::fs::write(&file, with).unwrap();
    std::fs::write(&old, before).unwrap();
    let first = said(dir, &["apply", file.to_str().unwrap()]).await;
    assert!(first.contains("integration prod has a new key") && first.contains("/v2/enqueue"), "{first}");
    assert_eq!(said(dir, &["apply", file.to_str().unwrap()]).await, "Nothing changes.", "the key stays");
    assert!(said(dir, &["apply", old.to_str().unwrap()]).await.contains("- integration prod"));
    let again = said(dir, &["apply", file.to_str().unwrap()]).await;
    assert!(again.contains("has a new key"), "the old key does not come back: {again}");
}

#[tokio::test]
async fn a_backup_is_restored_and_paging_waits_for_the_operator() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    said(dir, &["init", "--team", "Acme", "--admin", "ops@example.com"]).await;
    let file = dir.join("backup.db");
    let name = file.to_str().unwrap();
    said(dir, &["backup", name]).await;
    said(dir, &["invite", "ana@example.com"]).await;
    let restored = said(dir, &["restore", name]).await;
    assert!(restored.contains("paging resume"), "{restored}");
    assert!(!said(dir, &["export"]).await.contains("ana"), "the team is as it was");
    assert!(call(dir, &["check"]).await.unwrap().text.contains("Paging is held"));
    assert_eq!(said(dir, &["paging", "resume"]).await, "Paging is on again.");
    assert!(!call(dir, &["check"]).await.unwrap().text.contains("Paging is held"));
    assert!(call(dir, &["restore", dir.join("team.yaml").to_str().unwrap()]).await.is_err());
}

#[cfg(unix)]
#[tokio::test]
async fn while_a_server_runs_the_command_line_asks_it() {
    let folder = tempfile::tempdir().unwrap();
    // Longer than the address of a socket may be.
    let dir = &folder.path().join("deep".repeat(25)).join("deeper".repeat(10));
    said(dir, &["init", "--team", "Acme", "--admin", "ops@example.com"]).await;
    let database = DatabaseUrl::parse("sqlite:", dir).unwrap();
    let place = Place { data_dir: dir.to_owned(), database, database_told: true, public_url: None };
    let lock = place.lock().unwrap();
    let refused = call(dir, &["export"]).await.unwrap_err();
    assert!(refused.contains("does not answer"), "{refused}");
    let storage = open(&place, lock).await.unwrap();
    let desk = Desk {
        storage,
        database: place.database,
        public_url: Some("https://live.example.com".into()),
        live: None,
    };
    let stop = tokio_util::sync::CancellationToken::new();
    socket::serve(dir, Arc::new(desk), stop.clone()).await.unwrap();
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(dir.join("admin.sock")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(said(dir, &["invite", "ana@example.com"]).await.contains("server https://live.example.com"));
    assert!(said(dir, &["export"]).await.contains("id: ana"));
    let refused = call(dir, &["integration", "add", "generic", "--service", "shop"]).await.unwrap_err();
    assert!(refused.contains("shop"), "refusals cross the socket: {refused}");
    assert!(call(dir, &["restore", "x"]).await.unwrap_err().contains("in use"));
    stop.cancel();
}

#[tokio::test]
async fn a_script_says_what_it_deployed() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    said(dir, &["init", "--team", "Acme", "--admin", "ops@example.com"]).await;
    let deploy = ["deployment", "--service", "general", "--revision", "v3.4.2", "--previous", "v3.4.1"];
    let with = |more: &[&'static str]| [&deploy[..], more].concat();
    let words = said(dir, &with(&["--by", "ci", "--url", "https://ci.example.com/7"])).await;
    assert_eq!(words, "general: Deployed v3.4.2.");
    assert!(said(dir, &deploy).await.contains("said again"));
    let tomorrow = (crate::clock::SystemClock.now() + chrono::TimeDelta::days(1)).to_rfc3339();
    let planned = [&deploy[..], &["--kind", "infrastructure", "--starts-at", &tomorrow]].concat();
    let words = said(dir, &planned).await;
    assert!(words.contains("Infrastructure changed to v3.4.2, planned for "), "{words}");
    for (wrong, named) in [
        (with(&["--starts-at", "2999-01-01T00:00:00Z"]), "--starts-at"),
        (with(&["--at", "1999-01-01T00:00:00Z"]), "--at"),
        (with(&["--url", "ci/7"]), "--url"),
        (vec!["deployment", "--service", "general", "--revision", " "], "--revision"),
        (vec!["deployment", "--service", "shop", "--revision", "v1"], "Services: general"),
    ] {
        let refused = call(dir, &wrong).await.unwrap_err();
        assert!(refused.contains(named), "{refused}");
    }
    for usage in
        [&["deployment", "--revision", "v1"][..], &with(&["--kind", "party"]), &with(&["--at", "now"])]
    {
        let line = [&["firebell-server"], usage].concat();
        assert!(Args::try_parse_from(line).is_err(), "{usage:?}");
    }
}
