//! Reads the project's Rust files: the paths they name, the types they define, and the parameters of their functions.
//!
//! Files are tokenized with `proc_macro2`, so that comments, strings and line breaks do not matter, and the bodies of
//! macros are included. Paths are expanded: `use crate::{a::b, c}` names `crate::a::b` and `crate::c`, and `super::x` is
//! resolved in its module. A method call `.now()` is the path `.now`. The rules are in `architecture.rs` and
//! `structure.rs`.

use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

/// A path named in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// From the root: `["crate", "model", "Node"]`.
    pub segments: Vec<String>,
    /// Line number, from 1.
    pub line: usize,
    /// Whether it is compiled for tests only.
    pub in_test: bool,
}

/// A type that a file defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defined {
    /// Its name.
    pub name: String,
    /// Line number, from 1.
    pub line: usize,
    /// How many named fields it has.
    pub fields: usize,
    /// Whether it is compiled for tests only.
    pub in_test: bool,
}

/// A function with boolean parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BooleanFunction {
    /// Its name.
    pub name: String,
    /// Line number, from 1.
    pub line: usize,
    /// Whether it is compiled for tests only.
    pub in_test: bool,
}

/// One Rust file.
#[derive(Debug)]
pub struct Source {
    /// Relative to the project, with `/`.
    pub path: String,
    /// Its content.
    pub text: String,
    /// All paths that it names.
    pub named: Vec<Named>,
    /// All types that it defines.
    pub defined: Vec<Defined>,
    /// All functions with boolean parameters.
    pub boolean: Vec<BooleanFunction>,
}

/// The project's folder.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder of the project, by path.
pub fn sources(folder: &str) -> Vec<Source> {
    let files = files_below(&root().join(folder));
    let rust = files.into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs"));
    rust.map(|file| Source::read(&file)).collect()
}

