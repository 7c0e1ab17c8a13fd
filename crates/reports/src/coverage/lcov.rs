//! lcov: a record for each file, with `DA:line,hits` and `BRDA:line,block,branch,taken`.

use super::tally::{Item, Tally};
use crate::input::Source;
use crate::lines::Lines;

pub(super) fn read(source: Source<'_>, tally: &mut Tally) -> Result<(), String> {
    let mut lines = Lines::new(source);
    let mut file = String::new();
    // Branches of a line follow each other; their place in the line identifies them.
    let mut last_branch = (0, 0);
    while let Some(line) = lines.next()? {
        let Some((word, rest)) = line.trim().split_once(':') else { continue };
        match word {
            "SF" => {
                file = tally.file(rest);
                last_branch = (0, 0);
            }
            "DA" => {
                let Some((number, hits)) = rest.split_once(',') else { continue };
                let Ok(key) = number.trim().parse::<u32>() else { continue };
                // A checksum may follow the hits.
                let is_covered = is_taken(hits.split(',').next().unwrap_or_default());
                tally.add(
                    &file,
                    Item { key: u64::from(key) << 32, lines: 1, is_covered, ..Item::default() },
                )?;
            }
            "BRDA" => {
                let Some((number, others)) = rest.split_once(',') else { continue };
                let Ok(number) = number.trim().parse::<u32>() else { continue };
                let place = if last_branch.0 == number { last_branch.1 + 1 } else { 1_u32 };
                last_branch = (number, place);
                let taken = others.rsplit(',').next().unwrap_or_default();
                let key = u64::from(number) << 32 | u64::from(place);
                let branches_covered = u32::from(is_taken(taken));
                tally.add(&file, Item { key, branches: 1, branches_covered, ..Item::default() })?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// `-` says that the line of the branch never ran.
fn is_taken(hits: &str) -> bool {
    hits.trim().parse::<f64>().is_ok_and(|hits| hits > 0.0)
}
