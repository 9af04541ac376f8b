//! Parts of pages that are rendered once for equal values, and then kept: when an item of a list has
//! changed, the other rows are not rendered again.

use serde::{Serialize, Serializer};
use tera::{Context, Kwargs, Tera, TeraResult, Value};

use crate::http::digest_of;
use crate::locale::Language;
use crate::rendered::RenderedCache;

/// The end of the names of templates of parts.
pub(super) const PART: &str = ".part.html.tera";

/// The values of a part. They reach the template of the page as one text, by which the rendered part
/// is found, and which costs less than a value for each member.
pub struct Part<T>(pub T);

impl<T: Serialize> Serialize for Part<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = serde_json::to_string(&self.0).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&text)
    }
}

/// Renders parts in one language.
pub(super) struct Parts {
    /// Contains the templates of parts alone.
    tera: Tera,
    /// Tells the templates and their language from others.
    digest: [u8; 32],
    cache: RenderedCache,
}

impl Parts {
    /// Adds the templates to `tera`, which has their functions and filters. `sources` are the names
    /// and the texts of the templates in a language.
    ///
    /// # Errors
    /// If a template is invalid.
    pub fn new(
        mut tera: Tera,
        language: Language,
        sources: Vec<(String, String)>,
        cache: RenderedCache,
    ) -> TeraResult<Parts> {
        let texts = sources.iter().flat_map(|(name, text)| [name, text]);
        let texts = texts.map(String::as_str).chain([language.tag()]);
        let texts: Vec<&[u8]> = texts.map(str::as_bytes).collect();
        let digest = digest_of(&texts);
        tera.add_raw_templates(sources)?;
        Ok(Parts {
            tera,
            digest,
            cache,
        })
    }

    /// Returns the HTML of a part: `name` is its template without [`PART`], `item` is a [`Part`], and
    /// `next` the page to return to after a change.
    ///
    /// # Errors
    /// If an argument is missing, or the template fails to render.
    pub fn call(&self, arguments: &Kwargs) -> TeraResult<Value> {
        let [name, item, next] = ["name", "item", "next"].map(|name| arguments.must_get(name));
        let (name, item, next): (&str, &str, &str) = (name?, item?, next?);
        let [template, values, page] = [name, item, next].map(str::as_bytes);
        let key = digest_of(&[&self.digest, template, values, page]);
        let html = self.cache.part(key, || self.html(name, item, next))?;
        let html = std::str::from_utf8(&html).map_err(tera::Error::message)?;
        Ok(Value::safe_string(html))
    }

    fn html(&self, name: &str, item: &str, next: &str) -> TeraResult<String> {
        let item: serde_json::Value = serde_json::from_str(item).map_err(tera::Error::message)?;
        let mut context = Context::new();
        context.insert("item", &item);
        context.insert("next", next);
        self.tera.render(&format!("{name}{PART}"), &context)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tera::State;

    use super::*;

    /// The name and the text of a template.
    fn source(text: &str) -> (String, String) {
        (format!("row{PART}"), text.to_owned())
    }

    /// Returns the templates of a page with two rows, each of which says how many have been rendered
    /// before.
    fn page(cache: &RenderedCache) -> Tera {
        let mut own = Tera::new();
        own.autoescape_on(vec![".tera"]);
        let rendered = AtomicUsize::new(0);
        own.register_function("rendered", move |_: Kwargs, _: &State| {
            rendered.fetch_add(1, Ordering::Relaxed)
        });
        let row = "{{ rendered() }}: {{ item.title }} {{ next }}\n";
        let sources = vec![source(row)];
        let parts = Parts::new(own, Language::English, sources, cache.clone()).expect("a template");
        let mut tera = Tera::new();
        tera.autoescape_on(vec![".tera"]);
        tera.register_function("part", move |arguments: Kwargs, _: &State| {
            parts.call(&arguments)
        });
        let list =
            r#"{% for item in items %}{{ part(name="row", item=item, next=next) }}{% endfor %}"#;
        tera.add_raw_template("list.tera", list)
            .expect("a template");
        tera
    }

    fn render(tera: &Tera, titles: [&str; 2], next: &str) -> String {
        let items = titles.map(|title| Part(serde_json::json!({ "title": title })));
        let mut context = Context::new();
        context.insert("items", &items);
        context.insert("next", next);
        tera.render("list.tera", &context).expect("a page")
    }

    #[test]
    fn a_row_is_rendered_again_only_with_other_values() {
        let tera = page(&RenderedCache::new(1));
        assert_eq!(render(&tera, ["a", "b"], "/x"), "0: a /x\n1: b /x\n");
        assert_eq!(render(&tera, ["b", "a"], "/x"), "1: b /x\n0: a /x\n");
        assert_eq!(render(&tera, ["a", "c"], "/x"), "0: a /x\n2: c /x\n");
        assert_eq!(render(&tera, ["a", "c"], "/y"), "3: a /y\n4: c /y\n");
    }

    #[test]
    fn rows_of_different_templates_are_kept_apart() {
        let cache = RenderedCache::new(1);
        let row = |text| {
            let parts = Parts::new(
                Tera::new(),
                Language::English,
                vec![source(text)],
                cache.clone(),
            );
            let item = serde_json::json!({ "title": "a" }).to_string();
            let arguments = [("name", "row"), ("item", item.as_str()), ("next", "")];
            let arguments = Kwargs::from(arguments.map(|(name, value)| (name, Value::from(value))));
            let html = parts.expect("a template").call(&arguments);
            html.expect("a row").to_string()
        };
        assert_eq!(row("one {{ item.title }}"), "one a");
        assert_eq!(row("two {{ item.title }}"), "two a");
    }

    #[test]
    fn without_a_cache_each_row_is_rendered() {
        let tera = page(&RenderedCache::new(0));
        assert_eq!(render(&tera, ["a", "a"], "/x"), "0: a /x\n1: a /x\n");
    }

    #[test]
    fn text_is_escaped_once() {
        let tera = page(&RenderedCache::new(1));
        let html = render(&tera, ["<b>", "&"], "\"");
        assert_eq!(html, "0: &lt;b&gt; &quot;\n1: &amp; &quot;\n");
    }
}
