//! The command line: one file per command.

mod backup;
mod check_config;
mod copy;
mod keys;
mod migrate;
mod openapi;
mod restore;
mod serve;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgGroup, Parser, Subcommand};
use docket::config::{Config, database_url};
use docket::error::Error;
use docket::{console, log};

/// Exit code for a wrong command line or configuration, the same as clap's.
const USAGE: u8 = 2;

/// Docket, a self-hosted task manager: web pages and a JSON API.
#[derive(Parser)]
#[command(version, about, long_about = None)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the pages and the API (the default)
    Serve,
    /// Migrate the database to the current schema, and exit
    Migrate,
    /// Copy everything to another, empty database (any engine)
    #[command(group = ArgGroup::new("ends").args(["from", "to"]).required(true).multiple(true))]
    Copy {
        /// URL of the source database [default: the setting database_url]
        #[arg(long, value_name = "URL", value_parser = database_url)]
        from: Option<String>,
        /// URL of the target database [default: the setting database_url]
        #[arg(long, value_name = "URL", value_parser = database_url)]
        to: Option<String>,
    },
    /// Write everything to a new file; the server may keep running
    Backup {
        /// File to create, or - for standard output
        file: PathBuf,
    },
    /// Read a backup into an empty database (any engine)
    Restore {
        /// File to read, or - for standard input
        file: PathBuf,
    },
    /// Print the effective settings with secrets masked, or their errors
    CheckConfig,
    /// Manage accounts
    #[command(subcommand)]
    User(user::UserCommand),
    /// Manage the keys that sign access tokens
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Print the OpenAPI document of the JSON API
    Openapi,
}

/// Parses the command line and runs its command.
pub fn main() -> ExitCode {
    let command = Arguments::parse().command.unwrap_or(Command::Serve);
    if matches!(command, Command::Openapi) {
        return finish(openapi::run());
    }
    let config = match Config::load() {
        Ok(config) => config,
        Err(problems) => {
            for problem in problems {
                console::eprint_line(&format!("error: {problem}"));
            }
            return ExitCode::from(USAGE);
        }
    };
    if matches!(command, Command::CheckConfig) {
        return finish(check_config::run(&config));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.workers)
        .enable_all()
        .build();
    let code = match runtime {
        Ok(runtime) => finish(runtime.block_on(run(command, &config))),
        Err(error) => finish(Err(Error::Startup(format!("no threads: {error}")))),
    };
    log::flush();
    code
}

fn finish(result: Result<(), Error>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::fatal(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command, config: &Config) -> Result<(), Error> {
    match command {
        Command::Serve => serve::run(config).await,
        Command::Migrate => migrate::run(config).await,
        Command::User(command) => user::run(command, config).await,
        Command::Keys(command) => keys::run(command, config),
        Command::Copy { from, to } => copy::run(from, to, config).await,
        Command::Backup { file } => backup::run(&file, config).await,
        Command::Restore { file } => restore::run(&file, config).await,
        // Handled in `main`, because they need neither threads nor a database.
        Command::CheckConfig | Command::Openapi => Ok(()),
    }
}
