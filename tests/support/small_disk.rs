//! A disk that fills up.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// A mounted file system; unmounted on drop.
pub struct SmallDisk(TempDir);

impl SmallDisk {
    /// Mounts the file system. `None` without root.
    pub fn mount() -> Option<SmallDisk> {
        let disk = SmallDisk(TempDir::new().expect("a directory"));
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "mode=1777,size=1g", "docket-test"])
            .arg(disk.path())
            .status();
        mounted.is_ok_and(|status| status.success()).then_some(disk)
    }

    /// Returns the mount point.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Fills the disk until `free` MiB are left.
    pub fn leave(&self, free: usize) {
        let used = Command::new("df")
            .args(["--block-size=1M", "--output=used"])
            .arg(self.path())
            .output()
            .expect("df");
        let used = String::from_utf8(used.stdout).expect("text");
        let used: usize = used
            .lines()
            .nth(1)
            .and_then(|line| line.trim().parse().ok())
            .expect("a size");
        let mounted = Command::new("mount")
            .args(["-o", &format!("remount,size={}m", used + free)])
            .arg(self.path())
            .status();
        assert!(mounted.is_ok_and(|status| status.success()));
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}
