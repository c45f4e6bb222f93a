//! The editor as a person types into it, and what a keystroke costs.

use eframe::egui::{
    Context, Event, ImeEvent, Key, Modifiers, OutputCommand, PointerButton, Pos2, RawInput, Rect, pos2, vec2,
};

use super::{Editor, EditorWork};
use crate::i18n::Locale;

/// An editor without a window.
struct Desk {
    ctx: Context,
    editor: Editor,
    text: String,
    copied: Vec<String>,
    now: f64,
}

impl Desk {
    /// With the caret in front of the text.
    fn of(text: &str) -> Self {
        let ctx = Context::default();
        let mut desk = Self { ctx, editor: Editor::default(), text: text.to_owned(), copied: Vec::new(), now: 0.0 };
        desk.frame(Vec::new());
        desk.frame(Vec::new());
        desk.click(pos2(70.0, 20.0));
        desk.key(Modifiers::COMMAND, Key::Home);
        desk
    }

    fn frame(&mut self, events: Vec<Event>) {
        self.now += 2.0;
        let screen_rect = Some(Rect::from_min_size(Pos2::ZERO, vec2(400.0, 300.0)));
        let input = RawInput { screen_rect, time: Some(self.now), focused: true, events, ..RawInput::default() };
        let (editor, text) = (&mut self.editor, &mut self.text);
        let mut output = self.ctx.run_ui(input, |ui| drop(editor.show(ui, Locale::English, "Rules", text)));
        output.textures_delta.clear();
        for command in output.platform_output.commands {
            if let OutputCommand::CopyText(text) = command {
                self.copied.push(text);
            }
        }
    }

    fn click(&mut self, at: Pos2) {
        for pressed in [true, false] {
            let button = PointerButton::Primary;
            let press = Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE };
            self.frame(vec![Event::PointerMoved(at), press]);
        }
    }

    fn key(&mut self, modifiers: Modifiers, key: Key) {
        let event = |pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
        self.frame(vec![event(true)]);
        self.frame(vec![event(false)]);
    }

    fn type_in(&mut self, text: &str) {
        self.frame(vec![Event::Text(text.to_owned())]);
    }

    /// What the frame of a keystroke has to do.
    fn keystroke(&mut self) -> EditorWork {
        self.type_in("x");
        self.editor.work
    }
}

#[test]
fn a_keystroke_costs_as_much_in_a_long_text_as_in_a_short_one() {
    let line = "||site.example.com^\n";
    let [short, long] = [60, 60_000].map(|lines| {
        let mut desk = Desk::of(&line.repeat(lines));
        let first = desk.keystroke();
        desk.key(Modifiers::COMMAND, Key::End);
        let last = desk.keystroke();
        (0..lines.min(30)).for_each(|_| desk.key(Modifiers::NONE, Key::PageUp));
        [first, desk.keystroke(), last]
    });
    for (short, long) in short.iter().zip(&long) {
        assert!(long.split > 0 && long.laid_out > 0, "the work is counted: {long:?}");
        let is_like = |short: usize, long: usize| long <= short + line.len();
        assert!(is_like(short.split, long.split) && is_like(short.laid_out, long.laid_out), "{short:?}, {long:?}");
    }
}

#[test]
fn a_long_text_costs_no_more_than_what_is_visible_of_it() {
    let line = "||site.example.com^\n";
    let mut desk = Desk::of(&line.repeat(60_000));
    desk.frame(Vec::new());
    assert_eq!(desk.editor.work.split, 0, "nothing is split while nothing is typed");
    desk.key(Modifiers::COMMAND, Key::A);
    desk.frame(Vec::new());
    assert!(desk.editor.work.laid_out < 60 * line.len(), "{:?}", desk.editor.work);
}

