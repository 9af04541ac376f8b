//! `docs/security.md`: it covers each requirement of the OWASP ASVS once, names only existing
//! tests, and its statements about the sources are true.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const DOCUMENT: &str = include_str!("../docs/security.md");

/// Sections of OWASP ASVS 5.0.0 with requirements of level 1 or 2, and their number. Within a
/// section they precede those of level 3.
const SECTIONS: &str = "
    1.1:2 1.2:9 1.3:11 1.4:3 1.5:2
    2.1:3 2.2:3 2.3:4 2.4:1
    3.2:2 3.3:4 3.4:6 3.5:5 3.7:2
    4.1:3 4.2:1 4.3:2 4.4:4
    5.1:1 5.2:3 5.3:2 5.4:3
    6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4
    7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2
    8.1:2 8.2:3 8.3:1 8.4:1
    9.1:3 9.2:4
    10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3
    11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1
    12.1:3 12.2:2 12.3:4
    13.1:1 13.2:5 13.3:2 13.4:5
    14.1:2 14.2:4 14.3:3
    15.1:3 15.2:3 15.3:7
    16.1:1 16.2:5 16.3:4 16.4:3 16.5:3
    17.1:1 17.2:4 17.3:2
";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the cells of each row about requirements.
fn rows() -> Vec<Vec<&'static str>> {
    let cells = |line: &'static str| {
        let inner = line.trim_start_matches("| ").trim_end_matches(" |");
        inner.split(" | ").map(str::trim).collect::<Vec<_>>()
    };
    DOCUMENT
        .lines()
        .filter(|line| line.starts_with("| "))
        .map(cells)
        .filter(|cells| cells[0].starts_with(|first: char| first.is_ascii_digit()))
        .collect()
}

/// Returns the paragraphs about requirements that do not apply.
fn not_applicable() -> Vec<&'static str> {
    DOCUMENT
        .split("\n\n")
        .filter(|paragraph| paragraph.starts_with("Not applicable: "))
        .collect()
}

/// Returns the requirements in a text, as `1.2.3` or as a range `1.2.3 to 1.2.6`.
fn requirements(text: &str) -> Vec<String> {
    let words: Vec<&str> = text
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_ascii_digit()))
        .collect();
    let parts = |word: &str| -> Option<(String, u32)> {
        let (section, number) = word.rsplit_once('.')?;
        let (chapter, place) = section.split_once('.')?;
        chapter.parse::<u32>().ok()?;
        place.parse::<u32>().ok()?;
        Some((section.to_owned(), number.parse().ok()?))
    };
    let raw: Vec<&str> = text.split_whitespace().collect();
    let mut named = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let Some((section, number)) = parts(word) else {
            continue;
        };
        let first = match index.checked_sub(2).and_then(|before| parts(words[before])) {
            Some((from, start)) if raw[index - 1] == "to" => {
                assert_eq!(from, section, "{word}");
                start + 1
            }
            _ => number,
        };
        named.extend((first..=number).map(|number| format!("{section}.{number}")));
    }
    named
}

#[test]
fn every_requirement_is_named_once() {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for pair in SECTIONS.split_whitespace() {
        let (section, last) = pair.split_once(':').expect("a number of requirements");
        let last: u32 = last.parse().expect("a number");
        counts.extend((1..=last).map(|number| (format!("{section}.{number}"), 0)));
    }
    assert_eq!(counts.len(), 253);
    let rows = rows();
    let cells = rows.iter().map(|cells| cells[0]);
    for text in cells.chain(not_applicable()) {
        for requirement in requirements(text) {
            let count = counts.get_mut(&requirement);
            *count.unwrap_or_else(|| panic!("{requirement} is of level 3, or none")) += 1;
        }
    }
    counts.retain(|_, count| *count != 1);
    assert!(counts.is_empty(), "how often these are named: {counts:?}");
}

/// Returns the file of a test: a suite, or a module of the program if the path begins with `src`.
fn source(modules: &[&str]) -> String {
    let path = match modules.split_first() {
        Some((&"src", rest)) => Path::new("src").join(rest.join("/")),
        _ => Path::new("tests").join(modules.join("/")),
    };
    let path = root().join(path);
    fs::read_to_string(path.with_extension("rs"))
        .or_else(|_| fs::read_to_string(path.join("mod.rs")))
        .unwrap_or_default()
}

fn has_test(source: &str, name: &str) -> bool {
    let head = format!("fn {name}(");
    ["#[test]", "#[tokio::test"].iter().any(|attribute| {
        source.match_indices(attribute).any(|(at, _)| {
            let mut lines = source[at..].lines().map(str::trim);
            let function =
                lines.find(|line| line.starts_with("fn ") || line.starts_with("async fn "));
            function.is_some_and(|line| line.contains(&head))
        })
    })
}

#[test]
fn every_test_that_is_named_exists() {
    let mut named = 0;
    for cells in rows() {
        let [requirement, how, tests] = cells.as_slice() else {
            panic!("{} has {} cells", cells[0], cells.len());
        };
        assert!(!how.is_empty() && !tests.is_empty(), "{requirement}");
        for path in tests.split('`').skip(1).step_by(2) {
            let parts: Vec<&str> = path.split("::").collect();
            let (name, modules) = parts.split_last().expect("a name");
            let found = has_test(&source(modules), name);
            assert!(found, "{requirement} names {path}, which is no test");
            named += 1;
        }
    }
    assert!(named > 100, "only {named} tests are named");
}

