//! Files in a directory that may belong to another user. The owner of a directory can replace any
//! name in it with a link at any time, so root works on open directories and files and does not
//! follow links there.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, Permissions};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, RenameFlags, linkat, openat, renameat, renameat_with, statat,
    unlinkat,
};
use rustix::io::Errno;
use rustix::process::geteuid;
use uuid::Uuid;

/// Mode bits that let users other than the owner rename files in a directory.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// Mode bits that a private file must not have. Read access for the group is allowed, so that the
/// file can belong to root.
const FORBIDDEN_MODE: u32 = 0o027;

/// A name in an open directory.
pub struct DirEntry {
    directory: File,
    name: OsString,
    /// User and group of the directory.
    owner: (u32, u32),
    /// True if the caller is root and another user can write to the directory.
    untrusted: bool,
}

impl DirEntry {
    /// Opens the directory of a path. Does not access the file itself.
    ///
    /// # Errors
    /// If the path has no file name, or the directory cannot be opened.
    pub fn at(path: &Path) -> Result<DirEntry> {
        let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
        let parent = path.parent().filter(|parent| *parent != Path::new(""));
        let directory = File::open(parent.unwrap_or(Path::new(".")))?;
        let metadata = directory.metadata()?;
        let shared = metadata.uid() != 0 || metadata.mode() & WRITABLE_BY_OTHERS != 0;
        Ok(DirEntry {
            directory,
            name: name.to_owned(),
            owner: (metadata.uid(), metadata.gid()),
            untrusted: shared && geteuid().is_root(),
        })
    }

    /// Like [`at`](Self::at), but follows a link unless another user could have created it.
    ///
    /// # Errors
    /// As for [`at`](Self::at).
    pub fn resolve(path: &Path) -> Result<DirEntry> {
        let entry = DirEntry::at(path)?;
        if entry.untrusted {
            return Ok(entry);
        }
        match fs::canonicalize(path) {
            Ok(target) => DirEntry::at(&target),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(entry),
            Err(error) => Err(error),
        }
    }

    /// Opens the file for reading. `None` if it does not exist.
    ///
    /// # Errors
    /// If it is not a regular file, or is a link that another user could have created.
    pub fn open(&self) -> Result<Option<File>> {
        // Without NONBLOCK, opening a named pipe waits for a writer.
        let mut flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        if self.untrusted {
            flags |= OFlags::NOFOLLOW;
        }
        let file = match openat(&self.directory, &self.name, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) if self.untrusted => return Err(link_refused()),
            Err(error) => return Err(error.into()),
        };
        if file.metadata()?.is_file() {
            Ok(Some(file))
        } else {
            Err(Error::other("it is not a regular file"))
        }
    }

    /// Checks that no other user can read or write an open file of the directory. `path` appears in
    /// the error message.
    ///
    /// # Errors
    /// The message contains the command that fixes the permissions.
    pub fn check_private(&self, file: &Metadata, path: &Path) -> Result<()> {
        let (mode, path) = (file.mode() & 0o777, path.display());
        if mode & FORBIDDEN_MODE != 0 {
            return Err(Error::other(format!(
                "other users have access to it (mode {mode:04o}); run: chmod g-w,o= {path}"
            )));
        }
        let (owner, user) = (file.uid(), geteuid().as_raw());
        if ![0, user, self.owner.0].contains(&owner) {
            return Err(Error::other(format!(
                "it belongs to user {owner}, who can change it; run: chown {user} {path}"
            )));
        }
        Ok(())
    }

    /// Creates an empty file with mode 0600. If the caller is root, the file belongs to the owner
    /// of the directory.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] if the name exists.
    pub fn create_new(&self) -> Result<File> {
        let file = self.open_new(&self.name)?;
        self.give_to_directory_owner(&file)?;
        Ok(file)
    }

    /// Creates a temporary file with mode 0600 in the directory.
    pub fn temp_file(self) -> Result<TempFile> {
        let name = OsString::from(format!(".docket-{}", Uuid::now_v7()));
        let file = self.open_new(&name)?;
        Ok(TempFile {
            entry: self,
            name: Some(name),
            file,
        })
    }

    /// Locks the directory until the entry is dropped.
    pub fn lock(&self) {
        // Some file systems do not support locks.
        let _ = self.directory.lock();
    }

    fn open_new(&self, name: &OsString) -> Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        let file = openat(&self.directory, name, flags | OFlags::NOFOLLOW, mode)?;
        Ok(File::from(file))
    }

    fn give_to_directory_owner(&self, file: &File) -> Result<()> {
        let (user, group) = self.owner;
        if user != 0 && geteuid().is_root() {
            fchown(file, Some(user), Some(group))?;
        }
        Ok(())
    }
}

