//! The messages in `locales/`: every language has the same keys with the same arguments, every message is used in the code,
//! and every key in the code exists.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, VariantKey};
use proc_macro2::{Spacing, TokenStream, TokenTree};
use regex::Regex;
use sluice::locale::Locale;

use crate::source::{files_below, root, shown, sources};

/// A use of a message in the code.
struct MessageUse {
    key: String,
    /// The names of its arguments.
    arguments: BTreeSet<String>,
    /// Whether it may be used without one of them.
    may_lack_one: bool,
}

/// Keys, each with the names of its arguments.
type Keys = BTreeMap<String, BTreeSet<String>>;

#[test]
fn all_languages_have_the_same_keys_and_arguments() {
    let languages = languages();
    let (first, english) = languages.iter().find(|(path, _)| path.contains("/en/")).unwrap();
    assert!(languages.len() > 1 && english.len() > 20, "{first}: {}", english.len());
    for (path, keys) in &languages {
        assert_eq!(keys, english, "{path} has other keys or arguments than {first}");
    }
}

#[test]
fn every_message_is_used_and_every_used_key_exists() {
    let (_, english) = languages().into_iter().find(|(path, _)| path.contains("/en/")).unwrap();
    let mut used = BTreeSet::new();
    let mut wrong = Vec::new();
    for source in sources("src") {
        for MessageUse { key, arguments, may_lack_one } in uses(source.text.parse().unwrap()) {
            match english.get(&key) {
                None => wrong.push(format!("{}: there is no message {key}", source.path)),
                Some(expected) if *expected == arguments || may_lack_one && expected.is_subset(&arguments) => {}
                Some(expected) => {
                    wrong.push(format!("{}: {key} is used with {arguments:?} and has {expected:?}", source.path));
                }
            }
            used.insert(key);
        }
    }
    wrong.extend(english.keys().filter(|key| !used.contains(*key)).map(|key| format!("{key} is not used")));
    assert!(wrong.is_empty(), "\n    {}\n", wrong.join("\n    "));
}

#[test]
fn every_folder_belongs_to_a_locale() {
    let folders = languages().into_iter().map(|(path, _)| path);
    let tags = Locale::ALL.map(|locale| format!("locales/{}/sluice.ftl", locale.tag()));
    assert_eq!(
        folders.collect::<BTreeSet<_>>(),
        BTreeSet::from(tags),
        "each language has a folder in locales/ and a variant of Locale"
    );
}

#[test]
fn no_message_of_a_translation_is_in_english() {
    let mut left = Vec::new();
    for locale in Locale::ALL.into_iter().filter(|locale| *locale != Locale::English) {
        let text = read(locale);
        let english = shapes(&text).into_iter().filter(|(shape, _)| english(shape).is_some());
        left.extend(english.map(|(_, key)| format!("{}: {key}", locale.tag())));
    }
    assert!(left.is_empty(), "\n    {}\n", left.join("\n    "));
}

/// Two consecutive English words. The names of nodes and files in this test are single words.
static SENTENCE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[A-Za-z][A-Za-z'’]+ [A-Za-z][A-Za-z'’]+").unwrap());

/// Commands, which are between backticks.
static COMMAND_TEXT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"`[^`]*`").unwrap());

/// Texts that are the same in every language: names of more than one word, and licences.
const NAMES: [&str; 2] = ["SIP008 JSON", " OR "];

/// The first line of a text that contains English, if any.
pub fn english(text: &str) -> Option<String> {
    let mut text = COMMAND_TEXT.replace_all(text, "").into_owned();
    NAMES.iter().for_each(|name| text = text.replace(name, ""));
    let line = text.lines().find(|line| SENTENCE.is_match(line))?;
    Some(line.to_owned())
}

#[test]
fn english_sentences_are_detected_and_names_are_not() {
    for text in ["TCP：connection refused", "失败：No such file", "a. timed out"] {
        assert!(english(text).is_some(), "{text}");
    }
    for text in
        ["Tokyo  TCP：连接被拒绝", "请用 `sluice serve` 启动", "HTTP 127.0.0.1:80 v2ray-plugin", "订阅或 SIP008 JSON"]
    {
        assert_eq!(english(text), None, "{text}");
    }
}

