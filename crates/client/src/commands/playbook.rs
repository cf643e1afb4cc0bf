//! The team's playbook: read on this computer, written on the server.

use super::Nothing;
use crate::ClientApp;
use firebell_domain::incident::Status;
use firebell_domain::language::LanguageRules;
use firebell_domain::playbook::{Audience, Edit, Playbook, PlaybookChanges};
use firebell_domain::team::Role;
use firebell_domain::update::{
    Facts, Insiders, TemplateError, VARIABLES, check_public, check_template, render,
};
use firebell_protocol::playbook::{
    PlaybookBody, PlaybookState, PlaybookVersion, PlaybookVersions, SavePlaybook, TemplatePreview,
    TemplateVariable,
};
use firebell_protocol::window::WindowError;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Without a team, what is usual in the field holds, and nobody edits it.
pub(super) async fn playbook(app: Arc<ClientApp>, _: Nothing) -> Result<PlaybookState, WindowError> {
    app.read(|responder, _| {
        let usual = Playbook::default();
        let variables: Vec<_> = VARIABLES
            .iter()
            .map(|(name, is)| TemplateVariable { name: (*name).into(), is: (*is).into() })
            .collect();
        let language = LanguageRules::english().rules;
        let Some(view) = responder.team() else {
            return PlaybookState {
                version: 0,
                playbook: usual.clone(),
                usual,
                changes: Default::default(),
                may_edit: false,
                editors: vec![],
                variables,
                language,
            };
        };
        let team = &view.team;
        let admins = team.people.iter().filter(|p| p.role == Role::Admin);
        PlaybookState {
            version: view.version,
            playbook: team.playbook(),
            usual,
            changes: team.playbook.clone().unwrap_or_default(),
            may_edit: responder.identity().is_some_and(|i| i.you.role == Role::Admin),
            editors: admins.map(|p| p.name.clone()).collect(),
            variables,
            language,
        }
    })
}

#[derive(Deserialize)]
pub(super) struct Draft {
    /// What the edit began with.
    base: PlaybookChanges,
    /// A whole playbook, perhaps with values that cannot be read.
    draft: Map<String, Value>,
}

/// What an edit comes to, on top of what holds on this computer now.
pub(super) async fn edit(app: Arc<ClientApp>, args: Draft) -> Result<Edit, WindowError> {
    let holds = app.read(|r, _| r.team().and_then(|view| view.team.playbook.clone()))?;
    Ok(Edit::of(&args.base, &args.draft, &holds.unwrap_or_default()))
}

pub(super) async fn save(app: Arc<ClientApp>, args: SavePlaybook) -> Result<PlaybookBody, WindowError> {
    app.server()?.put("/api/v1/playbook", &args).await
}

#[derive(Deserialize)]
pub(super) struct Before {
    before: Option<u64>,
}

pub(super) async fn versions(app: Arc<ClientApp>, args: Before) -> Result<PlaybookVersions, WindowError> {
    let before = args.before.map(|version| format!("?before={version}")).unwrap_or_default();
    app.server()?.get(&format!("/api/v1/playbook/versions{before}")).await
}

#[derive(Deserialize)]
pub(super) struct TheVersion {
    version: u64,
}

pub(super) async fn version(app: Arc<ClientApp>, args: TheVersion) -> Result<PlaybookVersion, WindowError> {
    app.server()?.get(&format!("/api/v1/playbook/versions/{}", args.version)).await
}

#[derive(Deserialize)]
pub(super) struct Template {
    source: String,
}

pub(super) async fn template_check(
    _: Arc<ClientApp>,
    args: Template,
) -> Result<Vec<TemplateError>, WindowError> {
    Ok(check_template(&args.source))
}

#[derive(Deserialize)]
pub(super) struct Filled {
    source: String,
    /// Whom it is for; none: for anybody.
    audience: Option<Audience>,
    /// What the update announces.
    status: Status,
}

