//! The backup format: lines of JSON. The first line is a head with the number of rows of each
//! table. Each table follows as a description, its rows as arrays, and its digest. The last line
//! marks the end.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write, stdin, stdout};
use std::path::Path;

use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};

use super::Sink;
use super::table::{Counts, Digest, Digesting, Table, line_of};
use crate::db::{Row, Timestamp, schema};
use crate::error::Error;
use crate::platform::{DirEntry, TempFile};

/// The version of the format.
const VERSION: u32 = 1;

/// A line that is not a row.
#[derive(Deserialize, Serialize)]
#[serde(tag = "line", rename_all = "lowercase")]
enum Line {
    Backup(Head),
    Table(Table),
    End(Digest),
    Complete,
}

/// The head of a backup.
#[derive(Deserialize, Serialize)]
struct Head {
    /// The version of the format.
    version: u32,
    /// The version of Docket that wrote the backup.
    docket: String,
    /// The schema version: the last migration applied.
    migration: i64,
    created_at: Timestamp,
    /// The number of rows of each table.
    tables: Counts,
}

/// A backup file for writing.
pub struct DumpWriter {
    output: Box<dyn Write + Send>,
    /// `None` for standard output.
    file: Option<TempFile>,
}

impl DumpWriter {
    /// Creates a backup file that only its owner can read.
    ///
    /// # Errors
    /// If the file exists or cannot be created.
    pub fn create(path: &Path, counts: &Counts) -> Result<DumpWriter, Error> {
        let mut writer = if path == Path::new("-") {
            DumpWriter {
                output: Box::new(BufWriter::new(stdout())),
                file: None,
            }
        } else {
            // A dangling symbolic link also counts as existing, and must not be followed.
            if path.symlink_metadata().is_ok() {
                return Err(Error::Startup(format!("{} exists", path.display())));
            }
            let file = DirEntry::at(path)
                .and_then(DirEntry::temp_file)
                .map_err(unwritable)?;
            let output = file.file().try_clone().map_err(unwritable)?;
            DumpWriter {
                output: Box::new(BufWriter::new(output)),
                file: Some(file),
            }
        };
        writer.line(&Line::Backup(Head {
            version: VERSION,
            docket: env!("CARGO_PKG_VERSION").to_owned(),
            migration: schema::latest(),
            created_at: Timestamp::now(),
            tables: counts.clone(),
        }))?;
        Ok(writer)
    }

    /// Completes the backup. Renames the file to its final name after it has been synced to disk.
    ///
    /// # Errors
    /// If the file cannot be written, or has been created by another program meanwhile.
    pub fn finish(mut self) -> Result<(), Error> {
        self.line(&Line::Complete)?;
        self.output.flush().map_err(unwritable)?;
        match self.file {
            Some(file) => file.persist_new().map_err(unwritable),
            None => Ok(()),
        }
    }

    fn line(&mut self, line: &Line) -> Result<(), Error> {
        let text = serde_json::to_string(line)
            .map_err(|error| Error::Internal(format!("a line of a backup: {error}")))?;
        writeln!(self.output, "{text}").map_err(unwritable)
    }
}

impl Sink for DumpWriter {
    async fn table(&mut self, table: &Table) -> Result<(), Error> {
        self.line(&Line::Table(table.clone()))
    }

    async fn row(&mut self, row: Row) -> Result<(), Error> {
        writeln!(self.output, "{}", line_of(&row)?).map_err(unwritable)
    }

    async fn end(&mut self, digest: &Digest) -> Result<(), Error> {
        self.line(&Line::End(digest.clone()))
    }
}

/// A backup file for reading.
pub struct Dump {
    input: Box<dyn BufRead + Send>,
    number: u64,
    head: Head,
}

