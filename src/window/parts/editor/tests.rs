//! The editor with simulated input, and the cost of a keystroke.

use eframe::egui::{
    Context, Event, ImeEvent, Key, Modifiers, OutputCommand, PointerButton, Pos2, RawInput, Rect, pos2, vec2,
};

use super::{Editor, EditorWork};
use crate::i18n::Locale;

/// A headless editor.
struct Harness {
    ctx: Context,
    editor: Editor,
    text: String,
    copied: Vec<String>,
    now: f64,
}

impl Harness {
    /// An editor of `text` with the caret at its start.
    fn of(text: &str) -> Self {
        let ctx = Context::default();
        let mut harness = Self { ctx, editor: Editor::default(), text: text.to_owned(), copied: Vec::new(), now: 0.0 };
        harness.frame(Vec::new());
        harness.frame(Vec::new());
        harness.click(pos2(70.0, 20.0));
        harness.key(Modifiers::COMMAND, Key::Home);
        harness
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

    /// Types a character; the work of its frame.
    fn keystroke(&mut self) -> EditorWork {
        self.type_in("x");
        self.editor.work
    }
}

#[test]
fn the_cost_of_a_keystroke_does_not_depend_on_the_length_of_the_text() {
    let line = "||site.example.com^\n";
    let [short, long] = [60, 60_000].map(|lines| {
        let mut harness = Harness::of(&line.repeat(lines));
        let first = harness.keystroke();
        harness.key(Modifiers::COMMAND, Key::End);
        let last = harness.keystroke();
        (0..lines.min(30)).for_each(|_| harness.key(Modifiers::NONE, Key::PageUp));
        [first, harness.keystroke(), last]
    });
    for (short, long) in short.iter().zip(&long) {
        assert!(long.split > 0 && long.laid_out > 0, "the work is counted: {long:?}");
        let is_like = |short: usize, long: usize| long <= short + line.len();
        assert!(is_like(short.split, long.split) && is_like(short.laid_out, long.laid_out), "{short:?}, {long:?}");
    }
}

#[test]
fn only_visible_rows_are_laid_out() {
    let line = "||site.example.com^\n";
    let mut harness = Harness::of(&line.repeat(60_000));
    harness.frame(Vec::new());
    assert_eq!(harness.editor.work.split, 0, "nothing is wrapped without an edit");
    harness.key(Modifiers::COMMAND, Key::A);
    harness.frame(Vec::new());
    assert!(harness.editor.work.laid_out < 60 * line.len(), "{:?}", harness.editor.work);
}

#[test]
fn the_usual_editing_keys_work() {
    let mut harness = Harness::of("one\ntwo\nthree\n");
    harness.key(Modifiers::NONE, Key::End);
    harness.type_in("!");
    harness.key(Modifiers::NONE, Key::ArrowDown);
    harness.key(Modifiers::NONE, Key::Home);
    harness.key(Modifiers::NONE, Key::Delete);
    assert_eq!(harness.text, "one!\nwo\nthree\n");
    harness.key(Modifiers::NONE, Key::Enter);
    harness.key(Modifiers::NONE, Key::Backspace);
    harness.key(Modifiers::CTRL | Modifiers::SHIFT, Key::ArrowRight);
    harness.frame(vec![Event::Cut]);
    assert_eq!((harness.text.as_str(), harness.copied.as_slice()), ("one!\n\nthree\n", ["wo".to_owned()].as_slice()));
    harness.frame(vec![Event::Paste("2\r\n3".into())]);
    assert_eq!(harness.text, "one!\n2\n3\nthree\n");
    harness.key(Modifiers::COMMAND, Key::A);
    harness.frame(vec![Event::Copy]);
    assert_eq!(harness.copied[1], "one!\n2\n3\nthree\n");
    harness.type_in("x");
    assert_eq!(harness.text, "x");
    for text in ["one!\n2\n3\nthree\n", "one!\n\nthree\n", "one!\nwo\nthree\n"] {
        harness.key(Modifiers::COMMAND, Key::Z);
        assert_eq!(harness.text, text);
    }
    harness.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    harness.key(Modifiers::COMMAND, Key::Y);
    assert_eq!(harness.text, "one!\n2\n3\nthree\n");
}

#[test]
fn the_caret_keeps_its_column_across_shorter_and_wrapped_rows() {
    let long = "abcdefghij".repeat(12);
    let mut harness = Harness::of(&format!("{long}\nab\n{long}"));
    let rows = |harness: &Harness| harness.editor.buffer.as_ref().unwrap().rows().count();
    assert!(rows(&harness) > 5, "long lines are wrapped");
    let head = |harness: &Harness| harness.editor.buffer.as_ref().unwrap().caret.head;
    (0..20).for_each(|_| harness.key(Modifiers::NONE, Key::ArrowRight));
    let mut places = vec![head(&harness)];
    (1..rows(&harness)).for_each(|_| {
        harness.key(Modifiers::NONE, Key::ArrowDown);
        places.push(head(&harness));
    });
    assert!(places.is_sorted() && places.contains(&(long.len() + 3)), "{places:?}");
    (1..rows(&harness)).for_each(|_| harness.key(Modifiers::NONE, Key::ArrowUp));
    assert_eq!(head(&harness), 20, "back where it was");
}

#[test]
fn a_click_sets_the_caret_and_a_double_click_selects_a_word() {
    let mut harness = Harness::of("one two\n");
    harness.now -= 1.9;
    harness.click(pos2(300.0, 20.0));
    harness.type_in("!");
    assert_eq!(harness.text, "one two!\n", "a click after the line is at its end");
    let at = pos2(50.0, 20.0);
    for pressed in [true, false, true, false] {
        harness.now -= 1.95;
        let button = PointerButton::Primary;
        let press = Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE };
        harness.frame(vec![Event::PointerMoved(at), press]);
    }
    harness.type_in("x");
    assert_eq!(harness.text, "x two!\n");
}

#[test]
fn an_input_method_composes_at_the_caret() {
    let mut harness = Harness::of("a\n");
    let preedit = |text: &str| Event::Ime(ImeEvent::Preedit { text: text.into(), active_range_chars: None });
    harness.frame(vec![preedit("")]);
    harness.frame(vec![preedit("gui")]);
    assert_eq!(harness.text, "guia\n");
    harness.frame(vec![Event::Ime(ImeEvent::Commit("规".into()))]);
    assert_eq!(harness.text, "规a\n");
    harness.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(harness.text, "a\n");
}

#[test]
fn a_change_made_elsewhere_is_shown_and_can_be_undone() {
    let mut harness = Harness::of("a\n");
    harness.text = "a\nb\n".into();
    harness.frame(Vec::new());
    assert_eq!(harness.editor.buffer.as_ref().unwrap().text(), "a\nb\n");
    harness.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(harness.text, "a\n");
}
