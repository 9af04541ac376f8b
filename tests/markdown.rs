//! Descriptions as Markdown: rendering and sanitizing.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Ask, Server, User};

/// Maximum length of a description.
const MOST: usize = 50_000;

/// A generous bound: a debug build on a busy machine is far slower than a release build.
const BOUND: Duration = Duration::from_secs(20);

/// Returns the page of a task with this description.
async fn page_of(user: &User, description: &str) -> String {
    let new = json!({ "title": "A task", "description": description });
    let task = user.post("/api/v1/tasks", &new).gives(201).await;
    assert_eq!(task["description"], description, "JSON has the text itself");
    let path = format!("/tasks/{}", task["id"].as_str().expect("an id"));
    let request = user.by_cookie(reqwest::Method::GET, &path);
    let answer = request.header("accept", "text/html").is(200).await;
    answer.text().await.expect("a page")
}

/// Returns the rendered description without line breaks.
async fn rendered(user: &User, description: &str) -> String {
    let page = page_of(user, description).await;
    let (_, rest) = page
        .split_once("<div class=\"prose\" dir=\"auto\">")
        .expect("the description");
    let (html, _) = rest.split_once("</section>").expect("its end");
    html.trim_end()
        .strip_suffix("</div>")
        .expect("its end")
        .replace('\n', "")
}

#[tokio::test]
async fn commonmark_and_the_tables_lists_and_links_of_github() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let rel = "rel=\"noopener noreferrer nofollow ugc\"";
    let item = |number: usize, done: bool, text: &str| {
        format!(
            "<button class=\"todo\" form=\"checklist\" name=\"tick\" value=\"{number}:{}\" \
             aria-pressed=\"{done}\"><span class=\"unseen\">Done: {text}</span></button>",
            !done
        )
    };
    let link = |href: &str, text: &str| format!("<p><a href=\"{href}\" {rel}>{text}</a></p>");
    for (markdown, html) in [
        (
            "Before *Friday*, **really**, ~~not~~.",
            "<p>Before <em>Friday</em>, <strong>really</strong>, <del>not</del>.</p>".to_owned(),
        ),
        ("one\ntwo", "<p>one<br>two</p>".into()),
        ("# Top\n\n###### Low", "<h2>Top</h2><h6>Low</h6>".into()),
        (
            "3. c\n4. d",
            "<ol start=\"3\"><li>c</li><li>d</li></ol>".into(),
        ),
        (
            "> quoted\n\n---",
            "<blockquote><p>quoted</p></blockquote><hr>".into(),
        ),
        (
            "```rust\nlet a = \"<b>\";\n```",
            "<pre tabindex=\"0\"><code>let a = \"&lt;b&gt;\";</code></pre>".into(),
        ),
        (
            "- [x] done\n- [ ] open",
            format!(
                "<ul><li>{}done</li><li>{}open</li></ul>",
                item(0, true, "done"),
                item(1, false, "open")
            ),
        ),
        (
            "|a|b|c|\n|-|:-:|-:|\n|1|2|3|",
            "<div class=\"wide\" role=\"region\" aria-label=\"Table\" tabindex=\"0\"><table>\
          <thead><tr><th>a</th><th class=\"center\">b</th><th class=\"right\">c</th></tr></thead>\
          <tbody><tr><td>1</td><td class=\"center\">2</td><td class=\"right\">3</td></tr></tbody>\
          </table></div>"
                .into(),
        ),
        (
            "[here](https://example.org/?a=1&b=2)",
            link("https://example.org/?a=1&amp;b=2", "here"),
        ),
        (
            "https://example.org/x",
            link("https://example.org/x", "https://example.org/x"),
        ),
        (
            "<https://example.org>",
            link("https://example.org", "https://example.org"),
        ),
        (
            "ada@example.org",
            link("mailto:ada@example.org", "ada@example.org"),
        ),
        (
            "[](https://example.org)",
            link("https://example.org", "https://example.org"),
        ),
        (
            "`https://example.org`",
            "<p><code>https://example.org</code></p>".into(),
        ),
        // An image is rendered as a link to it.
        (
            "![A cat](https://example.org/cat.png)",
            link("https://example.org/cat.png", "A cat"),
        ),
        (
            "[![A cat](/cat.png)](https://example.org)",
            link("https://example.org", "A cat"),
        ),
        // HTML is shown literally.
        (
            "a <b onclick=\"x()\">b</b>",
            "<p>a &lt;b onclick=\"x()\"&gt;b&lt;/b&gt;</p>".into(),
        ),
        (
            "<script>alert(1)</script>",
            "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>".into(),
        ),
        ("[x](javascript:alert(1))", format!("<p><a {rel}>x</a></p>")),
        (
            "[x](JaVa&#115;cript:alert(1))",
            format!("<p><a {rel}>x</a></p>"),
        ),
        (
            "[x](<java\tscript:alert(1)>)",
            link("java%09script:alert(1)", "x"),
        ),
        ("[x](data:text/html,x)", format!("<p><a {rel}>x</a></p>")),
    ] {
        assert_eq!(rendered(&user, markdown).await, html, "{markdown}");
    }
}

