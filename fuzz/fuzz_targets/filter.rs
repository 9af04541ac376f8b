//! The filter language: arbitrary texts at arbitrary moments.

#![no_main]

use docket::fuzzing::filter_tasks;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (i64, &str)| {
    let (now, text) = data;
    let selected = match filter_tasks(text, now) {
        Ok(selected) => selected,
        Err((position, message)) => {
            assert!((1..=text.chars().count() + 1).contains(&position));
            assert!(message.starts_with(&format!("Character {position}: ")));
            return;
        }
    };
    let padded = filter_tasks(&format!("  {text}\n"), now);
    // A backslash at the end makes the blank part of a name.
    if !text.ends_with('\\') {
        assert_eq!(padded.as_ref(), Ok(&selected), "blanks do not matter");
    }
    // A filter of another dialect has no `!`, and there may be too many levels or terms.
    if let Ok(others) = filter_tasks(&format!("!({text})"), now) {
        for (is_open, (one, other)) in selected.open.iter().zip(selected.tasks.iter().zip(&others.tasks)) {
            assert!(one != other || !is_open, "a task is selected or not");
        }
    }
    if let Ok(both) = filter_tasks(&format!("({text}) & ({text})"), now) {
        assert_eq!(both.tasks, selected.tasks);
    }
});
