//! The command line.

#![forbid(unsafe_code)]

use std::io::{BufRead, IsTerminal, stdin};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgGroup, Parser, Subcommand};
use docket::accounts::{NewAccount, service};
use docket::auth::{Auth, KeyAlgorithm, KeyFile};
use docket::config::{Config, database_url};
use docket::db::Pool;
use docket::error::Error;
use docket::{console, log, transfer};

// A request allocates many small objects, which the system allocator handles slowly.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    User(UserCommand),
    /// Manage the keys that sign access tokens
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Print the OpenAPI document of the JSON API
    Openapi,
}

/// Manage the keys that sign access tokens; a running server follows within a second.
#[derive(Subcommand)]
enum KeysCommand {
    /// List all keys, without their secrets: the first one signs, all verify
    List,
    /// Create a new key that signs from now on; the others still verify
    Rotate {
        /// HS256 or EdDSA [default: the setting jwt_algorithm]
        #[arg(long)]
        algorithm: Option<KeyAlgorithm>,
    },
    /// Remove a key; its access tokens become invalid, their sessions continue
    Retire {
        /// Name of the key, as listed by docket keys list
        kid: String,
    },
}

/// Manage accounts; passwords are asked for, or read from the first line of standard input.
#[derive(Subcommand)]
enum UserCommand {
    /// Create an account
    Add {
        /// E-mail address to sign in with
        email: String,
        /// Display name
        #[arg(long, default_value = "")]
        name: String,
    },
    /// List all accounts
    List,
    /// Set a new password and end all sessions of the account
    SetPassword {
        /// E-mail address of the account
        email: String,
    },
    /// Disable an account: its sessions end and nobody can sign in to it
    Disable {
        /// E-mail address of the account
        email: String,
    },
    /// Enable a disabled account
    Enable {
        /// E-mail address of the account
        email: String,
    },
    /// End all sessions of an account, or of every account, and revoke all API tokens
    #[command(group = ArgGroup::new("whose").args(["email", "everyone"]).required(true))]
    SignOut {
        /// E-mail address of the account
        email: Option<String>,
        /// Every account
        #[arg(long)]
        everyone: bool,
    },
    /// Delete an account with all its tasks
    Delete {
        /// E-mail address of the account
        email: String,
    },
}

fn main() -> ExitCode {
    let command = Arguments::parse().command.unwrap_or(Command::Serve);
    if matches!(command, Command::Openapi) {
        return finish(print_openapi());
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
        return finish(console::print(&config.describe()));
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
        Command::Serve => docket::serve(config).await,
        Command::Migrate => {
            let pool = docket::open_database(config).await?;
            pool.close().await;
            console::print("The database is up to date.\n")
        }
        Command::User(command) => user(command, config).await,
        Command::Keys(command) => keys(command, config),
        Command::Copy { from, to } => {
            let or_configured =
                |url: Option<String>| url.unwrap_or_else(|| config.database.url.clone());
            let counts = transfer::copy(&or_configured(from), &or_configured(to)).await?;
            console::eprint_line(&format!("Copied and compared: {counts}."));
            Ok(())
        }
        Command::Backup { file } => {
            let counts = transfer::backup(&config.database.url, &file).await?;
            console::eprint_line(&format!("Wrote {}: {counts}.", file.display()));
            Ok(())
        }
        Command::Restore { file } => {
            docket::make_data_dir(config)?;
            let counts = transfer::restore(&config.database.url, &file).await?;
            console::eprint_line(&format!("Restored and compared: {counts}."));
            Ok(())
        }
        // Handled in `main`, because they need neither threads nor a database.
        Command::CheckConfig | Command::Openapi => Ok(()),
    }
}

fn keys(command: KeysCommand, config: &Config) -> Result<(), Error> {
    if matches!(command, KeysCommand::List) {
        return list_keys(config);
    }
    if config.jwt_keys.is_some() {
        return Err(Error::Startup(
            "the keys are in the setting jwt_keys: change them there, on all nodes, and restart"
                .into(),
        ));
    }
    docket::make_data_dir(config)?;
    let file = KeyFile::at(config.key_file());
    match command {
        KeysCommand::Rotate { algorithm } => {
            let kid = file.rotate(algorithm.unwrap_or(config.jwt_algorithm))?;
            console::print(&format!("The key {kid} signs from now on.\n"))
        }
        KeysCommand::Retire { kid } => {
            file.retire(&kid)?;
            console::print(&format!(
                "Retired the key {kid}. Its tokens are invalid from now on.\n"
            ))
        }
        KeysCommand::List => Ok(()),
    }
}

