//! Several lines: a task each, indented ones below the one before.

use super::{Parsed, RepeatReader, SpanKind, parse_keeping};
use crate::when::words::Reader;

const TAB: usize = 4;

/// A line with its place in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its meaning.
    pub parsed: Parsed,
    /// The number of its line, from 0, blank ones included.
    pub line: usize,
    /// The place of its parent among the items.
    pub parent: Option<usize>,
}

/// Parses each line that is not blank. A line belongs to the last one above it that is indented
/// less. No task is deeper than `depth` levels below the first one of its tree; deeper lines become
/// siblings there. Parts of the kinds `kept` remain in the titles, too.
pub fn parse_lines(
    text: &str,
    depth: usize,
    kept: &[SpanKind],
    reader: &Reader,
    repeats: &dyn RepeatReader,
) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    // The line at each level above the current one, with its indent.
    let mut above: Vec<(usize, usize)> = Vec::new();
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    for (number, line) in lines {
        let indent = indent(line);
        while above.last().is_some_and(|(other, _)| *other >= indent) {
            above.pop();
        }
        let level = above.len().min(depth);
        let parent = level.checked_sub(1).map(|level| above[level].1);
        above.push((indent, items.len()));
        let parsed = parse_keeping(line, kept, reader, repeats);
        items.push(Item {
            parsed,
            line: number,
            parent,
        });
    }
    items
}

fn indent(line: &str) -> usize {
    let blanks = line
        .chars()
        .take_while(|character| character.is_whitespace());
    blanks.fold(0, |column, blank| match blank {
        '\t' => (column / TAB + 1) * TAB,
        _ => column + 1,
    })
}
