//! Postmortems, and the actions that come of them.

use super::Nothing;
use super::incidents::{downloads, not_written};
use super::library::gone_or;
use crate::ClientApp;
use crate::export::{write_beside, write_file};
use crate::library::history;
use crate::postmortem::{
    Known, Listing, document_of, invitation, leave, leave_public, likest, public_document_of, published,
    view, with_subject,
};
use crate::words::{error, of_library};
use firebell_domain::IncidentId;
use firebell_domain::attachment::Attachment;
use firebell_domain::postmortem::import::PictureFile;
use firebell_domain::postmortem::{Frozen, Picture, PostmortemChange, difference_named, import, joined};
use firebell_domain::runbook::{Difference, compare};
use firebell_log::{OpId, RecordId};
use firebell_protocol::incidents::Exported;
use firebell_protocol::postmortem::{
    ActionBoard, NewComment, PostmortemFormat, PostmortemImported, PostmortemRow, PostmortemView,
    PublishedRead, SectionVersion, SimilarRow, WaitingRow,
};
use firebell_protocol::window::WindowError;
use firebell_store::library::IncidentFilter;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Incidents that are looked through for those that need one, the newest first.
const LOOKED_AT: u32 = 1_000;
/// Versions of a section that are listed.
const VERSIONS_MAX: usize = 200;

#[derive(Deserialize)]
pub(super) struct TheIncident {
    incident: IncidentId,
}

/// As it stands now, keys that were just typed included.
pub(super) async fn one(app: Arc<ClientApp>, args: TheIncident) -> Result<PostmortemView, WindowError> {
    let known = known(&app, args.incident).await?;
    let language = app.language.of(app.team().as_ref());
    Ok(view(known, language.as_deref(), app.team().as_ref(), app.person().as_ref(), app.team_time()))
}

async fn known(app: &Arc<ClientApp>, incident: IncidentId) -> Result<Known, WindowError> {
    let (detail, fields, texts, comments, pending) = app
        .clone()
        .written(move |library, _| {
            let texts = library.postmortem_texts(incident)?;
            let comments = library.postmortem_comments(incident)?;
            let pending = library.postmortem_is_pending(incident)?;
            let store = library.store();
            let found = (store.incident(incident)?, store.is_gone(incident)?);
            Ok(((found, store.postmortem_fields(incident)?, texts, comments, pending), vec![]))
        })
        .await?;
    Ok(Known { detail: gone_or(detail)?, fields, texts, comments, pending })
}

#[derive(Deserialize)]
pub(super) struct Export {
    incident: IncidentId,
    format: PostmortemFormat,
    /// The public version, and nothing else.
    #[serde(default)]
    public: bool,
}

/// Writes it as a file into the person's folder of downloads.
pub(super) async fn export(app: Arc<ClientApp>, args: Export) -> Result<Exported, WindowError> {
    let folder = downloads(&app)?;
    let known = known(&app, args.incident).await?;
    let (team, me, now) = (app.team(), app.person(), app.team_time());
    let (public, format) = (args.public, args.format);
    let mut document = match public {
        true => public_document_of(&known)?,
        false => document_of(&known, team.as_ref(), me.as_ref(), now),
    };
    let mut missing = 0;
    // Data names them by their hash alone: nothing is fetched for it, and nothing is missing in it.
    let is_data = matches!(format, PostmortemFormat::Yaml | PostmortemFormat::Json);
    let shows = if is_data { Default::default() } else { document.shows() };
    for hash in shows.into_iter().map(str::to_owned).collect::<Vec<_>>() {
        match app.clone().attachment_bytes(args.incident, &hash).await {
            Some((media_type, bytes)) => {
                document.pictures.insert(hash, Picture { media_type, bytes });
            }
            None => missing += 1,
        }
    }
    // Setting pages and looking through the fonts takes a moment, and nobody waits for it.
    let written = tokio::task::spawn_blocking(move || {
        let made = match public {
            true => leave_public(&document, format, now)?,
            false => leave(&known, &document, format, team.as_ref(), me.as_ref(), now)?,
        };
        for (path, bytes) in &made.beside {
            write_beside(&folder, path, bytes).map_err(|e| not_written(&folder, &e))?;
        }
        write_file(&folder, &made.name, format.ending(), &made.bytes).map_err(|e| not_written(&folder, &e))
    });
    let path = written
        .await
        .map_err(|e| error("refused", format!("The file was not written: {e}. Try again.")))??;
    Ok(Exported { path: path.display().to_string(), count: 1, missing })
}

/// The review meeting as a file for calendars.
pub(super) async fn calendar(app: Arc<ClientApp>, args: TheIncident) -> Result<Exported, WindowError> {
    let folder = downloads(&app)?;
    let known = known(&app, args.incident).await?;
    let made = invitation(&known, app.team().as_ref(), app.person().as_ref(), app.team_time())?;
    let path = write_file(&folder, &made.name, "ics", &made.bytes).map_err(|e| not_written(&folder, &e))?;
    Ok(Exported { path: path.display().to_string(), count: 1, missing: 0 })
}

