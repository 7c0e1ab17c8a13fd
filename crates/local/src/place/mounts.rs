//! The file system that a folder is on, from `/proc/self/mountinfo`: its kind, its source, and whether programs may
//! run.
//!
//! On Windows a folder of a network drive is recognized by its real path.

use std::path::{Path, PathBuf};

/// The mount that contains a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    pub point: PathBuf,
    /// For example `ext4`, `nfs4`, `fuse.sshfs`.
    pub kind: String,
    /// A device, or `host:/path`.
    pub source: String,
    pub no_programs: bool,
}

/// `None` if the system does not report mounts. `folder` may be missing: then the nearest existing folder above it
/// counts.
pub fn of(folder: &Path) -> Option<Mount> {
    let real = folder.ancestors().find_map(|folder| folder.canonicalize().ok())?;
    if cfg!(windows) {
        let text = real.to_string_lossy();
        let is_remote = text.starts_with("\\\\?\\UNC\\") || text.starts_with("\\\\.\\");
        return is_remote.then(|| Mount {
            point: real.clone(),
            kind: "cifs".into(),
            source: text.into_owned(),
            no_programs: false,
        });
    }
    // Read as bytes: names of folders need not be text.
    let table = std::fs::read("/proc/self/mountinfo").ok()?;
    find(&String::from_utf8_lossy(&table), &real)
}

/// The mount with the longest path that contains `folder`; of several at one path, the last hides the others.
fn find(table: &str, folder: &Path) -> Option<Mount> {
    let mounts = table.lines().filter_map(parse);
    mounts
        .filter(|mount| folder.starts_with(&mount.point))
        .max_by_key(|mount| mount.point.components().count())
}

/// `36 35 98:0 /root /point rw,noexec shared:1 - ext4 /dev/sda1 rw,errors=continue`
fn parse(line: &str) -> Option<Mount> {
    let (mount, file_system) = line.split_once(" - ")?;
    let mut mount = mount.split(' ').skip(4);
    let (point, options) = (mount.next()?, mount.next()?);
    let mut file_system = file_system.split(' ');
    let (kind, source) = (file_system.next()?, file_system.next().unwrap_or_default());
    let no_programs = options.split(',').any(|option| option == "noexec");
    Some(Mount { point: unescaped(point).into(), kind: kind.into(), source: unescaped(source), no_programs })
}

/// Decodes octal escapes: `\040` is a space; tabs, line ends and backslashes are escaped too.
fn unescaped(text: &str) -> String {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code =
            after.get(..3).filter(|_| *first == b'\\').and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = code.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            plain.push(byte);
            rest = &after[3..];
        } else {
            plain.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

impl Mount {
    /// Whether other machines use the same files, or the bytes come over a network or from the host of a virtual
    /// machine: there, locks and shared memory are not reliable enough for a database.
    pub fn is_remote(&self) -> bool {
        const REMOTE: [&str; 27] = [
            "9p",
            "afs",
            "beegfs",
            "ceph",
            "cifs",
            "coda",
            "davfs",
            "gfs",
            "gfs2",
            "glusterfs",
            "gpfs",
            "kafs",
            "lustre",
            "ncp",
            "ncpfs",
            "nfs",
            "nfs3",
            "nfs4",
            "ocfs2",
            "orangefs",
            "prl_fs",
            "pvfs2",
            "smb2",
            "smb3",
            "smbfs",
            "vboxsf",
            "vmhgfs",
        ];
        const REMOTE_FUSE: [&str; 22] = [
            "ceph",
            "ceph-fuse",
            "cifs",
            "curlftpfs",
            "davfs",
            "davfs2",
            "gcsfuse",
            "glusterfs",
            "goofys",
            "hdfs",
            "hfuse",
            "juicefs",
            "lizardfs",
            "mfs",
            "moosefs",
            "nfs",
            "rclone",
            "s3fs",
            "seaweedfs",
            "smbnetfs",
            "sshfs",
            "vmhgfs-fuse",
        ];
        match self.kind.strip_prefix("fuse") {
            Some(fuse) => {
                let name = fuse.trim_start_matches("blk").trim_start_matches('.');
                REMOTE_FUSE.contains(&name) || names_a_host(&self.source)
            }
            None => REMOTE.contains(&self.kind.as_str()) || names_a_host(&self.source),
        }
    }
}

/// Matches `host:/path`, `user@host:path`, `//host/share`.
fn names_a_host(source: &str) -> bool {
    source.starts_with("//")
        || source.starts_with("\\\\")
        || source.split_once(":/").is_some_and(|(host, _)| !host.is_empty() && !host.contains('/'))
        || source.split_once('@').is_some_and(|(_, host)| host.contains(':') && !host.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
28 27 0:30 / /srv rw,nosuid,noexec,relatime master:2 - tmpfs tmpfs rw
29 28 0:31 / /srv/the\\040share rw - nfs4 files.example.com:/export rw,vers=4.2
30 27 0:32 / /home/ada/far rw - fuse.sshfs ada@far:/home/ada rw
31 27 0:33 / /mnt rw - ext4 /dev/vdb rw
32 27 0:34 / /mnt rw - cifs //files/share rw
33 27 0:35 / /win rw - fuseblk /dev/sdb1 rw
broken line
";

    fn kind(path: &str) -> String {
        find(TABLE, Path::new(path)).unwrap().kind
    }

    #[test]
    fn the_nearest_and_newest_mount_counts() {
        assert_eq!(kind("/opt/testkeep"), "ext4");
        assert_eq!(kind("/srv/x"), "tmpfs");
        assert_eq!(kind("/srv/the share/x"), "nfs4");
        assert_eq!(kind("/srv/the share of others"), "tmpfs");
        assert_eq!(kind("/mnt/x"), "cifs");
        assert!(find(TABLE, Path::new("/srv/x")).unwrap().no_programs);
        assert!(!find(TABLE, Path::new("/opt")).unwrap().no_programs);
        assert_eq!(find("", Path::new("/opt")), None);
    }

    #[test]
    fn knows_what_is_far_away() {
        let is_remote = |path: &str| find(TABLE, Path::new(path)).unwrap().is_remote();
        for far in ["/srv/the share/x", "/home/ada/far", "/mnt/x"] {
            assert!(is_remote(far), "{far}");
        }
        for near in ["/", "/srv", "/win", "/home/ada"] {
            assert!(!is_remote(near), "{near}");
        }
        let of = |kind: &str, source: &str| Mount {
            point: "/".into(),
            kind: kind.into(),
            source: source.into(),
            no_programs: false,
        };
        for (kind, source) in
            [("smb3", "x"), ("9p", "hostshare"), ("fuse", "far:/x"), ("fuse.rclone", "s3:bucket")]
        {
            assert!(of(kind, source).is_remote(), "{kind}");
        }
        for (kind, source) in [
            ("xfs", "/dev/mapper/a"),
            ("overlay", "overlay"),
            ("zfs", "tank/data"),
            ("fuse.ntfs-3g", "/dev/a:/b"),
        ] {
            assert!(!of(kind, source).is_remote(), "{kind}");
        }
    }
}
