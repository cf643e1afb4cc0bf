//! Pictures that come along.

use super::*;
use crate::attachment::{Attachment, MediaType};
use crate::postmortem::picture_field;

fn picture(file: &str, n: u8) -> PictureFile {
    let picture = Attachment {
        hash: format!("{n:02x}").repeat(32),
        name: file.rsplit('/').next().unwrap().into(),
        media_type: MediaType::Png,
        size: 2_048,
        width: Some(640),
        height: Some(480),
    };
    PictureFile { file: file.into(), picture }
}

const TEXT: &str = "# Payments lost - 2025-03-04

## Impact

![The queue](<postmortem-pictures/queue.png>) and ![](Other%20Graph.PNG?raw=1), then ![The queue](./queue.png)

## Lessons

![logo](https://example.com/logo.png) ![gone](old/gone.png) `![x](queue.png)` ![y](attachment:ab)
";

#[test]
fn pictures_beside_the_file_stand_where_its_text_names_them() {
    let mut imported = read(TEXT, "old.md");
    imported.show(&[picture("queue.png", 1), picture("export/other graph.png", 2), picture("unused.png", 3)]);
    let (one, two) = ("01".repeat(32), "02".repeat(32));
    assert_eq!(
        text_of(&imported, "impact"),
        format!(
            "![The queue](attachment:{one}) and ![other graph.png](attachment:{two}), then ![The queue](attachment:{one})"
        )
    );
    let lessons = text_of(&imported, "lessons");
    for kept in [
        "![logo](https://example.com/logo.png)",
        "![gone](old/gone.png)",
        "`![x](queue.png)`",
        "![y](attachment:ab)",
    ] {
        assert!(lessons.contains(kept), "{kept}: {lessons}");
    }
    let said: Vec<_> = imported.not_understood.iter().filter(|one| one.contains("picture")).collect();
    assert!(matches!(&said[..], [one] if one.contains("gone.png")), "{said:?}");
    let all = brought(&imported, None, || Uuid::from_u128(7));
    let fields: Vec<String> = all
        .changes
        .iter()
        .filter(|change| matches!(change, PostmortemChange::Picture { .. }))
        .flat_map(|change| change.writes(&"ana".into(), t("2026-11-26T09:00:00Z")))
        .map(|(field, _)| field)
        .collect();
    assert_eq!(fields, [picture_field(&one), picture_field(&two)], "what no text names is left out");
}

#[test]
fn a_name_cannot_end_the_mark_that_it_stands_in() {
    let mut imported = read("# T - 2026-01-01\n\n## Impact\n\n![a \\] b](x.png)\n", "x.md");
    imported.show(&[picture("x.png", 1)]);
    assert_eq!(text_of(&imported, "impact"), format!("![a  b](attachment:{})", "01".repeat(32)));
}

#[test]
fn what_leaves_as_markdown_with_its_pictures_comes_back_with_them() {
    let hash = "0a".repeat(32);
    let text =
        format!("# T - 2026-01-01\n\n## Impact\n\nIt grew: ![graph.png](<postmortem-pictures/{hash}.png>)\n");
    let mut imported = read(&text, "t.md");
    imported.show(&[picture(&format!("{hash}.png"), 10)]);
    assert_eq!(text_of(&imported, "impact"), format!("It grew: ![graph.png](attachment:{hash})"));
    assert_eq!(imported.not_understood, Vec::<String>::new());
}