#[derive(Deserialize)]
pub(super) struct Set {
    incident: IncidentId,
    change: PostmortemChange,
}

pub(super) async fn set(app: Arc<ClientApp>, args: Set) -> Result<(), WindowError> {
    let Set { incident, change } = args;
    let change = match change {
        PostmortemChange::Picture { picture } => {
            let known = app.clone().name_attachments(incident, vec![picture], None).await?;
            let gone = || error("bad_input", "The picture is no longer on this computer. Paste it again.");
            PostmortemChange::Picture { picture: known.into_iter().next().ok_or_else(gone)? }
        }
        change => change,
    };
    let team = app.team();
    app.written(move |library, at| library.postmortem_set(incident, &change, team.as_ref(), at)).await
}

#[derive(Deserialize)]
pub(super) struct TheLine {
    incident: IncidentId,
    /// Of the timeline.
    key: String,
}

/// A line of the timeline is said together with the one before it.
pub(super) async fn join(app: Arc<ClientApp>, args: TheLine) -> Result<(), WindowError> {
    let TheLine { incident, key } = args;
    let known = known(&app, incident).await?;
    let (team, me, now) = (app.team(), app.person(), app.team_time());
    let found = with_subject(&known, team.as_ref(), me.as_ref(), now, |subject| joined(subject.lines, &key));
    let edits = found.map_err(|refused| of_library(refused.into()))?;
    app.written(move |library, at| {
        let mut outputs = vec![];
        for (key, edit) in edits {
            let change = PostmortemChange::Line { key, edit: Some(edit) };
            let ((), more) = library.postmortem_set(incident, &change, team.as_ref(), at)?;
            outputs.extend(more);
        }
        Ok(((), outputs))
    })
    .await
}

#[derive(Deserialize)]
pub(super) struct OfVersion {
    incident: IncidentId,
    /// `None`: the one that stands.
    version: Option<OpId>,
}

/// What was published, and what has been corrected since.
pub(super) async fn as_published(app: Arc<ClientApp>, args: OfVersion) -> Result<PublishedRead, WindowError> {
    let OfVersion { incident, version } = args;
    let known = known(&app, incident).await?;
    let history = app.look(move |q| q.field_history(&RecordId::postmortem(incident), Frozen::FIELD)).await?;
    let (team, me) = (app.team(), app.person());
    // Two long texts take a while to compare.
    let read =
        tokio::task::spawn_blocking(move || published(&known, history, version, team.as_ref(), me.as_ref()));
    let read = read.await.map_err(|e| error("refused", format!("It was not compared: {e}. Try again.")))?;
    read.ok_or_else(|| {
        error(
            "refused",
            "What was published is not kept on this computer (any more). Look at the postmortem.",
        )
    })
}

#[derive(Deserialize)]
pub(super) struct Say {
    incident: IncidentId,
    comment: NewComment,
}

/// A comment on a passage; `null`: the text has gone on, and the editor follows first.
pub(super) async fn comment(app: Arc<ClientApp>, args: Say) -> Result<Option<String>, WindowError> {
    app.written(move |library, at| library.postmortem_comment(args.incident, &args.comment, at)).await
}

#[derive(Deserialize)]
pub(super) struct TheComment {
    incident: IncidentId,
    comment: String,
}

/// Writes what a comment suggests.
pub(super) async fn accept(app: Arc<ClientApp>, args: TheComment) -> Result<(), WindowError> {
    app.written(move |library, at| library.postmortem_accept(args.incident, &args.comment, at)).await
}

#[derive(Deserialize)]
pub(super) struct TheSection {
    incident: IncidentId,
    section: String,
}

/// The history of a section, the newest version first.
pub(super) async fn versions(
    app: Arc<ClientApp>,
    args: TheSection,
) -> Result<Vec<SectionVersion>, WindowError> {
    // Keys that are not written down yet belong to it.
    app.clone().written(|library, at| library.flush(at)).await?;
    app.look(move |q| {
        let mut all = history::versions(q, args.incident, &args.section)?;
        all.truncate(VERSIONS_MAX);
        Ok(all)
    })
    .await
}

#[derive(Deserialize)]
pub(super) struct Between {
    incident: IncidentId,
    section: String,
    /// `None`: before the first one.
    from: Option<OpId>,
    /// `None`: as it stands.
    to: Option<OpId>,
}

pub(super) async fn diff(app: Arc<ClientApp>, args: Between) -> Result<Difference, WindowError> {
    let texts = app.look(move |q| {
        let Between { incident, section, from, to } = args;
        let from = history::text_at(q, incident, &section, from)?;
        let to = match to {
            Some(version) => history::text_at(q, incident, &section, Some(version))?,
            None => Some(q.postmortem_texts(incident)?.remove(&section).unwrap_or_default()),
        };
        Ok(from.zip(to).map(|(from, to)| difference_named(compare(&from, &to))))
    });
    texts.await?.ok_or_else(|| of_library(history::no_version().into()))
}

#[derive(Deserialize)]
pub(super) struct TheVersion {
    incident: IncidentId,
    section: String,
    version: OpId,
}

