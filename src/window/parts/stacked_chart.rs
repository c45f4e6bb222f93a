//! A stacked area chart of transfer rates over time: downloads above the axis, uploads below it. Pure drawing.

use eframe::egui::{
    Align2, Color32, FontId, Mesh, Painter, Pos2, Rect, Response, RichText, Sense, Shape, Stroke, TextStyle, Ui,
    WidgetInfo, accesskit::Role, pos2, vec2,
};

use super::super::theme::Palette;
use crate::i18n::{Locale, tr, units};

/// Width of the axis labels on the left, in points.
const MARGIN: f32 = 76.0;

/// Smallest share of the height for the part below the axis.
const MIN_BELOW: f32 = 0.16;

/// One series of the chart.
pub struct Band {
    /// Its name.
    pub name: String,
    /// Its colour.
    pub color: Color32,
    /// The rates above and below the axis in bytes per second, one pair per second, oldest first; all bands have the
    /// same number.
    pub values: Vec<(f32, f32)>,
}

/// Draws the chart; `description` is its accessible name.
pub fn stacked_chart(ui: &mut Ui, bands: &[Band], height: f32, description: &str, locale: Locale) -> Response {
    let (place, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, description));
    if !ui.is_rect_visible(place) {
        return response;
    }
    let seconds = bands.iter().map(|band| band.values.len()).max().unwrap_or(0);
    let plot = Plot::new(ui, place, bands, seconds);
    plot.grid(ui, locale, seconds);
    if plot.most <= 0.0 {
        let font = TextStyle::Body.resolve(ui.style());
        let text = tr!(locale, "graph-nothing");
        ui.painter().text(plot.area.center(), Align2::CENTER_CENTER, text, font, Palette::of(ui).weak);
        return response;
    }
    plot.bands(ui.painter(), bands);
    match response.hover_pos().and_then(|pointer| plot.second_at(pointer, seconds)) {
        Some(nth) => plot.tooltip(ui, response, bands, nth, seconds, locale),
        None => response,
    }
}

struct Plot {
    area: Rect,
    /// The y coordinate of the axis.
    line: f32,
    /// Points per byte per second.
    scale: f32,
    /// The highest rate in both directions.
    most: f32,
    step: f32,
}

impl Plot {
    fn new(ui: &Ui, place: Rect, bands: &[Band], seconds: usize) -> Self {
        let foot = ui.text_style_height(&TextStyle::Small) + 6.0;
        let plot = Rect::from_min_max(place.min + vec2(MARGIN, 4.0), place.max - vec2(4.0, foot));
        let most = |way: fn(&(f32, f32)) -> f32| {
            let sums = (0..seconds).map(|nth| bands.iter().filter_map(|band| band.values.get(nth)).map(way).sum());
            sums.fold(0.0, f32::max)
        };
        let (above, below) = (most(|value| value.0), most(|value| value.1));
        let part = if above + below > 0.0 { (below / (above + below)).clamp(MIN_BELOW, 0.5) } else { MIN_BELOW };
        let line = plot.bottom() - plot.height() * part;
        let fits = |height: f32, most: f32| if most > 0.0 { height / most } else { f32::INFINITY };
        let scale = fits(line - plot.top(), above * 1.05).min(fits(plot.bottom() - line, below * 1.05));
        let step = plot.width() / seconds.saturating_sub(1).max(1) as f32;
        Self { area: plot, line, scale, most: above.max(below), step }
    }

    fn x(&self, nth: usize) -> f32 {
        self.area.left() + self.step * nth as f32
    }

    fn second_at(&self, pointer: Pos2, seconds: usize) -> Option<usize> {
        let nth = ((pointer.x - self.area.left()) / self.step).round();
        (nth >= 0.0 && (nth as usize) < seconds).then_some(nth as usize)
    }

    /// Grid lines at round rates, and the time below.
    fn grid(&self, ui: &Ui, locale: Locale, seconds: usize) {
        let (painter, palette) = (ui.painter(), Palette::of(ui));
        let font = TextStyle::Small.resolve(ui.style());
        let mark = |y: f32, text: String| {
            painter.text(pos2(self.area.left() - 6.0, y), Align2::RIGHT_CENTER, text, font.clone(), palette.weak);
        };
        let thin = Stroke::new(1.0, palette.line);
        if self.most > 0.0 {
            let room = (self.line - self.area.top()) / self.scale;
            let step = round(room / 2.5);
            let mut rate = step;
            while rate <= room {
                let y = self.line - rate * self.scale;
                painter.hline(self.area.x_range(), y, thin);
                mark(y, units::rate(locale, rate as u64));
                rate += step;
            }
        }
        painter.hline(self.area.x_range(), self.line, Stroke::new(1.0, palette.frame));
        self.times(painter, &font, palette.weak, locale, seconds);
        self.direction_labels(painter, &font, palette.weak);
    }

