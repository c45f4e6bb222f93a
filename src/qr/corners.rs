//! Finder patterns: squares in a ring, which every line through their centre crosses in the ratio 1 : 1 : 3 : 1 : 1
//! (ISO/IEC 18004 section 6.3.3), whatever the rotation.
//!
//! Rows are cut where the brightness crosses the threshold, between pixels, so that modules of a pixel and a half are
//! measured correctly. A match in a row is checked in its column, and counts as one sighting; a real pattern is sighted
//! in each row of its centre.

use std::collections::BTreeMap;

use super::shades::{Colour, Shades};

/// The most corners that are looked at further: the ones that were seen best. Three codes in a picture have nine.
const MOST: usize = 96;

/// The least that the ring and the square of a corner take, in pixels.
const LEAST_SPAN: f32 = 6.0;

/// A square in a ring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Corner {
    /// Its middle, in pixels from the left.
    pub(super) x: f32,
    /// … and from the top.
    pub(super) y: f32,
    /// Pixels a module, along a row.
    pub(super) module: f32,
    /// Of its ring and its square.
    pub(super) colour: Colour,
    /// In how many rows it was seen.
    seen: u32,
}

/// All corners in a picture that are worth a look, the ones seen best first.
pub(super) fn corners(shades: &Shades<'_>) -> Vec<Corner> {
    let mut found = SeenCorners::default();
    for y in 0..shades.height {
        row(shades, y, &mut found);
    }
    // A real corner is seen in most of the three modules of its middle.
    let mut corners = found.corners;
    corners.retain(|corner| corner.seen as f32 >= corner.module);
    corners.sort_by(|one, other| other.share().total_cmp(&one.share()));
    corners.truncate(MOST);
    corners
}

impl Corner {
    fn share(&self) -> f32 {
        (self.seen as f32 / (3.0 * self.module)).min(1.0)
    }
}

/// The last five stretches of a line, and where the last one ends.
#[derive(Default)]
struct Stretches {
    ends: [f32; 6],
    count: usize,
}

impl Stretches {
    /// Ends a stretch; a corner's length where the five last ones are one.
    fn end(&mut self, at: f32) -> Option<(f32, f32)> {
        self.ends.rotate_left(1);
        self.ends[5] = at;
        self.count += 1;
        if self.count < 6 {
            return None;
        }
        let ends = &self.ends;
        is_corner([ends[1] - ends[0], ends[2] - ends[1], ends[3] - ends[2], ends[4] - ends[3], ends[5] - ends[4]])
            .then_some((ends[0], ends[5]))
    }
}

/// Whether five stretches are in the proportion of a corner. Blur and thresholds take from one and give to the next.
fn is_corner(stretches: [f32; 5]) -> bool {
    let span: f32 = stretches.iter().sum();
    let module = span / 7.0;
    let off = |stretch: f32, modules: f32| (stretch - modules * module).abs();
    let [a, b, c, d, e] = stretches;
    span >= LEAST_SPAN
        && off(c, 3.0) < 1.1 * module
        && [a, b, d, e].into_iter().all(|stretch| off(stretch, 1.0) < 0.6 * module)
}

/// Looks along a row.
fn row(shades: &Shades<'_>, y: usize, found: &mut SeenCorners) {
    let mut stretches = Stretches::default();
    let mut last = shades.depth(0, y);
    // The edge of the picture ends what is outside.
    let _begun = stretches.end(0.0);
    for x in 1..=shades.width {
        let depth = if x < shades.width { shades.depth(x, y) } else { -last };
        if (depth > 0) == (last > 0) {
            last = depth;
            continue;
        }
        let at = if x < shades.width { x as f32 - 0.5 + crossing(last, depth) } else { x as f32 };
        // The stretch that ends here has the colour of the ring.
        let colour = Colour::of(last);
        last = depth;
        if let Some((from, to)) = stretches.end(at) {
            column(shades, from, to, y, colour, found);
        }
    }
}

