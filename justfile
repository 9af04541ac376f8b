# Shortcuts for contributors; `just` lists them. Each runs one command that also works without just.

# List the recipes.
default:
    @just --list

# Serve on SQLite with demo data: http://127.0.0.1:8000, demo@example.org, password "paper lantern 9
# otters".
dev:
    tools/dev

# Run one suite, or all without an argument, on SQLite: `just test tasks::`. Needs no database
# server.
test *suites:
    cargo test --test suites {{ suites }} -- --skip browser::

# Run every check required to merge a change, on all engines and in a browser.
test-all:
    tests/run

# Format the code, and show the warnings of the compiler and clippy.
lint:
    cargo fmt
    cargo clippy --locked --all-targets -- -D warnings

# Compare Docket with a FastAPI server; see `benches/load --help`.
bench *arguments:
    benches/load {{ arguments }}

# Take the pictures of README.md again.
pictures:
    cargo test --test suites browser::pictures -- --ignored