#[test]
fn keys_do_what_they_do_in_every_editor() {
    let mut desk = Desk::of("one\ntwo\nthree\n");
    desk.key(Modifiers::NONE, Key::End);
    desk.type_in("!");
    desk.key(Modifiers::NONE, Key::ArrowDown);
    desk.key(Modifiers::NONE, Key::Home);
    desk.key(Modifiers::NONE, Key::Delete);
    assert_eq!(desk.text, "one!\nwo\nthree\n");
    desk.key(Modifiers::NONE, Key::Enter);
    desk.key(Modifiers::NONE, Key::Backspace);
    desk.key(Modifiers::CTRL | Modifiers::SHIFT, Key::ArrowRight);
    desk.frame(vec![Event::Cut]);
    assert_eq!((desk.text.as_str(), desk.copied.as_slice()), ("one!\n\nthree\n", ["wo".to_owned()].as_slice()));
    desk.frame(vec![Event::Paste("2\r\n3".into())]);
    assert_eq!(desk.text, "one!\n2\n3\nthree\n");
    desk.key(Modifiers::COMMAND, Key::A);
    desk.frame(vec![Event::Copy]);
    assert_eq!(desk.copied[1], "one!\n2\n3\nthree\n");
    desk.type_in("x");
    assert_eq!(desk.text, "x");
    for text in ["one!\n2\n3\nthree\n", "one!\n\nthree\n", "one!\nwo\nthree\n"] {
        desk.key(Modifiers::COMMAND, Key::Z);
        assert_eq!(desk.text, text);
    }
    desk.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    desk.key(Modifiers::COMMAND, Key::Y);
    assert_eq!(desk.text, "one!\n2\n3\nthree\n");
}

#[test]
fn the_caret_keeps_its_column_through_shorter_rows_and_rows_that_go_on() {
    let long = "abcdefghij".repeat(12);
    let mut desk = Desk::of(&format!("{long}\nab\n{long}"));
    let rows = |desk: &Desk| desk.editor.buffer.as_ref().unwrap().rows().count();
    assert!(rows(&desk) > 5, "lines that are longer than the editor is wide take several rows");
    let head = |desk: &Desk| desk.editor.buffer.as_ref().unwrap().caret.head;
    (0..20).for_each(|_| desk.key(Modifiers::NONE, Key::ArrowRight));
    let mut places = vec![head(&desk)];
    (1..rows(&desk)).for_each(|_| {
        desk.key(Modifiers::NONE, Key::ArrowDown);
        places.push(head(&desk));
    });
    assert!(places.is_sorted() && places.contains(&(long.len() + 3)), "{places:?}");
    (1..rows(&desk)).for_each(|_| desk.key(Modifiers::NONE, Key::ArrowUp));
    assert_eq!(head(&desk), 20, "back where it was");
}

#[test]
fn a_click_sets_the_caret_and_two_select_a_word() {
    let mut desk = Desk::of("one two\n");
    desk.now -= 1.9;
    desk.click(pos2(300.0, 20.0));
    desk.type_in("!");
    assert_eq!(desk.text, "one two!\n", "behind the line is its end");
    let at = pos2(50.0, 20.0);
    for pressed in [true, false, true, false] {
        desk.now -= 1.95;
        let button = PointerButton::Primary;
        let press = Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE };
        desk.frame(vec![Event::PointerMoved(at), press]);
    }
    desk.type_in("x");
    assert_eq!(desk.text, "x two!\n");
}

#[test]
fn an_input_method_composes_in_place() {
    let mut desk = Desk::of("a\n");
    let preedit = |text: &str| Event::Ime(ImeEvent::Preedit { text: text.into(), active_range_chars: None });
    desk.frame(vec![preedit("")]);
    desk.frame(vec![preedit("gui")]);
    assert_eq!(desk.text, "guia\n");
    desk.frame(vec![Event::Ime(ImeEvent::Commit("规".into()))]);
    assert_eq!(desk.text, "规a\n");
    desk.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(desk.text, "a\n");
}

#[test]
fn a_text_that_is_changed_elsewhere_is_shown_and_the_change_undone() {
    let mut desk = Desk::of("a\n");
    desk.text = "a\nb\n".into();
    desk.frame(Vec::new());
    assert_eq!(desk.editor.buffer.as_ref().unwrap().text(), "a\nb\n");
    desk.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(desk.text, "a\n");
}
