//! Go's cover profile: `file.go:10.2,12.3 2 1` is a block from line 10 to line 12 with 2 statements that ran once.

use super::tally::{Item, Tally};
use crate::input::Source;
use crate::lines::Lines;

pub(super) fn read(source: Source<'_>, tally: &mut Tally) -> Result<(), String> {
    let mut lines = Lines::new(source);
    let mut open = (String::new(), String::new());
    while let Some(line) = lines.next()? {
        // Profiles that were joined have the first line again.
        if line.trim().is_empty() || line.starts_with("mode:") {
            continue;
        }
        let Some((path, item)) = block(line) else {
            return Err("a line is not a block of a Go profile".into());
        };
        if open.0 != path {
            open = (path.to_owned(), tally.file(path));
        }
        tally.add(&open.1, item)?;
    }
    Ok(())
}

fn block(line: &str) -> Option<(&str, Item)> {
    let (path, rest) = line.trim().rsplit_once(':')?;
    let mut words = rest.split_whitespace();
    let (start, _end) = words.next()?.split_once(',')?;
    let (number, column) = start.split_once('.')?;
    let lines = words.next()?.parse().ok()?;
    let is_covered = words.next()?.bytes().any(|digit| (b'1'..=b'9').contains(&digit));
    let key = u64::from(number.parse::<u32>().ok()?) << 32 | u64::from(column.parse::<u32>().ok()?);
    Some((path, Item { key, lines, is_covered, ..Item::default() }))
}
