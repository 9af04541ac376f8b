//! Markdown (CommonMark with GFM tables, task lists, strikethrough and autolinks) as safe HTML and
//! as plain text.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use linkify::{LinkFinder, LinkKind};
use pulldown_cmark::{
    CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd,
    TextMergeStream, html,
};

/// Maximum nesting depth. Deeper elements keep only their text.
const DEEPEST: usize = 16;

/// Maximum number of block quote markers per line. With thousands, every following line is as
/// expensive to parse.
const MOST_QUOTES: usize = 64;

/// Maximum number of parser events. A description of maximum length has far fewer unless it is
/// crafted to be expensive.
pub(super) const MOST_EVENTS: usize = 60_000;

/// Maximum number of character references. They are the most expensive part for the sanitizer.
const MOST_REFERENCES: usize = 20_000;

/// Number of source characters that a preview reads.
const PREVIEW_SOURCE: usize = 1_000;

/// Maximum length of a preview, in characters.
const PREVIEW_LENGTH: usize = 200;

/// The marks of items of task lists.
pub(super) const TICKED: &str = "\u{2611} ";
pub(super) const OPEN: &str = "\u{2610} ";

/// Linked sites get no referrer, no access to the page and no ranking benefit.
const RELATION: &str = "noopener noreferrer nofollow ugc";

/// Sanitizer of all HTML, whatever its source: no styles, scripts, images, forms or frames.
static SANITIZER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut sanitizer = Builder::empty();
    sanitizer
        // The builder starts empty. Only the following elements are allowed.
        .generic_attributes(HashSet::new())
        .tags(HashSet::from([
            "a",
            "blockquote",
            "br",
            "code",
            "del",
            "div",
            "em",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "hr",
            "li",
            "ol",
            "p",
            "pre",
            "span",
            "strong",
            "table",
            "tbody",
            "td",
            "th",
            "thead",
            "tr",
            "ul",
        ]))
        .tag_attributes(HashMap::from([
            ("a", HashSet::from(["href", "title"])),
            ("ol", HashSet::from(["start"])),
        ]))
        .tag_attribute_values(HashMap::from([
            (
                "div",
                HashMap::from([
                    ("role", HashSet::from(["region"])),
                    ("aria-label", HashSet::from(["Table"])),
                    ("tabindex", HashSet::from(["0"])),
                ]),
            ),
            ("pre", HashMap::from([("tabindex", HashSet::from(["0"]))])),
        ]))
        .allowed_classes(HashMap::from([
            ("div", HashSet::from(["wide"])),
            ("span", HashSet::from(["todo"])),
            ("td", HashSet::from(["center", "right"])),
            ("th", HashSet::from(["center", "right"])),
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some(RELATION));
    sanitizer
});

/// Renders Markdown as HTML. HTML in the text is shown literally.
pub fn to_html(text: &str) -> String {
    let Some(events) = parse_bounded(text) else {
        return as_written(text);
    };
    let mut rendered = String::new();
    html::push_html(&mut rendered, events.into_iter());
    if rendered.matches('&').count() > MOST_REFERENCES {
        return as_written(text);
    }
    for place in ["center", "right"] {
        for cell in ["td", "th"] {
            // The Content-Security-Policy forbids inline styles. Any `<` of the text itself is
            // escaped by now.
            rendered = rendered.replace(
                &format!("<{cell} style=\"text-align: {place}\">"),
                &format!("<{cell} class=\"{place}\">"),
            );
        }
    }
    // A wide block scrolls, also by keyboard.
    let rendered = rendered.replace("<pre>", "<pre tabindex=\"0\">");
    clean(&rendered)
}

/// Sanitizes HTML.
pub(crate) fn clean(html: &str) -> String {
    SANITIZER.clean(html).to_string()
}

