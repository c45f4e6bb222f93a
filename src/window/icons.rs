//! The icons in the sidebar, drawn as lines: sharp at every scale, and independent of fonts.

use eframe::egui::{Color32, CornerRadius, Painter, Pos2, Rect, Stroke, StrokeKind, pos2};

use crate::model::Page;

/// Draws the icon of a page into a square.
pub(super) fn draw(painter: &Painter, place: Rect, page: Page, color: Color32) {
    let pen = Pen { painter, place, stroke: Stroke::new(1.5, color) };
    match page {
        Page::Nodes => pen.servers(),
        Page::Balance => pen.bars(),
        Page::Connections => pen.exchange(),
        Page::Rules => pen.fork(),
        Page::Subscriptions => pen.arrow_into_tray(),
        Page::Activity => pen.pulse(),
        Page::Settings => pen.sliders(),
    }
}

struct Pen<'a> {
    painter: &'a Painter,
    place: Rect,
    stroke: Stroke,
}

impl Pen<'_> {
    /// A point on a 16 × 16 grid.
    fn at(&self, x: f32, y: f32) -> Pos2 {
        self.place.min + self.place.size() * pos2(x / 16.0, y / 16.0).to_vec2()
    }

    fn line(&self, points: &[(f32, f32)]) {
        let points = points.iter().map(|(x, y)| self.at(*x, *y)).collect();
        self.painter.line(points, self.stroke);
    }

    fn dot(&self, x: f32, y: f32) {
        self.painter.circle_filled(self.at(x, y), 1.5, self.stroke.color);
    }

    fn servers(&self) {
        for top in [2.0, 9.0] {
            let shelf = Rect::from_min_max(self.at(1.5, top), self.at(14.5, top + 5.0));
            self.painter.rect_stroke(shelf, CornerRadius::same(2), self.stroke, StrokeKind::Middle);
            self.dot(4.5, top + 2.5);
        }
    }

    fn bars(&self) {
        for (x, top) in [(3.0, 8.0), (8.0, 2.5), (13.0, 5.5)] {
            self.line(&[(x, 13.5), (x, top)]);
        }
        self.line(&[(1.0, 14.5), (15.0, 14.5)]);
    }

    fn exchange(&self) {
        self.line(&[(1.5, 5.0), (14.0, 5.0)]);
        self.line(&[(11.0, 2.0), (14.0, 5.0), (11.0, 8.0)]);
        self.line(&[(14.5, 11.0), (2.0, 11.0)]);
        self.line(&[(5.0, 8.0), (2.0, 11.0), (5.0, 14.0)]);
    }

    fn fork(&self) {
        self.line(&[(1.5, 8.0), (6.0, 8.0), (10.0, 3.5), (14.0, 3.5)]);
        self.line(&[(6.0, 8.0), (10.0, 12.5), (14.0, 12.5)]);
        self.line(&[(12.0, 1.5), (14.5, 3.5), (12.0, 5.5)]);
        self.line(&[(12.0, 10.5), (14.5, 12.5), (12.0, 14.5)]);
    }

    fn arrow_into_tray(&self) {
        self.line(&[(8.0, 1.5), (8.0, 10.0)]);
        self.line(&[(4.5, 6.5), (8.0, 10.0), (11.5, 6.5)]);
        self.line(&[(1.5, 9.5), (1.5, 14.0), (14.5, 14.0), (14.5, 9.5)]);
    }

    fn pulse(&self) {
        self.line(&[(1.0, 8.0), (4.5, 8.0), (6.5, 2.5), (9.5, 13.5), (11.5, 8.0), (15.0, 8.0)]);
    }

    fn sliders(&self) {
        for (y, knob) in [(3.5, 10.5), (8.0, 4.5), (12.5, 9.0)] {
            self.line(&[(1.5, y), (knob - 2.0, y)]);
            self.line(&[(knob + 2.0, y), (14.5, y)]);
            self.painter.circle_stroke(self.at(knob, y), 2.0, self.stroke);
        }
    }
}
