//! The bytes of a side file. All numbers are little-endian; a *sum* is the beginning of a SHA-256.
//!
//! ```text
//! header   0  "FBUNSENT"    8  format, 4 bytes     12  sum of all before, 4 bytes
//!         16  mark of the key, 16 bytes            32  id of the file, 8 bytes     40  sum of all before, 8 bytes
//! record   0  "FBrc"        4  length of what is sealed, 4 bytes
//!          8  id of the file, 8 bytes              16  sum of all before, 4 bytes
//!         20  nonce, 24 bytes                      44  sealed: counter, 8 bytes; the entry; tag, 16 bytes
//! ```
//!
//! A record says its own length and can be found without the ones before it. The seal (XChaCha20-Poly1305) covers its
//! first sixteen bytes too: a record of another side file, left behind in blocks of the disk, is none of this one's.

use crate::StoreError;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use sha2::{Digest, Sha256};

const MAGIC: &[u8; 8] = b"FBUNSENT";
const FORMAT: u32 = 1;
pub(super) const HEADER: usize = 48;

const RECORD_MAGIC: &[u8; 4] = b"FBrc";
/// Of a record, what is before the sealed part.
const FRONT: usize = 44;
const COUNTER: usize = 8;
const TAG: usize = 16;
/// Bytes of one entry: far more than any change, far less than memory.
const LONGEST: usize = 64 << 20;

/// A fresh one for every side file; a rewrite keeps it.
pub(super) type FileId = [u8; 8];

/// The keys of a side file, made from the store's.
pub(super) struct Keys {
    seal: XChaCha20Poly1305,
    /// Tells a wrong key from damage and gives nothing away.
    mark: [u8; 16],
}

/// What the beginning of a file says.
#[derive(Debug, PartialEq)]
pub(super) enum Header {
    Good(FileId),
    OtherKey,
    /// A format that is not known here.
    Newer(u32),
    Damaged,
}

/// A record as it was found.
pub(super) struct Found {
    pub counter: u64,
    pub entry: Vec<u8>,
    pub file: FileId,
    pub length: usize,
}

impl Keys {
    /// `key`: 64 hexadecimal digits.
    pub(super) fn new(key: &str) -> Result<Self, StoreError> {
        let bytes = hex::decode(key).ok().filter(|bytes| bytes.len() == 32).ok_or(StoreError::BadKey)?;
        let source = hkdf::Hkdf::<Sha256>::new(None, &bytes);
        let mut seal = [0; 32];
        let mut mark = [0; 16];
        // Fails only for more than 8 kB of key.
        source.expand(b"firebell side file seal", &mut seal).map_err(|_| StoreError::BadKey)?;
        source.expand(b"firebell side file key mark", &mut mark).map_err(|_| StoreError::BadKey)?;
        Ok(Self { seal: XChaCha20Poly1305::new(&seal.into()), mark })
    }

    pub(super) fn header(&self, file: FileId) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        header[..8].copy_from_slice(MAGIC);
        header[8..12].copy_from_slice(&FORMAT.to_le_bytes());
        put_sum(&mut header, 12..16);
        header[16..32].copy_from_slice(&self.mark);
        header[32..40].copy_from_slice(&file);
        put_sum(&mut header, 40..48);
        header
    }

    pub(super) fn read_header(&self, bytes: &[u8]) -> Header {
        // The first sixteen bytes mean the same in every format.
        if bytes.get(..8) != Some(MAGIC) || !sum_fits(bytes, 12..16) {
            return Header::Damaged;
        }
        match number(bytes, 8) {
            Some(FORMAT) => {}
            Some(newer) => return Header::Newer(newer),
            None => return Header::Damaged,
        }
        if !sum_fits(bytes, 40..48) {
            return Header::Damaged;
        }
        if bytes[16..32] != self.mark {
            return Header::OtherKey;
        }
        file_id(bytes, 32).map_or(Header::Damaged, Header::Good)
    }

    /// Appends a record to `to`.
    pub(super) fn write(
        &self,
        to: &mut Vec<u8>,
        file: FileId,
        counter: u64,
        entry: &[u8],
    ) -> std::io::Result<()> {
        use std::io::{Error, ErrorKind::InvalidInput};
        if entry.len() > LONGEST {
            return Err(Error::new(InvalidInput, "an entry of more than 64 MiB"));
        }
        let length = u32::try_from(COUNTER + entry.len() + TAG).map_err(|e| Error::new(InvalidInput, e))?;
        let start = to.len();
        to.extend_from_slice(RECORD_MAGIC);
        to.extend_from_slice(&length.to_le_bytes());
        to.extend_from_slice(&file);
        to.extend_from_slice(&[0; 4]);
        put_sum(&mut to[start..], 16..20);
        // Random and 24 bytes long: never the same twice.
        let nonce: [u8; 24] = rand::random();
        let mut plain = counter.to_le_bytes().to_vec();
        plain.extend_from_slice(entry);
        let sealed = self
            .seal
            .encrypt(&nonce.into(), Payload { msg: &plain, aad: &to[start..start + 16] })
            .map_err(|_| Error::new(InvalidInput, "an entry that cannot be sealed"))?;
        to.extend_from_slice(&nonce);
        to.extend_from_slice(&sealed);
        Ok(())
    }

    /// The record at the beginning of `bytes`, when it is whole and ours.
    pub(super) fn read(&self, bytes: &[u8]) -> Option<Found> {
        let length = record_length(bytes)?;
        let record = bytes.get(..length)?;
        let nonce: [u8; 24] = record[20..FRONT].try_into().ok()?;
        let payload = Payload { msg: &record[FRONT..], aad: &record[..16] };
        let plain = self.seal.decrypt(&nonce.into(), payload).ok()?;
        let (counter, entry) = plain.split_first_chunk::<COUNTER>()?;
        Some(Found {
            counter: u64::from_le_bytes(*counter),
            entry: entry.to_vec(),
            file: file_id(record, 8)?,
            length,
        })
    }
}

/// How long the record is that begins here, if one does. It may end behind the end of the file.
pub(super) fn record_length(bytes: &[u8]) -> Option<usize> {
    if bytes.get(..4) != Some(RECORD_MAGIC) || !sum_fits(bytes, 16..20) {
        return None;
    }
    let sealed = usize::try_from(number(bytes, 4)?).ok()?;
    (sealed >= COUNTER + TAG).then_some(FRONT + sealed)
}

/// Where the next record may begin, at `from` or later.
pub(super) fn next_record(bytes: &[u8], from: usize) -> Option<usize> {
    let found = bytes.get(from..)?.windows(RECORD_MAGIC.len()).position(|w| w == RECORD_MAGIC)?;
    Some(from + found)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn file_id(bytes: &[u8], at: usize) -> Option<FileId> {
    bytes.get(at..at + 8)?.try_into().ok()
}

fn put_sum(bytes: &mut [u8], at: std::ops::Range<usize>) {
    let sum = Sha256::digest(&bytes[..at.start]);
    bytes[at.clone()].copy_from_slice(&sum[..at.len()]);
}

fn sum_fits(bytes: &[u8], at: std::ops::Range<usize>) -> bool {
    let Some(there) = bytes.get(at.clone()) else { return false };
    Sha256::digest(&bytes[..at.start])[..at.len()] == *there
}