/// Returns the beginning of the text in one line, without markup.
pub fn to_preview(text: &str) -> String {
    let end = text.char_indices().nth(PREVIEW_SOURCE);
    let start = &text[..end.map_or(text.len(), |(place, _)| place)];
    let mut line = String::new();
    for event in Parser::new_ext(start, options()) {
        match event {
            Event::Text(text) | Event::Code(text) => line.push_str(&text),
            Event::Html(text) | Event::InlineHtml(text) => line.push_str(&text),
            Event::TaskListMarker(done) => line.push_str(tick(done)),
            Event::SoftBreak | Event::HardBreak => line.push(' '),
            Event::Start(tag) if !is_inline(tag.to_end()) => line.push(' '),
            Event::End(end) if !is_inline(end) => line.push(' '),
            _ => {}
        }
    }
    let words: Vec<_> = line.split_whitespace().collect();
    let mut preview = words.join(" ");
    if let Some((place, _)) = preview.char_indices().nth(PREVIEW_LENGTH) {
        preview.truncate(place);
        preview.push('…');
    }
    preview
}

/// Returns the number of done items of task lists, and of all of them. `None` if there are none.
pub fn progress(text: &str) -> Option<(usize, usize)> {
    // Most texts have no such list, and are not parsed.
    if !text.contains("[ ]") && !text.contains("[x]") && !text.contains("[X]") {
        return None;
    }
    if is_deeply_quoted(text) {
        return None;
    }
    let mut found = (0, 0);
    for event in Parser::new_ext(text, options()).take(MOST_EVENTS) {
        if let Event::TaskListMarker(done) = event {
            found.0 += usize::from(done);
            found.1 += 1;
        }
    }
    (found.1 > 0).then_some(found)
}

pub(super) fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH
}

fn tick(done: bool) -> &'static str {
    if done { TICKED } else { OPEN }
}

fn is_inline(end: TagEnd) -> bool {
    matches!(
        end,
        TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image
    )
}

/// Renders the text as one code block, for a text that is too expensive to parse. Everything is
/// escaped, as in the templates.
fn as_written(text: &str) -> String {
    let block = Tag::CodeBlock(CodeBlockKind::Indented);
    let end = Event::End(block.to_end());
    let events = [Event::Start(block), Event::Text(text.into()), end];
    let mut rendered = String::new();
    html::push_html(&mut rendered, events.into_iter());
    rendered
}

pub(super) fn is_deeply_quoted(text: &str) -> bool {
    let quotes = |line: &str| {
        line.chars()
            .take_while(|character| !character.is_alphanumeric())
            .filter(|character| *character == '>')
            .count()
    };
    text.lines().any(|line| quotes(line) > MOST_QUOTES)
}

/// Returns the events to render. `None` if the text is too expensive.
fn parse_bounded(text: &str) -> Option<Vec<Event<'_>>> {
    if is_deeply_quoted(text) {
        return None;
    }
    let mut shaper = Shaper::default();
    for event in TextMergeStream::new(Parser::new_ext(text, options())) {
        shaper.take(event);
        if shaper.events.len() > MOST_EVENTS {
            return None;
        }
    }
    Some(shaper.events)
}

#[derive(Default)]
struct Shaper<'t> {
    events: Vec<Event<'t>>,
    /// The end of each open element; `None` for a dropped element.
    open: Vec<Option<TagEnd>>,
    /// Target of the open link, and the number of events before its text.
    link: Option<(CowStr<'t>, usize)>,
    code: bool,
}

