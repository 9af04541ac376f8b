//! Items of task lists in Markdown (`- [ ] item`) that are ticked where they are shown.

use pulldown_cmark::{Event, Parser};

use super::markdown::{MOST_EVENTS, TICKED, is_deeply_quoted, options};

/// Returns the text with the mark of an item, counted from 0, set. `None` if there is no such item.
pub fn ticked(text: &str, item: usize, done: bool) -> Option<String> {
    let mark = marks(text).nth(item)?;
    Some(with_marks(text, [mark], done))
}

/// Returns the text with no item ticked: what remains the same while items are ticked.
pub fn unticked(text: &str) -> String {
    with_marks(text, marks(text), false)
}

/// Replaces the marks of rendered items by buttons of a form. Its field `tick` gets the number of the
/// item and the state that it is to have. `done_text` is what their names begin with.
pub(super) fn with_buttons(html: &str, form: &str, done_text: &str) -> String {
    // User text cannot contain the element, because HTML in it is escaped.
    let start = "<span class=\"todo\">";
    let end = "</span>";
    let mut parts = html.split(start);
    let mut written = parts.next().unwrap_or_default().to_owned();
    for (item, part) in parts.enumerate() {
        let (mark, rest) = part.split_once(end).unwrap_or((part, ""));
        let done = mark.starts_with(TICKED);
        let name = rest.split('<').next().unwrap_or_default().trim();
        written.push_str(&format!(
            "<button class=\"todo\" form=\"{form}\" name=\"tick\" value=\"{item}:{}\" \
             aria-pressed=\"{done}\"><span class=\"unseen\">{done_text} {name}</span></button>{rest}",
            !done
        ));
    }
    written
}

/// Returns the place of the character between the brackets of each item, as the page numbers them.
fn marks(text: &str) -> impl Iterator<Item = usize> {
    let is_rendered = !is_deeply_quoted(text);
    let events = Parser::new_ext(text, options()).into_offset_iter();
    let events = events.take(MOST_EVENTS).filter(move |_| is_rendered);
    events.filter_map(|(event, place)| match event {
        Event::TaskListMarker(_) => Some(place.start + 1),
        _ => None,
    })
}

fn with_marks(text: &str, marks: impl IntoIterator<Item = usize>, done: bool) -> String {
    let mut written = text.to_owned();
    for mark in marks {
        // The mark is a blank or an x.
        written.replace_range(mark..=mark, if done { "x" } else { " " });
    }
    written
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::ui::markdown::{OPEN, progress, to_html};

    const NOTES: &str = "Before\n\n- [ ] one\n  - [X] two\n\n1. [ ] three\n\n```\n- [ ] code\n```\n\n\
                         [ ] text\n> * [x] four\n";

    #[test]
    fn an_item_is_ticked_by_its_number() {
        for (item, done, from, to) in [
            (0, true, "- [ ] one", "- [x] one"),
            (1, false, "- [X] two", "- [ ] two"),
            (2, true, "1. [ ] three", "1. [x] three"),
            (3, false, "* [x] four", "* [ ] four"),
        ] {
            let expected = NOTES.replacen(from, to, 1);
            assert_eq!(ticked(NOTES, item, done), Some(expected), "{item}");
            let open = unticked(NOTES);
            let changed = ticked(NOTES, item, done).expect("an item");
            assert_eq!(unticked(&changed), open, "{item}");
        }
        assert_eq!(ticked(NOTES, 4, true), None);
        assert_eq!(ticked("", 0, true), None);
        assert_eq!(progress(&unticked(NOTES)), Some((0, 4)));
    }

    #[test]
    fn a_text_that_is_shown_as_written_has_no_items() {
        let deep = format!("{}- [ ] one", "> ".repeat(65));
        assert_eq!(ticked(&deep, 0, true), None);
        assert!(!to_html(&deep).contains("todo"));
    }

    #[test]
    fn each_rendered_mark_is_a_button() {
        let html = with_buttons(&to_html(NOTES), "list", "Done:");
        let values = ["0:true", "1:false", "2:true", "3:false"];
        let mut places = values.map(|value| {
            let button = format!("form=\"list\" name=\"tick\" value=\"{value}\"");
            html.find(&button).expect(value)
        });
        assert!(places.is_sorted());
        places.reverse();
        assert!(html.contains("Done: two</span></button>two"), "{html}");
        assert!(!html.contains(OPEN) && !html.contains("<span class=\"todo\">"));
        let text = "<span class=\"todo\">\u{2610} </span>";
        assert!(!with_buttons(&to_html(text), "list", "Done:").contains("<button"));
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(64),
            ..ProptestConfig::default()
        })]

        #[test]
        fn ticking_changes_one_item_and_nothing_else(
            lines in prop::collection::vec(select(vec![
                "- [ ] a", "- [x] b", "  - [X] c", "1. [ ] d", "text", "", "> - [ ] q", "```", "é [ ]", "\t* [x] t",
            ]), 0..12),
            item in 0_usize..6,
            done: bool,
        ) {
            let text = lines.join("\n");
            let before = progress(&text).unwrap_or_default();
            let Some(changed) = ticked(&text, item, done) else {
                prop_assert!(item >= before.1);
                return Ok(());
            };
            prop_assert!(item < before.1);
            let after = progress(&changed).unwrap_or_default();
            prop_assert_eq!(after.1, before.1);
            prop_assert!(after.0.abs_diff(before.0) <= 1);
            prop_assert_eq!(unticked(&changed), unticked(&text));
            prop_assert_eq!(ticked(&changed, item, done), Some(changed.clone()));
            let buttons = with_buttons(&to_html(&changed), "f", "Done:");
            let button = format!("value=\"{item}:{}\"", !done);
            prop_assert!(buttons.contains(&button), "{}", buttons);
        }
    }
}
