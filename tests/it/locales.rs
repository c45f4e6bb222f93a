//! The sentences in `locales/` against each other and against the program that says them: every
//! language has the same keys with the same values, each is said somewhere, and what is said is there.

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use proc_macro2::{Spacing, TokenStream, TokenTree};

use crate::source::{files_below, root, shown, sources};

/// A sentence as the program says it.
struct Spoken {
    key: String,
    /// The names of its values.
    values: BTreeSet<String>,
    /// Whether it is said where one of them is none.
    lacks_one: bool,
}

/// Keys, each with the names of its values.
type Keys = BTreeMap<String, BTreeSet<String>>;

#[test]
fn all_languages_say_the_same() {
    let languages = languages();
    let (first, english) = languages.iter().find(|(path, _)| path.contains("/en/")).unwrap();
    assert!(languages.len() > 1 && english.len() > 20, "{first}: {}", english.len());
    for (path, keys) in &languages {
        assert_eq!(keys, english, "{path} has other keys or values than {first}");
    }
}

#[test]
fn every_sentence_is_said_and_what_is_said_is_there() {
    let (_, english) = languages().into_iter().find(|(path, _)| path.contains("/en/")).unwrap();
    let mut said = BTreeSet::new();
    let mut wrong = Vec::new();
    for source in sources("src") {
        for Spoken { key, values, lacks_one } in spoken(source.text.parse().unwrap()) {
            match english.get(&key) {
                None => wrong.push(format!("{}: there is no sentence {key}", source.path)),
                Some(wanted) if *wanted == values || lacks_one && wanted.is_subset(&values) => {}
                Some(wanted) => {
                    wrong.push(format!("{}: {key} is given {values:?} and wants {wanted:?}", source.path));
                }
            }
            said.insert(key);
        }
    }
    wrong.extend(english.keys().filter(|key| !said.contains(*key)).map(|key| format!("nobody says {key}")));
    assert!(wrong.is_empty(), "\n    {}\n", wrong.join("\n    "));
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
                let pattern = message.value.ok_or("a key without a sentence")?;
                let key = message.id.name.to_owned();
                if keys.insert(key.clone(), values_of(&pattern)).is_some() {
                    return Err(format!("{key} is there twice"));
                }
            }
            Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
            Entry::Term(_) | Entry::Junk { .. } => return Err(format!("not expected: {entry:?}")),
        }
    }
    Ok(keys)
}

fn values_of(pattern: &Pattern<&str>) -> BTreeSet<String> {
    let mut values = BTreeSet::new();
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        match expression {
            Expression::Inline(inline) => values.extend(value_of(inline)),
            Expression::Select { selector, variants } => {
                values.extend(value_of(selector));
                values.extend(variants.iter().flat_map(|variant| values_of(&variant.value)));
            }
        }
    }
    values
}

fn value_of(inline: &InlineExpression<&str>) -> Option<String> {
    match inline {
        InlineExpression::VariableReference { id } => Some(id.name.to_owned()),
        InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => None,
        InlineExpression::FunctionReference { .. }
        | InlineExpression::MessageReference { .. }
        | InlineExpression::TermReference { .. }
        | InlineExpression::Placeable { .. } => panic!("not expected in a sentence: {inline:?}"),
    }
}

/// Every `tr!(…, "key", name = …)` and every variant of `messages! { … }`, with its values' names.
fn spoken(tokens: TokenStream) -> Vec<Spoken> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        match tokens.get(index.wrapping_sub(2)..index) {
            Some([TokenTree::Ident(name), TokenTree::Punct(mark)]) if name == "tr" && mark.as_char() == '!' => {
                found.extend(sentence(group.stream()));
            }
            Some([TokenTree::Ident(name), TokenTree::Punct(mark)]) if name == "messages" && mark.as_char() == '!' => {
                found.extend(messages(group.stream()));
            }
            Some(_) | None => {}
        }
        found.extend(spoken(group.stream()));
    }
    found
}

