//! Comments on passages of a postmortem: where they stand now, and what is done with them.

use super::documents::of_text;
use super::{Library, LibraryError, Output};
use crate::pager::Moment;
use crate::postmortem::fields;
use firebell_domain::postmortem::{Comment, PostmortemChange, WrittenComment, comments, quote};
use firebell_domain::refusal::RefusalCode;
use firebell_domain::team::Role;
use firebell_domain::{IncidentId, Refusal};
use firebell_log::{DocumentId, RecordId, TextChange, TextDocument};
use firebell_protocol::postmortem::{NewComment, PlacedComment};
use firebell_protocol::window::Change as Topic;
use std::collections::BTreeMap;

impl Library {
    /// All comments of a postmortem with where their passages are, keys that were just typed included.
    pub fn postmortem_comments(&mut self, incident: IncidentId) -> Result<Vec<PlacedComment>, LibraryError> {
        let all = comments(&fields(&self.store.postmortem_fields(incident)?));
        let me = self.me.clone();
        let (mut placed, mut texts) = (vec![], BTreeMap::<String, String>::new());
        for comment in all {
            let document = self.opened(&section(incident, &comment))?.document();
            // A long text is put together once, not for each of its comments.
            let text = texts.entry(comment.written.section.clone()).or_insert_with(|| document.text());
            let found = place(document, text, &comment);
            let stands = found.as_ref().is_some_and(|(_, words)| *words == comment.written.quote);
            let (place, words) = found.unzip();
            placed.push(PlacedComment {
                mine: me.as_ref() == Some(&comment.by),
                changed: comment.written.suggestion.is_some() && !stands,
                place,
                words: words.unwrap_or_default(),
                comment,
            });
        }
        Ok(placed)
    }

    /// A comment on what is selected in an editor that has seen a version of the text; `None`: the text has gone on since,
    /// and the editor has to follow first.
    pub fn postmortem_comment(
        &mut self,
        incident: IncidentId,
        new: &NewComment,
        at: Moment,
    ) -> Result<(Option<String>, Vec<Output>), LibraryError> {
        let id = DocumentId { record: RecordId::postmortem(incident), section: new.section.clone() };
        let (from, to) = new.place;
        let open = self.opened(&id)?;
        let (version, text) = open.open();
        if version != new.version {
            return Ok((None, vec![]));
        }
        let anchor = open.anchor(from, to).map_err(of_text)?;
        let comment = WrittenComment {
            section: new.section.clone(),
            anchor: anchor.to_string(),
            quote: quote(&words(&text, (from, to)), new.suggestion.is_some())?,
            text: new.text.trim().to_owned(),
            suggestion: new.suggestion.clone(),
        };
        // The team hears of the letters before it hears what is said about them.
        let mut outputs = self.write_texts(at)?;
        let name = (self.ids)().simple().to_string();
        let change = PostmortemChange::Comment { id: name.clone(), comment: Some(comment) };
        let ((), more) = self.postmortem_set(incident, &change, None, at)?;
        outputs.extend(more);
        Ok((Some(name), outputs))
    }

    /// Writes what a comment suggests in the place of its passage, as an edit by whoever accepts it.
    pub fn postmortem_accept(
        &mut self,
        incident: IncidentId,
        comment: &str,
        at: Moment,
    ) -> Result<((), Vec<Output>), LibraryError> {
        self.may_act()?;
        let all = comments(&fields(&self.store.postmortem_fields(incident)?));
        let words = "This comment was taken back. Look at the section again.";
        let found = all.into_iter().find(|c| c.id == comment);
        let found = found.ok_or_else(|| Refusal::new(RefusalCode::NotFound, words))?;
        let id = section(incident, &found);
        let open = self.opened(&id)?;
        let place = place(open.document(), &open.document().text(), &found);
        let insert = found.accepted(place.as_ref().map(|(_, words)| words.as_str()))?.to_owned();
        if let Some(((from, to), _)) = place {
            open.write(&[TextChange { at: from, delete: to - from, insert }]).map_err(of_text)?;
        }
        let mut outputs = self.write_texts(at)?;
        let change = PostmortemChange::Resolve { comment: found.id, resolved: true };
        let ((), more) = self.postmortem_set(incident, &change, None, at)?;
        outputs.extend(more);
        outputs.push(Output::Changed(Topic::Document { document: id.to_string() }));
        Ok(((), outputs))
    }

    /// The role of whoever writes here, as far as the team is known on this computer.
    pub(super) fn role(&self) -> Result<Option<Role>, LibraryError> {
        let me = self.author()?;
        Ok(self.store.team()?.and_then(|team| team.person(&me).map(|p| p.role)))
    }

    /// Whoever only reads along writes nothing into a postmortem.
    pub(super) fn may_act(&self) -> Result<(), LibraryError> {
        Ok(self.role()?.map_or(Ok(()), Role::may_act)?)
    }
}

fn section(incident: IncidentId, comment: &Comment) -> DocumentId {
    DocumentId { record: RecordId::postmortem(incident), section: comment.written.section.clone() }
}

/// Where the words are, and what they say now; `None`: they are gone. `text`: of the document.
fn place(document: &TextDocument, text: &str, comment: &Comment) -> Option<((u32, u32), String)> {
    let place = comment.written.anchor.parse().ok().and_then(|anchor| document.place(&anchor));
    match place {
        Some(place) => Some(place).filter(|(from, to)| from < to),
        // Letters that went under another name since (a computer's disk was copied): the words, if they stand there once.
        None => once(text, &comment.written.quote),
    }
    .map(|place| (place, words(text, place)))
}

fn once(text: &str, words: &str) -> Option<(u32, u32)> {
    let mut found = text.match_indices(words).map(|(at, _)| at);
    let (first, more) = (found.next()?, found.next());
    let units = |text: &str| text.encode_utf16().count() as u32;
    let from = units(text.get(..first)?);
    more.is_none().then(|| (from, from + units(words)))
}

fn words(text: &str, (from, to): (u32, u32)) -> String {
    let units: Vec<u16> = text.encode_utf16().skip(from as usize).take((to - from) as usize).collect();
    String::from_utf16_lossy(&units)
}
