//! Markdown (CommonMark with tables, task lists, strikethrough and autolinks of GFM) as HTML that
//! is safe to put into a page, and as plain text.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};
use linkify::{LinkFinder, LinkKind};
use pulldown_cmark::{
    CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd,
    TextMergeStream, html,
};

/// Deeper than anybody reads; what is deeper keeps its text only.
const DEEPEST: usize = 16;

/// More than one would type before a line; with thousands, each line after it costs as much.
const MOST_QUOTES: usize = 64;

/// A description of the greatest length has far fewer, unless it is made to be dear.
const MOST_EVENTS: usize = 60_000;

/// What stands for `<`, `>` and `&` takes the longest to read again.
const MOST_REFERENCES: usize = 20_000;

/// How many characters of a text a preview looks at.
const PREVIEW_SOURCE: usize = 1_000;

/// How many characters a preview has.
const PREVIEW_LENGTH: usize = 200;

/// Other people's pages learn nothing of this one, and gain nothing by it.
const RELATION: &str = "noopener noreferrer nofollow ugc";

/// What is left of all HTML, whatever came before: no styles, scripts, pictures, forms or frames.
static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = Builder::empty();
    cleaner
        // It is empty of elements, and lets these through.
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
        .tag_attribute_values(HashMap::from([(
            "div",
            HashMap::from([
                ("role", HashSet::from(["region"])),
                ("aria-label", HashSet::from(["Table"])),
                ("tabindex", HashSet::from(["0"])),
            ]),
        )]))
        .allowed_classes(HashMap::from([
            ("div", HashSet::from(["wide"])),
            ("span", HashSet::from(["todo"])),
            ("td", HashSet::from(["center", "right"])),
            ("th", HashSet::from(["center", "right"])),
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some(RELATION));
    cleaner
});

/// The text as HTML. HTML in it is shown as it was written.
pub fn to_html(text: &str) -> String {
    let Some(events) = shaped(text) else {
        return as_written(text);
    };
    let mut rendered = String::new();
    html::push_html(&mut rendered, events.into_iter());
    if rendered.matches('&').count() > MOST_REFERENCES {
        return as_written(text);
    }
    for place in ["center", "right"] {
        for cell in ["td", "th"] {
            // The policy of the pages allows no style in an element. A `<` of the text itself is
            // escaped by now.
            rendered = rendered.replace(
                &format!("<{cell} style=\"text-align: {place}\">"),
                &format!("<{cell} class=\"{place}\">"),
            );
        }
    }
    clean(&rendered)
}

/// What may be shown of any HTML.
pub(crate) fn clean(html: &str) -> String {
    CLEANER.clean(html).to_string()
}

/// The beginning of the text in one line, without marks.
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

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH
}

fn tick(done: bool) -> &'static str {
    if done { "\u{2611} " } else { "\u{2610} " }
}

fn is_inline(end: TagEnd) -> bool {
    matches!(
        end,
        TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image
    )
}

/// The text as one block of code, for what would be too dear to make out. All of it is escaped, as
/// the templates do it.
fn as_written(text: &str) -> String {
    let block = Tag::CodeBlock(CodeBlockKind::Indented);
    let end = Event::End(block.to_end());
    let events = [Event::Start(block), Event::Text(text.into()), end];
    let mut rendered = String::new();
    html::push_html(&mut rendered, events.into_iter());
    rendered
}

/// What the page is to show; nothing if the text is made to be dear.
fn shaped(text: &str) -> Option<Vec<Event<'_>>> {
    let quotes = |line: &str| {
        line.chars()
            .take_while(|character| !character.is_alphanumeric())
            .filter(|character| *character == '>')
            .count()
    };
    if text.lines().any(|line| quotes(line) > MOST_QUOTES) {
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
    /// For each open element how it ends, if it is kept.
    open: Vec<Option<TagEnd>>,
    /// Where the link that is open leads to, and how many events there were before its text.
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
            // Who types a line break means it.
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
            // The page has a heading above these.
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
            // A picture from elsewhere would tell its server who looks at the task and when.
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
            // A link that says nothing says where it leads.
            self.events.push(Event::Text(target));
        }
        self.events.push(Event::End(end));
        match end {
            TagEnd::CodeBlock => self.code = false,
            TagEnd::Table => self.events.push(Event::Html("</div>".into())),
            _ => {}
        }
    }

    /// The text, with links for the addresses in it.
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
    fn the_cleaner_leaves_no_attribute_that_is_not_listed() {
        for kept in ["title", "lang", "class", "id", "style", "dir", "data-x"] {
            let html = format!("<p {kept}=\"x\">text</p>");
            assert_eq!(clean(&html), "<p>text</p>", "{kept}");
        }
    }

    /// What stays harmless if the Markdown before it lets everything through.
    #[test]
    fn the_cleaner_alone_leaves_no_other_element() {
        let known = CLEANER.clone_tags();
        for line in include_str!("../../tests/browser/xss.txt").lines() {
            let clean = CLEANER.clean(line).to_string();
            for tag in clean.split('<').skip(1) {
                let name = tag.trim_start_matches('/');
                let end = name.find(|character: char| !character.is_ascii_alphanumeric());
                let name = &name[..end.unwrap_or(name.len())];
                assert!(known.contains(name), "{name} in {clean}");
                let (attributes, _) = tag.split_once('>').unwrap_or((tag, ""));
                assert!(!attributes.contains(" on"), "{clean}");
            }
            assert_eq!(CLEANER.clean(&clean).to_string(), clean);
        }
    }
}