#[tokio::test]
async fn the_form_has_the_text_itself_and_the_list_counts_what_is_done() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    let notes = "# Plan\n\n- [ ] *first* [step](https://example.org)\n  - a\n  - [x] b";
    let page = page_of(&user, notes).await;
    let (_, rest) = page.split_once("data-url=\"").expect("the path");
    let (path, _) = rest.split_once('"').expect("its end");
    let edit = user.by_cookie(reqwest::Method::GET, &format!("{path}?edit=notes"));
    let page = edit.header("accept", "text/html").is(200).await;
    let page = page.text().await.expect("a page");
    let (_, rest) = page
        .split_once("<textarea id=\"description\"")
        .expect("the form");
    assert!(rest.contains("# Plan\n\n- [ ] *first* [step]("), "{rest}");
    let list = user.by_cookie(reqwest::Method::GET, "/tasks");
    let list = list.header("accept", "text/html").is(200).await;
    let list = list.text().await.expect("a page");
    assert!(list.contains("Done in the notes: </span>1/2<"), "{list}");
    assert!(!list.contains("*first*"), "{list}");
}

/// Texts of maximum length on which parsers have been slow or have recursed deeply.
fn pathological() -> Vec<String> {
    let to_end = |pattern: &str| pattern.repeat(MOST / pattern.chars().count());
    let half = |pattern: &str| pattern.repeat(MOST / 2 / pattern.chars().count());
    let mut all: Vec<String> = [
        ">",
        "> ",
        "- ",
        "1) ",
        "> - ",
        "*",
        "*a ",
        "**x *y ",
        "a**b",
        "_*",
        "~~a ",
        "[",
        "![",
        "[a](",
        "[a](<b",
        "[a][",
        "`a ",
        "<",
        "<!--",
        "<![CDATA[",
        "<a x=\"",
        "&",
        "&#0;",
        "# a\n",
        "***\n",
        "```\n",
        "- [ ] a\n",
        "http://a.b ",
        "http://",
        ":",
        "a@",
        "a@b.",
        "\t",
        "\\",
        "\u{10ffff}",
        "|",
        "|-",
    ]
    .into_iter()
    .map(to_end)
    .collect();
    all.extend([
        format!("{}a\n{}", half(">"), half("a\n")),
        format!("{}a\n{}", half("- "), half("\n")),
        format!("{}{}", half("["), half("]")),
        format!("{}{}", half("*a **a "), half("a** a*")),
        format!(
            "|{}\n|{}\n{}",
            "a|".repeat(5_000),
            "-|".repeat(5_000),
            "|a\n".repeat(9_000)
        ),
        (0..220)
            .map(|depth| format!("{}- a\n", "  ".repeat(depth)))
            .collect(),
        format!("[a]: /{}\n\n{}", "x".repeat(MOST / 2), half("[a]")),
    ]);
    all
}

#[tokio::test]
async fn no_text_is_slow_or_deep() {
    let server = Server::start().await;
    let user = User::register(&server).await;
    for text in pathological() {
        let text: String = text.chars().take(MOST).collect();
        let text = text.trim_end_matches('\n');
        let shown: String = text.chars().take(12).collect();
        let started = Instant::now();
        let notes = rendered(&user, text).await;
        let took = started.elapsed();
        assert!(took < BOUND, "{shown:?} took {took:?}");
        assert!(notes.len() < 1_500_000, "{shown:?}: {} bytes", notes.len());
        let mut depth = 0;
        for tag in notes.split('<').skip(1) {
            match tag.strip_prefix('/') {
                Some(_) => depth -= 1,
                None if tag.starts_with("br") || tag.starts_with("hr") => {}
                None => depth += 1,
            }
            assert!(depth < 40, "{shown:?} is {depth} deep");
        }
    }
    assert_eq!(user.me_status().await, 200, "the server is still there");
}

fn templates(directory: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(directory).expect("templates") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            templates(&path, found);
        } else {
            let text = fs::read_to_string(&path).expect("a template");
            found.push((path.display().to_string(), text));
        }
    }
}

#[test]
fn html_goes_into_a_page_at_known_places_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut files = Vec::new();
    templates(&root, &mut files);
    assert!(files.len() > 10, "the templates are there");
    let mut places = Vec::new();
    for (path, text) in &files {
        let words = text.split(|character: char| !character.is_alphanumeric() && character != '_');
        for word in words {
            assert!(!["autoescape", "raw"].contains(&word), "{word} in {path}");
            if word == "safe" {
                places.push(path.as_str());
            }
        }
    }
    places.sort_unstable();
    // The sidebar is rendered by a template of its own, which escapes all values. The texts of scripts
    // are those of the program.
    let allowed = [
        "{{ sidebar | safe }}",
        "{{ text | markdown(form=form) | safe }}",
        "{{ script_texts() | safe }}",
    ];
    assert_eq!(places.len(), allowed.len(), "{places:?}");
    for (place, allowed) in places.into_iter().zip(allowed) {
        let (_, text) = files
            .iter()
            .find(|(path, _)| path == place)
            .expect("the file");
        assert!(text.contains(allowed), "{place}");
    }
}
