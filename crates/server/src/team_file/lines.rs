//! From the path of a value (`services[0].policy`) to its line in the file.

use saphyr::{LoadableYamlNode, MarkedYaml, YamlData};

/// A parsed file with the places of its values.
pub struct Lines<'t> {
    root: Option<MarkedYaml<'t>>,
}

impl<'t> Lines<'t> {
    pub fn of(text: &'t str) -> Self {
        let documents = MarkedYaml::load_from_str(text).unwrap_or_default();
        Self { root: documents.into_iter().next() }
    }

    /// The line of a value; where it is missing, the line of what should hold it. 0 when nothing is known.
    pub fn line_of(&self, path: &str) -> u64 {
        let Some(mut node) = self.root.as_ref() else { return 0 };
        let mut line = line_at(node);
        for step in steps(path) {
            let found = match (&node.data, &step) {
                (YamlData::Mapping(map), Step::Key(key)) => map
                    .iter()
                    .find(|(k, _)| k.data.as_str() == Some(key))
                    .map(|(k, value)| (line_at(k), value)),
                (YamlData::Sequence(all), Step::Index(i)) => all.get(*i).map(|value| (line_at(value), value)),
                _ => None,
            };
            let Some((at, value)) = found else { break };
            line = at;
            node = value;
        }
        line
    }
}

fn line_at(node: &MarkedYaml) -> u64 {
    node.span.start.line() as u64
}

enum Step<'p> {
    Key(&'p str),
    Index(usize),
}

fn steps(path: &str) -> impl Iterator<Item = Step<'_>> {
    path.split(['.', '[']).filter(|part| !part.is_empty()).map(|part| match part.strip_suffix(']') {
        Some(index) => index.parse().map_or(Step::Key(part), Step::Index),
        None => Step::Key(part),
    })
}
