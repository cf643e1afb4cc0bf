//! The checks that every posted body passes before anybody looks at its fields.

use serde_json::Value;

/// Bytes of a body (contract).
pub const BODY_MAX: usize = 512 * 1024;
/// Levels of objects and lists inside each other (contract).
pub const DEPTH_MAX: usize = 64;

/// Why a body cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBody {
    #[error("The body is larger than 512 KiB. Send fewer alerts at once, or shorter texts.")]
    TooLarge,
    #[error("The body is not UTF-8. Encode it as UTF-8 and send it again.")]
    NotUtf8,
    #[error("The body holds a NUL character. Remove it and send the body again.")]
    Nul,
    #[error("The body is nested deeper than {DEPTH_MAX} levels. Send it flatter.")]
    TooDeep,
    #[error("The body is not JSON: {0}.")]
    NotJson(String),
}

impl BadBody {
    /// The HTTP status of the contract.
    pub fn status(&self) -> u16 {
        if *self == Self::TooLarge { 413 } else { 400 }
    }
}

/// The body as JSON.
pub fn read(bytes: &[u8]) -> Result<Value, BadBody> {
    if bytes.len() > BODY_MAX {
        return Err(BadBody::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| BadBody::NotUtf8)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\0') {
        return Err(BadBody::Nul);
    }
    if depth(text) > DEPTH_MAX {
        return Err(BadBody::TooDeep);
    }
    let value: Value = serde_json::from_str(text).map_err(|e| BadBody::NotJson(e.to_string()))?;
    // `\u0000` is JSON, and no database column for text can hold it.
    if has_nul(&value) {
        return Err(BadBody::Nul);
    }
    Ok(value)
}

/// The deepest nesting, counted on the text: a parser that recurses is never given more than it can take.
fn depth(text: &str) -> usize {
    let (mut now, mut most, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                now += 1;
                most = most.max(now);
            }
            b'}' | b']' => now = now.saturating_sub(1),
            _ => {}
        }
    }
    most
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(s) => s.contains('\0'),
        Value::Array(all) => all.iter().any(has_nul),
        Value::Object(map) => map.iter().any(|(k, v)| k.contains('\0') || has_nul(v)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_600_kib_is_too_large() {
        let big = format!("{{\"title\":\"{}\"}}", "x".repeat(600 * 1024));
        assert_eq!(read(big.as_bytes()).unwrap_err().status(), 413);
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for body in ["", "{", "hello", "{\"a\":}", "{\"a\":1}x", "{\"a\":\"\\ud800\"}", "\u{1}"] {
            assert_eq!(read(body.as_bytes()).unwrap_err().status(), 400, "{body:?}");
        }
        assert_eq!(read(b"{\"a\":\"\xff\"}"), Err(BadBody::NotUtf8));
    }

    #[test]
    fn nul_is_refused_raw_and_escaped() {
        assert_eq!(read(b"{\"a\":\"x\0\"}"), Err(BadBody::Nul));
        assert_eq!(read(b"{\"a\":[{\"b\":\"\\u0000\"}]}"), Err(BadBody::Nul));
        assert_eq!(read(b"{\"a\\u0000\":1}"), Err(BadBody::Nul));
    }

    #[test]
    fn sixty_four_levels_are_read_and_one_more_is_not() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(read(nested(64).as_bytes()).is_ok());
        assert_eq!(read(nested(65).as_bytes()), Err(BadBody::TooDeep));
        assert_eq!(read("[".repeat(200_000).as_bytes()), Err(BadBody::TooDeep));
        let brackets_in_text = format!("{{\"a\":\"{}\"}}", "[\\\"".repeat(100));
        assert!(read(brackets_in_text.as_bytes()).is_ok());
    }
}