impl Dump {
    /// Opens a backup.
    ///
    /// # Errors
    /// If it cannot be read, or is not a backup in a supported format.
    pub fn open(path: &Path) -> Result<Dump, Error> {
        let input: Box<dyn BufRead + Send> = if path == Path::new("-") {
            Box::new(BufReader::new(stdin()))
        } else {
            let file = File::open(path).map_err(|error| {
                Error::Startup(format!("{} cannot be read: {error}", path.display()))
            })?;
            Box::new(BufReader::new(file))
        };
        let unread = Head {
            version: VERSION,
            docket: String::new(),
            migration: 0,
            created_at: Timestamp(0),
            tables: Counts::default(),
        };
        let mut dump = Dump {
            input,
            number: 0,
            head: unread,
        };
        let text = dump.text()?;
        match serde_json::from_str(&text) {
            Ok(Line::Backup(head)) if head.version == VERSION => dump.head = head,
            Ok(Line::Backup(head)) => {
                return Err(Error::Startup(format!(
                    "the backup has version {} of the format, and this Docket reads {VERSION}",
                    head.version
                )));
            }
            _ => return Err(Error::Startup("this is not a backup of Docket".into())),
        }
        Ok(dump)
    }

    /// Returns the schema version of the backup.
    pub fn migration(&self) -> i64 {
        self.head.migration
    }

    /// Returns the number of rows of each table, as stated in the head.
    pub fn counts(&self) -> &Counts {
        &self.head.tables
    }

    /// Sends all rows to a sink.
    ///
    /// # Errors
    /// If the file is damaged, lacks a table, repeats a table, or continues after its end.
    pub async fn read(
        &mut self,
        sink: &mut impl Sink,
        progress: &ProgressBar,
    ) -> Result<(), Error> {
        let mut expected = self.head.tables.clone();
        if !expected.are_exactly(&Table::all()) {
            return Err(self.damaged("does not name every table"));
        }
        loop {
            let text = self.text()?;
            match self.parse(&text)? {
                Line::Table(table) if table.is_sound() => {
                    let rows = expected.0.remove(&table.name);
                    let rows = rows.ok_or_else(|| self.damaged("repeats a table"))?;
                    sink.table(&table).await?;
                    self.read_table(&table, rows, sink, progress).await?;
                }
                Line::Complete => match expected.0.keys().next() {
                    None => return self.end(),
                    Some(missing) => {
                        let how = format!("ends the file, but the table {missing} is missing");
                        return Err(self.damaged(&how));
                    }
                },
                _ => return Err(self.damaged("is not expected here")),
            }
        }
    }

    /// Rejects data after the last line.
    fn end(&mut self) -> Result<(), Error> {
        self.number += 1;
        let mut more = Vec::new();
        match self.input.by_ref().take(1).read_to_end(&mut more) {
            Ok(0) => Ok(()),
            Ok(_) => Err(self.damaged("follows the end")),
            Err(_) => Err(self.damaged("cannot be read")),
        }
    }

    async fn read_table(
        &mut self,
        table: &Table,
        rows: u64,
        sink: &mut impl Sink,
        progress: &ProgressBar,
    ) -> Result<(), Error> {
        let mut digesting = Digesting::new();
        loop {
            let text = self.text()?;
            if !text.starts_with('[') {
                let Line::End(digest) = self.parse(&text)? else {
                    return Err(self.damaged("is not expected here"));
                };
                if digesting.finish() != digest {
                    return Err(self.damaged("has not the digest of the rows above"));
                }
                if digest.rows != rows {
                    return Err(
                        self.damaged(&format!("should end {rows} rows, according to line 1"))
                    );
                }
                return sink.end(&digest).await;
            }
            digesting.add(&text);
            let row: Row = serde_json::from_str(&text).map_err(|_| self.damaged("is not a row"))?;
            if !table.fits(&row) {
                return Err(self.damaged("does not fit its table"));
            }
            sink.row(row).await?;
            progress.inc(1);
        }
    }

    /// Returns the next line without its line break.
    fn text(&mut self) -> Result<String, Error> {
        let mut text = String::new();
        self.number += 1;
        self.input
            .read_line(&mut text)
            .map_err(|_| self.damaged("cannot be read"))?;
        match text.strip_suffix('\n') {
            Some(line) => Ok(line.to_owned()),
            None => Err(self.damaged("is missing: the file ends too early")),
        }
    }

    fn parse(&self, text: &str) -> Result<Line, Error> {
        serde_json::from_str(text).map_err(|_| self.damaged("is not understood"))
    }

    fn damaged(&self, how: &str) -> Error {
        Error::Startup(format!("the backup is damaged: line {} {how}", self.number))
    }
}

fn unwritable(error: std::io::Error) -> Error {
    Error::Startup(format!("the backup cannot be written: {error}"))
}
