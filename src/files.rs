//! Files in directories that may belong to another user than the one who runs the program. The owner
//! of a directory can put a link in place of any name in it at any moment, so root works there with
//! open files and an open directory, and follows no link.

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

/// The bits of a directory's mode that let others than its owner rename what is in it.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// A name in a directory that is held open.
pub struct Place {
    directory: File,
    name: OsString,
    /// The user and the group that the directory belongs to.
    owner: (u32, u32),
    /// Whether the caller is root and somebody else can change what is in the directory.
    wary: bool,
}

impl Place {
    /// The name itself, even if it is a link.
    ///
    /// # Errors
    /// If the path has no file name, or its directory cannot be opened.
    pub fn at(path: &Path) -> Result<Place> {
        let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
        let parent = path.parent().filter(|parent| *parent != Path::new(""));
        let directory = File::open(parent.unwrap_or(Path::new(".")))?;
        let metadata = directory.metadata()?;
        let shared = metadata.uid() != 0 || metadata.mode() & WRITABLE_BY_OTHERS != 0;
        Ok(Place {
            directory,
            name: name.to_owned(),
            owner: (metadata.uid(), metadata.gid()),
            wary: shared && geteuid().is_root(),
        })
    }

    /// What a link at the path leads to, if the caller may follow it; else the same as
    /// [`at`](Self::at).
    pub fn behind_links(path: &Path) -> Result<Place> {
        let place = Place::at(path)?;
        if place.wary {
            return Ok(place);
        }
        match fs::canonicalize(path) {
            Ok(target) => Place::at(&target),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(place),
            Err(error) => Err(error),
        }
    }

    /// The user that the directory belongs to.
    pub fn owner(&self) -> u32 {
        self.owner.0
    }

    /// Opens a file to be read; none if there is none.
    ///
    /// # Errors
    /// If it is not a regular file, or a link that the caller must not follow.
    pub fn open(&self) -> Result<Option<File>> {
        // Opening a pipe would wait for somebody who writes to it.
        let mut flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        if self.wary {
            flags |= OFlags::NOFOLLOW;
        }
        let file = match openat(&self.directory, &self.name, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) if self.wary => return Err(not_followed()),
            Err(error) => return Err(error.into()),
        };
        if file.metadata()?.is_file() {
            Ok(Some(file))
        } else {
            Err(Error::other("it is not a regular file"))
        }
    }

    /// Makes a new, empty file that only its owner can read. Made by root, it belongs to the owner of
    /// the directory.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] if the name is taken.
    pub fn create(&self) -> Result<File> {
        let file = self.make(&self.name)?;
        self.hand_over(&file)?;
        Ok(file)
    }

    /// Begins a new file under a name of its own, which only its owner can read.
    pub fn draft(self) -> Result<Draft> {
        let name = OsString::from(format!(".docket-{}", Uuid::now_v7()));
        let file = self.make(&name)?;
        Ok(Draft {
            place: self,
            name: Some(name),
            file,
        })
    }

    /// Keeps out everybody else who asks for this lock, until the place is dropped.
    pub fn lock(&self) {
        // A file system without locks is no reason to do nothing.
        let _ = self.directory.lock();
    }

    fn make(&self, name: &OsString) -> Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        let file = openat(&self.directory, name, flags | OFlags::NOFOLLOW, mode)?;
        Ok(File::from(file))
    }

    fn hand_over(&self, file: &File) -> Result<()> {
        let (user, group) = self.owner;
        if user != 0 && geteuid().is_root() {
            fchown(file, Some(user), Some(group))?;
        }
        Ok(())
    }
}

/// A file that gets its name when it is complete; removed if it never is.
pub struct Draft {
    place: Place,
    /// None once it has its real name.
    name: Option<OsString>,
    file: File,
}

impl Draft {
    /// The file, to be written.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Gives it to the owner of the directory, if the caller is root.
    pub fn hand_over(&self) -> Result<()> {
        self.place.hand_over(&self.file)
    }

    /// Gives it the permissions and the owner of another file.
    pub fn resemble(&self, other: &Metadata) -> Result<()> {
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

    /// Puts it at its place, instead of what is there.
    pub fn replace(self) -> Result<()> {
        self.settle(|directory, from, to| renameat(directory, from, directory, to))
    }

    /// Puts it at its place.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] if something is there.
    pub fn keep(self) -> Result<()> {
        self.settle(rename_to_new)
    }

    fn settle(
        mut self,
        rename: impl FnOnce(&File, &OsString, &OsString) -> rustix::io::Result<()>,
    ) -> Result<()> {
        self.file.sync_all()?;
        let place = &self.place;
        if let Some(name) = &self.name {
            rename(&place.directory, name, &place.name)?;
        }
        self.name = None;
        // Only then does the new name outlast a power cut.
        self.place.directory.sync_all()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            let _ = unlinkat(&self.place.directory, name, AtFlags::empty());
        }
    }
}

