//! What can go wrong with a store, told apart because each has another remedy.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The key is not 64 hexadecimal digits.
    #[error(
        "the store's key in the keychain is not a key; delete the entry `store-key` and join the team again"
    )]
    BadKey,
    /// The file was written with another key.
    #[error("{path} was encrypted with another key than the one in the keychain", path = .0.display())]
    WrongKey(PathBuf),
    /// The key is right and the content is not.
    #[error("{path} is damaged", path = .0.display())]
    Corrupt(PathBuf),
    /// A newer version of the program wrote it.
    #[error("the store was written by a newer version of Firebell (it knows `{0}`); update this one")]
    Newer(String),
    #[error("the folder of the store cannot be used; check that it exists and is yours")]
    Folder(#[source] std::io::Error),
    #[error("the store could not be read or written; check the free space of the disk")]
    Database(#[from] rusqlite::Error),
    /// What was not yet sent could not be kept beside the database.
    #[error("the file of unsent changes could not be read or written; check the free space of the disk")]
    SideFile(#[source] std::io::Error),
    /// An operation is to be written under a name that is not free, or not this library's.
    #[error("the operation {0} does not come next")]
    OutOfTurn(firebell_log::OpId),
    /// A row that this version cannot read.
    #[error("a row of `{table}` in the store cannot be read")]
    Row {
        table: &'static str,
        #[source]
        source: serde_json::Error,
    },
}

impl StoreError {
    /// Only setting the file aside and starting over helps.
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::WrongKey(_) | Self::Corrupt(_))
    }
}
