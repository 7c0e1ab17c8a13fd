//! AUnit (Ada): the document of CppUnit with the statistics first.

use super::cppunit;
use crate::detect::Start;
use crate::input::Source;
use crate::sink::{Problem, Sink};

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    let xml = start.xml()?;
    let begins_with_totals = xml.elements.first().is_some_and(|first| first == "Statistics");
    if xml.root == "TestRun" && begins_with_totals && xml.holds("SuccessfulTests") {
        return Ok(());
    }
    Err(format!("its root element is <{}>, not <TestRun> that begins with <Statistics>", xml.root))
}

pub(crate) fn read(source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    cppunit::read_with(" : ", source, sink)
}
