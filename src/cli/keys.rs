//! `docket keys`.

use clap::Subcommand;
use docket::auth::{KeyAlgorithm, KeyFile};
use docket::config::Config;
use docket::console;
use docket::error::Error;

/// Manage the keys that sign access tokens; a running server follows within a second.
#[derive(Subcommand)]
pub enum KeysCommand {
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

/// Runs a command about the keys.
pub fn run(command: KeysCommand, config: &Config) -> Result<(), Error> {
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
