//! The table of commands: what a window can ask, by name. The shell and the loopback serve this one table.

mod account;
mod admin;
mod attachment;
mod incidents;
mod library;
mod mitigation;
mod pages;
mod playbook;
mod postmortems;
mod related;
mod room;
mod runbooks;
mod runs;
mod settings;
mod triage;
mod typed;

pub(crate) use mitigation::books;

use crate::ClientApp;
use crate::words::error;
use firebell_protocol::window::WindowError;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

type Answer = Pin<Box<dyn Future<Output = Result<String, WindowError>> + Send>>;
type Handler = fn(Arc<ClientApp>, Value) -> Answer;

/// One line a command: `name => handler`. A handler takes the app and its own type of arguments.
macro_rules! table {
    ($($name:literal => $handler:path,)*) => {
        const TABLE: &[(&str, Handler)] = &[$(($name, |app, args| Box::pin(async move {
            answer($handler(app, arguments($name, args)?).await?)
        })),)*];
    };
}

table! {
    "state" => pages::state,
    "page" => pages::page,
    "pages_ended" => pages::ended,
    "ask" => pages::ask,
    "question_repeat" => pages::question_repeat,
    "question_dismiss" => pages::question_dismiss,
    "seen" => pages::seen,
    "enrol" => account::enrol,
    "sign_out" => account::sign_out,
    "alarm_quiet" => account::alarm_quiet,
    "retry" => account::retry,
    "settings_set" => settings::set,
    "typed_all" => typed::all,
    "typed_keep" => typed::keep,
    "sounds" => settings::sounds,
    "sound_preview" => settings::sound_preview,
    "test_page" => settings::test_page,
    "diagnostics" => settings::diagnostics,
    "open_link" => settings::open_link,
    "show" => settings::show,
    "channels" => admin::channels,
    "channel_add" => admin::channel_add,
    "channel_remove" => admin::channel_remove,
    "channel_test" => admin::channel_test,
    "devices" => admin::devices,
    "device_revoke" => admin::device_revoke,
    "silences" => admin::silences,
    "silence_add" => admin::silence_add,
    "silence_end" => admin::silence_end,
    "trackers" => admin::trackers,
    "tracker_save" => admin::tracker_save,
    "tracker_remove" => admin::tracker_remove,
    "playbook" => playbook::playbook,
    "playbook_edit" => playbook::edit,
    "playbook_save" => playbook::save,
    "playbook_versions" => playbook::versions,
    "playbook_version" => playbook::version,
    "template_check" => playbook::template_check,
    "template_preview" => playbook::template_preview,
    "changes" => triage::changes,
    "triage_gather" => triage::gather,
    "triage_gathered" => triage::gathered,
    "triage_scope" => triage::scope,
    "triage_suggest" => triage::suggest,
    "triage_finish" => triage::finish,
    "triage_reports" => triage::reports,
    "sync_state" => library::sync_state,
    "alone_start" => library::alone_start,
    "incidents" => library::incidents,
    "incidents_find" => incidents::find,
    "incident_row" => incidents::row,
    "incidents_export" => incidents::export,
    "incident" => room::incident,
    "incident_rings" => incidents::rings,
    "incident_end" => room::end,
    "room_set" => room::set,
    "update_compose" => room::update_compose,
    "update_send" => room::update_send,
    "no_news" => room::no_news,
    "no_news_undo" => room::no_news_undo,
    "no_news_seen" => room::no_news_seen,
    "relate" => related::relate,
    "related_suggest" => related::suggested,
    "named_once_public" => related::named_once_public_of,
    "mitigations" => mitigation::mitigations_of,
    "incident_declare" => library::incident_declare,
    "incident_ask" => library::incident_ask,
    "entry_add" => library::entry_add,
    "attachment_add" => attachment::add,
    "attachment" => attachment::one,
    "record_set" => library::record_set,
    "field_history" => library::field_history,
    "runbooks" => library::runbooks,
    "runbook" => library::runbook,
    "runbook_create" => library::runbook_create,
    "runbook_steps" => runbooks::steps,
    "runbook_for" => runbooks::found,
    "runbook_reviewed" => runbooks::reviewed,
    "runbook_keep" => runbooks::keep,
    "runbook_versions" => runbooks::versions,
    "runbook_diff" => runbooks::diff,
    "runbook_restore" => runbooks::restore,
    "runbook_template" => runbooks::new_text,
    "run_prepare" => runs::prepare,
    "run_start" => runs::start,
    "run_stop" => runs::stop,
    "run" => runs::run,
    "runs" => runs::all,
    "postmortems" => postmortems::all,
    "postmortems_mine" => postmortems::mine,
    "postmortem" => postmortems::one,
    "postmortem_set" => postmortems::set,
    "postmortem_published" => postmortems::as_published,
    "postmortem_calendar" => postmortems::calendar,
    "postmortem_comment" => postmortems::comment,
    "postmortem_join" => postmortems::join,
    "postmortem_accept" => postmortems::accept,
    "section_versions" => postmortems::versions,
    "section_diff" => postmortems::diff,
    "section_restore" => postmortems::restore,
    "postmortem_export" => postmortems::export,
    "postmortem_import" => postmortems::import,
    "postmortem_similar" => postmortems::similar,
    "actions" => postmortems::actions,
    "search" => library::search,
    "drafts" => library::drafts,
    "draft_repeat" => library::draft_repeat,
    "draft_discard" => library::draft_discard,
    "text_open" => library::text_open,
    "text_push" => library::text_push,
    "text_updates" => library::text_updates,
    "text_presence" => library::text_presence,
    "library_check" => library::library_check,
    "library_rebuild" => library::library_rebuild,
}

/// The names of all commands.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, _)| *name)
}

/// The answer as JSON text: a room of thousands of entries is written once, and never held as a tree.
pub(crate) async fn call(app: Arc<ClientApp>, name: &str, args: Value) -> Result<String, WindowError> {
    match TABLE.iter().find(|(known, _)| *known == name) {
        Some((_, handler)) => handler(app, args).await,
        None => Err(error(
            "unknown_command",
            format!(
                "There is no command `{name}`; the window is of another version. Close it and open it again."
            ),
        )),
    }
}

/// No arguments.
#[derive(serde::Deserialize)]
struct Nothing {}

fn arguments<T: DeserializeOwned>(name: &str, args: Value) -> Result<T, WindowError> {
    let args = if args.is_null() { Value::Object(Default::default()) } else { args };
    serde_json::from_value(args).map_err(|e| error("bad_input", format!("{name}: {e}.")))
}

fn answer<T: serde::Serialize>(value: T) -> Result<String, WindowError> {
    serde_json::to_string(&value).map_err(|e| error("store", format!("The answer cannot be written: {e}.")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn the_window_knows_every_command_and_no_other() {
        let table: BTreeSet<_> = super::names().collect();
        assert_eq!(table.len(), super::TABLE.len(), "a name is used twice");
        assert_eq!(table, crate::bindings::command_names().collect());
    }
}
