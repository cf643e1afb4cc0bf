//! Tokens: made, stored as hashes, compared without telling how far they agree.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use firebell_domain::Instant;
use hmac::{Hmac, KeyInit, Mac};
use rand::RngExt;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// SHA-256 of a token: all that is ever stored of one. Tokens are 256 (integration keys 128) random bits, so a
/// slow password hash would protect nothing more.
pub type TokenHash = [u8; 32];

/// 256 random bits, as URL-safe base64 (43 characters).
pub fn token() -> String {
    let bytes: [u8; 32] = rand::rng().random();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// An integration key: 32 hexadecimal characters, the length that PagerDuty clients insist on.
pub fn integration_key() -> String {
    let bytes: [u8; 16] = rand::rng().random();
    hex::encode(bytes)
}

/// What is stored of a token.
pub fn hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

/// The token of `Authorization: Bearer …`, whoever sends it.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|t| !t.is_empty())
}

/// True when both are the same, in time that does not depend on where they differ.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// HMAC-SHA256, hexadecimal: the signature of a webhook.
pub fn sign_hex(secret: &[u8], message: &[u8]) -> String {
    hex::encode(mac(secret, message))
}

fn mac(secret: &[u8], message: &[u8]) -> [u8; 32] {
    // HMAC takes keys of every length, so this cannot fail; a key that were refused must sign nothing.
    let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(secret) else { return [0; 32] };
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// What an acknowledge link says: which message it came with, and until when it can be used. Whose it is and that
/// it is used once is known to the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AckToken {
    pub message: Uuid,
    pub expires: Instant,
}

impl AckToken {
    /// The token's text, signed with the server's secret. Layout: 16 bytes message, 8 bytes Unix seconds, 32 bytes
    /// signature; URL-safe base64 (75 characters).
    pub fn seal(&self, secret: &[u8]) -> String {
        let mut bytes = Vec::with_capacity(56);
        bytes.extend(self.message.as_bytes());
        bytes.extend(self.expires.timestamp().to_be_bytes());
        let signature = mac(secret, &labelled(&bytes));
        bytes.extend(signature);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The token behind a text; `None` when the server did not sign it. Whether it has expired is the caller's
    /// question.
    pub fn open(text: &str, secret: &[u8]) -> Option<Self> {
        if text.len() > 100 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (said, signature) = bytes.split_at_checked(24)?;
        if !same(&mac(secret, &labelled(said)), signature) {
            return None;
        }
        let message = Uuid::from_slice(said.get(..16)?).ok()?;
        let seconds = i64::from_be_bytes(said.get(16..)?.try_into().ok()?);
        Some(Self { message, expires: chrono::DateTime::from_timestamp(seconds, 0)? })
    }
}

/// The secret signs other things too; a signature of one kind is worth nothing as another.
fn labelled(bytes: &[u8]) -> Vec<u8> {
    [b"firebell ack link\0".as_slice(), bytes].concat()
}

/// A secret on its way through the program: it is written nowhere by accident.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

impl From<String> for Token {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Token {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_and_never_the_same() {
        assert_eq!(token().len(), 43);
        assert_eq!(integration_key().len(), 32);
        assert_ne!(token(), token());
        assert!(same(&hash("a"), &hash("a")) && !same(&hash("a"), &hash("b")));
    }

    #[test]
    fn a_link_opens_only_as_it_was_signed() {
        let expires = "2026-11-21T03:00:00Z".parse().unwrap();
        let token = AckToken { message: Uuid::from_u128(7), expires };
        let text = token.seal(b"secret");
        assert_eq!(AckToken::open(&text, b"secret"), Some(token));
        assert_eq!(AckToken::open(&text, b"another"), None);
        for i in 0..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[i] = if forged[i] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert!(AckToken::open(&forged, b"secret").is_none(), "character {i}");
        }
        for odd in ["", "A", "====", "é", &"A".repeat(5_000)] {
            assert_eq!(AckToken::open(odd, b"secret"), None);
        }
    }

    #[test]
    fn a_webhook_signature_is_plain_hmac_sha256() {
        // The second test case of RFC 4231.
        let hex = sign_hex(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
