//! Copies, backups and restores of whole databases. Rows are transferred in the order of their
//! primary keys, and each table ends with a digest, so that source and target can be compared.

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

/// The receiver of a transfer.
trait Sink {
    /// Begins a table.
    async fn table(&mut self, table: &Table) -> Result<(), Error>;

    /// Receives a row of the current table.
    async fn row(&mut self, row: Row) -> Result<(), Error>;

    /// Completes the current table, which has this digest.
    async fn end(&mut self, digest: &Digest) -> Result<(), Error>;
}

/// Copies a database into an empty one of any engine, and returns the number of rows of each table
/// in the target.
///
/// # Errors
/// If a database cannot be opened, the target is not empty, or its content differs from the source
/// after the copy. A target that was empty then contains only empty tables.
pub async fn copy(from: &str, to: &str) -> Result<Counts, Error> {
    let mut source = Source::open(from).await?;
    let mut target = Target::open(to, None).await?;
    let progress = progress(source.counts());
    source.read(&mut target, &progress).await?;
    let counts = target.finish().await?;
    progress.finish_and_clear();
    Ok(counts)
}

/// Writes a backup to a new file, or to standard output if `file` is `-`, and returns the number
/// of rows of each table. The server may keep running: the backup is a consistent snapshot.
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

/// Restores a backup from a file, or from standard input if `file` is `-`, into an empty database
/// of any engine. Returns the number of rows of each table.
///
/// # Errors
/// If the file is not a backup, is damaged, incomplete or from a newer version of Docket, or the
/// database is not empty. A database that was empty then contains only empty tables.
pub async fn restore(url: &str, file: &Path) -> Result<Counts, Error> {
    let mut dump = Dump::open(file)?;
    let mut target = Target::open(url, Some(dump.migration())).await?;
    let progress = progress(dump.counts());
    dump.read(&mut target, &progress).await?;
    let counts = target.finish().await?;
    progress.finish_and_clear();
    Ok(counts)
}

/// Returns a progress bar on standard error. It is hidden if standard error is not a terminal.
fn progress(counts: &Counts) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} rows, {eta} left");
    ProgressBar::new(counts.total())
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
