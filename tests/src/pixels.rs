//! Finding the buttons of a notification in its picture: MATE's daemon draws them as plain light boxes on a coloured
//! ground, in one row at the bottom, in the order of the actions.

use std::ops::Range;

/// A picture, three bytes a pixel, row by row.
pub struct Picture<'a> {
    pub width: usize,
    pub pixels: &'a [u8],
}

impl Picture<'_> {
    /// The middle of each of `count` buttons standing in one row, from left to right; `None` when no row of pixels
    /// crosses exactly that many boxes.
    pub fn buttons(&self, count: usize) -> Option<Vec<(usize, usize)>> {
        let rows: Vec<_> = self.pixels.chunks_exact(self.width * 3).map(light_boxes).collect();
        let crossing: Vec<_> = rows.iter().enumerate().filter(|(_, boxes)| boxes.len() == count).collect();
        // The widest crossing is above or below the labels, inside the border.
        let (_, boxes) =
            crossing.iter().max_by_key(|(_, boxes)| boxes.iter().map(Range::len).sum::<usize>())?;
        let (top, bottom) = (crossing.first()?.0, crossing.last()?.0);
        Some(boxes.iter().map(|b| ((b.start + b.end) / 2, (top + bottom) / 2)).collect())
    }
}

fn light_boxes(row: &[u8]) -> Vec<Range<usize>> {
    let is_light_grey = |pixel: &[u8]| {
        let (low, high) =
            (pixel.iter().min().copied().unwrap_or(0), pixel.iter().max().copied().unwrap_or(0));
        high - low <= 8 && low >= 0xd0
    };
    let mut boxes: Vec<Range<usize>> = Vec::new();
    for (x, pixel) in row.chunks_exact(3).enumerate() {
        if is_light_grey(pixel) {
            match boxes.last_mut() {
                Some(open) if x == open.end => open.end = x + 1,
                _ => boxes.push(x..x + 1),
            }
        }
    }
    boxes.retain(|b| b.len() >= 24);
    boxes
}
