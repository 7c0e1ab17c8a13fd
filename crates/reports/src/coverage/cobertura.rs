//! Cobertura: packages, classes and their lines. A line's branches are in `condition-coverage`, as in `50% (1/2)`.

use super::tally::{Item, Tally};
use crate::input::Source;
use crate::xml::{Element, Token, Xml};

pub(super) fn read(source: Source<'_>, tally: &mut Tally) -> Result<(), String> {
    let mut xml = Xml::new(source);
    let mut file = String::new();
    loop {
        match xml.next()? {
            Token::Open(element) => match element.name() {
                "class" => file = tally.file(element.get("filename").unwrap_or_default()),
                // Lines of methods are the same lines again.
                "line" => {
                    if let Some(item) = item(element) {
                        tally.add(&file, item)?;
                    }
                }
                _ => {}
            },
            Token::Close(_) | Token::Text(_) => {}
            Token::End => return xml.flaw().map_or(Ok(()), |flaw| Err(flaw.to_owned())),
        }
    }
}

fn item(line: &Element) -> Option<Item> {
    let key = line.get("number")?.parse().ok()?;
    // A count may have more digits than a number has room for.
    let is_covered =
        line.get("hits").is_some_and(|hits| hits.trim().bytes().any(|digit| (b'1'..=b'9').contains(&digit)));
    let (branches_covered, branches) = line.get("condition-coverage").and_then(fraction).unwrap_or_default();
    Some(Item { key, lines: 1, is_covered, branches, branches_covered })
}

/// `50% (1/2)` gives 1 and 2.
fn fraction(text: &str) -> Option<(u32, u32)> {
    let inside = text.split_once('(')?.1.split_once(')')?.0;
    let (covered, all) = inside.split_once('/')?;
    let (covered, all): (u32, u32) = (covered.trim().parse().ok()?, all.trim().parse().ok()?);
    Some((covered.min(all), all))
}
