//! Reports as one HTML file each: nothing is fetched, nothing is run, and both light and dark are readable.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value, context};
use serde::Serialize;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");

/// Stands near the beginning of every report.
const GENERATOR: &[u8] = b"<meta name=\"generator\" content=\"specgen\">";
/// How near, in bytes.
const BEGINNING: usize = 200;

/// Whether a file is a report of specgen's.
pub fn is_page(file: &[u8]) -> bool {
    file[..file.len().min(BEGINNING)].windows(GENERATOR.len()).any(|window| window == GENERATOR)
}

/// What a report shows.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// What it is about.
    pub title: &'a str,
    /// A sentence below the title.
    pub lead: &'a str,
    /// A minijinja template of what stands in `<main>`; every value is escaped for HTML.
    pub body: &'a str,
    /// Rules for what this kind of report alone has.
    pub style: &'a str,
}

impl Page<'_> {
    /// The whole file.
    ///
    /// # Errors
    /// When the template does not fit the values.
    pub fn render(&self, values: impl Serialize) -> Result<String, minijinja::Error> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        let body = environment.render_str(self.body, Value::from(Serde(values)))?;
        let Self { title, lead, style, .. } = *self;
        environment.render_str(
            PAGE,
            context! { title, lead, style => STYLE, own_style => style, body, version => crate::VERSION },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_data() {
        let page = Page { title: "<b>", lead: "a & b", body: "<p>{{ text }}</p>", style: ".x { color: red; }" };
        let html = page.render(context! { text => "<script>alert(1)</script>" }).unwrap();
        assert!(is_page(html.as_bytes()) && !is_page(b"<!doctype html>"));
        assert!(html.contains("<p>&lt;script&gt;alert(1)&lt;&#x2f;script&gt;</p>"), "{html}");
        assert!(
            html.contains("<h1>&lt;b&gt;</h1>") && html.contains("a &amp; b") && html.contains(".x { color: red; }")
        );
    }
}