/// How far from one pixel's middle to the next one's the threshold is.
fn crossing(from: i16, to: i16) -> f32 {
    let (from, to) = (f32::from(from), f32::from(to));
    if from == to { 0.5 } else { (from / (from - to)).clamp(0.0, 1.0) }
}

/// Looks whether what is a corner in a row is one in its column too.
fn column(shades: &Shades<'_>, from: f32, to: f32, y: usize, colour: Colour, found: &mut SeenCorners) {
    let (x, span) = ((from + to) / 2.0, to - from);
    let at = (x as usize).min(shades.width - 1);
    let Some((top, bottom)) = across(shades, at, y, colour, span) else { return };
    let tall = bottom - top;
    if (0.5 * span..2.0 * span).contains(&tall) {
        found.see(Corner { x, y: (top + bottom) / 2.0, module: (span + tall) / 14.0, colour, seen: 1 });
    }
}

/// The ends of a corner in a column, seen from its middle.
fn across(shades: &Shades<'_>, x: usize, y: usize, colour: Colour, span: f32) -> Option<(f32, f32)> {
    let is_ink = |y: usize| Colour::of(shades.depth(x, y)) == colour;
    if !is_ink(y) {
        return None;
    }
    let limit = span as usize + 2;
    let walk = |step: isize| {
        let mut ends = [0.0; 3];
        let (mut at, mut count, mut wanted) = (y, 0, true);
        for _ in 0..limit {
            let next = at.checked_add_signed(step).filter(|next| *next < shades.height);
            let Some(next) = next else {
                // The edge of the picture ends the ring.
                ends[count] = if step < 0 { 0.0 } else { shades.height as f32 };
                return (count == 2).then_some(ends);
            };
            if is_ink(next) != wanted {
                let part = crossing(shades.depth(x, at), shades.depth(x, next));
                ends[count] = at as f32 + 0.5 + part * step as f32;
                count += 1;
                wanted = !wanted;
                if count == 3 {
                    return Some(ends);
                }
            }
            at = next;
        }
        None
    };
    let (up, down) = (walk(-1)?, walk(1)?);
    let stretches = [up[1] - up[2], up[0] - up[1], down[0] - up[0], down[1] - down[0], down[2] - down[1]];
    is_corner(stretches).then_some((up[2], down[2]))
}

/// The corners that were seen, and where, by squares of the picture.
#[derive(Default)]
struct SeenCorners {
    corners: Vec<Corner>,
    places: BTreeMap<(i32, i32), Vec<usize>>,
}

/// Side of these squares, in pixels: less than that apart, two are one.
const NEAR: f32 = 6.0;

impl SeenCorners {
    fn see(&mut self, corner: Corner) {
        let place = |corner: &Corner| ((corner.x / NEAR) as i32, (corner.y / NEAR) as i32);
        let (column, row) = place(&corner);
        for near in (row - 1..=row + 1).flat_map(|row| (column - 1..=column + 1).map(move |column| (column, row))) {
            let Some(known) = self.places.get(&near) else { continue };
            let reach = NEAR.min(corner.module * 1.5);
            let same = known.iter().copied().find(|index| {
                let other = &self.corners[*index];
                let is_alike = (0.7..1.4).contains(&(corner.module / other.module));
                other.colour == corner.colour
                    && is_alike
                    && (other.x - corner.x).abs() < reach
                    && (other.y - corner.y).abs() < reach
            });
            if let Some(index) = same {
                let other = &mut self.corners[index];
                let share = 1.0 / (other.seen + 1) as f32;
                other.x += (corner.x - other.x) * share;
                other.y += (corner.y - other.y) * share;
                other.module += (corner.module - other.module) * share;
                other.seen += 1;
                return;
            }
        }
        self.places.entry((column, row)).or_default().push(self.corners.len());
        self.corners.push(corner);
    }
}
