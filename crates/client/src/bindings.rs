//! The window's TypeScript: every shape that crosses to it, and the table of commands, generated from the Rust.

use firebell_domain::alert::Alert;
use firebell_domain::change_event::ChangeEvent;
use firebell_domain::gather::Gathered;
use firebell_domain::incident::{Declaration, IncidentCommand};
use firebell_domain::page::Via;
use firebell_domain::playbook::Edit;
use firebell_domain::postmortem::{PostmortemChange, Tracker};
use firebell_domain::room::RoomChange;
use firebell_domain::runbook::Difference;
use firebell_domain::triage::{Answers, Report, ScopeFound, Suggestion};
use firebell_domain::update::TemplateError;
use firebell_domain::{ChannelId, DeviceId, PageId, SilenceId};
use firebell_protocol::attachment::AttachmentView;
use firebell_protocol::incidents::{Exported, Format, IncidentFilter, IncidentsFound, WouldRing};
use firebell_protocol::library::{
    Draft, FieldVersion, IncidentRow, RunbookDetail, RunbookRow, SearchHit, SyncState, TextOpened,
    TextUpdates,
};
use firebell_protocol::mitigation::Mitigations;
use firebell_protocol::playbook::{
    PlaybookBody, PlaybookState, PlaybookVersion, PlaybookVersions, TemplatePreview,
};
use firebell_protocol::postmortem::{
    ActionBoard, NewComment, PostmortemFormat, PostmortemImported, PostmortemRow, PostmortemView,
    PublishedRead, SectionVersion, SimilarRow, WaitingRow,
};
use firebell_protocol::rest::{
    ChannelView, DeviceView, NewChannel, NewSilence, SaveTracker, SilenceView, TrackerView,
};
use firebell_protocol::room::{Composed, IncidentInRoom, NextTime, RelatedSuggestion};
use firebell_protocol::runbook::{RunPrepared, RunState, RunbookFound, RunbookRead, RunbookVersionRow};
use firebell_protocol::sync::PageRequest;
use firebell_protocol::window::{Change, Diagnosis, PageDetail, PageRow, Settings, WindowError, WindowState};
use std::collections::BTreeSet;
use std::path::Path;
use ts_rs::{Config, ExportError, TS};

/// The command that writes the committed files anew.
pub const REGENERATE: &str = "cargo run -p firebell-client --bin firebell-bindings";

