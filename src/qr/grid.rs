//! The grid of a code between three finder patterns: which one is at the right angle, how many modules per side, and
//! where each module is.

use rqrr::{Grid, SimpleGrid};

use super::finder_patterns::FinderPattern;
use super::shades::{Colour, Shades};

/// Modules from the edge of a code to the centre of a finder pattern.
const INSET: f32 = 3.5;

/// Module size in pixels below which the pixels around a module's centre belong to other modules.
const SMALL: f32 = 2.0;

/// Smallest share of alternating modules on the timing pattern for a side length to be accepted.
const MIN_TIMING: f32 = 0.7;

/// Distance from the threshold at which a shade is clearly dark.
const CLEAR: f32 = 40.0;

/// A point or a vector, in pixels.
type Point = (f32, f32);

/// Three finder patterns that may belong to one code: the one at the right angle, then the other two.
#[derive(Clone, Copy, Debug)]
pub(super) struct PatternTriple {
    middle: Point,
    right: Point,
    down: Point,
    colour: Colour,
    /// Estimated number of modules per side.
    modules: f32,
}

impl PatternTriple {
    /// Combines three finder patterns, if they can belong to one code: equal in size and colour, at the ends of two
    /// sides of equal length at a right angle, within a camera's distortion.
    pub(super) fn of(middle: &FinderPattern, one: &FinderPattern, other: &FinderPattern) -> Option<Self> {
        let sizes = [middle.module, one.module, other.module];
        let (least, most) = (sizes.iter().copied().fold(f32::MAX, f32::min), sizes.iter().copied().fold(0.0, f32::max));
        if most > 1.6 * least || middle.colour != one.colour || middle.colour != other.colour {
            return None;
        }
        let from = (middle.x, middle.y);
        let (mut one, mut other) = ((one.x, one.y), (other.x, other.y));
        let (mut u, mut v) = (vector(from, one), vector(from, other));
        // Seen from the right angle, the side to the right comes first. This reads mirrored codes too.
        if u.0 * v.1 - u.1 * v.0 < 0.0 {
            (one, other, u, v) = (other, one, v, u);
        }
        let (long, wide) = (length(u), length(v));
        let slant = (u.0 * v.0 + u.1 * v.1) / (long * wide);
        if !(0.55..1.8).contains(&(long / wide)) || slant.abs() > 0.3 {
            return None;
        }
        let module = sizes.iter().sum::<f32>() / 3.0 * upright(u);
        let modules = (long + wide) / 2.0 / module + 2.0 * INSET;
        (19.0..190.0).contains(&modules).then_some(Self {
            middle: from,
            right: one,
            down: other,
            colour: middle.colour,
            modules,
        })
    }

    /// Decodes the code, if it is one; subtracts its attempts from `readings`.
    pub(super) fn text(&self, shades: &Shades<'_>, readings: &mut usize) -> Option<String> {
        let nearest = ((self.modules - 17.0) / 4.0).round() as i32;
        let versions =
            [0, -1, 1, -2, 2].map(|off| nearest + off).into_iter().filter(|version| (1..=40).contains(version));
        versions.map(|version| 17 + 4 * version as usize).find_map(|side| self.text_of(shades, side, readings))
    }

    fn text_of(&self, shades: &Shades<'_>, side: usize, readings: &mut usize) -> Option<String> {
        let plain = GridTransform::of(self, side);
        let ink = InkThreshold::at(self, &plain, shades);
        if *readings == 0 || !plain.has_timing(shades, &ink) {
            return None;
        }
        *readings -= 1;
        // The smallest codes have no alignment pattern.
        let slanted = (side > 21).then(|| plain.with_perspective(shades, &ink)).flatten();
        slanted.into_iter().chain([plain]).find_map(|place| place.read(shades, &ink))
    }
}

/// The ratio of a row's length inside a rotated shape to its length along the shape's own side.
fn upright(vector: Point) -> f32 {
    vector.0.abs().max(vector.1.abs()) / length(vector)
}

fn vector(from: Point, to: Point) -> Point {
    (to.0 - from.0, to.1 - from.1)
}

fn length(vector: Point) -> f32 {
    vector.0.hypot(vector.1)
}

