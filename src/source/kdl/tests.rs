use super::*;
use crate::source::{Entry, MAX_DEPTH};

/// A node as text: its name, arguments, and in braces its properties and children.
fn shown(entries: &[Entry]) -> String {
    entries.iter().map(|entry| format!("{} {}", entry.key, value(&entry.value.value))).collect::<Vec<_>>().join("; ")
}

fn value(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Arguments(arguments, entries) => {
            let arguments: Vec<_> = arguments.iter().map(|argument| self::value(&argument.value)).collect();
            format!("{}{{{}}}", arguments.join(" "), shown(entries))
        }
        other => format!("{other:?}"),
    }
}

fn tree(text: &str) -> String {
    match read(text).unwrap_or_else(|problem| panic!("{text:?}: {problem:?}")) {
        Some(Node { value: Value::Map(entries), .. }) => shown(&entries),
        _ => String::new(),
    }
}

/// What is said of a text, and of which part.
fn problem(text: &str) -> (String, &str) {
    let problem = read(text).expect_err(text);
    assert_eq!(problem.code.id, "SG005", "{text:?}");
    let span = problem.labels[0].span;
    let message = problem.message.strip_prefix("this is not KDL 2: ").unwrap_or(&problem.message);
    (message.to_owned(), &text[span.start..span.end])
}

#[test]
fn properties_come_before_children() {
    assert_eq!(tree("a 1 b=2 c { d e }\nf"), "a 1 c{b 2; d e{}}; f {}");
    assert_eq!(tree("a b=1 b=2; b{c}"), "a {b 1; b 2}; b {c {}}");
    assert_eq!(tree("a b \\\n = \\ // c\n 1"), "a {b 1}");
    assert_eq!(tree("\u{feff}/- kdl-version 2\n\"a b\" #\"c\"#"), "a b c{}");
    assert_eq!(tree(" /* c */\n// d\r\n"), "");
}

#[test]
fn spans_are_those_of_the_text() {
    let text = "  é 1 b = \"x\" /-2 { c; } // d";
    let Some(Node { value: Value::Map(nodes), span }) = read(text).unwrap() else { panic!() };
    let Value::Arguments(arguments, entries) = &nodes[0].value.value else { panic!() };
    let part = |span: Span| &text[span.start..span.end];
    assert_eq!(part(span), text);
    assert_eq!(part(nodes[0].key_span), "é");
    assert_eq!(part(nodes[0].value.span), "é 1 b = \"x\"");
    assert_eq!(part(arguments[0].span), "1");
    assert_eq!((part(entries[0].key_span), part(entries[0].value.span)), ("b", "\"x\""));
    assert_eq!((part(entries[1].key_span), part(entries[1].value.span)), ("c", "c"));
}

#[test]
fn a_slashdash_leaves_out_what_follows() {
    assert_eq!(tree("/- a { b }\n/-\n// c\nd\ne"), "e {}");
    assert_eq!(tree("a /-1 2 /- b=3 /-\n4 /-{ c } { d } /-{ e }"), "a 2{d {}}");
    assert_eq!(tree("a { /- b }"), "a {}");
    assert_eq!(tree("/- (t)a: (u)1 b=(v)2\nc"), "c {}");
    assert_eq!(problem("/- /- a"), ("a `/-` that nothing can follow".to_owned(), "/"));
    assert_eq!(problem("a /-"), ("the document ends before a value".to_owned(), ""));
    assert_eq!(problem("a b=/-1 2"), ("a `/-` that nothing can follow".to_owned(), "/"));
    assert_eq!(problem("a /-{} 1"), ("something follows a node's children".to_owned(), "1"));
}

#[test]
fn types_are_read_and_refused() {
    let message = "type annotations have no meaning in a spec".to_owned();
    assert_eq!(problem("(t)a"), (message.clone(), "(t)"));
    assert_eq!(problem("a ( \"t\" ) 1"), (message.clone(), "( \"t\" )"));
    assert_eq!(problem("a b=(t)1"), (message, "(t)"));
    assert_eq!(problem("a (t 1"), ("a type annotation is not closed".to_owned(), "("));
    assert_eq!(problem("a ()1"), ("`)` stands in the place of the name of a type".to_owned(), ")"));
    assert_eq!(problem("/- a (t)b=1"), ("a property's name has a type".to_owned(), "(t)"));
}

#[test]
fn the_first_error_is_named_at_its_place() {
    for (text, message, place) in [
        ("a {\n b {\n }", "a block of children is not closed", "{"),
        ("a }", "a `}` closes nothing", "}"),
        ("a {} {}", "a node has its children in one block", "{"),
        ("a {} b", "something follows a node's children", "b"),
        ("a\n{ b }", "children without a node before them", "{"),
        ("a: 1", "a colon follows a name", ":"),
        ("a = 1", "an `=` without a name directly before it", "="),
        ("a b=", "the document ends before a value", ""),
        ("a b=\n1", "the line ends before a value", "\n"),
        ("a 1=2", "a name is a text", "1"),
        ("a #true=2", "a name is a text", "#true"),
        ("a [1]", "a bracket outside of quotes", "["),
        ("a /chat", "a text with `/` needs quotes", "/chat"),
        ("a 10s", "a text that begins like a number needs quotes", "10s"),
        ("a b=true", "the word `true` stands alone", "true"),
        ("a;;b", "`;` stands in the place of a node", ";"),
        ("a b)", "`)` stands in the place of a value", ")"),
        ("# a", "a `#` stands alone", "#"),
        ("a // \u{202e}", "the character U+202E may not stand in a document", "\u{202e}"),
        ("a \u{feff}", "the character U+FEFF may not stand in a document", "\u{feff}"),
        ("/- kdl-version 1\na", "the document says that it is KDL 1", "/- kdl-version 1"),
    ] {
        assert_eq!(problem(text), (message.to_owned(), place), "{text:?}");
    }
}

#[test]
fn blocks_nest_to_a_depth() {
    let nested = |depth| "a{".repeat(depth) + &"}".repeat(depth);
    assert!(read(&nested(MAX_DEPTH)).is_ok());
    for text in [nested(MAX_DEPTH + 1), "a{".repeat(100_000), "/-a{".repeat(100_000), "a /-{".repeat(100_000)] {
        assert_eq!(read(&text).unwrap_err().code.id, "SG003");
    }
}

#[test]
fn hostile_texts_take_linear_time() {
    let size = 32 * 1024;
    for part in
        ["=", "#", "\"", "/", "/*", "/-", "(", "\\", "\\\n", "a ", "a;", "\"\"\"\n", "#\"\"", "{", "é", "\n", "a=1 "]
    {
        let _ = read(&part.repeat(size / part.len()));
        for before in ["a ", "\"\"\"\n", "##\"", "##\"\"\"\n", "a \"", "/*", "//"] {
            let _ = read(&(before.to_owned() + &part.repeat(size / part.len())));
        }
    }
}