/// Name, arguments and result of every command, as TypeScript writes them.
const COMMANDS: &[(&str, &str, &str)] = &[
    ("state", "", "WindowState"),
    ("page", "page: PageId", "PageDetail"),
    ("pages_ended", "", "Array<PageRow>"),
    ("enrol", "link: string, device_name: string", "null"),
    ("sign_out", "", "null"),
    ("ask", "page: PageId, request: PageRequest", "number"),
    ("question_repeat", "counter: number", "number"),
    ("question_dismiss", "counter: number", "null"),
    ("settings_set", "settings: Settings", "null"),
    ("typed_all", "", "{ [form in string]?: string }"),
    ("typed_keep", "form: string, words: string", "null"),
    ("sounds", "", "Array<string>"),
    ("sound_preview", "settings: Settings", "null"),
    ("test_page", "", "null"),
    ("diagnostics", "", "Array<Diagnosis>"),
    ("channels", "", "Array<ChannelView>"),
    ("channel_add", "channel: NewChannel", "ChannelView"),
    ("channel_remove", "id: ChannelId", "null"),
    ("channel_test", "id: ChannelId", "null"),
    ("devices", "", "Array<DeviceView>"),
    ("device_revoke", "id: DeviceId", "null"),
    ("silences", "", "Array<SilenceView>"),
    ("silence_add", "silence: NewSilence", "SilenceView"),
    ("silence_end", "id: SilenceId", "null"),
    ("trackers", "", "Array<TrackerView>"),
    ("tracker_save", "tracker: SaveTracker", "TrackerView"),
    ("tracker_remove", "tracker: Tracker", "null"),
    ("alarm_quiet", "", "null"),
    ("seen", "page: PageId", "null"),
    ("open_link", "url: string", "null"),
    ("show", "place: Place", "null"),
    ("retry", "", "null"),
    ("playbook", "", "PlaybookState"),
    ("playbook_edit", "base: PlaybookChanges, draft: Playbook", "PlaybookEdit"),
    ("playbook_save", "changes: PlaybookChanges, expected: number", "PlaybookBody"),
    ("playbook_versions", "before: number | null", "PlaybookVersions"),
    ("playbook_version", "version: number", "PlaybookVersion"),
    ("template_check", "source: string", "Array<TemplateError>"),
    (
        "template_preview",
        "source: string, audience: Audience | null, status: IncidentStatus",
        "TemplatePreview",
    ),
    (
        "changes",
        "services: Array<ServiceId>, from: string | null, until: string | null",
        "Array<ChangeEvent>",
    ),
    ("triage_gather", "service: ServiceId, around: string, page: PageId | null", "number"),
    ("triage_gathered", "gather: number", "Gathered"),
    ("triage_scope", "percent: number; chosen: ImpactScope | null", "ScopeFound"),
    ("triage_suggest", "answers: Answers; percent: number | null", "Suggestion"),
    (
        "triage_finish",
        "page: PageId | null, service: ServiceId | null, first_signal: string | null, gather: number | null, said: { [question in string]?: string }, answers: Answers | null, percent: number | null, overruled: Overruled | null, end: { is: \"declare\", declaration: Declaration, people: Array<PersonId> | null, rings: { people: Array<PersonId>, message: string } | null } | { is: \"not_an_incident\", why: string } | { is: \"merge\", into: IncidentId, rings: { people: Array<PersonId>, message: string } | null }",
        "IncidentId | null",
    ),
    ("triage_reports", "", "Array<TriageReport>"),
    ("sync_state", "", "SyncState"),
    ("alone_start", "name: string", "null"),
    ("incidents", "", "Array<IncidentRow>"),
    ("incidents_find", "filter: IncidentFilter, limit: number, offset: number", "IncidentsFound"),
    ("incident_row", "incident: IncidentId", "IncidentRow"),
    ("incidents_export", "filter: IncidentFilter, format: ExportFormat", "Exported"),
    ("incident", "incident: IncidentId", "IncidentInRoom"),
    (
        "incident_rings",
        "severity: Severity, services: Array<ServiceId>, private: boolean",
        "WouldRing | null",
    ),
    ("incident_end", "incident: IncidentId, to: IncidentStatus, anyway: boolean", "Array<StillOpen>"),
    ("room_set", "incident: IncidentId, change: RoomChange", "null"),
    (
        "update_compose",
        "incident: IncidentId, told: UpdateTold | null, written: { [audience in Audience]?: string }, next: NextTime, corrects: UpdateId | null",
        "Composed",
    ),
    (
        "update_send",
        "incident: IncidentId, told: UpdateTold, texts: { [audience in Audience]?: string }, corrects: UpdateId | null",
        "null",
    ),
    ("no_news", "incident: IncidentId", "string"),
    ("no_news_undo", "incident: IncidentId", "boolean"),
    ("no_news_seen", "incident: IncidentId", "null"),
    ("relate", "incident: IncidentId, other: IncidentId, reason: string, related: boolean", "null"),
    ("related_suggest", "incident: IncidentId", "Array<RelatedSuggestion>"),
    ("named_once_public", "incident: IncidentId", "Array<IncidentRow>"),
    ("mitigations", "incident: IncidentId, changes: boolean", "Mitigations"),
    ("incident_declare", "declaration: Declaration, people: Array<PersonId> | null", "IncidentId"),
    ("incident_ask", "incident: IncidentId, command: IncidentCommand", "null"),
    (
        "entry_add",
        "incident: IncidentId, kind: EntryKind, text: string, reason: string | null, at: string | null, corrects: EntryId | null, attachments?: Array<Attachment>",
        "EntryId",
    ),
    ("attachment_add", "name: string, base64: string", "Attachment"),
    ("attachment", "incident: IncidentId, hash: string", "AttachmentView"),
    ("record_set", "record: RecordId, field: string, value: unknown, replaces: OpId | null", "OpId"),
    ("field_history", "record: RecordId, field: string", "Array<FieldVersion>"),
    ("postmortems", "", "Array<PostmortemRow>"),
    ("postmortem", "incident: IncidentId", "PostmortemView"),
    ("postmortem_set", "incident: IncidentId, change: PostmortemChange", "null"),
    ("postmortem_published", "incident: IncidentId, version: OpId | null", "PublishedRead"),
    ("postmortem_calendar", "incident: IncidentId", "Exported"),
    ("postmortem_export", "incident: IncidentId, format: PostmortemFormat, public: boolean", "Exported"),
    ("postmortem_comment", "incident: IncidentId, comment: NewComment", "string | null"),
    ("postmortem_join", "incident: IncidentId, key: string", "null"),
    ("postmortem_accept", "incident: IncidentId, comment: string", "null"),
    ("section_versions", "incident: IncidentId, section: string", "Array<SectionVersion>"),
    (
        "section_diff",
        "incident: IncidentId, section: string, from: OpId | null, to: OpId | null",
        "RunbookDifference",
    ),
    ("section_restore", "incident: IncidentId, section: string, version: OpId", "null"),
    (
        "postmortem_import",
        "text: string, name: string, pictures: Array<[string, Attachment]>",
        "PostmortemImported",
    ),
    ("postmortem_similar", "incident: IncidentId", "Array<SimilarRow>"),
    ("postmortems_mine", "", "Array<WaitingRow>"),
    ("actions", "", "ActionBoard"),
    ("runbooks", "", "Array<RunbookRow>"),
    ("runbook", "runbook: RunbookId", "RunbookDetail"),
    ("runbook_create", "title: string", "RunbookId"),
    ("runbook_steps", "runbook: RunbookId", "RunbookRead"),
    (
        "runbook_for",
        "service: string | null, url: string | null, labels: Array<{ [name in string]?: string }>",
        "RunbookFound | null",
    ),
    ("runbook_reviewed", "runbook: RunbookId, digest: string", "null"),
    ("runbook_keep", "runbook: RunbookId, note: string", "boolean"),
    ("runbook_versions", "runbook: RunbookId", "Array<RunbookVersionRow>"),
    ("runbook_diff", "runbook: RunbookId, from: OpId | null, to: OpId | null", "RunbookDifference"),
    ("runbook_restore", "runbook: RunbookId, version: OpId", "null"),
    ("runbook_template", "", "string"),
    (
        "run_prepare",
        "runbook: RunbookId, step: string, arguments: { [name in string]?: string }",
        "RunPrepared",
    ),
    (
        "run_start",
        "incident: IncidentId | null, runbook: RunbookId, step: string, arguments: { [name in string]?: string }, reason: string, environment: string | null, from: string | null, to: string | null",
        "RunId",
    ),
    ("run_stop", "run: RunId", "null"),
    ("run", "run: RunId, after: number", "RunState"),
    ("runs", "", "Array<RunState>"),
    ("search", "query: string, limit: number", "Array<SearchHit>"),
    ("drafts", "", "Array<Draft>"),
    ("draft_repeat", "id: number", "null"),
    ("draft_discard", "id: number", "null"),
    ("text_open", "document: string", "TextOpened"),
    ("text_push", "document: string, version: number, updates: Array<TextUpdate>", "boolean"),
    ("text_updates", "document: string, version: number", "TextUpdates"),
    ("library_check", "", "Array<string>"),
    ("library_rebuild", "", "null"),
    ("text_presence", "document: string, selection: [number, number] | null", "null"),
];