/// Refuses a link that root must not follow. For files that another library opens by name: whoever
/// owns the directory can still win a race against it.
pub fn refuse_link(path: &Path) -> Result<()> {
    if !geteuid().is_root() {
        return Ok(());
    }
    let place = Place::at(path)?;
    let found = statat(&place.directory, &place.name, AtFlags::SYMLINK_NOFOLLOW);
    let is_link = |mode| FileType::from_raw_mode(mode) == FileType::Symlink;
    match found {
        Ok(found) if place.wary && is_link(found.st_mode) => Err(not_followed()),
        _ => Ok(()),
    }
}

fn rename_to_new(directory: &File, from: &OsString, to: &OsString) -> rustix::io::Result<()> {
    match renameat_with(directory, from, directory, to, RenameFlags::NOREPLACE) {
        // Not every file system has this, and not every one has links.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            linkat(directory, from, directory, to, AtFlags::empty())?;
            unlinkat(directory, from, AtFlags::empty())
        }
        done => done,
    }
}

fn not_followed() -> Error {
    Error::other(
        "it is a link, which root does not follow where another user can change the directory",
    )
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::{chown, symlink};

    use tempfile::TempDir;

    use super::*;

    const NOBODY: u32 = 65_534;

    /// A directory of another user, and a file of root outside; none if the caller is not root.
    fn anothers() -> Option<(TempDir, TempDir)> {
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
    fn a_link_in_place_of_a_draft_gets_no_owner() {
        let Some((theirs, ours)) = anothers() else {
            return;
        };
        let (path, target) = (theirs.path().join("keys"), ours.path().join("file"));
        fs::write(&path, "old").expect("a file");
        chown(&path, Some(NOBODY), Some(NOBODY)).expect("chown");
        let draft = Place::at(&path).and_then(Place::draft).expect("a draft");
        let name = theirs.path().join(draft.name.as_ref().expect("a name"));
        fs::rename(&name, theirs.path().join("stolen")).expect("renamed");
        symlink(&target, &name).expect("a link");
        let old = fs::metadata(&path).expect("metadata");
        draft.resemble(&old).expect("the owner");
        draft.hand_over().expect("the owner");
        draft.replace().expect("replaced");
        assert_eq!(owner(&target), 0);
        assert_eq!(owner(&theirs.path().join("stolen")), NOBODY);
        assert_eq!(fs::read_to_string(&target).expect("the file"), "root's");
    }

    #[test]
    fn root_follows_links_only_where_nobody_else_makes_them() {
        let Some((theirs, ours)) = anothers() else {
            return;
        };
        let target = ours.path().join("file");
        for (directory, followed) in [(&theirs, false), (&ours, true)] {
            let link = directory.path().join("link");
            symlink(&target, &link).expect("a link");
            let opened = Place::at(&link).and_then(|place| place.open());
            assert_eq!(opened.is_ok(), followed, "{opened:?}");
            assert_eq!(refuse_link(&link).is_ok(), followed);
            let draft = Place::behind_links(&link).and_then(Place::draft);
            let draft = draft.expect("a draft");
            draft.file().write_all(b"new").expect("written");
            draft.replace().expect("replaced");
            let kind = fs::symlink_metadata(&link).expect("metadata").file_type();
            assert_eq!(kind.is_symlink(), followed);
            let there = fs::read_to_string(&target).expect("the file");
            assert_eq!(there, if followed { "new" } else { "root's" });
        }
    }

    #[test]
    fn a_name_that_is_taken_stays_as_it_is_and_no_draft_is_left() {
        let home = TempDir::new().expect("a directory");
        let path = home.path().join("file");
        symlink(home.path().join("nowhere"), &path).expect("a link");
        let draft = Place::at(&path).and_then(Place::draft).expect("a draft");
        let error = draft.keep().expect_err("the name is taken");
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        let error = Place::at(&path).and_then(|place| place.create());
        let error = error.expect_err("the name is taken");
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        let left = fs::read_dir(home.path()).expect("the directory").count();
        assert_eq!(left, 1);
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        let home = TempDir::new().expect("a directory");
        let path = home.path().join("pipe");
        let mode = Mode::RUSR | Mode::WUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, mode).expect("a pipe");
        let opened = Place::at(&path).and_then(|place| place.open());
        opened.expect_err("it is not a file");
    }
}