/// A temporary file that is renamed once it is complete. Removed on drop otherwise.
pub struct TempFile {
    entry: DirEntry,
    /// The temporary name; `None` once the file is renamed.
    name: Option<OsString>,
    file: File,
}

impl TempFile {
    /// Returns the file, open for writing.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Changes the owner to that of the directory, if the caller is root.
    pub fn give_to_directory_owner(&self) -> Result<()> {
        self.entry.give_to_directory_owner(&self.file)
    }

    /// Copies mode and owner of another file.
    pub fn copy_permissions(&self, other: &Metadata) -> Result<()> {
        let own = self.file.metadata()?;
        let permissions = Permissions::from_mode(other.mode() & 0o777);
        if own.mode() & 0o777 != permissions.mode() {
            self.file.set_permissions(permissions)?;
        }
        if (own.uid(), own.gid()) != (other.uid(), other.gid()) {
            fchown(&self.file, Some(other.uid()), Some(other.gid()))?;
        }
        Ok(())
    }

    /// Renames the file to the name of the entry. Replaces an existing file.
    pub fn persist(self) -> Result<()> {
        self.persist_with(|directory, from, to| renameat(directory, from, directory, to))
    }

    /// Renames the file to the name of the entry.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] if the name exists.
    pub fn persist_new(self) -> Result<()> {
        self.persist_with(rename_no_replace)
    }

    fn persist_with(
        mut self,
        rename: impl FnOnce(&File, &OsString, &OsString) -> rustix::io::Result<()>,
    ) -> Result<()> {
        self.file.sync_all()?;
        let entry = &self.entry;
        if let Some(name) = &self.name {
            rename(&entry.directory, name, &entry.name)?;
        }
        self.name = None;
        // Without this, a power failure can undo the rename.
        match self.entry.directory.sync_all() {
            // Some network file systems cannot sync a directory.
            Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
            synced => synced,
        }
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            let _ = unlinkat(&self.entry.directory, name, AtFlags::empty());
        }
    }
}

/// Rejects a link that root must not follow, before a library opens the path by name. The owner of
/// the directory can still replace the file in between.
pub fn refuse_link(path: &Path) -> Result<()> {
    if !geteuid().is_root() {
        return Ok(());
    }
    let entry = DirEntry::at(path)?;
    let found = statat(&entry.directory, &entry.name, AtFlags::SYMLINK_NOFOLLOW);
    let is_link = |mode| FileType::from_raw_mode(mode) == FileType::Symlink;
    match found {
        Ok(found) if entry.untrusted && is_link(found.st_mode) => Err(link_refused()),
        _ => Ok(()),
    }
}

fn rename_no_replace(directory: &File, from: &OsString, to: &OsString) -> rustix::io::Result<()> {
    match renameat_with(directory, from, directory, to, RenameFlags::NOREPLACE) {
        // Some file systems lack this flag, others lack hard links.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            linkat(directory, from, directory, to, AtFlags::empty())?;
            unlinkat(directory, from, AtFlags::empty())
        }
        done => done,
    }
}

