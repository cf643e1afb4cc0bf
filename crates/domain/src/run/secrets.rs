//! Secrets are taken out of what a program prints before it is shown, kept or sent.
//!
//! This is a net, not a wall: it knows the shapes that secrets usually have. A runbook should not print them.

use super::line::{cut, plain_line};
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// What stands in the place of a secret.
pub const MASK: &str = "[secret]";
/// Lines of a private key's block; a longer one has lost its end, and is shown again.
const KEY_LINES_MAX: usize = 200;

/// A key whose name says that its value is secret.
const SECRET_NAME: &str = r"[\w.-]*(?:passw(?:or)?d|passwd|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|account[_-]?key|credentials?|\bauth\b)[\w.-]*";

struct Pattern {
    regex: Regex,
    /// The groups that stay; what is between and after them is masked.
    keeps: usize,
}

/// In this order.
static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let value = r#"(?:\[secret\]|"[^"]*"?|'[^']*'?|[^\s,;&"'}\]]+)"#;
    let patterns: Vec<(String, usize)> = vec![
        (r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|$)".into(), 0),
        // Headers carry it to the end of the line, or of the quotation.
        (r#"(?i)(\b(?:proxy-)?authorization["']?\s*[:=]\s*["']?)[^"'\r\n]+"#.into(), 1),
        (r#"(?i)(\b(?:set-)?cookie["']?\s*:\s*["']?)[^"'\r\n]+"#.into(), 1),
        (r#"(?i)(\bx-(?:api-key|auth-token|amz-security-token|vault-token)["']?\s*[:=]\s*["']?)[^"'\s]+"#.into(), 1),
        (r"(?i)(\bbearer\s+)[A-Za-z0-9._~+/=-]{6,}".into(), 1),
        // The greedy part takes a password that holds an @ itself.
        (r"([A-Za-z][A-Za-z0-9+.-]*://[^\s/:@]*:)[^\s/]+(@)".into(), 2),
        (format!(r#"(?i)({SECRET_NAME}["']?\s*(?::=|=>|[:=])\s*){value}"#), 1),
        (format!(r"(?i)((?:^|\s)--?{SECRET_NAME}\s+){value}"), 1),
        (r"\b(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{16}\b".into(), 0),
        (r"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*)*".into(), 0),
        (r"\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|npm_[A-Za-z0-9]{30,})".into(), 0),
        (r"\b(?:xox[a-z]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,})".into(), 0),
        (r"\b(?:sk|rk|pk)[-_](?:live|test|ant|proj|or)?[-_]?[A-Za-z0-9_-]{20,}".into(), 0),
        (r"\b(?:AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{10,}|hvs\.[A-Za-z0-9_-]{10,}|dop_v1_[a-f0-9]{20,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,})".into(), 0),
        (r"\bAGE-SECRET-KEY-1[A-Z0-9]{20,}".into(), 0),
        (r"(https://hooks\.slack\.com/services/)[A-Za-z0-9/_-]+".into(), 1),
    ];
    let compiled =
        |pattern: &str| Regex::new(pattern).expect("the patterns are ours, and a test compiles them");
    patterns.into_iter().map(|(pattern, keeps)| Pattern { regex: compiled(&pattern), keeps }).collect()
});

/// The text without the secrets that stand on one line.
pub fn mask(text: &str) -> String {
    let mut masked = text.to_owned();
    for Pattern { regex, keeps } in PATTERNS.iter() {
        let with = |found: &Captures| match keeps {
            0 => MASK.to_owned(),
            1 => format!("{}{MASK}", &found[1]),
            _ => format!("{}{MASK}{}", &found[1], &found[2]),
        };
        if let std::borrow::Cow::Owned(changed) = regex.replace_all(&masked, with) {
            masked = changed;
        }
    }
    masked
}

/// The words of a command; the word after an option like `--password` is a secret, too.
pub fn mask_argv(argv: &[String]) -> Vec<String> {
    static OPTION: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!("(?i)^--?{SECRET_NAME}$")).expect("the pattern is ours, and a test compiles it")
    });
    let is_option = |word: &String| OPTION.is_match(word);
    let mut follows = false;
    argv.iter()
        .map(|word| {
            let secret = std::mem::replace(&mut follows, is_option(word));
            if secret { MASK.to_owned() } else { mask(word) }
        })
        .collect()
}

/// One printed line as it can be shown. The block of a private key goes over many: [`Secrets`] sees it.
pub fn shown(bytes: &[u8]) -> String {
    cut(mask(&plain_line(bytes)))
}

/// Takes lines in, one after another, and says which of them are parts of a private key. One for each stream.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// Lines of a private key so far.
    key: Option<usize>,
}

impl Secrets {
    /// False: the line, as it was printed, is part of a secret that was already said to be there. Cheap.
    pub fn lets(&mut self, bytes: &[u8]) -> bool {
        let has = |word: &[u8]| bytes.windows(word.len()).any(|w| w == word);
        // An escape sequence may stand inside the words.
        if self.key.is_none() && !has(b"BEGIN") && !bytes.contains(&0x1b) {
            return true;
        }
        let line = plain_line(bytes);
        if let Some(so_far) = self.key {
            let ends = line.contains("-----END");
            self.key = Some(so_far + 1).filter(|n| !ends && *n < KEY_LINES_MAX);
            return false;
        }
        let begins = line.rfind("-----BEGIN").is_some_and(|at| {
            let rest = &line[at..];
            rest.contains("PRIVATE KEY") && !rest.contains("-----END")
        });
        self.key = begins.then_some(0);
        true
    }

    /// A line as it can be shown; `None` where [`Self::lets`] says no.
    pub fn line(&mut self, bytes: &[u8]) -> Option<String> {
        self.lets(bytes).then(|| shown(bytes))
    }
}