/// Returns all Rust files of the program, each up to its unit tests. Tests may have files of their own.
fn program() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut directories = vec![root().join("src")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.file_stem().is_some_and(|name| name == "tests") {
                continue;
            }
            if path.is_dir() {
                directories.push(path);
            } else {
                let text = fs::read_to_string(&path).expect("a source");
                let (text, _) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
                files.push((path, text.to_owned()));
            }
        }
    }
    files
}

#[test]
fn the_program_runs_no_other_and_calls_nobody() {
    for (path, text) in program() {
        for forbidden in [
            "process::Command",
            "TcpStream::connect",
            "UdpSocket",
            "reqwest",
            "lettre",
        ] {
            assert!(!text.contains(forbidden), "{path:?}: {forbidden}");
        }
    }
}

#[test]
fn memory_is_safe_by_the_compiler() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    assert!(manifest.contains("unsafe_code = \"forbid\""));
    for (path, text) in program() {
        let code = text.lines().filter(|line| !line.trim().starts_with("//"));
        for line in code {
            let is_unsafe = line.contains("unsafe {") || line.contains("unsafe fn");
            assert!(!is_unsafe, "{path:?}: {line}");
        }
    }
}

#[test]
fn no_template_is_made_of_input() {
    for (path, text) in program() {
        for forbidden in ["render_str", "one_off"] {
            assert!(!text.contains(forbidden), "{path:?}: {forbidden}");
        }
    }
}

/// Every dependency is pinned to a version and a checksum, from one registry.
#[test]
fn libraries_are_pinned_by_version_and_content() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).expect("the lock file");
    let mut registries = Vec::new();
    for package in lock.split("[[package]]").skip(1) {
        let value = |name: &str| {
            let start = format!("{name} = \"");
            let line = package.lines().find_map(|line| line.strip_prefix(&start));
            line.map(|rest| rest.trim_end_matches('"'))
        };
        let name = value("name").expect("a name");
        if name == env!("CARGO_PKG_NAME") {
            continue;
        }
        let source = value("source").unwrap_or_else(|| panic!("{name} has no source"));
        assert!(source.starts_with("registry+"), "{name}: {source}");
        registries.push(source);
        assert_eq!(value("checksum").map(str::len), Some(64), "{name}");
    }
    registries.dedup();
    assert_eq!(registries.len(), 1, "{registries:?}");
}

/// Checks the paragraph that names the words considered guessable.
#[test]
fn the_words_of_the_context_are_those_of_the_program() {
    let strength = source(&["src", "auth", "strength"]);
    let (_, rest) = strength
        .split_once("const PRODUCT_WORDS")
        .expect("the words");
    let (_, rest) = rest.split_once("= [").expect("a list");
    let (list, _) = rest.split_once(']').expect("its end");
    let (_, paragraph) = DOCUMENT
        .split_once("these words of the context:")
        .expect("the paragraph");
    let (named, _) = paragraph.split_once("the e-mail address").expect("more");
    let words = |text: &str, quote: char| {
        let inside = text.split(quote).skip(1).step_by(2);
        inside.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(words(list, '"'), words(named, '`'));
}

#[test]
fn every_link_leads_somewhere() {
    let anchor = |heading: &str| {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = kept.replace(|c: char| !c.is_alphanumeric() && c != ' ' && c != '-', "");
        kept.replace(' ', "-")
    };
    for (file, directory) in [("docs/security.md", "docs"), ("SECURITY.md", "")] {
        let text = fs::read_to_string(root().join(file)).expect("the document");
        for target in text.split("](").skip(1) {
            let target = target.split(')').next().unwrap_or_default();
            if target.starts_with("https:") {
                continue;
            }
            let (path, fragment) = target.split_once('#').unwrap_or((target, ""));
            let path = match path {
                "" => root().join(file),
                _ => root().join(directory).join(path),
            };
            let led = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{file}: {target}"));
            let mut headings = led.lines().filter(|line| line.starts_with('#'));
            let found = fragment.is_empty() || headings.any(|line| anchor(line) == fragment);
            assert!(found, "{file}: {target}");
        }
    }
}

#[test]
fn vendored_files_are_as_they_were_published() {
    use aws_lc_rs::digest::{SHA256, digest};

    let listed: Vec<Vec<&str>> = include_str!("../docs/vendored.md")
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.split('`').skip(1).step_by(2).collect())
        .collect();
    let mut files = BTreeSet::new();
    for row in listed {
        let (file, hash) = (row[0], row[row.len() - 1]);
        let bytes = fs::read(root().join(file)).expect(file);
        let found = digest(&SHA256, &bytes);
        let found: String = found
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(found, hash, "{file}");
        files.insert(root().join(file));
    }
    for folder in ["static/vendor", "tests/vendor"] {
        for entry in fs::read_dir(root().join(folder)).expect(folder) {
            let path = entry.expect("an entry").path();
            assert!(
                files.contains(&path),
                "{} is not in docs/vendored.md",
                path.display()
            );
        }
    }
}
