//! Two installers in one folder at once: at most one works, and neither undoes the other's work.

use crate::place::{Place, STEPS};

/// The second installer starts while the first is in `step`, and must not affect it.
#[test]
fn the_second_gives_way() {
    for step in STEPS {
        let place = Place::new();
        let mut first = place.begin();
        first.until_running(step);
        let second = place.install();
        assert!(matches!(second.code, Some(0 | 2 | 3)), "{step}: {second:#?}");
        let first = first.end();
        assert!(first.code == Some(0) || second.code == Some(0), "{step}: {first:#?} {second:#?}");
        place.assert_complete(&format!("a second installer during {step}"));
        assert_eq!(place.accounts(), 1, "{step}");
    }
}

#[test]
fn at_the_same_moment() {
    for round in 0..4 {
        let place = Place::new();
        let (first, second) = (place.begin(), place.begin());
        let both = [first.end(), second.end()];
        for ended in &both {
            assert!(matches!(ended.code, Some(0 | 2 | 3)), "round {round}: {ended:#?}");
        }
        if both.iter().any(|ended| ended.code == Some(0)) {
            place.assert_complete(&format!("round {round}, one succeeded"));
        }
        place.installed();
        place.assert_complete(&format!("round {round}"));
        assert_eq!(place.accounts(), 1, "round {round}");
    }
}

/// A second installer that fails at once changes nothing of the first one's work, finished or not, and says why it
/// failed.
#[test]
fn the_lock_names_the_reason() {
    let place = Place::new();
    let mut first = place.begin();
    first.until_running("copy_programs");
    let lock = std::fs::File::open(place.layout().conf().join("installation.lock")).unwrap();
    first.kill();
    lock.lock().unwrap();
    let before = place.snapshot();
    let second = place.install();
    assert_eq!(second.code, Some(3), "{second:#?}");
    assert!(second.message().contains("Another installation is working"), "{}", second.message());
    place.assert_untouched(&before, "locked out");
    drop(lock);
    place.installed();
    place.assert_complete("after the lock");
}
