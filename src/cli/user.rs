//! `docket user`.

use std::io::{BufRead, IsTerminal, stdin};

use clap::{ArgGroup, Subcommand};
use docket::accounts::{NewAccount, service};
use docket::auth::Auth;
use docket::config::Config;
use docket::console;
use docket::db::Pool;
use docket::error::Error;

/// Manage accounts; passwords are asked for, or read from the first line of standard input.
#[derive(Subcommand)]
pub enum UserCommand {
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

/// Runs a command about accounts.
pub async fn run(command: UserCommand, config: &Config) -> Result<(), Error> {
    let pool = docket::open_database(config).await?;
    let auth = Auth::new(config)?;
    let output = match command {
        UserCommand::Add { email, name } => {
            let new = NewAccount {
                email,
                password: read_password()?,
                display_name: Some(name),
                time_zone: None,
                week_start: None,
                date_order: None,
                clock: None,
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