/// A message that depends on a number has every plural form that its language has for whole numbers.
#[test]
fn every_message_has_all_plural_forms_of_its_language() {
    let mut wrong = Vec::new();
    for locale in Locale::ALL {
        let wanted: &[&str] = match locale {
            Locale::English => &["one", "other"],
            Locale::SimplifiedChinese | Locale::TraditionalChinese => &["other"],
            Locale::Russian => &["few", "many", "one", "other"],
        };
        for (key, found) in forms(&read(locale)) {
            if found != wanted {
                wrong.push(format!("{}: {key} has {found:?}, expected {wanted:?}", locale.tag()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n    {}\n", wrong.join("\n    "));
}

/// The plural forms of every message that has some, by key, except those for an exact number.
fn forms(text: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for (key, pattern) in parsed(text) {
        for element in pattern.elements {
            let PatternElement::Placeable { expression: Expression::Select { variants, .. } } = element else {
                continue;
            };
            let names = variants.iter().filter_map(|variant| match variant.key {
                VariantKey::Identifier { name } => Some(name.to_owned()),
                VariantKey::NumberLiteral { .. } => None,
            });
            let mut names: Vec<_> = names.collect();
            names.sort();
            found.push((key.clone(), names));
        }
    }
    found
}

fn read(locale: Locale) -> String {
    std::fs::read_to_string(root().join("locales").join(locale.tag()).join("sluice.ftl")).unwrap()
}

fn languages() -> Vec<(String, Keys)> {
    files_below(&root().join("locales"))
        .iter()
        .map(|file| {
            let text = std::fs::read_to_string(file).unwrap();
            (shown(file), keys(&text).unwrap_or_else(|problem| panic!("{}: {problem}", shown(file))))
        })
        .collect()
}

fn keys(text: &str) -> Result<Keys, String> {
    let resource = fluent_syntax::parser::parse(text).map_err(|(_, errors)| format!("{errors:?}"))?;
    let mut keys = Keys::new();
    for entry in resource.body {
        match entry {
            Entry::Message(message) => {
                let pattern = message.value.ok_or("a key without a text")?;
                let key = message.id.name.to_owned();
                if keys.insert(key.clone(), arguments_of(&pattern)).is_some() {
                    return Err(format!("{key} is defined twice"));
                }
            }
            Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
            Entry::Term(_) | Entry::Junk { .. } => return Err(format!("unexpected: {entry:?}")),
        }
    }
    Ok(keys)
}

fn arguments_of(pattern: &Pattern<&str>) -> BTreeSet<String> {
    let mut values = BTreeSet::new();
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        match expression {
            Expression::Inline(inline) => values.extend(argument_of(inline)),
            Expression::Select { selector, variants } => {
                values.extend(argument_of(selector));
                values.extend(variants.iter().flat_map(|variant| arguments_of(&variant.value)));
            }
        }
    }
    values
}

fn argument_of(inline: &InlineExpression<&str>) -> Option<String> {
    match inline {
        InlineExpression::VariableReference { id } => Some(id.name.to_owned()),
        InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => None,
        InlineExpression::FunctionReference { .. }
        | InlineExpression::MessageReference { .. }
        | InlineExpression::TermReference { .. }
        | InlineExpression::Placeable { .. } => panic!("unexpected in a message: {inline:?}"),
    }
}

/// Every `tr!(…, "key", name = …)` and every variant of `messages! { … }`, with the names of its arguments.
fn uses(tokens: TokenStream) -> Vec<MessageUse> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        match tokens.get(index.wrapping_sub(2)..index) {
            Some([TokenTree::Ident(name), TokenTree::Punct(mark)]) if name == "tr" && mark.as_char() == '!' => {
                found.extend(tr_call(group.stream()));
            }
            Some([TokenTree::Ident(name), TokenTree::Punct(mark)]) if name == "messages" && mark.as_char() == '!' => {
                found.extend(messages(group.stream()));
            }
            Some(_) | None => {}
        }
        found.extend(uses(group.stream()));
    }
    found
}

fn tr_call(arguments: TokenStream) -> Option<MessageUse> {
    let tokens: Vec<_> = arguments.into_iter().collect();
    let place = tokens.iter().position(|token| matches!(token, TokenTree::Literal(_)))?;
    let names = tokens[place..].windows(3).filter_map(|three| match three {
        [TokenTree::Punct(comma), TokenTree::Ident(name), TokenTree::Punct(equals)]
            if comma.as_char() == ',' && equals.as_char() == '=' =>
        {
            Some(name.to_string())
        }
        _other => None,
    });
    Some(MessageUse { key: literal(&tokens[place])?, arguments: names.collect(), may_lack_one: false })
}

fn literal(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Literal(literal) => Some(literal.to_string().trim_matches('"').to_owned()),
        TokenTree::Group(_) | TokenTree::Ident(_) | TokenTree::Punct(_) => None,
    }
}

/// The keys of an enum's variants, each with its arguments.
fn messages(declaration: TokenStream) -> Vec<MessageUse> {
    let body = declaration.into_iter().last();
    let Some(TokenTree::Group(body)) = body else { return Vec::new() };
    let tokens: Vec<_> = body.stream().into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ',');
    tokens.split(is_comma).flat_map(variant).collect()
}

