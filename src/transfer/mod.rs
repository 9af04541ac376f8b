//! Moving everything that a database holds: to another one, to a file, and back. Rows come in the
//! order of their keys, and each table ends with its checksum, so that both sides can be compared.

mod database;
mod file;
mod table;

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use crate::db::Row;
use crate::error::Error;
use database::{Source, Target};
use file::{Dump, DumpWriter};
pub use table::Counts;
use table::{Digest, Table};

/// Where rows go.
trait Sink {
    /// A table begins.
    async fn table(&mut self, table: &Table) -> Result<(), Error>;

    /// A row of the table.
    async fn row(&mut self, row: Row) -> Result<(), Error>;

    /// The table is complete, with this digest.
    async fn end(&mut self, digest: &Digest) -> Result<(), Error>;
}

/// Copies one database into another, empty one, of whatever engine, and returns the number of rows
/// in the target.
///
/// # Errors
/// If one cannot be opened, the target is not empty, or does not hold in the end what the source
/// does: then nothing is left in it but its tables.
pub async fn copy(from: &str, to: &str) -> Result<Counts, Error> {
    let mut source = Source::open(from).await?;
    let mut target = Target::open(to, None).await?;
    let progress = progress(source.counts());
    source.read(&mut target, &progress).await?;
    let counts = target.finish().await?;
    progress.finish_and_clear();
    Ok(counts)
}

/// Writes everything into a new file, or to standard output if it is `-`, and gives the number of
/// rows. The server may go on: what is written is the state of one instant.
///
/// # Errors
/// If the database cannot be read, or the file exists or cannot be written.
pub async fn backup(url: &str, file: &Path) -> Result<Counts, Error> {
    let mut source = Source::open(url).await?;
    let mut writer = DumpWriter::create(file, source.counts())?;
    let progress = progress(source.counts());
    source.read(&mut writer, &progress).await?;
    writer.finish()?;
    progress.finish_and_clear();
    Ok(source.counts().clone())
}

/// Reads what [`backup`] has written, from a file or from standard input if it is `-`, into an
/// empty database of whatever engine, and returns the number of rows in it.
///
/// # Errors
/// If the file is not one, is damaged, incomplete or of a newer Docket, or the database is not empty: then
/// nothing is left in it but its tables.
pub async fn restore(url: &str, file: &Path) -> Result<Counts, Error> {
    let mut dump = Dump::open(file)?;
    let mut target = Target::open(url, Some(dump.migration())).await?;
    let progress = progress(dump.counts());
    dump.read(&mut target, &progress).await?;
    let counts = target.finish().await?;
    progress.finish_and_clear();
    Ok(counts)
}

/// A bar on standard error, if that is a terminal.
fn progress(counts: &Counts) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} rows, {eta} left");
    ProgressBar::new(counts.total())
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
