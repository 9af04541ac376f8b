//! One script from the modules that `main.js` imports, so that a browser asks once. Each becomes a
//! function, which keeps its names to itself, and its exports become names that all others share.
//! Exported names therefore differ, and an export is never assigned again.
//!
//! Modules in `later/` stay files of their own and import from the script what they need.

use std::collections::BTreeMap;

const MAIN: &str = "main.js";

/// Returns the files that browsers load, by name: the script, the modules that load later, and
/// those that a page names itself. `modules` are texts by name.
pub fn bundled(modules: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut script = Script::default();
    script.add(MAIN, modules);
    let exports = script.exports.join(", ");
    let text = format!("{}export {{ {exports} }};\n", script.text);
    let others = modules
        .iter()
        .filter(|(name, _)| !script.names.contains(name));
    let mut files: BTreeMap<_, _> = others
        .map(|(name, text)| (name.clone(), from_script(name, text, &script.names)))
        .collect();
    files.insert(MAIN.to_owned(), text);
    files
}

#[derive(Default)]
struct Script {
    /// The modules in their order.
    names: Vec<String>,
    exports: Vec<String>,
    text: String,
}

impl Script {
    /// Adds a module after those that it imports. No module may import itself through others.
    fn add(&mut self, name: &str, modules: &BTreeMap<String, String>) {
        let Some(text) = modules.get(name).filter(|_| !self.has(name)) else {
            return;
        };
        for name in text.lines().filter_map(beside) {
            self.add(name, modules);
        }
        self.names.push(name.to_owned());
        let mut exports = Vec::new();
        let mut body = String::new();
        for line in text.lines().filter(|line| beside(line).is_none()) {
            let declared = line.strip_prefix("export ");
            exports.extend(declared.and_then(declared_name).map(str::to_owned));
            body.push_str(declared.unwrap_or(line));
            body.push('\n');
        }
        let names = exports.join(", ");
        self.text.push_str(&match exports.is_empty() {
            true => format!("{{\n{body}}}\n"),
            false => {
                format!("const {{ {names} }} = (() => {{\n{body}return {{ {names} }};\n}})();\n")
            }
        });
        self.exports.append(&mut exports);
    }

    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }
}

/// Returns the path of the module that a line imports.
fn imported(line: &str) -> Option<&str> {
    let import = line.strip_prefix("import ")?;
    let (_, path) = import.split_once('"')?;
    Some(path.split_once('"')?.0)
}

/// Returns the name of the module that a line of a module beside `main.js` imports.
fn beside(line: &str) -> Option<&str> {
    imported(line)?.strip_prefix("./")
}

/// Returns the name that a declaration introduces.
fn declared_name(declaration: &str) -> Option<&str> {
    let words = declaration.split(|c: char| !(c.is_alphanumeric() || "_$".contains(c)));
    let mut names = words.filter(|word| !matches!(*word, "async" | "function" | "const" | ""));
    names.next()
}

/// Returns a module that imports the modules of the script from the script.
fn from_script(name: &str, text: &str, script: &[String]) -> String {
    let up = if name.contains('/') { "../" } else { "./" };
    let mut code = String::with_capacity(text.len());
    for line in text.lines() {
        let above = imported(line).and_then(|path| path.strip_prefix(up));
        match above.filter(|name| script.iter().any(|known| known == name)) {
            Some(name) => code.push_str(&line.replace(name, MAIN)),
            None => code.push_str(line),
        }
        code.push('\n');
    }
    code
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn texts<const N: usize>(modules: [(&str, &str); N]) -> BTreeMap<String, String> {
        let owned = |(name, text): (&str, &str)| (name.to_owned(), text.to_owned());
        modules.into_iter().map(owned).collect()
    }

    #[test]
    fn modules_become_one_script_in_the_order_of_their_imports() {
        let files = bundled(&texts([
            (
                "main.js",
                "import \"./b.js\";\nimport \"./a.js\";\nstart();\n",
            ),
            (
                "a.js",
                "const own = 1;\nexport async function first() {\n}\n",
            ),
            (
                "b.js",
                "import { first } from \"./a.js\";\nconst own = 2;\nexport const two = first;\n",
            ),
            ("alone.js", "run();\n"),
            (
                "later/c.js",
                "import { first } from \"../a.js\";\nimport { own } from \"./b.js\";\nfirst();\n",
            ),
        ]));
        let script = "const { first } = (() => {\nconst own = 1;\nasync function first() {\n}\nreturn { first };\n})();\n\
                      const { two } = (() => {\nconst own = 2;\nconst two = first;\nreturn { two };\n})();\n\
                      {\nstart();\n}\nexport { first, two };\n";
        assert_eq!(files["main.js"], script);
        assert_eq!(
            files["later/c.js"],
            "import { first } from \"../main.js\";\nimport { own } from \"./b.js\";\nfirst();\n"
        );
        assert_eq!(files["alone.js"], "run();\n");
        assert_eq!(files.len(), 3);
    }

    #[test]
    fn the_modules_of_pages_fit_into_one_script() {
        let mut modules = BTreeMap::new();
        for folder in ["", "later/"] {
            for file in fs::read_dir(format!("static/js/{folder}")).expect("a folder") {
                let file = file.expect("a file");
                if file.file_type().expect("a type").is_file() {
                    let text = fs::read_to_string(file.path()).expect("a text");
                    modules.insert(format!("{folder}{}", file.file_name().display()), text);
                }
            }
        }
        let mut script = Script::default();
        script.add(MAIN, &modules);
        for (place, name) in script.names.iter().enumerate() {
            for line in modules[name].lines() {
                let is_earlier = |name| script.names[..place].iter().any(|known| known == name);
                assert!(beside(line).is_none_or(is_earlier), "{name}: {line}");
                assert!(!line.starts_with("export let"), "{name}: {line}");
                assert!(!line.starts_with("export {"), "{name}: {line}");
            }
        }
        let mut exports = script.exports.clone();
        exports.sort_unstable();
        exports.dedup();
        assert_eq!(exports.len(), script.exports.len(), "{exports:?}");
        assert!(script.names.len() > 20, "{:?}", script.names);
    }
}
