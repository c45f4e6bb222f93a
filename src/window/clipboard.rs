//! The keys of the clipboard, which is asked without waiting for it: a paste is a task of the
//! backend, and its text comes into the next frame as if it had just been pasted.

use eframe::egui::{Context, Event, Key, OutputCommand, RawInput};

/// Turns the keys for copying and cutting into what fields know; says whether one for pasting was pressed.
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

/// What was pasted in this frame.
pub(super) fn pasted(ctx: &Context) -> Vec<String> {
    let text = |event: &Event| if let Event::Paste(text) = event { Some(text.clone()) } else { None };
    ctx.input(|input| input.events.iter().filter_map(text).collect())
}

/// What was copied in this frame; nobody else will see it.
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