fn link_refused() -> Error {
    Error::other(
        "it is a link, and root follows no links in a directory that another user can write to",
    )
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::{chown, symlink};
    use std::process::Command;

    use tempfile::TempDir;

    use super::*;

    const NOBODY: u32 = 65_534;

    /// Returns a directory of another user and one of root with a file. `None` if the caller is not
    /// root.
    fn directories() -> Option<(TempDir, TempDir)> {
        if !geteuid().is_root() {
            eprintln!("skipped: only root can work in the directory of another user");
            return None;
        }
        let (theirs, ours) = (TempDir::new().expect("one"), TempDir::new().expect("two"));
        chown(theirs.path(), Some(NOBODY), Some(NOBODY)).expect("chown");
        fs::write(ours.path().join("file"), "root's").expect("a file");
        Some((theirs, ours))
    }

    fn owner(path: &Path) -> u32 {
        fs::metadata(path).expect("metadata").uid()
    }

    #[test]
    fn the_owner_of_a_link_in_place_of_a_temporary_file_stays() {
        let Some((theirs, ours)) = directories() else {
            return;
        };
        let (path, target) = (theirs.path().join("keys"), ours.path().join("file"));
        fs::write(&path, "old").expect("a file");
        chown(&path, Some(NOBODY), Some(NOBODY)).expect("chown");
        let temp = DirEntry::at(&path)
            .and_then(DirEntry::temp_file)
            .expect("a temporary file");
        let name = theirs.path().join(temp.name.as_ref().expect("a name"));
        fs::rename(&name, theirs.path().join("stolen")).expect("renamed");
        symlink(&target, &name).expect("a link");
        let old = fs::metadata(&path).expect("metadata");
        temp.copy_permissions(&old).expect("the owner");
        temp.give_to_directory_owner().expect("the owner");
        temp.persist().expect("replaced");
        assert_eq!(owner(&target), 0);
        assert_eq!(owner(&theirs.path().join("stolen")), NOBODY);
        assert_eq!(fs::read_to_string(&target).expect("the file"), "root's");
    }

    #[test]
    fn root_follows_links_only_in_directories_of_root() {
        let Some((theirs, ours)) = directories() else {
            return;
        };
        let target = ours.path().join("file");
        for (directory, followed) in [(&theirs, false), (&ours, true)] {
            let link = directory.path().join("link");
            symlink(&target, &link).expect("a link");
            let opened = DirEntry::at(&link).and_then(|entry| entry.open());
            assert_eq!(opened.is_ok(), followed, "{opened:?}");
            assert_eq!(refuse_link(&link).is_ok(), followed);
            let temp = DirEntry::resolve(&link).and_then(DirEntry::temp_file);
            let temp = temp.expect("a temporary file");
            temp.file().write_all(b"new").expect("written");
            temp.persist().expect("replaced");
            let kind = fs::symlink_metadata(&link).expect("metadata").file_type();
            assert_eq!(kind.is_symlink(), followed);
            let there = fs::read_to_string(&target).expect("the file");
            assert_eq!(there, if followed { "new" } else { "root's" });
        }
    }

    #[test]
    fn an_existing_name_is_kept_and_no_temporary_file_is_left() {
        let home = TempDir::new().expect("a directory");
        let path = home.path().join("file");
        symlink(home.path().join("nowhere"), &path).expect("a link");
        let temp = DirEntry::at(&path)
            .and_then(DirEntry::temp_file)
            .expect("a temporary file");
        let error = temp.persist_new().expect_err("the name is taken");
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        let error = DirEntry::at(&path).and_then(|entry| entry.create_new());
        let error = error.expect_err("the name is taken");
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        let left = fs::read_dir(home.path()).expect("the directory").count();
        assert_eq!(left, 1);
    }

    #[test]
    fn opening_a_pipe_does_not_block() {
        let home = TempDir::new().expect("a directory");
        let path = home.path().join("pipe");
        let made = Command::new("mkfifo").arg(&path).status();
        assert!(made.expect("mkfifo").success());
        let opened = DirEntry::at(&path).and_then(|entry| entry.open());
        opened.expect_err("it is not a file");
    }
}
