//! Pictures on paper: those that can be unpacked, by the hash that a text names them by.

use firebell_domain::attachment::MediaType;
use firebell_domain::postmortem::{Document, PIXELS_MAX, Picture};
use krilla::geom::Size;
use krilla::image::Image;
use krilla::page::PageSettings;
use std::collections::BTreeMap;

pub(super) type Images = BTreeMap<String, Image>;

/// Points that a pixel takes where there is room: 96 of them are an inch.
const POINTS: f32 = 0.75;

/// Those that say how large they are, and are not too large to be unpacked.
pub(super) fn images(document: &Document) -> Images {
    let known = document.pictures.iter().filter_map(|(hash, picture)| Some((hash.clone(), image(picture)?)));
    known.collect()
}

fn image(picture: &Picture) -> Option<Image> {
    let data = picture.bytes.clone().into();
    let image = match picture.media_type {
        MediaType::Png => Image::from_png(data, true),
        MediaType::Jpeg => Image::from_jpeg(data, true),
        MediaType::Gif => Image::from_gif(data, true),
        MediaType::WebP => Image::from_webp(data, true),
        MediaType::Text => return None,
    };
    let image = image.ok()?;
    let (width, height) = image.size();
    let fits = (1..=PIXELS_MAX).contains(&(u64::from(width) * u64::from(height)));
    fits.then_some(image)
}

/// It can be unpacked to its end: what is only begun well spoils the whole file.
pub(super) fn is_whole(image: &Image) -> bool {
    let Some((page, size)) = PageSettings::from_wh(10.0, 10.0).zip(Size::from_wh(10.0, 10.0)) else {
        return false;
    };
    let mut trial = krilla::Document::new();
    let mut page = trial.start_page_with(page);
    let mut surface = page.surface();
    surface.draw_image(image.clone(), size);
    surface.finish();
    page.finish();
    trial.finish().is_ok()
}

/// Width and height in points: as large as it is, or as fits into this room.
pub(super) fn sides(image: &Image, width: f32, height: f32) -> (f32, f32) {
    let (w, h) = image.size();
    let (w, h) = (w as f32 * POINTS, h as f32 * POINTS);
    let scale = (width / w).min(height / h).min(1.0);
    (w * scale, h * scale)
}
