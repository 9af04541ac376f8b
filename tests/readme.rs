//! README.md: its commands run, and its tables match the program.

use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::support::{Server, docket};

const README: &str = include_str!("../README.md");

/// Address of the server in the README.
const ADDRESS: &str = "http://127.0.0.1:8000";

/// Returns the first code block of this language, and the text after it.
fn block<'t>(text: &'t str, language: &str) -> (&'t str, &'t str) {
    text.split_once(&format!("```{language}\n"))
        .and_then(|(_, rest)| rest.split_once("```\n"))
        .unwrap_or_else(|| panic!("no block of {language}"))
}

/// Returns the cells of the table under a heading, without its header.
fn table(heading: &str) -> Vec<Vec<&'static str>> {
    let (_, section) = README
        .split_once(&format!("## {heading}\n"))
        .unwrap_or_else(|| panic!("no section {heading}"));
    section
        .lines()
        .skip_while(|line| !line.starts_with("| ---"))
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

/// Returns the content of a cell that consists of code only.
fn code(cell: &str) -> Option<&str> {
    let inner = cell.strip_prefix('`')?.strip_suffix('`')?;
    (!inner.contains('`')).then_some(inner)
}

#[tokio::test]
#[cfg_attr(windows, ignore = "needs bash, curl and jq")]
async fn the_first_calls_print_what_the_readme_says() {
    let server = Server::start().await;
    let (script, rest) = block(README, "sh");
    let (expected, _) = block(rest, "text");
    assert!(script.contains(ADDRESS), "{script}");
    let home = TempDir::new().expect("a directory");
    let ran = Command::new("bash")
        .args(["-euo", "pipefail", "-c"])
        .arg(script.replace(ADDRESS, &server.base))
        .current_dir(home.path())
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::null())
        .output()
        .expect("bash");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{}: {said}", ran.status);
    assert_eq!(String::from_utf8_lossy(&ran.stdout), expected, "{said}");
}

#[test]
fn every_setting_is_in_the_table() {
    let home = TempDir::new().expect("a directory");
    let ran = docket(home.path(), &["check-config"]).output().exits(0);
    let printed: Vec<(&str, &str)> = ran
        .stdout
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.trim(), value.trim()))
        .collect();
    let rows = table("Settings");
    let named: Vec<_> = rows.iter().filter_map(|row| code(row[0])).collect();
    let existing: Vec<_> = printed.iter().map(|(name, _)| *name).collect();
    assert_eq!(named, existing);
    for (row, (name, value)) in rows.iter().zip(printed) {
        let [_, default, meaning] = row.as_slice() else {
            panic!("{name} has {} cells", row.len());
        };
        assert!(!meaning.is_empty(), "{name}");
        if let Some(default) = code(default) {
            assert_eq!(default, value, "the default of {name}");
        }
    }
}

#[test]
fn every_command_is_in_the_readme() {
    let home = TempDir::new().expect("a directory");
    let (_, section) = README.split_once("## Commands\n").expect("the section");
    let (listed, _) = block(section, "console");
    for group in [vec![], vec!["user"], vec!["keys"]] {
        let arguments = [group.as_slice(), &["--help"]].concat();
        let help = docket(home.path(), &arguments).output().exits(0).stdout;
        let (_, commands) = help.split_once("Commands:\n").expect("commands");
        let names = commands
            .lines()
            .take_while(|line| !line.is_empty())
            .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
            .filter_map(|line| line.split_whitespace().next());
        for name in names.filter(|name| *name != "help") {
            let command = [&["docket"], group.as_slice(), &[name]].concat().join(" ");
            assert!(listed.contains(&command), "{command} is not listed");
        }
    }
}

#[test]
fn every_file_that_the_readme_leads_to_is_there() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for target in README.split("](").skip(1) {
        let target = target.split(')').next().unwrap_or_default();
        if target.starts_with("http") {
            continue;
        }
        match target.strip_prefix('#') {
            Some(anchor) => {
                let found = README.lines().any(|line| {
                    let heading = line.trim_start_matches('#').trim().to_lowercase();
                    line.starts_with('#') && heading.replace(' ', "-") == anchor
                });
                assert!(found, "no heading for #{anchor}");
            }
            None => assert!(root.join(target).exists(), "{target} is not there"),
        }
    }
}
