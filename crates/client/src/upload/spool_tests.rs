//! Kept uploads in a real folder: order, limits, and what other programs leave there.

use std::fs;
use std::io::{Read as _, Write as _};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use testkeep_domain::ServerUrl;

use super::spool::BODY;
use super::{About, Spool, Upload, UploadKey, UploadMeta};

fn at(hours: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::hours(hours)
}

fn upload(key: &str, content: &[u8]) -> Upload {
    let mut body = tempfile::tempfile().unwrap();
    body.write_all(content).unwrap();
    let meta = UploadMeta {
        server: ServerUrl::parse("http://a:1").unwrap(),
        project: "Shop".into(),
        file: "a.xml".into(),
        files: 1,
        bytes: content.len() as u64,
        compressed: true,
        key: UploadKey::parse(key).unwrap(),
        about: About { branch: Some("main".into()), ..About::default() },
    };
    Upload { meta, body: Arc::new(body) }
}

fn keys(spool: &Spool, now: DateTime<Utc>) -> Vec<String> {
    spool.list(now).unwrap().into_iter().map(|kept| kept.meta.key.into()).collect()
}

#[test]
fn keeps_in_order_and_gives_back_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::at(folder.path().join("new/uploads"));
    assert!(spool.list(at(0)).unwrap().is_empty());
    for (hour, key) in [(2, "second-key"), (1, "first-key"), (3, "first-key")] {
        spool.keep(&upload(key, key.as_bytes()), at(hour)).unwrap();
    }
    assert_eq!(keys(&spool, at(4)), ["first-key", "second-key"]);
    let kept = spool.list(at(4)).unwrap().remove(0);
    let again = kept.open().unwrap();
    assert_eq!(again.meta, upload("first-key", b"first-key").meta);
    let mut content = String::new();
    (&*again.body).read_to_string(&mut content).unwrap();
    assert_eq!(content, "first-key");
    kept.remove();
    assert_eq!(keys(&spool, at(4)), ["second-key"]);
    assert_eq!(fs::read_dir(spool.folder()).unwrap().count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(spool.folder()).unwrap().permissions().mode() & 0o777, 0o700);
    }
}

#[test]
fn age_and_size_are_limited() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::at(folder.path().to_owned()).with_room_for(100);
    for (hour, key) in [(0, "key-number-1"), (1, "key-number-2")] {
        assert!(spool.keep(&upload(key, &[0; 40]), at(hour)).unwrap().is_empty());
    }
    let removed = spool.keep(&upload("key-number-3", &[0; 40]), at(2)).unwrap();
    assert_eq!(removed.len(), 1);
    assert_eq!(keys(&spool, at(2)), ["key-number-2", "key-number-3"]);
    assert!(spool.keep(&upload("key-number-4", &[0; 101]), at(3)).is_err());
    assert_eq!(keys(&spool, at(14 * 24 + 1)), ["key-number-2", "key-number-3"]);
    assert_eq!(keys(&spool, at(14 * 24 + 2)), ["key-number-3"]);
}

#[test]
fn what_is_not_its_own_stays() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::at(folder.path().to_owned());
    let unfinished = folder.path().join(".new-abc");
    let theirs = folder.path().join("theirs");
    for (place, file) in [(&unfinished, BODY), (&theirs, "notes.txt")] {
        fs::create_dir(place).unwrap();
        fs::write(place.join(file), "x").unwrap();
    }
    let written = DateTime::<Utc>::from(fs::metadata(&unfinished).unwrap().modified().unwrap());
    assert!(spool.list(written + TimeDelta::hours(23)).unwrap().is_empty());
    assert!(unfinished.exists(), "another program may be writing it");
    assert!(spool.list(written + TimeDelta::days(2)).unwrap().is_empty());
    assert!(!unfinished.exists() && theirs.join("notes.txt").exists());
}

#[test]
fn a_changed_body_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::at(folder.path().to_owned());
    spool.keep(&upload("key-number-1", b"xyz"), at(0)).unwrap();
    let kept = spool.list(at(0)).unwrap().remove(0);
    fs::write(kept.folder().join(BODY), "x").unwrap();
    assert!(kept.open().is_err());
}

#[test]
fn one_program_sends_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::at(folder.path().to_owned());
    let lock = spool.lock().unwrap();
    assert!(lock.is_some() && spool.lock().unwrap().is_none());
    drop(lock);
    assert!(spool.lock().unwrap().is_some());
}
