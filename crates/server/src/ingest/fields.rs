//! Reading the fields of one posted object, and saying which of them is wrong.

use firebell_domain::alert::Link;
use firebell_domain::team::is_web_link;
use firebell_protocol::rest::FieldError;
use serde_json::{Map, Value};

/// One object of a body. What is read is taken out; what is left in the end are the unknown keys.
pub struct Fields<'e> {
    rest: Map<String, Value>,
    /// Where the object stands in the body: empty, `payload.`, `alerts[3].`
    at: String,
    errors: &'e mut Vec<FieldError>,
}

impl<'e> Fields<'e> {
    pub fn new(map: Map<String, Value>, at: impl Into<String>, errors: &'e mut Vec<FieldError>) -> Self {
        Self { rest: map, at: at.into(), errors }
    }

    /// Complains about a field of this object.
    pub fn wrong(&mut self, name: &str, words: impl Into<String>) {
        self.errors.push(FieldError { field: format!("{}{name}", self.at), words: words.into() });
    }

    pub fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// The value; `null` counts as absent.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.rest.remove(name).filter(|v| !v.is_null())
    }

    /// A text; an empty one counts as absent, another type is wrong.
    pub fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(text),
            other => {
                self.wrong(name, format!("must be a text, not {}", type_of(&other)));
                None
            }
        }
    }

    /// A text that has to be there.
    pub fn required(&mut self, name: &str) -> Option<String> {
        let before = self.errors.len();
        let found = self.text(name);
        if found.is_none() && self.errors.len() == before {
            self.wrong(name, "is missing; it must be a text that is not empty");
        }
        found
    }

    /// An object; another type is wrong.
    pub fn object(&mut self, name: &str) -> Option<Map<String, Value>> {
        match self.take(name)? {
            Value::Object(map) => Some(map),
            other => {
                self.wrong(name, format!("must be an object, not {}", type_of(&other)));
                None
            }
        }
    }

    /// When it started, in whatever shape: an unreadable time is kept and shown, never refused.
    pub fn time(&mut self, name: &str) -> Option<String> {
        let text = match self.take(name)? {
            Value::String(text) => text,
            other => other.to_string(),
        };
        Some(firebell_domain::alert::cut(text.trim(), 100)).filter(|t| !t.is_empty())
    }

    /// A web link. Anything else stays in the details, where nobody can click on it.
    pub fn link(&mut self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        if is_web_link(&text) {
            return Some(text);
        }
        self.rest.insert(name.to_owned(), Value::String(text));
        None
    }

    /// `[{"href", "text"}]` or `["https://…"]`. A link that is not a web link stays in the details.
    pub fn links(&mut self, name: &str) -> Vec<Link> {
        let Some(value) = self.take(name) else { return vec![] };
        let Value::Array(all) = value else {
            self.wrong(name, format!("must be a list of links, not {}", type_of(&value)));
            return vec![];
        };
        let (mut links, mut odd) = (Vec::new(), Vec::new());
        for (i, one) in all.into_iter().enumerate() {
            let (href, text) = match &one {
                Value::String(href) => (Some(href.as_str()), None),
                Value::Object(map) => {
                    (map.get("href").and_then(Value::as_str), map.get("text").and_then(Value::as_str))
                }
                _ => (None, None),
            };
            match href {
                Some(href) if is_web_link(href) && links.len() < LINKS_MAX => links.push(named(href, text)),
                Some(_) => odd.push(one),
                None => self.wrong(
                    &format!("{name}[{i}].href"),
                    "is missing; write a link that starts with https://",
                ),
            }
        }
        if !odd.is_empty() {
            self.rest.insert(name.to_owned(), Value::Array(odd));
        }
        links
    }

    /// The keys nobody asked for.
    pub fn unknown(self) -> Map<String, Value> {
        self.rest
    }
}

/// Links kept of one alert; more stay in the details.
const LINKS_MAX: usize = 50;

/// A link with its text, or its address where it has none.
pub fn named(href: &str, text: Option<&str>) -> Link {
    let text = text.map(str::trim).filter(|t| !t.is_empty()).unwrap_or(href);
    Link { href: href.to_owned(), text: firebell_domain::alert::cut(text, 200) }
}

/// For people: what a value is.
pub fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A scalar as a label's value.
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}
