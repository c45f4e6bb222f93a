//! Finder patterns: a square in a ring, which every line through their centre crosses in the ratio 1 : 1 : 3 : 1 : 1
//! (ISO/IEC 18004 section 6.3.3), at any rotation.
//!
//! Row boundaries are interpolated to where the brightness crosses the threshold, between pixels, so that modules of a
//! pixel and a half are measured correctly. A match in a row is verified in its column, and counts as one sighting; a
//! real pattern is sighted in each row of its centre.

use std::collections::BTreeMap;

use super::shades::{Colour, Shades};

/// Most finder patterns that are examined further, those with the most sightings. Three codes in a picture have nine.
const MAX_PATTERNS: usize = 96;

/// Smallest span of the ring and the square, in pixels.
const MIN_SPAN: f32 = 6.0;

/// A finder pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct FinderPattern {
    /// Horizontal centre in pixels.
    pub(super) x: f32,
    /// Vertical centre in pixels.
    pub(super) y: f32,
    /// Module size in pixels, along a row.
    pub(super) module: f32,
    /// Colour of the ring and the square.
    pub(super) colour: Colour,
    /// Number of rows in which it was sighted.
    seen: u32,
}

/// The finder patterns in a picture, those with the most sightings first.
pub(super) fn finder_patterns(shades: &Shades<'_>) -> Vec<FinderPattern> {
    let mut found = Sightings::default();
    for y in 0..shades.height {
        row(shades, y, &mut found);
    }
    // A real pattern is sighted in most rows of the three modules of its centre.
    let mut patterns = found.patterns;
    patterns.retain(|pattern| pattern.seen as f32 >= pattern.module);
    patterns.sort_by(|one, other| other.share().total_cmp(&one.share()));
    patterns.truncate(MAX_PATTERNS);
    patterns
}

impl FinderPattern {
    fn share(&self) -> f32 {
        (self.seen as f32 / (3.0 * self.module)).min(1.0)
    }
}

/// The lengths of the last five runs of a line, and the end of the last one.
#[derive(Default)]
struct RunLengths {
    ends: [f32; 6],
    count: usize,
}

impl RunLengths {
    /// Ends a run; returns start and length of a finder pattern if the last five runs form one.
    fn end(&mut self, at: f32) -> Option<(f32, f32)> {
        self.ends.rotate_left(1);
        self.ends[5] = at;
        self.count += 1;
        if self.count < 6 {
            return None;
        }
        let ends = &self.ends;
        is_finder_pattern([
            ends[1] - ends[0],
            ends[2] - ends[1],
            ends[3] - ends[2],
            ends[4] - ends[3],
            ends[5] - ends[4],
        ])
        .then_some((ends[0], ends[5]))
    }
}

/// Whether five runs have the ratio of a finder pattern, within a tolerance: blur and thresholds make some runs longer
/// and their neighbours shorter.
fn is_finder_pattern(runs: [f32; 5]) -> bool {
    let span: f32 = runs.iter().sum();
    let module = span / 7.0;
    let off = |stretch: f32, modules: f32| (stretch - modules * module).abs();
    let [a, b, c, d, e] = runs;
    span >= MIN_SPAN
        && off(c, 3.0) < 1.1 * module
        && [a, b, d, e].into_iter().all(|stretch| off(stretch, 1.0) < 0.6 * module)
}

/// Scans a row.
fn row(shades: &Shades<'_>, y: usize, found: &mut Sightings) {
    let mut runs = RunLengths::default();
    let mut last = shades.depth(0, y);
    // The edge of the picture ends what is outside.
    let _begun = runs.end(0.0);
    for x in 1..=shades.width {
        let depth = if x < shades.width { shades.depth(x, y) } else { -last };
        if (depth > 0) == (last > 0) {
            last = depth;
            continue;
        }
        let at = if x < shades.width { x as f32 - 0.5 + crossing(last, depth) } else { x as f32 };
        // The run that ends here has the colour of the ring.
        let colour = Colour::of(last);
        last = depth;
        if let Some((from, to)) = runs.end(at) {
            column(shades, from, to, y, colour, found);
        }
    }
}

/// The distance from a pixel's centre to the threshold crossing, towards the next pixel.
fn crossing(from: i16, to: i16) -> f32 {
    let (from, to) = (f32::from(from), f32::from(to));
    if from == to { 0.5 } else { (from / (from - to)).clamp(0.0, 1.0) }
}

/// Verifies a match in a row by its column.
fn column(shades: &Shades<'_>, from: f32, to: f32, y: usize, colour: Colour, found: &mut Sightings) {
    let (x, span) = ((from + to) / 2.0, to - from);
    let at = (x as usize).min(shades.width - 1);
    let Some((top, bottom)) = across(shades, at, y, colour, span) else { return };
    let tall = bottom - top;
    if (0.5 * span..2.0 * span).contains(&tall) {
        found.add(FinderPattern { x, y: (top + bottom) / 2.0, module: (span + tall) / 14.0, colour, seen: 1 });
    }
}

/// The ends of a pattern in a column, from its centre.
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
    let runs = [up[1] - up[2], up[0] - up[1], down[0] - up[0], down[1] - down[0], down[2] - down[1]];
    is_finder_pattern(runs).then_some((up[2], down[2]))
}

/// The patterns that were sighted, by cells of the picture.
#[derive(Default)]
struct Sightings {
    patterns: Vec<FinderPattern>,
    places: BTreeMap<(i32, i32), Vec<usize>>,
}

/// Size of a cell in pixels: closer sightings are the same pattern.
const CELL: f32 = 6.0;

impl Sightings {
    fn add(&mut self, pattern: FinderPattern) {
        let place = |pattern: &FinderPattern| ((pattern.x / CELL) as i32, (pattern.y / CELL) as i32);
        let (column, row) = place(&pattern);
        for near in (row - 1..=row + 1).flat_map(|row| (column - 1..=column + 1).map(move |column| (column, row))) {
            let Some(known) = self.places.get(&near) else { continue };
            let reach = CELL.min(pattern.module * 1.5);
            let same = known.iter().copied().find(|index| {
                let other = &self.patterns[*index];
                let is_alike = (0.7..1.4).contains(&(pattern.module / other.module));
                other.colour == pattern.colour
                    && is_alike
                    && (other.x - pattern.x).abs() < reach
                    && (other.y - pattern.y).abs() < reach
            });
            if let Some(index) = same {
                let other = &mut self.patterns[index];
                let share = 1.0 / (other.seen + 1) as f32;
                other.x += (pattern.x - other.x) * share;
                other.y += (pattern.y - other.y) * share;
                other.module += (pattern.module - other.module) * share;
                other.seen += 1;
                return;
            }
        }
        self.places.entry((column, row)).or_default().push(self.patterns.len());
        self.patterns.push(pattern);
    }
}