    fn direction_labels(&self, painter: &Painter, font: &FontId, color: Color32) {
        let x = self.area.left() - MARGIN + 2.0;
        painter.text(pos2(x, self.area.top() + 4.0), Align2::LEFT_CENTER, "↓", font.clone(), color);
        painter.text(pos2(x, (self.line + self.area.bottom()) / 2.0), Align2::LEFT_CENTER, "↑", font.clone(), color);
    }

    fn times(&self, painter: &Painter, font: &FontId, color: Color32, locale: Locale, seconds: usize) {
        let y = self.area.bottom() + 4.0;
        let minutes = seconds / 60;
        for minute in 0..=minutes {
            let x = self.area.right() - self.step * (minute * 60) as f32;
            let (align, text) = match minute {
                0 => (Align2::RIGHT_TOP, tr!(locale, "graph-now")),
                ago if ago == minutes => (Align2::LEFT_TOP, tr!(locale, "graph-ago", minutes = ago)),
                ago => (Align2::CENTER_TOP, tr!(locale, "graph-ago", minutes = ago)),
            };
            painter.text(pos2(x.max(self.area.left()), y), align, text, font.clone(), color);
        }
    }

    fn bands(&self, painter: &Painter, bands: &[Band]) {
        let seconds = bands.iter().map(|band| band.values.len()).max().unwrap_or(0);
        let (mut above, mut below) = (vec![0.0; seconds], vec![0.0; seconds]);
        for band in bands {
            let next = |under: &[f32], way: fn(&(f32, f32)) -> f32| -> Vec<f32> {
                under.iter().zip(&band.values).map(|(under, value)| under + way(value)).collect()
            };
            let (higher, lower) = (next(&above, |value| value.0), next(&below, |value| value.1));
            self.band(painter, &above, &higher, band.color, -self.scale);
            self.band(painter, &below, &lower, band.color, self.scale);
            (above, below) = (higher, lower);
        }
    }

    /// Fills the area between two lines and draws the outer one.
    fn band(&self, painter: &Painter, inner: &[f32], outer: &[f32], color: Color32, scale: f32) {
        let y = |value: f32| self.line + value * scale;
        let fill = color.gamma_multiply(0.45);
        let mut mesh = Mesh::default();
        let mut rim = Vec::new();
        for (nth, (inner, outer)) in inner.iter().zip(outer).enumerate() {
            let x = self.x(nth);
            mesh.colored_vertex(pos2(x, y(*inner)), fill);
            mesh.colored_vertex(pos2(x, y(*outer)), fill);
            if nth > 0 {
                let last = (nth as u32) * 2;
                mesh.add_triangle(last - 2, last - 1, last);
                mesh.add_triangle(last - 1, last, last + 1);
            }
            if outer > inner {
                rim.push(pos2(x, y(*outer)));
            } else if !rim.is_empty() {
                painter.line(std::mem::take(&mut rim), Stroke::new(1.25, color));
            }
        }
        painter.add(Shape::mesh(mesh));
        if !rim.is_empty() {
            painter.line(rim, Stroke::new(1.25, color));
        }
    }

    fn tooltip(
        &self,
        ui: &Ui,
        response: Response,
        bands: &[Band],
        nth: usize,
        seconds: usize,
        locale: Locale,
    ) -> Response {
        let x = self.x(nth);
        ui.painter().vline(x, self.area.y_range(), Stroke::new(1.0, Palette::of(ui).frame));
        response.on_hover_ui_at_pointer(|ui| {
            let ago = (seconds - nth) as u64 * 1_000;
            ui.label(RichText::new(tr!(locale, "graph-span-ago", span = units::span(locale, ago))).small());
            for band in bands {
                let (down, up) = band.values.get(nth).copied().unwrap_or_default();
                if down + up > 0.0 {
                    let (down, up) = (units::rate(locale, down as u64), units::rate(locale, up as u64));
                    ui.horizontal(|ui| {
                        super::swatch(ui, band.color);
                        ui.label(format!("{}  ↓ {down}  ↑ {up}", band.name));
                    });
                }
            }
        })
    }
}

/// Rounds up to the next of 1, 2, 5, 10, 20 …
fn round(value: f32) -> f32 {
    let magnitude = 10_f32.powf(value.max(1.0).log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * magnitude);
    steps.into_iter().find(|step| *step >= value).unwrap_or(steps[3])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axis_labels_are_round() {
        for (value, step) in
            [(0.2, 1.0), (1.0, 1.0), (3.0, 5.0), (17.0, 20.0), (120_000.0, 200_000.0), (900.0, 1_000.0)]
        {
            assert_eq!(round(value), step, "{value}");
        }
    }
}
