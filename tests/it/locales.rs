//! The sentences in `locales/` against each other and against the program that says them: every
//! language has the same keys with the same values, each is said somewhere, and what is said is there.

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use proc_macro2::{TokenStream, TokenTree};

use crate::source::{files_below, root, shown, sources};

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
        for (key, values) in spoken(source.text.parse().unwrap()) {
            match english.get(&key) {
                None => wrong.push(format!("{}: there is no sentence {key}", source.path)),
                Some(wanted) if *wanted != values => {
                    wrong.push(format!("{}: {key} is given {values:?} and wants {wanted:?}", source.path));
                }
                Some(_) => {}
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

/// Every `tr!(…, "key", name = …)` with its values' names.
fn spoken(tokens: TokenStream) -> Vec<(String, BTreeSet<String>)> {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let is_said = matches!(tokens.get(index.wrapping_sub(2)..index), Some([TokenTree::Ident(name), TokenTree::Punct(mark)])
            if name == "tr" && mark.as_char() == '!');
        if is_said {
            found.extend(sentence(group.stream()));
        }
        found.extend(spoken(group.stream()));
    }
    found
}

fn sentence(arguments: TokenStream) -> Option<(String, BTreeSet<String>)> {
    let tokens: Vec<_> = arguments.into_iter().collect();
    let place = tokens.iter().position(|token| matches!(token, TokenTree::Literal(_)))?;
    let key = tokens[place].to_string().trim_matches('"').to_owned();
    let names = tokens[place..].windows(3).filter_map(|three| match three {
        [TokenTree::Punct(comma), TokenTree::Ident(name), TokenTree::Punct(equals)]
            if comma.as_char() == ',' && equals.as_char() == '=' =>
        {
            Some(name.to_string())
        }
        _other => None,
    });
    Some((key, names.collect()))
}
