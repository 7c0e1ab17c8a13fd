//! Recorded actions, and that the page in docs/ lists each of them.

use std::collections::BTreeSet;

use testkeep_domain::audit::AuditAction;

/// `(file, the text after it)` of every place in the server's sources that makes an event.
fn events_made() -> Vec<(String, String)> {
    let mut waiting =
        vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/server/src"))];
    let mut found = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            // That file makes events for callers that name the action.
            if path.ends_with("ops/change.rs") {
                continue;
            }
            for maker in ["Event::new(", "Event::of(", ".event_at(", "change.event("] {
                for (place, made) in text.match_indices(maker) {
                    let rest = text[place + made.len()..].trim_start().chars().take(80).collect();
                    found.push((path.display().to_string(), rest));
                }
            }
        }
    }
    found
}

#[test]
fn every_action_is_documented() {
    let mut used = BTreeSet::new();
    for (file, rest) in events_made() {
        let name = rest.strip_prefix("AuditAction::");
        let name = name.and_then(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric()).next());
        let action = AuditAction::ALL.into_iter().find(|action| Some(format!("{action:?}").as_str()) == name);
        let action =
            action.unwrap_or_else(|| panic!("{file}: name the action where the event is made: {rest}"));
        used.insert(action.as_str().to_owned());
    }
    assert_eq!(used.len(), AuditAction::ALL.len(), "an action that nothing records");
    assert!(used.len() > 30, "the search for events found only {used:?}");
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/audit-log.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, list) = page.split_once("| Action | When |").unwrap();
    let (list, _) = list.split_once("\n\n").unwrap();
    let documented: Vec<_> = list
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
        .map(|(name, _)| name.to_owned())
        .collect();
    assert_eq!(
        documented,
        used.into_iter().collect::<Vec<_>>(),
        "docs/audit-log.md lists what the server records"
    );
}