/// The threshold between dark and light in a code, from the shades of its finder patterns, since the lighting may be
/// uneven.
struct InkThreshold {
    /// The threshold at the right angle, and its change per module to the right and down.
    limit: f32,
    right: f32,
    down: f32,
    colour: Colour,
}

impl InkThreshold {
    fn at(triple: &PatternTriple, place: &GridTransform, shades: &Shades<'_>) -> Self {
        let limit = |x: f32, y: f32| {
            // The centre of a finder pattern is dark, and two modules from it is light.
            let around = [(-2.0, 0.0), (2.0, 0.0), (0.0, -2.0), (0.0, 2.0)];
            let paper: f32 = around.into_iter().map(|(right, down)| place.shade(shades, x + right, y + down)).sum();
            (place.shade(shades, x, y) + paper / 4.0) / 2.0
        };
        let (end, between) = (place.side as f32 - INSET, place.side as f32 - 2.0 * INSET);
        let middle = limit(INSET, INSET);
        let (right, down) = ((limit(end, INSET) - middle) / between, (limit(INSET, end) - middle) / between);
        Self { limit: middle, right, down, colour: triple.colour }
    }

    /// How much darker than the threshold a shade is at a position.
    fn depth(&self, shade: f32, x: f32, y: f32) -> f32 {
        let limit = self.limit + (x - INSET) * self.right + (y - INSET) * self.down;
        match self.colour {
            Colour::Dark => limit - shade,
            Colour::Light => shade - limit,
        }
    }
}

/// The positions of modules in the picture: a projective map (P. Heckbert, Fundamentals of Texture Mapping, 1989,
/// section 2.2.3) from module coordinates to pixels.
struct GridTransform {
    side: usize,
    /// The image of (0, 0), and the vectors of one module to the right and down.
    origin: Point,
    across: Point,
    down: Point,
    /// The perspective terms to the right and down.
    shrink: Point,
}

impl GridTransform {
    /// Without perspective.
    fn of(triple: &PatternTriple, side: usize) -> Self {
        let between = side as f32 - 2.0 * INSET;
        let (u, v) = (vector(triple.middle, triple.right), vector(triple.middle, triple.down));
        let (across, down) = ((u.0 / between, u.1 / between), (v.0 / between, v.1 / between));
        let origin = (triple.middle.0 - INSET * (across.0 + down.0), triple.middle.1 - INSET * (across.1 + down.1));
        Self { side, origin, across, down, shrink: (0.0, 0.0) }
    }

    fn at(&self, x: f32, y: f32) -> Point {
        let shrink = self.shrink.0 * x + self.shrink.1 * y + 1.0;
        (
            (self.origin.0 + self.across.0 * x + self.down.0 * y) / shrink,
            (self.origin.1 + self.across.1 * x + self.down.1 * y) / shrink,
        )
    }

    fn shade(&self, shades: &Shades<'_>, x: f32, y: f32) -> f32 {
        let (x, y) = self.at(x, y);
        shades.shade(x, y)
    }

    /// Whether a module is dark: by its centre, and by the pixels around it if it is large enough.
    fn is_ink(&self, shades: &Shades<'_>, ink: &InkThreshold, x: usize, y: usize) -> bool {
        let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
        let around = [(0.0, 0.0), (-0.2, 0.0), (0.2, 0.0), (0.0, -0.2), (0.0, 0.2)];
        let looks = if length(self.across) < SMALL { &around[..1] } else { &around[..] };
        let sum: f32 = looks.iter().map(|(right, down)| self.shade(shades, x + right, y + down)).sum();
        ink.depth(sum / looks.len() as f32, x, y) > 0.0
    }

    /// Whether the timing pattern between the finder patterns alternates (ISO/IEC 18004 section 6.3.5).
    fn has_timing(&self, shades: &Shades<'_>, ink: &InkThreshold) -> bool {
        let between = 8..self.side - 8;
        let right = between.clone().filter(|at| self.is_ink(shades, ink, *at, 6) == (at % 2 == 0)).count();
        let down = between.clone().filter(|at| self.is_ink(shades, ink, 6, *at) == (at % 2 == 0)).count();
        (right + down) as f32 >= MIN_TIMING * 2.0 * between.len() as f32
    }

