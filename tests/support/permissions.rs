//! Permissions of files. Windows has no modes: files there inherit the access control list of their
//! directory, and nothing is to be checked.

use std::path::Path;

/// Panics unless the owner alone has access to a file or directory.
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

/// Takes all access to a file from everybody but its owner.
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
