//! Parts of pages that are rendered once for equal values, and then kept. When a task of a list has
//! changed, the other rows are not rendered again.

use serde::{Serialize, Serializer};
use tera::{Context, Kwargs, Tera, TeraResult, Value};

use crate::http::digest_of;
use crate::rendered::RenderedCache;

/// The template of the row of a task.
pub(super) const ROW: &str = "tasks/_task.html.tera";

/// The values of a part. They reach the template of the page as one text, by which the rendered part
/// is found, and which costs less than a value for each member.
pub struct Part<T>(pub T);

impl<T: Serialize> Serialize for Part<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = serde_json::to_string(&self.0).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&text)
    }
}

/// Renders the rows of tasks, in one language.
pub(super) struct Rows {
    /// Contains the template of a row alone.
    tera: Tera,
    /// Tells the template and its language from others.
    digest: [u8; 32],
    cache: RenderedCache,
}

impl Rows {
    /// Adds the template to `tera`, which has its functions and filters. `source` is the template in
    /// the language.
    ///
    /// # Errors
    /// If the template is invalid.
    pub fn new(mut tera: Tera, source: &str, cache: RenderedCache) -> TeraResult<Rows> {
        tera.add_raw_template(ROW, source)?;
        let digest = digest_of(&[source.as_bytes()]);
        Ok(Rows {
            tera,
            digest,
            cache,
        })
    }

    /// Returns the HTML of a row: `task` is a [`Part`], and `next` the page to return to after a
    /// change.
    ///
    /// # Errors
    /// If an argument is missing, or the template fails to render.
    pub fn call(&self, arguments: &Kwargs) -> TeraResult<Value> {
        let task: &str = arguments.must_get("task")?;
        let next = arguments.get::<&str>("next")?.unwrap_or_default();
        let key = digest_of(&[&self.digest, task.as_bytes(), next.as_bytes()]);
        let html = self.cache.part(key, || self.html(task, next))?;
        let html = std::str::from_utf8(&html).map_err(tera::Error::message)?;
        Ok(Value::safe_string(html))
    }

    fn html(&self, task: &str, next: &str) -> TeraResult<String> {
        let task: serde_json::Value = serde_json::from_str(task).map_err(tera::Error::message)?;
        let mut context = Context::new();
        context.insert("task", &task);
        context.insert("next", next);
        self.tera.render(ROW, &context)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tera::State;

    use super::*;

    /// Returns the templates of a page with two rows, each of which says how many have been rendered
    /// before.
    fn page(cache: &RenderedCache) -> Tera {
        let mut own = Tera::new();
        own.autoescape_on(vec![".tera"]);
        let rendered = AtomicUsize::new(0);
        own.register_function("rendered", move |_: Kwargs, _: &State| {
            rendered.fetch_add(1, Ordering::Relaxed)
        });
        let row = "{{ rendered() }}: {{ task.title }} {{ next }}\n";
        let rows = Rows::new(own, row, cache.clone()).expect("a template");
        let mut tera = Tera::new();
        tera.autoescape_on(vec![".tera"]);
        tera.register_function("task_row", move |arguments: Kwargs, _: &State| {
            rows.call(&arguments)
        });
        let list = "{% for task in tasks %}{{ task_row(task=task, next=next) }}{% endfor %}";
        tera.add_raw_template("list.tera", list)
            .expect("a template");
        tera
    }

    fn render(tera: &Tera, titles: [&str; 2], next: &str) -> String {
        let tasks = titles.map(|title| Part(serde_json::json!({ "title": title })));
        let mut context = Context::new();
        context.insert("tasks", &tasks);
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
        let row = |source| {
            let rows = Rows::new(Tera::new(), source, cache.clone()).expect("a template");
            let text = serde_json::json!({ "title": "a" }).to_string();
            let arguments = Kwargs::from([("task", Value::from(text.as_str()))]);
            rows.call(&arguments).expect("a row").to_string()
        };
        assert_eq!(row("one {{ task.title }}"), "one a");
        assert_eq!(row("two {{ task.title }}"), "two a");
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
