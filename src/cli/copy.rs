//! `docket copy`.

use docket::config::Config;
use docket::console;
use docket::error::Error;
use docket::transfer;

/// Copies one database to another; the configured one is the default of both.
pub async fn run(from: Option<String>, to: Option<String>, config: &Config) -> Result<(), Error> {
    let or_configured = |url: Option<String>| url.unwrap_or_else(|| config.database.url.clone());
    let counts = transfer::copy(&or_configured(from), &or_configured(to)).await?;
    console::eprint_line(&format!("Copied and compared: {counts}."));
    Ok(())
}
