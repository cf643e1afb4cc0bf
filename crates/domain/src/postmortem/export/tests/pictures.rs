//! Pictures in a document that leaves.

use super::*;
use crate::attachment::MediaType;
use crate::postmortem::export::picture_path;
use crate::postmortem::{Picture, public_document};

fn hash() -> String {
    "a1".repeat(32)
}

fn with_graph(text: &str, is_here: bool) -> Document {
    let (mut document, _) = made(&Written::default(), None, &texts(&[("summary", text)]));
    if is_here {
        let picture = Picture { media_type: MediaType::Png, bytes: b"\x89PNG".to_vec() };
        document.pictures.insert(hash(), picture);
    }
    document
}

#[test]
fn a_picture_stands_in_the_page_itself_and_beside_markdown() {
    let text = format!("Errors rose:\n\n![Errors by region](attachment:{})\n", hash());
    let document = with_graph(&text, true);
    assert_eq!(document.shows().into_iter().collect::<Vec<_>>(), [hash()]);
    let page = html(&document);
    assert!(page.contains("<img src=\"data:image/png;base64,iVBORw==\" alt=\"Errors by region\">"), "{page}");
    let markdown = markdown(&document);
    assert!(
        markdown.contains("![Errors by region](<postmortem-pictures/a1a1a1a1a1a1a1a1.png>)"),
        "{markdown}"
    );
    assert_eq!(
        picture_path(false, &hash(), &document.pictures[&hash()]),
        "postmortem-pictures/a1a1a1a1a1a1a1a1.png"
    );
}

#[test]
fn one_that_is_not_here_leaves_its_name() {
    let text = format!("- before ![](attachment:{})\n", hash());
    let document = with_graph(&text, false);
    let page = html(&document);
    assert!(page.contains("before <em>[Picture: picture]</em>") && !page.contains("<img"), "{page}");
    assert!(markdown(&document).contains(&format!("![picture](<attachment:{}>)", hash())));
}

#[test]
fn no_name_of_a_picture_is_markup_and_no_other_address_is_one() {
    let text = format!(
        "![\"><script>alert(1)</script>](attachment:{0}) ![x](attachment:../../etc/passwd) ![y](attachment:{0}0) ![z](https://evil.example/z.png)",
        hash()
    );
    let document = with_graph(&text, true);
    let page = html(&document);
    assert_eq!((page.matches("<img").count(), page.matches("<script").count()), (1, 0), "{page}");
    assert!(page.contains("alt=\"&quot;&gt;"), "{page}");
    let markdown = markdown(&document);
    let pictures: Vec<String> = kinds(&markdown);
    assert_eq!(pictures, ["picture postmortem-pictures/a1a1a1a1a1a1a1a1.png"], "{markdown}");
}

#[test]
fn what_lies_beside_the_public_version_lies_apart() {
    let mut document = public_document(&format!("![Errors](attachment:{})", hash())).unwrap();
    document
        .pictures
        .insert(hash(), Picture { media_type: MediaType::Jpeg, bytes: b"\xff\xd8\xff".to_vec() });
    let text = markdown(&document);
    assert!(text.contains("![Errors](<public-postmortem-pictures/a1a1a1a1a1a1a1a1.jpg>)"), "{text}");
}
