# Shortcuts for contributors; `just` lists them. Each is one command that works without just, too.

# List the recipes.
default:
    @just --list

# Serve on SQLite with demo data: http://127.0.0.1:8000, demo@example.org, password "paper lantern 9 otters".
dev:
    tools/dev

# Run one suite, or all with no argument, on SQLite: `just test tasks::`. Needs no database server.
test *suites:
    cargo test --test suites {{ suites }} -- --skip browser::

# Run everything that must hold before a change is merged, on all engines and in a browser.
test-all:
    tests/run

# Format the code, and show what the compiler and clippy object to.
lint:
    cargo fmt
    cargo clippy --locked --all-targets -- -D warnings

# Measure Docket beside a FastAPI server; see `benches/load --help`.
bench *arguments:
    benches/load {{ arguments }}