/// The names of the commands in the generated table, for the test that holds it to the real one.
pub fn command_names() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|c| c.0)
}

/// Writes every binding into `dir`, over what is there.
pub fn export(dir: &Path) -> Result<(), ExportError> {
    let cfg = Config::new().with_out_dir(dir).with_large_int("number");
    WindowState::export_all(&cfg)?;
    PageDetail::export_all(&cfg)?;
    PageRow::export_all(&cfg)?;
    PageRequest::export_all(&cfg)?;
    Via::export_all(&cfg)?;
    Alert::export_all(&cfg)?;
    Settings::export_all(&cfg)?;
    Diagnosis::export_all(&cfg)?;
    Change::export_all(&cfg)?;
    WindowError::export_all(&cfg)?;
    ChannelView::export_all(&cfg)?;
    NewChannel::export_all(&cfg)?;
    DeviceView::export_all(&cfg)?;
    NewSilence::export_all(&cfg)?;
    SilenceView::export_all(&cfg)?;
    PageId::export_all(&cfg)?;
    ChannelId::export_all(&cfg)?;
    DeviceId::export_all(&cfg)?;
    SilenceId::export_all(&cfg)?;
    PlaybookState::export_all(&cfg)?;
    Edit::export_all(&cfg)?;
    PlaybookBody::export_all(&cfg)?;
    PlaybookVersion::export_all(&cfg)?;
    PlaybookVersions::export_all(&cfg)?;
    TemplateError::export_all(&cfg)?;
    TemplatePreview::export_all(&cfg)?;
    SyncState::export_all(&cfg)?;
    IncidentRow::export_all(&cfg)?;
    IncidentFilter::export_all(&cfg)?;
    IncidentsFound::export_all(&cfg)?;
    Format::export_all(&cfg)?;
    Exported::export_all(&cfg)?;
    IncidentInRoom::export_all(&cfg)?;
    RoomChange::export_all(&cfg)?;
    WouldRing::export_all(&cfg)?;
    AttachmentView::export_all(&cfg)?;
    Composed::export_all(&cfg)?;
    RelatedSuggestion::export_all(&cfg)?;
    NextTime::export_all(&cfg)?;
    Mitigations::export_all(&cfg)?;
    Declaration::export_all(&cfg)?;
    IncidentCommand::export_all(&cfg)?;
    FieldVersion::export_all(&cfg)?;
    RunbookRow::export_all(&cfg)?;
    RunbookDetail::export_all(&cfg)?;
    SearchHit::export_all(&cfg)?;
    Draft::export_all(&cfg)?;
    TextOpened::export_all(&cfg)?;
    TextUpdates::export_all(&cfg)?;
    ChangeEvent::export_all(&cfg)?;
    Gathered::export_all(&cfg)?;
    Answers::export_all(&cfg)?;
    Suggestion::export_all(&cfg)?;
    ScopeFound::export_all(&cfg)?;
    Report::export_all(&cfg)?;
    PostmortemView::export_all(&cfg)?;
    PublishedRead::export_all(&cfg)?;
    PostmortemRow::export_all(&cfg)?;
    PostmortemChange::export_all(&cfg)?;
    NewComment::export_all(&cfg)?;
    SectionVersion::export_all(&cfg)?;
    ActionBoard::export_all(&cfg)?;
    Tracker::export_all(&cfg)?;
    TrackerView::export_all(&cfg)?;
    SaveTracker::export_all(&cfg)?;
    PostmortemFormat::export_all(&cfg)?;
    PostmortemImported::export_all(&cfg)?;
    SimilarRow::export_all(&cfg)?;
    WaitingRow::export_all(&cfg)?;
    RunbookRead::export_all(&cfg)?;
    RunbookFound::export_all(&cfg)?;
    RunbookVersionRow::export_all(&cfg)?;
    Difference::export_all(&cfg)?;
    RunPrepared::export_all(&cfg)?;
    RunState::export_all(&cfg)?;
    std::fs::write(dir.join("Commands.ts"), commands())?;
    Ok(())
}