    /// With perspective, so that the alignment pattern near the fourth pattern is where it is found in the picture.
    fn with_perspective(&self, shades: &Shades<'_>, ink: &InkThreshold) -> Option<Self> {
        let wanted = self.side as f32 - 6.5;
        let mut best = (f32::MIN, (0.0, 0.0));
        let mut search = |from: Point, steps: i32, step: f32| {
            for (right, down) in (-steps..=steps).flat_map(|down| (-steps..=steps).map(move |right| (right, down))) {
                let at = (from.0 + right as f32 * step, from.1 + down as f32 * step);
                let fit = self.square(shades, ink, wanted + at.0, wanted + at.1)
                    - 0.02 * length((right as f32 * step, down as f32 * step));
                if fit > best.0 {
                    best = (fit, at);
                }
            }
            best.1
        };
        let reach = (self.side as f32 * 0.15).clamp(2.0, 12.0);
        let near = search((0.0, 0.0), (reach / 0.5) as i32, 0.5);
        let found = search(near, 4, 0.125);
        (best.0 > 0.4).then(|| self.through(wanted, self.at(wanted + found.0, wanted + found.1))).flatten()
    }

    /// How well a position matches an alignment pattern; at most 1.
    fn square(&self, shades: &Shades<'_>, ink: &InkThreshold, x: f32, y: f32) -> f32 {
        let mut sum = 0.0;
        for (right, down) in (-2_i32..=2).flat_map(|down| (-2_i32..=2).map(move |right| (right, down))) {
            let is_ink = right.abs().max(down.abs()) != 1;
            let (x, y) = (x + right as f32, y + down as f32);
            let depth = (ink.depth(self.shade(shades, x, y), x, y) / CLEAR).clamp(-1.0, 1.0);
            sum += if is_ink { depth } else { -depth };
        }
        sum / 25.0
    }

    /// The map that keeps the three finder patterns and takes (`at`, `at`) to `place`.
    fn through(&self, at: f32, place: Point) -> Option<Self> {
        let end = self.side as f32 - INSET;
        let from = [(INSET, INSET), (end, INSET), (INSET, end)];
        let to = from.map(|(x, y)| self.at(x, y));
        // X = (a x + b y + c) / (g x + h y + 1), and the same for Y: eight unknowns, from the three fixed points and
        // the one that moves.
        let mut rows: Vec<[f64; 9]> = Vec::new();
        for ((x, y), (right, down)) in from.into_iter().zip(to).chain([((at, at), place)]) {
            let (x, y, right, down) = (f64::from(x), f64::from(y), f64::from(right), f64::from(down));
            rows.push([x, y, 1.0, 0.0, 0.0, 0.0, -x * right, -y * right, right]);
            rows.push([0.0, 0.0, 0.0, x, y, 1.0, -x * down, -y * down, down]);
        }
        let [a, b, c, d, e, f, g, h] = solve(rows)?.map(|value| value as f32);
        Some(Self { side: self.side, origin: (c, f), across: (a, d), down: (b, e), shrink: (g, h) })
    }

    fn read(&self, shades: &Shades<'_>, ink: &InkThreshold) -> Option<String> {
        let grid = SimpleGrid::from_func(self.side, |x, y| self.is_ink(shades, ink, x, y));
        Grid::new(grid).decode().ok().map(|(_, text)| text)
    }
}

/// Solves eight equations by Gaussian elimination with partial pivoting.
fn solve(mut rows: Vec<[f64; 9]>) -> Option<[f64; 8]> {
    for step in 0..8 {
        let largest = (step..8).max_by(|one, other| rows[*one][step].abs().total_cmp(&rows[*other][step].abs()))?;
        rows.swap(step, largest);
        let pivot = rows[step];
        if pivot[step].abs() < 1e-9 {
            return None;
        }
        for (index, row) in rows.iter_mut().enumerate() {
            let factor = row[step] / pivot[step];
            if index != step {
                row.iter_mut().zip(pivot).for_each(|(value, of)| *value -= factor * of);
            }
        }
    }
    let mut solved = [0.0; 8];
    for (index, value) in solved.iter_mut().enumerate() {
        *value = rows[index][8] / rows[index][index];
    }
    solved.iter().all(|value| value.is_finite()).then_some(solved)
}