pub(super) async fn restore(app: Arc<ClientApp>, args: TheVersion) -> Result<(), WindowError> {
    app.written(move |library, at| library.section_restore(args.incident, &args.section, args.version, at))
        .await
}

/// Those that were begun, and those that are needed; the newest incident first.
pub(super) async fn all(app: Arc<ClientApp>, _: Nothing) -> Result<Vec<PostmortemRow>, WindowError> {
    let (team, now) = (app.team(), app.team_time());
    app.look(move |q| {
        let written = q.postmortems()?;
        let statuses = vec![firebell_domain::incident::Status::Resolved];
        let resolved = IncidentFilter { statuses, ..IncidentFilter::default() };
        let resolved = q.incidents(&resolved, LOOKED_AT, 0)?.into_iter().map(|row| row.incident.id);
        let ids: BTreeSet<IncidentId> = resolved.chain(written.iter().copied()).collect();
        let (listing, mut rows) = (Listing::new(team.as_ref(), now), vec![]);
        for id in ids {
            let Some(listed) = q.postmortem_listed(id)? else { continue };
            rows.extend(listing.row(&listed, written.contains(&id), q.postmortem_is_pending(id)?));
        }
        rows.sort_by_key(|row| std::cmp::Reverse(row.incident.incident.moments.declared_at));
        Ok(rows)
    })
    .await
}

/// What waits for this person, the most urgent first.
pub(super) async fn mine(app: Arc<ClientApp>, _: Nothing) -> Result<Vec<WaitingRow>, WindowError> {
    let now = app.team_time();
    // Without a team nobody asks anything of anybody.
    let Some((team, me)) = app.team().zip(app.person()) else { return Ok(vec![]) };
    app.look(move |q| {
        let written = q.postmortems()?;
        let (listing, mut rows) = (Listing::new(Some(&team), now), vec![]);
        for id in q.postmortems_about(&me)? {
            if let Some(listed) = q.postmortem_listed(id)? {
                rows.extend(listing.waiting(&listed, written.contains(&id), &me));
            }
        }
        rows.sort_by_key(|row| row.waits.urgency(now));
        Ok(rows)
    })
    .await
}

pub(super) async fn actions(app: Arc<ClientApp>, _: Nothing) -> Result<ActionBoard, WindowError> {
    let (team, me, now) = (app.team(), app.person(), app.team_time());
    app.look(move |q| {
        let mut all = vec![];
        for id in q.postmortems()? {
            all.extend(q.postmortem_listed(id)?);
        }
        Ok(Listing::new(team.as_ref(), now).board(&all, me.as_ref()))
    })
    .await
}

#[derive(Deserialize)]
pub(super) struct Import {
    /// What is in the file.
    text: String,
    /// Of the file; its ending says what it is.
    name: String,
    /// Pictures that were chosen beside it: what their files are called, and as what they were kept here.
    #[serde(default)]
    pictures: Vec<(String, Attachment)>,
}

/// A postmortem that was written elsewhere, with an incident that is over. Nobody is rung or told.
pub(super) async fn import(app: Arc<ClientApp>, args: Import) -> Result<PostmortemImported, WindowError> {
    let Import { text, name, pictures } = args;
    let files: Vec<PictureFile> =
        pictures.into_iter().map(|(file, picture)| PictureFile { file, picture }).collect();
    let read = tokio::task::spawn_blocking(move || {
        import::import(&text, &name).map(|mut read| {
            read.show(&files);
            (read, name)
        })
    });
    let read = read.await.map_err(|e| error("refused", format!("The file was not read: {e}. Try again.")))?;
    let (mut read, name) = read.map_err(|refused| of_library(refused.into()))?;
    let incident = app.clone().written(|library, _| Ok((library.new_incident(), vec![]))).await?;
    // Looked up, not believed; from now on they belong to this incident.
    read.pictures = app.clone().name_attachments(incident, read.pictures, None).await?;
    let (title, team) = (read.file.title.clone(), app.team());
    let not_understood =
        app.written(move |l, at| l.postmortem_import(incident, &read, &name, team.as_ref(), at)).await?;
    Ok(PostmortemImported { incident, title, not_understood })
}

/// Those that were like it, from this computer's library, the likest first.
pub(super) async fn similar(app: Arc<ClientApp>, args: TheIncident) -> Result<Vec<SimilarRow>, WindowError> {
    let id = args.incident;
    let found = app.look(move |q| {
        let rows = q.incidents(&IncidentFilter::default(), LOOKED_AT, 0)?;
        let Some(this) = q.incident_row(id)? else { return Ok((None, q.is_gone(id)?)) };
        let written = q.postmortems()?;
        let mut all = vec![];
        for row in rows.into_iter().filter(|row| row.incident.id != id).chain([this]) {
            let of = row.incident.id;
            let found = if written.contains(&of) {
                (q.postmortem_fields(of)?, q.postmortem_texts(of)?)
            } else {
                Default::default()
            };
            all.push((row, found));
        }
        Ok((Some(likest(all)), false))
    });
    gone_or(found.await?)
}