fn sentence(arguments: TokenStream) -> Option<Spoken> {
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
    Some(Spoken { key: literal(&tokens[place])?, values: names.collect(), lacks_one: false })
}

fn literal(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Literal(literal) => Some(literal.to_string().trim_matches('"').to_owned()),
        TokenTree::Group(_) | TokenTree::Ident(_) | TokenTree::Punct(_) => None,
    }
}

/// The keys of an enum's variants, each with its arguments.
fn messages(declaration: TokenStream) -> Vec<Spoken> {
    let body = declaration.into_iter().last();
    let Some(TokenTree::Group(body)) = body else { return Vec::new() };
    let tokens: Vec<_> = body.stream().into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ',');
    tokens.split(is_comma).flat_map(variant).collect()
}

/// `Name(argument: Type) = "key" | "other-key" [further = …]`: the other key is said without the argument that is
/// none.
fn variant(tokens: &[TokenTree]) -> Vec<Spoken> {
    let Some(equals) = tokens.iter().position(|token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == '='))
    else {
        return Vec::new();
    };
    let (declared, said) = tokens.split_at(equals);
    let mut names = BTreeSet::new();
    let groups = declared.iter().chain(said).filter_map(|token| match token {
        TokenTree::Group(group) => Some(group),
        TokenTree::Ident(_) | TokenTree::Literal(_) | TokenTree::Punct(_) => None,
    });
    groups.for_each(|group| names.extend(argument_names(group.stream())));
    let keys = said.iter().filter_map(literal);
    keys.enumerate().map(|(nth, key)| Spoken { key, values: names.clone(), lacks_one: nth > 0 }).collect()
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

/// A sentence of several words has one place. What stands in `locales/` is not written in the program once more.
#[test]
fn no_sentence_is_written_twice() {
    let text = std::fs::read_to_string(root().join("locales/en/sluice.ftl")).unwrap();
    let sentences: BTreeMap<_, _> = shapes(&text).into_iter().filter(|(shape, _)| is_sentence(shape)).collect();
    assert!(sentences.len() > 100, "{}", sentences.len());
    let mut twice = Vec::new();
    for source in sources("src") {
        // What a test expects stands in it.
        let own = source.text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        // The names of replies are RFC 1928's.
        if source.path.contains("/tests") || source.path.starts_with("src/socks5/") {
            continue;
        }
        for text in literals(own.parse().unwrap_or_default()) {
            if let Some(key) = sentences.get(&shape_of(&text)) {
                twice.push(format!("{}: {text:?} is {key}", source.path));
            }
        }
    }
    assert!(
        twice.is_empty(),
        "\na sentence stands in locales/ alone: say it by its key\n    {}\n",
        twice.join("\n    ")
    );
}

/// Whether a shape has more in it than values, marks, and a word or two around them, which may be of any sentence.
fn is_sentence(shape: &str) -> bool {
    let words = shape.split([' ', '\n']).filter(|word| word.chars().filter(char::is_ascii_alphabetic).count() > 1);
    words.count() >= if shape.contains("{}") { 3 } else { 2 }
}

/// Sentences with a mark for each value, and their keys.
fn shapes(text: &str) -> Vec<(String, String)> {
    let resource = fluent_syntax::parser::parse(text).map_err(|(_, errors)| errors).unwrap();
    let messages = resource.body.into_iter().filter_map(|entry| match entry {
        Entry::Message(message) => Some((message.value?, message.id.name.to_owned())),
        Entry::Comment(_)
        | Entry::GroupComment(_)
        | Entry::ResourceComment(_)
        | Entry::Term(_)
        | Entry::Junk { .. } => None,
    });
    messages.map(|(pattern, key)| (shape(&pattern), key)).collect()
}

fn shape(pattern: &Pattern<&str>) -> String {
    let parts = pattern.elements.iter().map(|element| match element {
        PatternElement::TextElement { value } => value.replace(['{', '}'], ""),
        PatternElement::Placeable { .. } => "{}".to_owned(),
    });
    parts.collect()
}

/// A text of the program, with a mark in the place of each value.
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

/// Every text in the program but what documents it.
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
