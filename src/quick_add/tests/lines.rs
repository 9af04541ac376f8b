//! Several lines.

use super::*;

fn tree(text: &str, depth: usize) -> Vec<(String, usize, Option<usize>)> {
    let reader = reader(Style::Todoist, "2026-03-11T10:00", "Europe/Berlin");
    let items = parse_lines(text, depth, &[], &reader, &Repeats);
    items
        .into_iter()
        .map(|item| (item.parsed.title, item.line, item.parent))
        .collect()
}

fn item(title: &str, line: usize, parent: Option<usize>) -> (String, usize, Option<usize>) {
    (title.to_owned(), line, parent)
}

#[test]
fn indented_lines_are_subtasks() {
    let text = "- Trip friday\n  - [ ] Book hotel\n\n\t* Cheap\n    Near the sea\n  Pack\r\nWork\n";
    assert_eq!(
        tree(text, 4),
        [
            item("Trip", 0, None),
            item("Book hotel", 1, Some(0)),
            item("Cheap", 3, Some(1)),
            item("Near the sea", 4, Some(1)),
            item("Pack", 5, Some(0)),
            item("Work", 6, None),
        ]
    );
}

#[test]
fn lines_that_are_too_deep_are_siblings() {
    assert_eq!(
        tree("a\n b\n  c\n   d\n  e\n f", 2),
        [
            item("a", 0, None),
            item("b", 1, Some(0)),
            item("c", 2, Some(1)),
            item("d", 3, Some(1)),
            item("e", 4, Some(1)),
            item("f", 5, Some(0)),
        ]
    );
    assert_eq!(tree("a\n b", 0), [item("a", 0, None), item("b", 1, None)]);
}

#[test]
fn an_indented_first_line_is_no_subtask() {
    assert_eq!(
        tree("    a\n  b\n    c", 4),
        [
            item("a", 0, None),
            item("b", 1, None),
            item("c", 2, Some(1))
        ]
    );
    assert_eq!(tree(" \n\t\n", 4), []);
}
