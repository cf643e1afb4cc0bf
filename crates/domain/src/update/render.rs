//! Filling a template in.

use super::facts::Facts;
use super::template::{TemplateError, walk};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};
use std::io;

/// Instructions of minijinja that one rendering may take; a long update takes a few hundred.
const FUEL: u64 = 20_000;
/// Bytes of an update. Four times the longest template, so that every field can be filled.
const OUTPUT_MAX: usize = 40_000;

/// The text of an update. Lines that only carry a tag leave nothing behind, and the text ends without a line break.
///
/// # Errors
/// What [`super::check_template`] would say, and what only shows when it is filled in: with the line, where it is known.
pub fn render(source: &str, facts: &Facts) -> Result<String, TemplateError> {
    if let Some(error) = walk(source).into_iter().next() {
        return Err(error);
    }
    let environment = environment();
    let template = environment.template_from_str(source).map_err(|e| told(&e))?;
    let mut text = Capped(Vec::new());
    template.render_captured_to(facts, &mut text).map_err(|e| told(&e))?;
    let text = String::from_utf8_lossy(&text.0).into_owned();
    Ok(text.trim_end().to_owned())
}

/// What minijinja itself has against a template that was walked through.
pub(super) fn compile_error(source: &str) -> Option<TemplateError> {
    environment().template_from_str(source).err().map(|e| told(&e))
}

/// Nothing but the filters of the playbook: no functions, no loaders, no other templates.
fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_fuel(Some(FUEL));
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_recursion_limit(50);
    environment.add_filter("upper", |value: Value| text_of(&value).map(str::to_uppercase));
    environment.add_filter("lower", |value: Value| text_of(&value).map(str::to_lowercase));
    environment.add_filter("capitalize", |value: Value| text_of(&value).map(capitalised));
    environment.add_filter("length", |value: Value| {
        value.len().ok_or_else(|| wrong(format!("{} has no length", value.kind())))
    });
    environment
        .add_filter("default", |value: Value, other: Value| if value.is_true() { value } else { other });
    environment.add_filter("join", join);
    environment.add_test("defined", |value: Value| !value.is_undefined());
    environment.add_test("undefined", |value: Value| value.is_undefined());
    environment.add_test("none", |value: Value| value.is_none());
    environment
}

/// Texts only: anything else would be written out, however large it is.
fn text_of(value: &Value) -> Result<&str, Error> {
    value.as_str().ok_or_else(|| wrong(format!("this filter takes a text, not a {}", value.kind())))
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn wrong(words: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, words)
}

/// The one way to make a text of several: never longer than an update may be, or a list of lists could double for ever.
fn join(list: Value, between: Option<String>) -> Result<String, Error> {
    let between = between.unwrap_or_default();
    let mut text = String::new();
    for (i, item) in list.try_iter()?.enumerate() {
        if i > 0 {
            text.push_str(&between);
        }
        match item.as_str() {
            Some(item) => text.push_str(item),
            None if item.is_number() => text.push_str(&item.to_string()),
            None => return Err(wrong("join takes a list of texts".into())),
        }
        if text.len() > OUTPUT_MAX {
            return Err(wrong(format!("the list makes more than {OUTPUT_MAX} bytes; shorten it")));
        }
    }
    Ok(text)
}

fn told(error: &Error) -> TemplateError {
    let detail = || error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    let words = match error.kind() {
        ErrorKind::OutOfFuel => "it takes too many steps; make its loops shorter".to_owned(),
        ErrorKind::WriteFailure => format!("the update would have more than {OUTPUT_MAX} bytes; shorten it"),
        ErrorKind::UndefinedError => {
            "something here has no value; use the variables by their names".to_owned()
        }
        _ => detail(),
    };
    TemplateError { line: error.line().unwrap_or(1), words }
}

/// Takes `OUTPUT_MAX` bytes and no more.
struct Capped(Vec<u8>);

impl io::Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > OUTPUT_MAX {
            return Err(io::Error::other("too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
