//! Occurrences that python-dateutil finds. `tests/recurrence_oracle` made the cases and compares
//! many more.

use super::{due, rules, text};
use crate::when::Zone;

const CASES: &str = include_str!("oracle.tsv");

/// The most occurrences of a case.
const OCCURRENCES: usize = 15;

fn check(cases: &str) -> usize {
    let mut wrong = Vec::new();
    for case in cases.lines() {
        let [rule, start, end, expected] = case.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{case}");
        };
        let rules = rules(rule);
        let dates = rules.dates(due(start), Zone::UTC).map(|due| text(&due));
        let dates: Vec<_> = dates
            .take_while(|date| &**date < end)
            .take(OCCURRENCES)
            .collect();
        let dates = dates.join(",");
        if dates != expected {
            wrong.push(format!(
                "{rule} from {start} until {end}\nexpected {expected}\nfound    {dates}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(20)].join("\n\n")
    );
    cases.lines().count()
}

#[test]
fn stored_cases_agree_with_dateutil() {
    assert_eq!(check(CASES), 300);
}

#[test]
fn cases_of_the_oracle_agree_with_dateutil() {
    let Ok(path) = std::env::var("RECURRENCE_CASES") else {
        return;
    };
    let cases = std::fs::read_to_string(path).expect("the cases");
    eprintln!("{} rules compared", check(&cases));
}
