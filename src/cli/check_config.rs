//! `docket check-config`.

use docket::config::Config;
use docket::console;
use docket::error::Error;

/// Prints the settings.
pub fn run(config: &Config) -> Result<(), Error> {
    console::print(&config.describe())
}
