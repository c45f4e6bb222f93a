//! The window's theme: one palette each for light and dark, one accent, four state colours, a 4-point grid.

use eframe::egui::{
    self, Color32, Context, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Theme, Vec2,
    Visuals,
};

use super::fonts;
use crate::i18n::connection_status::StatusIcon;
use crate::model::settings;
use crate::model::snapshot::MemberState;

/// The colours of a theme.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    /// The background.
    pub ground: Color32,
    /// Cards, fields, dialogs.
    pub card: Color32,
    /// Hovered items, and every other row.
    pub raised: Color32,
    /// Separators.
    pub line: Color32,
    /// Borders of fields and buttons.
    pub frame: Color32,
    /// Text.
    pub text: Color32,
    /// Secondary text; still readable on a card.
    pub weak: Color32,
    /// The accent, for selected and clickable items.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// The background of a selected item.
    pub chosen: Color32,
    /// Works.
    pub green: Color32,
    /// Works partly, or is being checked.
    pub amber: Color32,
    /// Does not work.
    pub red: Color32,
    /// Off.
    pub grey: Color32,
}

const LIGHT: Palette = Palette {
    ground: Color32::from_rgb(0xf4, 0xf5, 0xf7),
    card: Color32::from_rgb(0xff, 0xff, 0xff),
    raised: Color32::from_rgb(0xec, 0xee, 0xf2),
    line: Color32::from_rgb(0xe1, 0xe4, 0xea),
    frame: Color32::from_rgb(0xc3, 0xc9, 0xd3),
    text: Color32::from_rgb(0x1a, 0x1e, 0x26),
    weak: Color32::from_rgb(0x59, 0x62, 0x70),
    accent: Color32::from_rgb(0x1f, 0x5f, 0xc4),
    on_accent: Color32::from_rgb(0xff, 0xff, 0xff),
    chosen: Color32::from_rgb(0xdb, 0xe7, 0xfb),
    green: Color32::from_rgb(0x1b, 0x87, 0x4b),
    amber: Color32::from_rgb(0xb2, 0x6a, 0x00),
    red: Color32::from_rgb(0xc4, 0x2f, 0x2a),
    grey: Color32::from_rgb(0x84, 0x8d, 0x9b),
};

const DARK: Palette = Palette {
    ground: Color32::from_rgb(0x14, 0x17, 0x1c),
    card: Color32::from_rgb(0x1c, 0x20, 0x27),
    raised: Color32::from_rgb(0x28, 0x2d, 0x36),
    line: Color32::from_rgb(0x2d, 0x33, 0x3d),
    frame: Color32::from_rgb(0x48, 0x50, 0x5d),
    text: Color32::from_rgb(0xe6, 0xe9, 0xee),
    weak: Color32::from_rgb(0xa3, 0xac, 0xb9),
    accent: Color32::from_rgb(0x6d, 0xa6, 0xff),
    on_accent: Color32::from_rgb(0x0c, 0x16, 0x26),
    chosen: Color32::from_rgb(0x24, 0x38, 0x58),
    green: Color32::from_rgb(0x4c, 0xc3, 0x8a),
    amber: Color32::from_rgb(0xf0, 0xb2, 0x4c),
    red: Color32::from_rgb(0xff, 0x7d, 0x74),
    grey: Color32::from_rgb(0x7d, 0x87, 0x96),
};

impl Palette {
    /// The palette of a `Ui`.
    pub fn of(ui: &egui::Ui) -> &'static Self {
        if ui.visuals().dark_mode { &DARK } else { &LIGHT }
    }

    /// The colour of the connection state.
    pub fn status(&self, icon: StatusIcon) -> Color32 {
        match icon {
            StatusIcon::Off => self.grey,
            StatusIcon::Connecting | StatusIcon::Degraded | StatusIcon::NetworkDown => self.amber,
            StatusIcon::On | StatusIcon::Cluster => self.green,
            StatusIcon::Error => self.red,
        }
    }

    /// The colour of the nth series of a chart; repeats after the last one.
    pub fn series(&self, nth: usize) -> Color32 {
        const LIGHT_SERIES: [u32; 8] = [0x2f6fd0, 0x1f9a6d, 0xc2701a, 0x8a52c7, 0xc23f6b, 0x1792a4, 0x7c8a1c, 0x8b6a4f];
        const DARK_SERIES: [u32; 8] = [0x6da6ff, 0x4cc38a, 0xf0a04c, 0xb98cf0, 0xf07ba4, 0x4fc7d9, 0xb8c95a, 0xc7a27f];
        let series = if self.card == DARK.card { DARK_SERIES } else { LIGHT_SERIES };
        let [_, red, green, blue] = series[nth % series.len()].to_be_bytes();
        Color32::from_rgb(red, green, blue)
    }

    /// The colour of a member's state.
    pub fn member(&self, state: MemberState) -> Color32 {
        match state {
            MemberState::Serving => self.green,
            MemberState::Starting | MemberState::Warming | MemberState::Suspect | MemberState::Draining => self.amber,
            MemberState::Ejected | MemberState::Restarting => self.red,
        }
    }
}

