//! The sections of one postmortem: those of the playbook, and behind them what was written in others. A template that was
//! changed hides nothing that somebody wrote.

use super::{Evidence, Line, PUBLIC, Postmortem, PostmortemRules, Section, SectionKind, has_words};
use std::collections::BTreeMap;

impl PostmortemRules {
    /// In their order. `texts`: by section.
    pub fn sections_of(
        &self,
        postmortem: &Postmortem,
        lines: &[Line],
        texts: &BTreeMap<String, String>,
    ) -> Vec<Section> {
        let usual = Self::default();
        let mut sections = self.sections.clone();
        let has = |sections: &[Section], kind| sections.iter().any(|s| s.kind == kind);
        for (id, text) in texts {
            if id == PUBLIC || self.section(id).is_some() || !has_words(text) {
                continue;
            }
            let known = usual.section(id).filter(|s| s.kind == SectionKind::Text || !has(&sections, s.kind));
            sections.push(Section {
                id: id.clone(),
                title: known.map_or_else(|| id.replace('_', " "), |s| s.title.clone()),
                kind: known.map_or(SectionKind::Text, |s| s.kind),
                prompts: vec![],
                needed: false,
            });
        }
        // What is chosen or counted needs a section of its kind, whatever that is called.
        for section in usual.sections.into_iter().filter(|s| s.kind != SectionKind::Text) {
            let says = match section.kind {
                SectionKind::Text => false,
                SectionKind::Impact => !postmortem.figures.is_empty(),
                // Left alone, it is the record's, which keeps it.
                SectionKind::Timeline => lines.iter().any(is_of_an_author),
                SectionKind::Causes => !postmortem.whys.is_empty(),
                SectionKind::Factors => !postmortem.factors.is_empty(),
                SectionKind::Actions => !postmortem.actions.is_empty(),
            };
            if says && !has(&sections, section.kind) {
                let id = match sections.iter().any(|s| s.id == section.id) {
                    true => format!("{}_former", section.id),
                    false => section.id,
                };
                sections.push(Section { id, prompts: vec![], needed: false, ..section });
            }
        }
        sections
    }
}

fn is_of_an_author(line: &Line) -> bool {
    line.evidence == Evidence::Own
        || line.original.is_some()
        || line.original_at.is_some()
        || !line.with.is_empty()
}