/// `Name(argument: Type) = "key" | "other-key" [further = …]`: the other key is used if the argument is `None`.
fn variant(tokens: &[TokenTree]) -> Vec<MessageUse> {
    let Some(equals) = tokens.iter().position(|token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == '='))
    else {
        return Vec::new();
    };
    let (declared, keys) = tokens.split_at(equals);
    let mut names = BTreeSet::new();
    let groups = declared.iter().chain(keys).filter_map(|token| match token {
        TokenTree::Group(group) => Some(group),
        TokenTree::Ident(_) | TokenTree::Literal(_) | TokenTree::Punct(_) => None,
    });
    groups.for_each(|group| names.extend(argument_names(group.stream())));
    let keys = keys.iter().filter_map(literal);
    keys.enumerate().map(|(nth, key)| MessageUse { key, arguments: names.clone(), may_lack_one: nth > 0 }).collect()
}

/// The names in `name: Type` and `name = value`.
fn argument_names(tokens: TokenStream) -> Vec<String> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let is_mark = |token: Option<&TokenTree>| match token {
        Some(TokenTree::Punct(mark)) => "=:".contains(mark.as_char()) && mark.spacing() == Spacing::Alone,
        Some(TokenTree::Group(_) | TokenTree::Ident(_) | TokenTree::Literal(_)) | None => false,
    };
    let named = tokens.iter().enumerate().filter(|(place, _)| is_mark(tokens.get(place + 1)));
    let names = named.filter_map(|(_, token)| match token {
        TokenTree::Ident(name) if name != "doc" => Some(name.to_string()),
        TokenTree::Group(_) | TokenTree::Ident(_) | TokenTree::Literal(_) | TokenTree::Punct(_) => None,
    });
    names.collect()
}

/// A text in `locales/` is not repeated in the code.
#[test]
fn no_message_is_repeated_in_the_code() {
    let text = read(Locale::English);
    let messages: BTreeMap<_, _> = shapes(&text).into_iter().filter(|(shape, _)| is_sentence(shape)).collect();
    assert!(messages.len() > 100, "{}", messages.len());
    let mut repeated = Vec::new();
    for source in sources("src") {
        // Tests contain the texts that they expect.
        let own = source.text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        // The names of the reply codes are from RFC 1928.
        if source.path.contains("/tests") || source.path.starts_with("src/socks5/") {
            continue;
        }
        for text in literals(own.parse().unwrap_or_default()) {
            if let Some(key) = messages.get(&shape_of(&text)) {
                repeated.push(format!("{}: {text:?} is {key}", source.path));
            }
        }
    }
    assert!(repeated.is_empty(), "\na text belongs into locales/ only: use its key\n    {}\n", repeated.join("\n    "));
}

/// Whether a text is specific enough to be recognized, not only arguments with a word or two.
fn is_sentence(shape: &str) -> bool {
    let words = shape.split([' ', '\n']).filter(|word| word.chars().filter(char::is_ascii_alphabetic).count() > 1);
    words.count() >= if shape.contains("{}") { 3 } else { 2 }
}

/// The messages with `{}` for each argument, and their keys.
fn shapes(text: &str) -> Vec<(String, String)> {
    parsed(text).into_iter().map(|(key, pattern)| (shape(&pattern), key)).collect()
}

/// All messages by key.
fn parsed(text: &str) -> Vec<(String, Pattern<&str>)> {
    let resource = fluent_syntax::parser::parse(text).map_err(|(_, errors)| errors).unwrap();
    let messages = resource.body.into_iter().filter_map(|entry| match entry {
        Entry::Message(message) => Some((message.id.name.to_owned(), message.value?)),
        Entry::Comment(_)
        | Entry::GroupComment(_)
        | Entry::ResourceComment(_)
        | Entry::Term(_)
        | Entry::Junk { .. } => None,
    });
    messages.collect()
}

fn shape(pattern: &Pattern<&str>) -> String {
    let parts = pattern.elements.iter().map(|element| match element {
        PatternElement::TextElement { value } => value.replace(['{', '}'], ""),
        PatternElement::Placeable { .. } => "{}".to_owned(),
    });
    parts.collect()
}

/// A string literal of the code with `{}` for each argument.
fn shape_of(text: &str) -> String {
    let mut shape = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        shape.push_str(before);
        shape.push_str("{}");
        rest = behind.split_once('}').map_or("", |(_, rest)| rest);
    }
    shape + rest
}

/// Every string literal except documentation.
fn literals(tokens: TokenStream) -> Vec<String> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut found = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        let is_attribute = place > 0 && matches!(&tokens[place - 1], TokenTree::Punct(mark) if mark.as_char() == '#');
        match token {
            TokenTree::Group(group) if is_attribute && group.stream().to_string().starts_with("doc") => {}
            TokenTree::Group(group) => found.extend(literals(group.stream())),
            TokenTree::Literal(literal) => {
                found.push(literal.to_string().trim_matches(['"', 'r', '#', 'b']).to_owned())
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
    found
}