/// The text that a template makes of a sample. Needs no server.
pub(super) async fn template_preview(
    app: Arc<ClientApp>,
    args: Filled,
) -> Result<TemplatePreview, WindowError> {
    let errors = check_template(&args.source);
    if !errors.is_empty() {
        return Ok(TemplatePreview { text: String::new(), errors, findings: vec![] });
    }
    let facts = Facts::sample_at(args.status);
    let text = match render(&args.source, &facts) {
        Ok(text) => text,
        Err(error) => {
            return Ok(TemplatePreview { text: String::new(), errors: vec![error], findings: vec![] });
        }
    };
    let is_outside = args.audience.is_some_and(Audience::is_outside);
    let findings = app.read(|responder, _| {
        let team = responder.team().map(|view| &view.team);
        let insiders = team.map(Insiders::of).unwrap_or_default();
        let rules = team.map(|t| t.playbook().public_text).unwrap_or_default();
        if is_outside { check_public(&text, &rules, &insiders) } else { vec![] }
    })?;
    Ok(TemplatePreview { text, errors, findings })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keychain::MemoryKeychain;
    use crate::loopback::RecordingHost;
    use serde::de::DeserializeOwned;
    use serde_json::json;

    /// A computer without a team, as soon as its store is open.
    async fn alone(folder: &std::path::Path) -> Arc<ClientApp> {
        let host = Arc::new(RecordingHost::default());
        let app = ClientApp::start("test", folder, Arc::new(MemoryKeychain::default()), host);
        let mut changes = app.changes();
        while app.read(|_, _| ()).is_err() {
            changes.recv().await.unwrap();
        }
        app
    }

    async fn call<T: DeserializeOwned>(app: &ClientApp, name: &str, args: Value) -> Result<T, WindowError> {
        app.call(name, args).await.map(|answer| serde_json::from_value(answer).unwrap())
    }

    #[tokio::test]
    async fn without_a_team_what_is_usual_holds_and_nothing_is_saved() {
        let folder = tempfile::tempdir().unwrap();
        let app = alone(folder.path()).await;
        let state: PlaybookState = call(&app, "playbook", json!({})).await.unwrap();
        assert_eq!((state.version, state.may_edit), (0, false));
        assert_eq!(state.playbook, Playbook::default());
        assert!(state.variables.iter().any(|v| v.name == "impact"));

        let mut draft = serde_json::to_value(&state.playbook).unwrap();
        draft["closing"]["review_within_days"] = json!(3);
        let edit: Edit = call(&app, "playbook_edit", json!({ "base": {}, "draft": draft })).await.unwrap();
        assert_eq!(edit.unsaved.len(), 1);
        let save = json!({ "changes": edit.changes, "expected": 0 });
        let refused = call::<PlaybookBody>(&app, "playbook_save", save).await.unwrap_err();
        assert_eq!(refused.code, "refused");
        let wrong =
            call::<Edit>(&app, "playbook_edit", json!({ "base": {}, "draft": [] })).await.unwrap_err();
        assert_eq!(wrong.code, "bad_input");
    }

    #[tokio::test]
    async fn a_template_is_tried_out_without_a_server() {
        let folder = tempfile::tempdir().unwrap();
        let app = alone(folder.path()).await;
        let preview = async |source: &str, audience: Option<&str>| -> TemplatePreview {
            let args = json!({ "source": source, "audience": audience, "status": "resolved" });
            call(&app, "template_preview", args).await.unwrap()
        };
        let said = preview("{{ title }}: {{ status }}, the kafka is back", Some("public")).await;
        assert_eq!(said.text, "Checkout fails: resolved, the kafka is back");
        assert_eq!(said.findings.len(), 1, "nobody outside knows that word");
        assert_eq!(preview("the kafka is back", Some("internal")).await.findings, []);
        assert_eq!(preview("the kafka is back", None).await.findings, []);

        let wrong = preview("fine\n{{ titl }}", Some("public")).await;
        assert_eq!((wrong.text.as_str(), wrong.errors[0].line), ("", 2));
        let checked: Vec<TemplateError> =
            call(&app, "template_check", json!({ "source": "fine\n{{ titl }}" })).await.unwrap();
        assert_eq!(checked, wrong.errors);
    }
}
