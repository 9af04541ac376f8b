//! The command line.

#![forbid(unsafe_code)]

use std::io::{BufRead, IsTerminal, stdin};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgGroup, Parser, Subcommand};
use docket::accounts::{NewAccount, service};
use docket::auth::{Auth, KeyAlgorithm, KeyFile};
use docket::config::{Config, database_url};
use docket::error::Error;
use docket::{log, transfer};

// Many small pieces of memory live as long as a request, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a wrong command line or configuration ends with, as clap has it.
const USAGE: u8 = 2;

/// Docket, a task manager that you run yourself: web pages and a JSON API.
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
    /// Bring the database's schema up to date, and exit
    Migrate,
    /// Copy everything into another, empty database of whatever engine
    #[command(group = ArgGroup::new("ends").args(["from", "to"]).required(true).multiple(true))]
    Copy {
        /// The URL of the database to copy from [default: the one of the settings]
        #[arg(long, value_name = "URL", value_parser = database_url)]
        from: Option<String>,
        /// The URL of the database to copy into [default: the one of the settings]
        #[arg(long, value_name = "URL", value_parser = database_url)]
        to: Option<String>,
    },
    /// Write everything to a new file, while the server goes on
    Backup {
        /// The file to make, or - for standard output
        file: PathBuf,
    },
    /// Read a backup into an empty database of whatever engine
    Restore {
        /// The file, or - for standard input
        file: PathBuf,
    },
    /// Print the effective settings, secrets masked, or what is wrong with them
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
    /// Make a new key that signs from now on; the others still verify
    Rotate {
        /// HS256 or EdDSA [default: the setting jwt_algorithm]
        #[arg(long)]
        algorithm: Option<KeyAlgorithm>,
    },
    /// Remove a key; access tokens that it has signed end, their sessions do not
    Retire {
        /// The key's name, as docket keys list has it
        kid: String,
    },
}

/// Manage accounts; passwords are asked for, or read from the first line of standard input.
#[derive(Subcommand)]
enum UserCommand {
    /// Make an account
    Add {
        /// The e-mail address to sign in with
        email: String,
        /// The name to be addressed by
        #[arg(long, default_value = "")]
        name: String,
    },
    /// List all accounts
    List,
    /// Set a new password and end all sessions of the account
    SetPassword {
        /// The account's e-mail address
        email: String,
    },
    /// Shut an account: its sessions end and nobody can sign in to it
    Disable {
        /// The account's e-mail address
        email: String,
    },
    /// Open a disabled account again
    Enable {
        /// The account's e-mail address
        email: String,
    },
    /// End all sessions of an account, or of every one, and revoke all API tokens
    SignOut {
        /// The account's e-mail address
        #[arg(required_unless_present = "everyone", conflicts_with = "everyone")]
        email: Option<String>,
        /// Every account
        #[arg(long)]
        everyone: bool,
    },
    /// Delete an account with all its tasks
    Delete {
        /// The account's e-mail address
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
                eprintln!("error: {problem}");
            }
            return ExitCode::from(USAGE);
        }
    };
    if matches!(command, Command::CheckConfig) {
        print!("{}", config.describe());
        return ExitCode::SUCCESS;
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
            println!("The database is up to date.");
            Ok(())
        }
        Command::User(command) => user(command, config).await,
        Command::Keys(command) => keys(command, config),
        Command::Copy { from, to } => {
            let named = |url: Option<String>| url.unwrap_or_else(|| config.database.url.clone());
            let rows = transfer::copy(&named(from), &named(to)).await?;
            eprintln!("Copied and compared: {}.", counted(rows));
            Ok(())
        }
        Command::Backup { file } => {
            let rows = transfer::backup(&config.database.url, &file).await?;
            eprintln!("Wrote {}: {}.", file.display(), counted(rows));
            Ok(())
        }
        Command::Restore { file } => {
            docket::make_data_dir(config)?;
            let rows = transfer::restore(&config.database.url, &file).await?;
            eprintln!("Restored and compared: {}.", counted(rows));
            Ok(())
        }
        // These two need neither threads nor a database, and have been answered.
        Command::CheckConfig | Command::Openapi => Ok(()),
    }
}

