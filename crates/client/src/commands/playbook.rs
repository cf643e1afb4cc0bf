//! The team's playbook: read on this computer, written on the server.

use super::Nothing;
use crate::ClientApp;
use firebell_domain::playbook::Playbook;
use firebell_domain::team::Role;
use firebell_protocol::playbook::PlaybookState;
use firebell_protocol::window::WindowError;
use std::sync::Arc;

/// Without a team, what is usual in the field holds, and nobody edits it.
pub(super) async fn playbook(app: Arc<ClientApp>, _: Nothing) -> Result<PlaybookState, WindowError> {
    app.read(|responder, _| {
        let usual = Playbook::default();
        let Some(view) = responder.team() else {
            return PlaybookState {
                version: 0,
                playbook: usual.clone(),
                usual,
                changes: Default::default(),
                may_edit: false,
                editors: vec![],
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
        }
    })
}
