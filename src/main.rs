//! The program. `cli` has its commands.

#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

// A request allocates many small objects, which the system allocator handles slowly.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