/// Installs fonts and styles for both themes.
pub fn install(ctx: &Context) {
    fonts::install(ctx);
    // Used if the desktop states no preference.
    ctx.options_mut(|options| options.fallback_theme = Theme::Light);
    for (theme, palette, base) in [(Theme::Light, &LIGHT, Visuals::light()), (Theme::Dark, &DARK, Visuals::dark())] {
        let mut style = Style { visuals: visuals(palette, base), ..Style::default() };
        space(&mut style);
        ctx.set_style_of(theme, style);
    }
}

/// Selects the theme.
pub fn set_theme(ctx: &Context, wanted: settings::Theme) {
    ctx.set_theme(match wanted {
        settings::Theme::System => egui::ThemePreference::System,
        settings::Theme::Light => egui::ThemePreference::Light,
        settings::Theme::Dark => egui::ThemePreference::Dark,
    });
}

fn space(style: &mut Style) {
    let font = |size| FontId::new(size, FontFamily::Proportional);
    style.text_styles = [
        (TextStyle::Heading, font(20.0)),
        (TextStyle::Body, font(14.0)),
        (TextStyle::Button, font(14.0)),
        (TextStyle::Small, font(12.0)),
        (TextStyle::Monospace, FontId::new(13.0, FontFamily::Monospace)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::splat(8.0);
    spacing.button_padding = Vec2::new(12.0, 4.0);
    spacing.interact_size = Vec2::new(40.0, 28.0);
    spacing.icon_width = 16.0;
    spacing.icon_spacing = 8.0;
    spacing.combo_width = 160.0;
    spacing.text_edit_width = 240.0;
    spacing.window_margin = Margin::same(20);
    spacing.menu_margin = Margin::same(8);
    spacing.tooltip_width = 360.0;
    style.interaction.selectable_labels = false;
    style.animation_time = 0.1;
}

fn visuals(palette: &Palette, base: Visuals) -> Visuals {
    let mut visuals = base;
    let radius = CornerRadius::same(6);
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(palette.weak);
    visuals.hyperlink_color = palette.accent;
    visuals.faint_bg_color = palette.ground;
    visuals.extreme_bg_color = palette.card;
    visuals.code_bg_color = palette.raised;
    visuals.warn_fg_color = palette.amber;
    visuals.error_fg_color = palette.red;
    visuals.panel_fill = palette.ground;
    visuals.window_fill = palette.card;
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_corner_radius = CornerRadius::same(12);
    visuals.menu_corner_radius = CornerRadius::same(8);
    let shade = if visuals.dark_mode { 96 } else { 32 };
    let shadow = Shadow { offset: [0, 8], blur: 24, spread: 0, color: Color32::from_black_alpha(shade) };
    (visuals.window_shadow, visuals.popup_shadow) = (shadow, shadow);
    visuals.selection.bg_fill = palette.chosen;
    visuals.selection.stroke = Stroke::new(1.0, palette.accent);
    visuals.text_cursor.stroke = Stroke::new(2.0, palette.accent);
    visuals.striped = false;
    let widgets = &mut visuals.widgets;
    for (widget, fill, frame, text) in [
        (&mut widgets.noninteractive, palette.card, palette.line, palette.text),
        (&mut widgets.inactive, palette.card, palette.frame, palette.text),
        (&mut widgets.hovered, palette.raised, palette.weak, palette.text),
        (&mut widgets.active, palette.chosen, palette.accent, palette.text),
        (&mut widgets.open, palette.raised, palette.weak, palette.text),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, frame);
        widget.fg_stroke = Stroke::new(1.0, text);
        widget.corner_radius = radius;
        widget.expansion = 0.0;
    }
    visuals
}