impl<'t> Shaper<'t> {
    fn take(&mut self, event: Event<'t>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(_) => self.end(),
            Event::Html(text) | Event::InlineHtml(text) => self.events.push(Event::Text(text)),
            Event::Text(text) if self.link.is_none() && !self.code => self.text(&text),
            // A typed line break is intended.
            Event::SoftBreak => self.events.push(Event::HardBreak),
            Event::TaskListMarker(done) => {
                let mark = format!("<span class=\"todo\">{}</span>", tick(done));
                self.events.push(Event::InlineHtml(mark.into()));
            }
            other => self.events.push(other),
        }
    }

    fn start(&mut self, tag: Tag<'t>) {
        let tag = match tag {
            _ if self.open.len() >= DEEPEST => None,
            // The page already has a heading of the top level.
            Tag::Heading {
                level,
                id,
                classes,
                attrs,
            } => Some(Tag::Heading {
                level: HeadingLevel::try_from(level as usize + 1).unwrap_or(HeadingLevel::H6),
                id,
                classes,
                attrs,
            }),
            Tag::HtmlBlock => Some(Tag::Paragraph),
            Tag::Link { .. } | Tag::Image { .. } if self.link.is_some() => None,
            // A remote image would reveal to its server who views the task and when. It becomes a
            // link.
            Tag::Link {
                dest_url, title, ..
            }
            | Tag::Image {
                dest_url, title, ..
            } => {
                self.link = Some((dest_url.clone(), self.events.len() + 1));
                Some(link(dest_url, title))
            }
            other => Some(other),
        };
        self.code |= matches!(tag, Some(Tag::CodeBlock(_)));
        if matches!(tag, Some(Tag::Table(_))) {
            let region = "<div class=\"wide\" role=\"region\" aria-label=\"Table\" tabindex=\"0\">";
            self.events.push(Event::Html(region.into()));
        }
        self.open.push(tag.as_ref().map(Tag::to_end));
        self.events.extend(tag.map(Event::Start));
    }

    fn end(&mut self) {
        let Some(Some(end)) = self.open.pop() else {
            return;
        };
        if end == TagEnd::Link
            && let Some((target, start)) = self.link.take()
            && self.events.len() == start
        {
            // A link without text shows its target.
            self.events.push(Event::Text(target));
        }
        self.events.push(Event::End(end));
        match end {
            TagEnd::CodeBlock => self.code = false,
            TagEnd::Table => self.events.push(Event::Html("</div>".into())),
            _ => {}
        }
    }

    /// Adds text, with links for the URLs and e-mail addresses in it.
    fn text(&mut self, text: &str) {
        for span in LinkFinder::new().spans(text) {
            let part = || CowStr::from(span.as_str().to_owned());
            let target = match span.kind() {
                Some(LinkKind::Email) => format!("mailto:{}", span.as_str()).into(),
                Some(_) => part(),
                None => {
                    self.events.push(Event::Text(part()));
                    continue;
                }
            };
            self.events.push(Event::Start(link(target, "".into())));
            self.events.push(Event::Text(part()));
            self.events.push(Event::End(TagEnd::Link));
        }
    }
}

fn link<'t>(dest_url: CowStr<'t>, title: CowStr<'t>) -> Tag<'t> {
    Tag::Link {
        link_type: LinkType::Inline,
        dest_url,
        title,
        id: "".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sanitizer_leaves_only_listed_attributes() {
        for kept in ["title", "lang", "class", "id", "style", "dir", "data-x"] {
            let html = format!("<p {kept}=\"x\">text</p>");
            assert_eq!(clean(&html), "<p>text</p>", "{kept}");
        }
    }

    /// The sanitizer is sufficient even if the Markdown renderer lets everything through.
    #[test]
    fn the_sanitizer_alone_leaves_no_other_element() {
        let known = SANITIZER.clone_tags();
        for line in include_str!("../../tests/browser/xss.txt").lines() {
            let clean = SANITIZER.clean(line).to_string();
            for tag in clean.split('<').skip(1) {
                let name = tag.trim_start_matches('/');
                let end = name.find(|character: char| !character.is_ascii_alphanumeric());
                let name = &name[..end.unwrap_or(name.len())];
                assert!(known.contains(name), "{name} in {clean}");
                let (attributes, _) = tag.split_once('>').unwrap_or((tag, ""));
                assert!(!attributes.contains(" on"), "{clean}");
            }
            assert_eq!(SANITIZER.clean(&clean).to_string(), clean);
        }
    }
}
