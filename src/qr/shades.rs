//! A greyscale picture with its threshold: global, or local, from the darkest and lightest shades around each pixel.

use image::GrayImage;

/// Side of the squares that share a threshold, in pixels. Each is computed from the square and its neighbours, three
/// times that: more than the smallest details of a code, less than other contents of a screen.
const SQUARE: usize = 24;

/// Smallest difference between dark and light where a code is possible.
const MIN_CONTRAST: u8 = 48;

/// Dark or light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colour {
    Dark,
    Light,
}

impl Colour {
    /// The colour of a depth relative to the threshold.
    pub(super) fn of(depth: i16) -> Self {
        if depth > 0 { Self::Dark } else { Self::Light }
    }
}

/// A picture with its thresholds.
pub(super) struct Shades<'a> {
    /// Width in pixels.
    pub(super) width: usize,
    /// Height in pixels.
    pub(super) height: usize,
    shades: &'a [u8],
    /// Number of squares per row.
    columns: usize,
    /// The threshold of each square; `None` where the contrast is too low.
    thresholds: Vec<Option<u8>>,
}

impl<'a> Shades<'a> {
    /// With a local threshold for each square.
    pub(super) fn by_place(picture: &'a GrayImage) -> Self {
        let mut shades = Self::of(picture);
        let (columns, rows) = (shades.columns, shades.height.div_ceil(SQUARE));
        let places = || (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y)));
        let extremes: Vec<_> = places().map(|at| shades.extremes(at)).collect();
        let threshold = |(x, y): (usize, usize)| {
            let near = |at: usize, end: usize| at.saturating_sub(1)..(at + 2).min(end);
            let (mut dark, mut light) = (u8::MAX, 0);
            for row in near(y, rows) {
                for (low, high) in &extremes[row * columns..][near(x, columns)] {
                    (dark, light) = (dark.min(*low), light.max(*high));
                }
            }
            (light.saturating_sub(dark) >= MIN_CONTRAST).then(|| dark + (light - dark) / 2)
        };
        shades.thresholds = places().map(threshold).collect();
        shades
    }

    /// With one global threshold, which separates its shades best.
    pub(super) fn by_all(picture: &'a GrayImage) -> Self {
        let mut counts = [0_u64; 256];
        picture.as_raw().iter().for_each(|shade| counts[usize::from(*shade)] += 1);
        let limit = otsu_threshold(&counts);
        let mut shades = Self::of(picture);
        shades.thresholds = vec![Some(limit); shades.columns * shades.height.div_ceil(SQUARE)];
        shades
    }

    fn of(picture: &'a GrayImage) -> Self {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        Self { width, height, shades: picture.as_raw(), columns: width.div_ceil(SQUARE), thresholds: Vec::new() }
    }

    fn extremes(&self, (column, row): (usize, usize)) -> (u8, u8) {
        let (left, top) = (column * SQUARE, row * SQUARE);
        let (right, bottom) = ((left + SQUARE).min(self.width), (top + SQUARE).min(self.height));
        let rows = (top..bottom).map(|y| &self.shades[y * self.width + left..y * self.width + right]);
        rows.flatten().fold((u8::MAX, 0), |(dark, light), &shade| (dark.min(shade), light.max(shade)))
    }

    /// How much darker than the threshold a pixel is; light where the contrast is too low.
    pub(super) fn depth(&self, x: usize, y: usize) -> i16 {
        match self.thresholds[y / SQUARE * self.columns + x / SQUARE] {
            Some(threshold) => i16::from(threshold) - i16::from(self.shades[y * self.width + x]),
            None => -1,
        }
    }

    /// The interpolated shade at a point; pixel centres are at halves. Outside the picture the edge is repeated.
    pub(super) fn shade(&self, x: f32, y: f32) -> f32 {
        let inside = |at: f32, end: usize| (at - 0.5).clamp(0.0, (end - 1) as f32);
        let (x, y) = (inside(x, self.width), inside(y, self.height));
        let (left, top) = (x as usize, y as usize);
        let (right, bottom) = ((left + 1).min(self.width - 1), (top + 1).min(self.height - 1));
        let at = |x: usize, y: usize| f32::from(self.shades[y * self.width + x]);
        let (across, down) = (x - left as f32, y - top as f32);
        let upper = at(left, top) + (at(right, top) - at(left, top)) * across;
        let lower = at(left, bottom) + (at(right, bottom) - at(left, bottom)) * across;
        upper + (lower - upper) * down
    }
}

/// The threshold that separates dark from light best (N. Otsu, A threshold selection method from gray-level histograms,
/// 1979).
fn otsu_threshold(counts: &[u64; 256]) -> u8 {
    let weigh = |counts: &[u64]| counts.iter().enumerate().map(|(shade, count)| shade as u64 * count).sum::<u64>();
    let (all, weight) = (counts.iter().sum::<u64>(), weigh(counts));
    let (mut best, mut limit) = (0.0, 127.0);
    let (mut dark, mut dark_weight) = (0, 0);
    for (shade, count) in counts.iter().enumerate() {
        dark += count;
        dark_weight += shade as u64 * count;
        let light = all - dark;
        if dark == 0 || light == 0 {
            continue;
        }
        let (ink, paper) = (dark_weight as f64 / dark as f64, (weight - dark_weight) as f64 / light as f64);
        let variance = dark as f64 * light as f64 * (paper - ink) * (paper - ink);
        if variance > best {
            (best, limit) = (variance, (ink + paper) / 2.0);
        }
    }
    limit as u8
}