/// Every file below a folder, by path.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// A path relative to the project, with `/`.
pub fn shown(path: &Path) -> String {
    let relative = path.strip_prefix(root()).unwrap_or(path);
    relative.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

impl Source {
    fn read(file: &Path) -> Self {
        let path = shown(file);
        let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{path}: {error}"));
        let tokens = text.parse().unwrap_or_else(|error| panic!("{path} is not valid Rust: {error}"));
        let Reader { named, defined, boolean, .. } = read(tokens, &module_of(&path));
        Self { path, text, named, defined, boolean }
    }

    /// The path of its module from the crate's root: `["gateway", "relay"]`.
    pub fn module(&self) -> Vec<String> {
        module_of(&self.path)
    }

    /// Whether the whole file is compiled for tests only.
    pub fn is_for_tests(&self) -> bool {
        self.path.split('/').any(|part| ["tests", "properties"].contains(&part.trim_end_matches(".rs")))
    }

    /// The first folder or file name below `src/`.
    pub fn room(&self) -> Option<&str> {
        let below = self.path.strip_prefix("src/")?;
        below.split('/').next().map(|name| name.trim_end_matches(".rs"))
    }
}

/// `src/gateway/relay/mod.rs` is the module `gateway::relay`.
fn module_of(path: &str) -> Vec<String> {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
    let parts = inner.split('/').filter(|part| !["mod", "lib", "main"].contains(part));
    parts.map(str::to_owned).collect()
}

fn read(tokens: TokenStream, module: &[String]) -> Reader {
    let module = module.to_vec();
    let mut reader = Reader { module, in_test: false, named: Vec::new(), defined: Vec::new(), boolean: Vec::new() };
    reader.read(tokens);
    reader
}

struct Reader {
    module: Vec<String>,
    in_test: bool,
    named: Vec<Named>,
    defined: Vec<Defined>,
    boolean: Vec<BooleanFunction>,
}

impl Reader {
    fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let outside = self.in_test;
        let mut index = 0;
        while let Some(token) = tokens.get(index) {
            match token {
                TokenTree::Group(group) if is_attribute(&tokens, index) && is_for_tests(group.stream()) => {
                    self.in_test = true;
                }
                TokenTree::Group(group) => {
                    self.read_module(module_name(&tokens, index), group.stream());
                    if group.delimiter() == Delimiter::Brace {
                        self.in_test = outside;
                    }
                }
                TokenTree::Punct(punct) if punct.as_char() == ';' => self.in_test = outside,
                TokenTree::Ident(first) if is_after_dot(&tokens, index) => self.add(vec![format!(".{first}")], first),
                TokenTree::Ident(word) => {
                    self.defined.extend(defined(word, &tokens[index + 1..], self.in_test));
                    self.boolean.extend(boolean(word, &tokens[index + 1..], self.in_test));
                    index = self.read_path(&tokens, index, &[]);
                    continue;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            index += 1;
        }
        self.in_test = outside;
    }

    fn read_module(&mut self, name: Option<String>, body: TokenStream) {
        let depth = self.module.len();
        self.module.extend(name);
        self.read(body);
        self.module.truncate(depth);
    }

    /// Reads a path that begins at `index` and continues `before`; the index behind it.
    fn read_path(&mut self, tokens: &[TokenTree], mut index: usize, before: &[String]) -> usize {
        let mut segments = before.to_vec();
        while let Some(TokenTree::Ident(ident)) = tokens.get(index) {
            segments.push(ident.to_string());
            match tokens.get(index + 3) {
                Some(TokenTree::Ident(_)) if is_joint(tokens, index + 1) => index += 3,
                Some(TokenTree::Group(branches)) if is_joint(tokens, index + 1) => {
                    self.read_branches(branches.stream(), &segments);
                    return index + 4;
                }
                _end => {
                    self.add(segments, ident);
                    return index + 1;
                }
            }
        }
        index
    }

    /// `{a::b, c}` after `use x::`.
    fn read_branches(&mut self, tokens: TokenStream, before: &[String]) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut index = 0;
        while index < tokens.len() {
            let aliased = index > 0 && matches!(&tokens[index - 1], TokenTree::Ident(word) if word == "as");
            let is_name = matches!(&tokens[index], TokenTree::Ident(word) if word != "as");
            index = if is_name && !aliased { self.read_path(&tokens, index, before) } else { index + 1 };
        }
    }

    fn add(&mut self, segments: Vec<String>, at: &Ident) {
        let line = at.span().start().line;
        self.named.push(Named { segments: self.resolve(segments), line, in_test: self.in_test });
    }

    /// Resolves `self` and `super` in this module.
    fn resolve(&self, segments: Vec<String>) -> Vec<String> {
        let mut module = self.module.clone();
        let mut rest = segments.as_slice();
        if !matches!(rest[0].as_str(), "self" | "super") || rest.len() == 1 {
            return segments;
        }
        while let [first, others @ ..] = rest {
            match first.as_str() {
                "self" => {}
                "super" => drop(module.pop()),
                _name => break,
            }
            rest = others;
        }
        ["crate".to_owned()].into_iter().chain(module).chain(rest.iter().cloned()).collect()
    }
}

/// The type that is defined by a keyword and the tokens after it.
fn defined(keyword: &Ident, rest: &[TokenTree], in_test: bool) -> Option<Defined> {
    let [TokenTree::Ident(name), rest @ ..] = rest else { return None };
    if !["struct", "enum", "trait", "union"].iter().any(|word| keyword == word) {
        return None;
    }
    let body = rest.iter().find_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(Some(group.stream())),
        TokenTree::Punct(punct) if punct.as_char() == ';' => Some(None),
        TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Ident(_) | TokenTree::Literal(_) => None,
    });
    let fields = if keyword == "struct" { body.flatten().map_or(0, fields) } else { 0 };
    Some(Defined { name: name.to_string(), line: name.span().start().line, fields, in_test })
}

/// The function that is defined by a keyword and the tokens after it, if one of its parameters is a `bool`, a reference to
/// one that cannot be changed, or an `Option` of one.
fn boolean(keyword: &Ident, rest: &[TokenTree], in_test: bool) -> Option<BooleanFunction> {
    let [TokenTree::Ident(name), rest @ ..] = rest else { return None };
    let mut depth = 0;
    let parameters = rest.iter().find_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis && depth == 0 => Some(group.stream()),
        TokenTree::Punct(punct) => {
            depth += depth_change(punct.as_char());
            None
        }
        TokenTree::Group(_) | TokenTree::Ident(_) | TokenTree::Literal(_) => None,
    });
    let parameters = parameters.filter(|_| keyword == "fn")?.to_string().replace(' ', "");
    let mut parameters = parameters.split(',').filter_map(|parameter| parameter.split_once(':'));
    let is_boolean = parameters.any(|(_, kind)| ["bool", "&bool", "Option<bool>"].contains(&kind));
    is_boolean.then(|| BooleanFunction { name: name.to_string(), line: name.span().start().line, in_test })
}

/// How a character changes the depth within `<` and `>`.
fn depth_change(character: char) -> i32 {
    match character {
        '<' => 1,
        '>' => -1,
        _other => 0,
    }
}

