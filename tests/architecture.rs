//! `docs/architecture.md`: each module uses only those in the rows below its own.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const DOCUMENT: &str = include_str!("../docs/architecture.md");

/// The modules that belong to one noun.
const NOUNS: [&str; 17] = [
    "accounts",
    "api_tokens",
    "batch",
    "bulk",
    "counts",
    "events",
    "filters",
    "history",
    "labels",
    "navigation",
    "palette",
    "projects",
    "quick_tasks",
    "sections",
    "tasks",
    "trash",
    "views",
];

/// The binary, a crate of its own, which sees nothing of the library but its interface.
const PROGRAM: [&str; 2] = ["main", "cli"];

/// A source file up to its unit tests, without its comments.
struct Source {
    /// The path below `src`.
    path: PathBuf,
    code: String,
}

impl Source {
    /// Returns the path of the module: `["http", "body"]`.
    fn module(&self) -> Vec<String> {
        let path = self.path.with_extension("");
        let parts = path.iter().map(|part| part.to_string_lossy().into_owned());
        parts
            .filter(|part| part != "mod" && part != "lib")
            .collect()
    }

    /// Returns the module at the top that the file belongs to.
    fn top(&self) -> String {
        self.module().into_iter().next().unwrap_or("lib".into())
    }

    /// Returns the modules at the top that the file names.
    fn used(&self) -> BTreeSet<String> {
        let mut used = BTreeSet::new();
        for (at, _) in self.code.match_indices("crate::") {
            if !self.code[..at].ends_with(is_of_name) {
                used.extend(names_after(&self.code[at + "crate::".len()..]));
            }
        }
        let to_root = "super::".repeat(self.module().len());
        for (at, _) in self.code.match_indices(&to_root) {
            let before = &self.code[..at];
            if !to_root.is_empty() && !before.ends_with("super::") && !before.ends_with(is_of_name)
            {
                used.extend(names_after(&self.code[at + to_root.len()..]));
            }
        }
        used
    }
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// Returns the first names of a path or, if a list in braces follows, of each of its paths.
fn names_after(text: &str) -> Vec<String> {
    let name = |text: &str| {
        let text = text.trim_start();
        let end = text
            .find(|letter| !is_of_name(letter))
            .unwrap_or(text.len());
        text[..end].to_owned()
    };
    let Some(list) = text.strip_prefix('{') else {
        return vec![name(text)];
    };
    let (mut names, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.push(name(&list[start..at]));
                start = at + 1;
                if letter == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut sources, mut directories) = (Vec::new(), vec![root.clone()]);
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            if name == "tests" || PROGRAM.contains(&name.as_ref()) {
                continue;
            }
            if path.is_dir() {
                directories.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).expect("a source");
            let (text, _) = text
                .split_once("#[cfg(test)]\nmod tests {")
                .unwrap_or((&text, ""));
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            sources.push(Source {
                code: code.collect::<Vec<_>>().join("\n"),
                path: path.strip_prefix(&root).expect("below src").to_owned(),
            });
        }
    }
    sources
}

/// Returns the rows of the table of layers, from the top, as names of modules.
fn layers() -> Vec<Vec<&'static str>> {
    let rows = DOCUMENT
        .lines()
        .skip_while(|line| !line.starts_with("| Layer"));
    let rows = rows.skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cell = row.split('|').nth(1).unwrap_or_default();
        let names = cell.split('`').skip(1).step_by(2);
        names
            .map(|name| name.trim_end_matches('/').trim_end_matches(".rs"))
            .collect()
    })
    .collect()
}

/// Returns the uses that go upwards or sideways, each as a line.
fn violations(sources: &[Source], layers: &[Vec<&str>]) -> Vec<String> {
    let layer_of = |name: &str| {
        let place = layers.iter().position(|layer| layer.contains(&name));
        place.unwrap_or_else(|| panic!("docs/architecture.md has no layer for {name}"))
    };
    let mut found = Vec::new();
    for source in sources {
        let own = source.top();
        for name in source.used() {
            if name != own && layer_of(&name) <= layer_of(&own) {
                found.push(format!("{} uses {name}", source.path.display()));
            }
        }
    }
    found
}

#[test]
fn each_module_uses_only_those_below_it() {
    let (sources, layers) = (sources(), layers());
    assert!(sources.len() > 100 && layers.len() > 10);
    assert_eq!(violations(&sources, &layers), Vec::<String>::new());
}

#[test]
fn a_use_of_a_module_above_is_found() {
    let planted = |path: &str, code: &str| Source {
        path: path.into(),
        code: code.into(),
    };
    for (path, code) in [
        ("http/body.rs", "use crate::auth::User;"),
        ("http/mod.rs", "use super::tasks;"),
        ("http/body.rs", "use super::super::tasks::Task;"),
        (
            "db/pool.rs",
            "use crate::{error::{Error, Kind}, limits::Rate};",
        ),
        ("error/kinds.rs", "fn f() { crate::log::error(\"\") }"),
        ("accounts/api.rs", "use crate::tasks;"),
        ("tasks/pages.rs", "use crate::api_tokens::Token;"),
        ("keys.rs", "use crate::config::Config;"),
    ] {
        let found = violations(&[planted(path, code)], &layers());
        assert_eq!(found.len(), 1, "{path}: {code}: {found:?}");
    }
    let allowed = planted(
        "accounts/api.rs",
        "use crate::{db::Db, auth, http::{Id, Json}};",
    );
    assert_eq!(violations(&[allowed], &layers()), Vec::<String>::new());
}

#[test]
fn each_layer_exists() {
    let existing: BTreeSet<String> = sources().iter().map(Source::top).collect();
    let layers = layers();
    let named: Vec<&str> = layers.iter().flatten().copied().collect();
    let unique: BTreeSet<String> = named.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(named.len(), unique.len(), "a module has two layers");
    assert_eq!(unique, existing);
}

#[test]
fn errors_know_neither_the_framework_nor_the_driver_nor_the_log() {
    for source in sources().iter().filter(|source| source.top() == "error") {
        for word in ["rocket", "sqlx", "log::", "tracing"] {
            assert!(!source.code.contains(word), "{:?} has {word}", source.path);
        }
    }
}

/// Paths of pages and names of templates count as well as modules.
#[test]
fn shared_modules_name_no_noun() {
    for source in sources() {
        if !["http", "api", "ui"].contains(&source.top().as_str()) {
            continue;
        }
        for noun in NOUNS {
            for use_of_it in [
                format!("{noun}::"),
                format!("/{noun}"),
                format!("\"{noun}/"),
            ] {
                let is_there = source.code.contains(&use_of_it);
                assert!(!is_there, "{:?} has {use_of_it}", source.path);
            }
        }
    }
}
