//! Errors as the window is told them.

use crate::keychain::KeychainError;
use crate::library::LibraryError;
use crate::pager::AskError;
use firebell_domain::refusal::RefusalCode;
use firebell_protocol::window::WindowError;
use firebell_store::StoreError;

pub(crate) fn error(code: &str, words: impl Into<String>) -> WindowError {
    WindowError { code: code.to_owned(), words: words.into() }
}

pub(crate) fn of_store(e: &StoreError) -> WindowError {
    tracing::error!(error = %e, source = ?std::error::Error::source(e), "the store failed");
    let mut words = e.to_string();
    // Errors are lower-case clauses; people read sentences.
    if let Some(first) = words.get(..1).map(str::to_uppercase) {
        words.replace_range(..1, &first);
    }
    words.push('.');
    error("store", words)
}

pub(crate) fn of_ask(e: AskError) -> WindowError {
    match e {
        AskError::Refused(refusal) => error("refused", refusal.words),
        AskError::Store(e) => of_store(&e),
    }
}

pub(crate) fn of_library(e: LibraryError) -> WindowError {
    match e {
        LibraryError::Refused(refusal) if refusal.code == RefusalCode::BadInput => {
            error("bad_input", refusal.words)
        }
        LibraryError::Refused(refusal) => error("refused", refusal.words),
        LibraryError::Store(e) => of_store(&e),
    }
}

pub(crate) fn of_keychain(e: &KeychainError) -> WindowError {
    error("keychain", e.to_string())
}