fn counted(rows: u64) -> String {
    match rows {
        1 => "1 row".into(),
        _ => format!("{rows} rows"),
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
            println!("The key {kid} signs from now on.");
        }
        KeysCommand::Retire { kid } => {
            file.retire(&kid)?;
            println!("Retired the key {kid}. Tokens that it has signed are refused from now on.");
        }
        KeysCommand::List => {}
    }
    Ok(())
}

fn list_keys(config: &Config) -> Result<(), Error> {
    let keys = match &config.jwt_keys {
        Some(keys) => keys.clone(),
        None => KeyFile::at(config.key_file()).read()?.unwrap_or_default(),
    };
    for (place, key) in keys.iter().enumerate() {
        let state = if place == 0 { "signs" } else { "verifies" };
        let made = key.made_at().map(|at| at.to_string()).unwrap_or_default();
        println!("{}\t{}\t{state}\t{made}", key.kid, key.algorithm);
    }
    Ok(())
}

async fn user(command: UserCommand, config: &Config) -> Result<(), Error> {
    let pool = docket::open_database(config).await?;
    let auth = Auth::new(config)?;
    let named = |email: &str, error: Error| match error {
        Error::NotFound => Error::Startup(format!("there is no account {email}")),
        other => other,
    };
    match command {
        UserCommand::Add { email, name } => {
            let new = NewAccount {
                email,
                password: read_password()?,
                display_name: Some(name),
            };
            let account = service::add(&pool, &auth, new).await?;
            println!("Made the account {}.", account.email);
        }
        UserCommand::List => {
            for account in service::list_all(&pool).await? {
                let state = if account.disabled {
                    "disabled"
                } else {
                    "enabled"
                };
                println!(
                    "{}\t{state}\t{}\t{}",
                    account.email, account.created_at, account.display_name
                );
            }
        }
        UserCommand::SetPassword { email } => {
            service::set_password(&pool, &auth, &email, &read_password()?)
                .await
                .map_err(|error| named(&email, error))?;
            println!("Set the password of {email}, ended its sessions and revoked its API tokens.");
        }
        UserCommand::Disable { email } => {
            service::set_disabled(&pool, &email, true)
                .await
                .map_err(|error| named(&email, error))?;
            println!("Disabled {email}, ended its sessions and revoked its API tokens.");
        }
        UserCommand::Enable { email } => {
            service::set_disabled(&pool, &email, false)
                .await
                .map_err(|error| named(&email, error))?;
            println!("Enabled {email}.");
        }
        UserCommand::SignOut {
            email: Some(email), ..
        } => {
            service::sign_out(&pool, &email)
                .await
                .map_err(|error| named(&email, error))?;
            println!("Ended all sessions of {email} and revoked its API tokens.");
        }
        UserCommand::SignOut { email: None, .. } => {
            let count = service::sign_out_everyone(&pool).await?;
            println!("Ended all sessions and revoked all API tokens. Accounts concerned: {count}.");
        }
        UserCommand::Delete { email } => {
            service::remove(&pool, &email)
                .await
                .map_err(|error| named(&email, error))?;
            println!("Deleted {email} and everything in it.");
        }
    }
    pool.close().await;
    Ok(())
}

/// A password: typed without an echo and twice, or the first line of what is piped in.
fn read_password() -> Result<String, Error> {
    let unreadable =
        |error: std::io::Error| Error::Startup(format!("the password could not be read: {error}"));
    if stdin().is_terminal() {
        let password = rpassword::prompt_password("Password: ").map_err(unreadable)?;
        let again = rpassword::prompt_password("Again: ").map_err(unreadable)?;
        if password != again {
            return Err(Error::invalid("password", "was not the same twice"));
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
    println!("{text}");
    Ok(())
}
