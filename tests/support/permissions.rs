//! File permissions. Windows has no modes: files inherit the access control list of their
//! directory, so there is nothing to check.

use std::path::Path;

/// Panics unless only the owner can access the file or directory.
#[track_caller]
pub fn assert_private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let metadata = std::fs::metadata(path).expect("metadata");
        let wanted = if metadata.is_dir() { 0o700 } else { 0o600 };
        let mode = metadata.permissions().mode() & 0o777;
        assert_eq!(mode, wanted, "{mode:o}: {}", path.display());
    }
    #[cfg(windows)]
    assert!(path.exists(), "{}", path.display());
}

/// Removes all access to a file except the owner's.
pub fn make_private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let permissions = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(path, permissions).expect("chmod");
    }
    #[cfg(windows)]
    assert!(path.exists(), "{}", path.display());
}