/// The number of `name: Type` fields in a struct's body.
fn fields(body: TokenStream) -> usize {
    let tokens: Vec<_> = body.into_iter().collect();
    let colon = |index: usize| matches!(tokens.get(index), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    let names = (0..tokens.len()).filter(|index| matches!(tokens[*index], TokenTree::Ident(_)));
    names.filter(|index| colon(index + 1) && !colon(index + 2)).count()
}

fn is_joint(tokens: &[TokenTree], index: usize) -> bool {
    let colon = |index: usize| matches!(tokens.get(index), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    colon(index) && colon(index + 1)
}

fn is_attribute(tokens: &[TokenTree], index: usize) -> bool {
    index > 0 && matches!(&tokens[index - 1], TokenTree::Punct(punct) if punct.as_char() == '#')
}

/// `cfg(test)` and `cfg(all(test, unix))`, but not `cfg(not(test))`.
fn is_for_tests(attribute: TokenStream) -> bool {
    let text = attribute.to_string();
    text.starts_with("cfg") && text.contains("test") && !text.contains("not")
}

fn module_name(tokens: &[TokenTree], body: usize) -> Option<String> {
    match tokens.get(body.checked_sub(2)?..body)? {
        [TokenTree::Ident(word), TokenTree::Ident(name)] if word == "mod" => Some(name.to_string()),
        _other => None,
    }
}

/// `.name`, but not `..name`.
fn is_after_dot(tokens: &[TokenTree], index: usize) -> bool {
    let dot = |back: usize| {
        let token = index.checked_sub(back).and_then(|index| tokens.get(index));
        matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == '.')
    };
    dot(1) && !dot(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> Vec<String> {
        let module = ["gateway".to_owned(), "relay".to_owned()];
        let named = read(text.parse().unwrap(), &module).named;
        let mark = |path: &Named| if path.in_test { "test " } else { "" };
        let long = named.iter().filter(|path| path.segments.len() > 1 || path.segments[0].starts_with('.'));
        long.map(|path| format!("{}{}", mark(path), path.segments.join("::"))).collect()
    }

    #[test]
    fn paths_are_expanded() {
        assert_eq!(seen("use crate::{a::{b, self}, c as d};"), ["crate::a::b", "crate::a::self", "crate::c"]);
        assert_eq!(seen("use super::super::pool::Pool;"), ["crate::pool::Pool"]);
        assert_eq!(seen("mod tests { use super::half; }"), ["crate::gateway::relay::half"]);
        assert_eq!(seen("fn x() -> u8 { crate::pool::x::<u8>(); 0 }"), ["crate::pool::x"]);
        assert_eq!(seen("tokio::select! { _ = crate::pool::end() => {} }"), ["tokio::select", "crate::pool::end"]);
    }

    #[test]
    fn comments_and_strings_are_ignored() {
        assert_eq!(seen("/// See [`crate::pool`].\n// crate::pool\nconst X: &str = \"crate::pool\";"), [""; 0]);
        assert_eq!(seen("fn x() { for _ in 0..crate::a::B { y.elapsed(); } }"), ["crate::a::B", ".elapsed"]);
    }

    #[test]
    fn test_code_is_marked() {
        let text = "#[cfg(test)] mod tests { fn x() { a::b() } } fn y() { c::d() } #[cfg(test)] use e::f; use g::h;";
        assert_eq!(seen(text), ["test a::b", "c::d", "test e::f", "g::h"]);
    }

    #[test]
    fn types_are_found_with_their_number_of_fields() {
        let text =
            "struct A { pub a: x::Y<u8>, #[b(c)] b: u8 } struct B(u8); enum C { D { e: u8 } } #[cfg(test)] trait F {}";
        let defined = read(text.parse().unwrap(), &[]).defined;
        let found: Vec<_> = defined.iter().map(|one| (one.name.as_str(), one.fields, one.in_test)).collect();
        assert_eq!(found, [("A", 2, false), ("B", 0, false), ("C", 0, false), ("F", 0, true)]);
    }

    #[test]
    fn functions_with_boolean_parameters_are_found() {
        let text = "fn a<T: Into<X>>(x: T, is_y: bool) -> bool { fn b(c: &mut bool, d: u8) {} } fn e(f: Option<bool>,) {} \
                    trait G { fn h(&self, i: bool); } fn j() -> bool { k(|l: bool| l) } #[cfg(test)] fn m(n: &bool) {}";
        let functions = read(text.parse().unwrap(), &[]).boolean;
        let found: Vec<_> = functions.iter().map(|one| (one.name.as_str(), one.in_test)).collect();
        assert_eq!(found, [("a", false), ("e", false), ("h", false), ("m", true)]);
    }

    #[test]
    fn line_numbers_are_those_of_the_file() {
        let named = read("\n\nuse a::b;".parse().unwrap(), &[]).named;
        assert_eq!(named.last().map(|path| path.line), Some(3));
    }
}
