//! JaCoCo: packages and source files with their lines. A line with at least one covered instruction is covered, as in
//! JaCoCo's own counters.

use super::tally::{Item, Tally};
use crate::input::Source;
use crate::xml::{Element, Token, Xml};

pub(super) fn read(source: Source<'_>, tally: &mut Tally) -> Result<(), String> {
    let mut xml = Xml::new(source);
    // Modules are groups, one inside the other.
    let mut groups: Vec<String> = Vec::new();
    let (mut package, mut file) = (String::new(), String::new());
    loop {
        match xml.next()? {
            Token::Open(element) => match element.name() {
                "group" => groups.push(element.get("name").unwrap_or_default().to_owned()),
                "package" => element.get("name").unwrap_or_default().clone_into(&mut package),
                "sourcefile" => {
                    let name = element.get("name").unwrap_or_default();
                    let parts = groups
                        .iter()
                        .map(String::as_str)
                        .chain([&*package, name])
                        .filter(|part| !part.is_empty());
                    file = tally.file(&parts.collect::<Vec<_>>().join("/"));
                }
                "line" => tally.add(&file, item(element))?,
                _ => {}
            },
            Token::Close("group") => drop(groups.pop()),
            Token::Close(_) | Token::Text(_) => {}
            Token::End => return xml.flaw().map_or(Ok(()), |flaw| Err(flaw.to_owned())),
        }
    }
}

fn item(line: &Element) -> Item {
    let number = |name: &str| line.get(name).and_then(|text| text.parse::<u32>().ok()).unwrap_or_default();
    let (missed, covered) = (number("mb"), number("cb"));
    Item {
        key: number("nr").into(),
        lines: 1,
        is_covered: number("ci") > 0,
        branches: missed.saturating_add(covered),
        branches_covered: covered,
    }
}
