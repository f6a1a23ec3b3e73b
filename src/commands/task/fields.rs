//! Reading a JSON object field by field, so that what nobody read can be named.

use std::collections::BTreeSet;
use std::fmt::Display;

use serde_json::{Map, Value};
use specgen::quote;

/// A task's object, or the `config` in it.
pub struct Fields<'a> {
    objects: Vec<&'a Map<String, Value>>,
    read: BTreeSet<String>,
    /// What is wrong, for the result.
    pub problems: Vec<String>,
}

impl<'a> Fields<'a> {
    /// The fields of an object and of its `config`, which may stand in either place.
    pub fn new(object: &'a Map<String, Value>) -> Self {
        let mut fields = Self { objects: vec![object], read: BTreeSet::new(), problems: Vec::new() };
        match fields.take("config") {
            Some(Value::Object(config)) => fields.objects.push(config),
            Some(other) => fields.wrong("config", "an object", other),
            None => {}
        }
        fields
    }

    /// The value of a field; `null` is none.
    pub fn take(&mut self, name: &str) -> Option<&'a Value> {
        self.read.insert(name.to_owned());
        let mut found = self.objects.iter().filter_map(|object| object.get(name)).filter(|value| !value.is_null());
        let value = found.next();
        if found.next().is_some() {
            self.problems.push(format!("`{name}` stands both beside `config` and in it"));
        }
        value
    }

    /// The value of the first of several names for one thing.
    pub fn take_any(&mut self, names: &[&'static str]) -> Option<(&'static str, &'a Value)> {
        let mut given = names.iter().filter_map(|name| Some((*name, self.take(name)?))).collect::<Vec<_>>().into_iter();
        let first = given.next();
        if let (Some((one, _)), Some((other, _))) = (first, given.next()) {
            self.problems.push(format!("`{one}` and `{other}` are the same"));
        }
        first
    }

    /// A text.
    pub fn text(&mut self, name: &str) -> Option<&'a str> {
        let value = self.take(name)?;
        if value.as_str().is_none() {
            self.wrong(name, "a text", value);
        }
        value.as_str()
    }

    /// A whole number that is not negative.
    pub fn number(&mut self, name: &str) -> Option<u64> {
        let value = self.take(name)?;
        if value.as_u64().is_none() {
            self.wrong(name, "a whole number", value);
        }
        value.as_u64()
    }

    /// A list of texts; a text alone is a list of one.
    pub fn texts(&mut self, name: &str) -> Vec<String> {
        match self.take(name) {
            None => Vec::new(),
            Some(value) => self.as_texts(name, value),
        }
    }

    /// As [`Self::texts`], of a value that was taken.
    pub fn as_texts(&mut self, name: &str, value: &Value) -> Vec<String> {
        let texts = match value {
            Value::String(text) => Some(vec![text.clone()]),
            Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
            _ => None,
        };
        texts.unwrap_or_else(|| {
            self.wrong(name, "a list of texts", value);
            Vec::new()
        })
    }

    /// The value that a field was read as, or a problem with it.
    pub fn read_as<T>(&mut self, name: &str, value: Result<T, impl Display>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(bad) => {
                self.problems.push(format!("`{name}`: {bad}"));
                None
            }
        }
    }

    /// Says that a field has a value of another kind.
    pub fn wrong(&mut self, name: &str, wanted: &str, value: &Value) {
        let seen: String = value.to_string().chars().take(60).collect();
        self.problems.push(format!("`{name}` is {wanted}, not {seen}"));
    }

    /// Names the fields that nobody read.
    pub fn end(&mut self, operation: &str) -> Vec<String> {
        let known: Vec<String> = self.read.iter().cloned().collect();
        for name in self.objects.iter().flat_map(|object| object.keys()) {
            if !self.read.contains(name) {
                let problem = format!("`{operation}` has no field {}", quote(name));
                self.problems.push(problem + &suggestion(name, &known));
            }
        }
        std::mem::take(&mut self.problems)
    }
}

/// `; did you mean …?`, or nothing.
pub fn suggestion(word: &str, known: &[String]) -> String {
    let near = specgen::suggest(word, known.iter().map(String::as_str));
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}
