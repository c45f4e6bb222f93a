//! Widgets that the pages are composed of. Each has an accessible name and role.

mod buttons;
mod code;
mod dialog;
mod draft;
mod editor;
mod field;
mod path_dialog;
mod query;
mod sparkline;
mod stacked_chart;
mod surface;

pub use self::buttons::{check, column_head, cross, danger, primary, primary_button, segments, switch};
pub use self::code::code;
pub use self::dialog::{DialogState, confirm, dialog, foot, foot_enabled, has_dialog};
pub use self::draft::{Draft, DraftAction};
pub use self::editor::{Editor, Marks, reasons};
pub use self::field::{Field, beside_labels, choice, labelled_row, number, pick, row, search, want_number};
pub use self::path_dialog::{PathAction, PathDialog};
pub use self::query::{QueryKind, QueryLabels, QuerySection};
pub use self::sparkline::sparkline;
pub use self::stacked_chart::{Band, stacked_chart};
pub use self::surface::{
    bar, busy, card, chevron, dot, empty, failed, filled, heading, page, section, swatch, truncated, weak, wrapped,
};
