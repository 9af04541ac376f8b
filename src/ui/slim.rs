//! Style sheets and scripts without the parts that only people read: comments and indentation. They
//! are a fifth of what a browser loads at first, compressed.

/// Returns a style sheet without comments and indentation.
pub fn style(text: &str) -> String {
    let mut parts = text.split("/*");
    let mut code = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (_, after) = part.split_once("*/").unwrap_or_default();
        code.push_str(after);
    }
    lines(&code, |_| true)
}

/// Returns a script without the lines that are comments, and without indentation. No text of the
/// script may span lines.
pub fn script(text: &str) -> String {
    lines(text, |line| !line.starts_with("//"))
}

fn lines(text: &str, is_code: impl Fn(&str) -> bool) -> String {
    let mut code = String::with_capacity(text.len());
    for line in text.lines().map(str::trim) {
        if !line.is_empty() && is_code(line) {
            code.push_str(line);
            code.push('\n');
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn comments_and_indentation_are_left_out() {
        let text = "@layer a {\n  /* One\n     line */\n  b {\n    c: d; /* e */\n  }\n}\n";
        assert_eq!(style(text), "@layer a {\nb {\nc: d;\n}\n}\n");
        let text = "// One.\nconst a = 1; // two\n\n  // Three.\n  const b = \"// c\";\n";
        assert_eq!(script(text), "const a = 1; // two\nconst b = \"// c\";\n");
    }

    #[test]
    fn no_style_depends_on_anything_within_the_page() {
        // Each change of a page, such as a key in a field, would ask the condition again, and style
        // all that it is about. A child is found at once.
        for file in fs::read_dir("static/css").expect("the style sheets") {
            let path = file.expect("a file").path();
            let text = fs::read_to_string(&path).expect("a text");
            for whole in [":root", "html", "body", ".app"] {
                for found in text.split(&format!(" {whole}:has(")).skip(1) {
                    assert!(found.starts_with("> "), "{path:?}: {whole}:has({found:.40}");
                }
            }
        }
    }

    #[test]
    fn no_text_of_a_script_spans_lines() {
        for folder in ["static/js", "static/js/later"] {
            for file in fs::read_dir(folder).expect(folder) {
                let path = file.expect("a file").path();
                let Ok(text) = fs::read_to_string(&path) else {
                    continue;
                };
                for line in text.lines() {
                    let quotes = line.matches('`').count();
                    assert!(quotes % 2 == 0 && !line.ends_with('\\'), "{path:?}: {line}");
                }
                assert!(
                    !text.contains("/*"),
                    "{path:?} has a comment of several lines"
                );
            }
        }
    }
}
