//! The small things that pages are put together from. Each has a name and a role for those who do not see it.

mod buttons;
mod dialog;
mod field;
mod surface;
mod trace;

pub use self::buttons::{check, cross, danger, primary, segments, switch};
pub use self::dialog::{Shown, confirm, dialog, foot};
pub use self::field::{Field, choice, number, row};
pub use self::surface::{card, dot, empty, heading, page, section, truncated, weak};
pub use self::trace::trace;