fn list_keys(config: &Config) -> Result<(), Error> {
    let keys = match &config.jwt_keys {
        Some(keys) => keys.clone(),
        None => KeyFile::at(config.key_file()).read()?.unwrap_or_default(),
    };
    let lines: String = keys
        .iter()
        .enumerate()
        .map(|(place, key)| {
            let state = if place == 0 { "signs" } else { "verifies" };
            let made = key.made_at().map(|at| at.to_string()).unwrap_or_default();
            format!("{}\t{}\t{state}\t{made}\n", key.kid, key.algorithm)
        })
        .collect();
    console::print(&lines)
}

async fn user(command: UserCommand, config: &Config) -> Result<(), Error> {
    let pool = docket::open_database(config).await?;
    let auth = Auth::new(config)?;
    let output = match command {
        UserCommand::Add { email, name } => {
            let new = NewAccount {
                email,
                password: read_password()?,
                display_name: Some(name),
            };
            let account = service::add(&pool, &auth, new).await?;
            format!("Created the account {}.\n", account.email)
        }
        UserCommand::List => list_accounts(&pool).await?,
        UserCommand::SetPassword { email } => {
            let set = service::set_password(&pool, &auth, &email, &read_password()?).await;
            with_address(set, &email)?;
            format!("Set the password of {email}, ended its sessions and revoked its API tokens.\n")
        }
        UserCommand::Disable { email } => {
            with_address(service::set_disabled(&pool, &email, true).await, &email)?;
            format!("Disabled {email}, ended its sessions and revoked its API tokens.\n")
        }
        UserCommand::Enable { email } => {
            with_address(service::set_disabled(&pool, &email, false).await, &email)?;
            format!("Enabled {email}.\n")
        }
        UserCommand::SignOut {
            email: Some(email), ..
        } => {
            with_address(service::sign_out(&pool, &email).await, &email)?;
            format!("Ended all sessions of {email} and revoked its API tokens.\n")
        }
        UserCommand::SignOut { email: None, .. } => {
            let count = service::sign_out_everyone(&pool).await?;
            format!("Ended all sessions and revoked all API tokens. Affected accounts: {count}.\n")
        }
        UserCommand::Delete { email } => {
            with_address(service::remove(&pool, &email).await, &email)?;
            format!("Deleted {email} and all its data.\n")
        }
    };
    pool.close().await;
    console::print(&output)
}

/// Adds the address to a "not found" error.
fn with_address(result: Result<(), Error>, email: &str) -> Result<(), Error> {
    result.map_err(|error| match error {
        Error::NotFound => Error::Startup(format!("there is no account {email}")),
        other => other,
    })
}

async fn list_accounts(pool: &Pool) -> Result<String, Error> {
    let accounts = service::list_all(pool).await?;
    let lines = accounts.iter().map(|account| {
        let state = if account.disabled {
            "disabled"
        } else {
            "enabled"
        };
        format!(
            "{}\t{state}\t{}\t{}\n",
            account.email, account.created_at, account.display_name
        )
    });
    Ok(lines.collect())
}

/// Reads a password: entered twice without echo, or the first line of piped input.
fn read_password() -> Result<String, Error> {
    let unreadable =
        |error: std::io::Error| Error::Startup(format!("the password could not be read: {error}"));
    if stdin().is_terminal() {
        let password = rpassword::prompt_password("Password: ").map_err(unreadable)?;
        let again = rpassword::prompt_password("Again: ").map_err(unreadable)?;
        if password != again {
            return Err(Error::Startup("the two passwords differ".into()));
        }
        return Ok(password);
    }
    let mut line = String::new();
    stdin().lock().read_line(&mut line).map_err(unreadable)?;
    let line = line.strip_suffix('\n').unwrap_or(&line);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

fn print_openapi() -> Result<(), Error> {
    let text = docket::web::openapi::document()
        .map_err(|error| Error::Internal(format!("the document cannot be written: {error}")))?;
    console::print(&format!("{text}\n"))
}
