//! Clipboard shortcuts without waiting for the clipboard: a paste is a task of the backend, and its text is added to
//! the input of the next frame.

use eframe::egui::{Context, Event, Key, OutputCommand, RawInput};

/// Turns the copy and cut shortcuts into egui events; returns whether the paste shortcut was pressed.
pub(super) fn take_keys(input: &mut RawInput) -> bool {
    let mut is_paste_wanted = false;
    for event in &mut input.events {
        let Event::Key { key, pressed: true, modifiers, .. } = event else { continue };
        if !modifiers.command || modifiers.alt {
            continue;
        }
        if *key == Key::V {
            is_paste_wanted = true;
        } else if *key == Key::C {
            *event = Event::Copy;
        } else if *key == Key::X {
            *event = Event::Cut;
        }
    }
    is_paste_wanted
}

/// The texts pasted in this frame.
pub(super) fn pasted(ctx: &Context) -> Vec<String> {
    let text = |event: &Event| if let Event::Paste(text) = event { Some(text.clone()) } else { None };
    ctx.input(|input| input.events.iter().filter_map(text).collect())
}

/// Takes the texts copied in this frame, so that egui does not handle them too.
pub(super) fn copied(ctx: &Context) -> Vec<String> {
    let text = |command: &OutputCommand| {
        if let OutputCommand::CopyText(text) = command { Some(text.clone()) } else { None }
    };
    ctx.output_mut(|output| {
        let texts = output.commands.iter().filter_map(text).collect();
        output.commands.retain(|command| !matches!(command, OutputCommand::CopyText(_)));
        texts
    })
}
