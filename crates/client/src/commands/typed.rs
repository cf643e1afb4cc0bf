//! What was typed and not sent: it outlives the window, and lies on the disk encrypted.

use super::Nothing;
use crate::ClientApp;
use crate::words::{error, of_store};
use firebell_protocol::window::WindowError;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes of a form's name, and of its words: more than any of the fields takes.
const FORM_MAX: usize = 200;
const WORDS_MAX: usize = 256 * 1_024;

pub(super) async fn all(app: Arc<ClientApp>, _: Nothing) -> Result<BTreeMap<String, String>, WindowError> {
    app.step(|r, _| r.typed().map(|typed| (typed, vec![])).map_err(|e| of_store(&e)))
}

#[derive(Deserialize)]
pub(super) struct Keep {
    form: String,
    words: String,
}

pub(super) async fn keep(app: Arc<ClientApp>, args: Keep) -> Result<(), WindowError> {
    if args.form.is_empty() || args.form.len() > FORM_MAX {
        return Err(error("bad_input", format!("form: choose a name of 1 to {FORM_MAX} bytes.")));
    }
    if args.words.len() > WORDS_MAX {
        return Err(error(
            "bad_input",
            format!("words: at most {} KiB are kept; send them, or make them shorter.", WORDS_MAX / 1_024),
        ));
    }
    app.stepped(|r, at| r.typed_keep(args.form, args.words, at))
}
