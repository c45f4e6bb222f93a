//! A sparkline of the last health checks: latencies and failures.

use eframe::egui::{Rect, Sense, Stroke, Ui, Vec2, pos2};

use super::super::theme::Palette;

/// Draws latencies in milliseconds, oldest first, `None` for a failed check. It has no accessible name; the number
/// beside it has.
pub fn sparkline(ui: &mut Ui, history: &[Option<u32>], size: Vec2) {
    let (place, _) = ui.allocate_exact_size(size, Sense::hover());
    if history.is_empty() || !ui.is_rect_visible(place) {
        return;
    }
    let palette = Palette::of(ui);
    let place = place.shrink(2.0);
    let highest = history.iter().flatten().copied().max().unwrap_or(1).max(1) as f32;
    let step = place.width() / 19.0;
    let first = place.right() - step * (history.len() - 1) as f32;
    let x = |nth: usize| first + step * nth as f32;
    let mut line = Vec::with_capacity(history.len());
    for (nth, check) in history.iter().enumerate() {
        if let Some(millis) = check {
            line.push(pos2(x(nth), place.bottom() - place.height() * *millis as f32 / highest));
        } else {
            draw(ui, std::mem::take(&mut line));
            let mark = Rect::from_center_size(pos2(x(nth), place.bottom() - 3.0), Vec2::new(2.0, 6.0));
            ui.painter().rect_filled(mark, 0.0, palette.red);
        }
    }
    draw(ui, line);
}

fn draw(ui: &Ui, line: Vec<eframe::egui::Pos2>) {
    let color = Palette::of(ui).accent;
    match line.as_slice() {
        [] => {}
        [only] => {
            ui.painter().circle_filled(*only, 1.5, color);
        }
        [_, _, ..] => {
            ui.painter().line(line, Stroke::new(1.5, color));
        }
    }
}