/// `Commands.ts`: what the window can ask of the core.
fn commands() -> String {
    // Types have names with a capital; of these only the list is TypeScript's own.
    let types: BTreeSet<&str> = COMMANDS
        .iter()
        .flat_map(|(_, args, result)| [args, result])
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| word.starts_with(char::is_uppercase) && *word != "Array")
        .collect();
    let mut text =
        String::from("// This file is generated from the command table of the core. Do not edit it.\n");
    for name in types {
        text.push_str(&format!("import type {{ {name} }} from \"./{name}\";\n"));
    }
    text.push_str(
        "\n/** Every command of the core: its arguments and its result. */\nexport type Commands = {\n",
    );
    for (name, args, result) in COMMANDS {
        let args = if args.is_empty() { "Record<string, never>".to_owned() } else { format!("{{ {args} }}") };
        text.push_str(&format!("  {name}: {{ args: {args}; result: {result} }};\n"));
    }
    text.push_str("};\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn files(dir: &Path) -> BTreeMap<String, String> {
        std::fs::read_dir(dir)
            .unwrap()
            .map(|e| e.unwrap())
            .filter(|e| e.path().is_file())
            .map(|e| (e.file_name().into_string().unwrap(), std::fs::read_to_string(e.path()).unwrap()))
            .collect()
    }

    #[test]
    fn the_committed_typescript_is_what_the_rust_says() {
        let fresh = tempfile::tempdir().unwrap();
        export(fresh.path()).unwrap();
        let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/bindings");
        let (fresh, committed) = (files(fresh.path()), files(&committed));
        let differing: Vec<_> = fresh
            .keys()
            .chain(committed.keys())
            .filter(|name| fresh.get(*name) != committed.get(*name))
            .collect();
        assert!(differing.is_empty(), "{differing:?} are out of date; run: {REGENERATE}");
    }
}
