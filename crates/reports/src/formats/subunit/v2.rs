//! Subunit version 2: packets of bytes with a checksum. Bytes between packets are ignored.

use std::collections::BTreeMap;
use std::io::{BufRead, Read};

use super::Tests;
use crate::detect::Start;
use crate::input::Source;
use crate::limits::{LIST, NAME};
use crate::model::{Attachment, Moment, Outcome, Text};
use crate::sink::{Problem, Sink};
use crate::text::cut;

const SIGNATURE: u8 = 0xb3;
const LONGEST: usize = 4 * 1024 * 1024;

const HAS_ID: u16 = 0x0800;
const HAS_ROUTE: u16 = 0x0400;
const HAS_TIME: u16 = 0x0200;
const HAS_TAGS: u16 = 0x0080;
const HAS_FILE: u16 = 0x0040;
const HAS_MEDIA_TYPE: u16 = 0x0020;

pub(crate) fn recognize(start: &Start) -> Result<(), String> {
    match start {
        Start::Binary(bytes) if is_packet(bytes) => Ok(()),
        Start::Binary(_) => Err("it does not begin with a packet of subunit".into()),
        _ => Err("it is text".into()),
    }
}

/// Whether the bytes begin with a packet of version 2.
pub(crate) fn is_packet(bytes: &[u8]) -> bool {
    matches!(bytes, [SIGNATURE, flags, ..] if flags >> 4 == 2)
}

pub(crate) fn read(mut source: Source<'_>, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let (mut tests, mut files) = (Tests::default(), BTreeMap::new());
    let broken = loop {
        match packet(&mut source) {
            Ok(Some(packet)) => take(packet, &mut tests, &mut files, sink)?,
            Ok(None) => break None,
            Err(words) => break Some(words),
        }
    };
    tests.finish(sink)?;
    broken.map_or(Ok(()), |words| Err(words.into()))
}

struct Packet {
    status: u16,
    id: String,
    now: Option<Moment>,
    tags: Vec<String>,
    media_type: Option<String>,
    file: Option<(String, Vec<u8>)>,
}

/// Texts of a test before its end, by the test's id.
type Files = BTreeMap<String, Text>;

fn take(packet: Packet, tests: &mut Tests, files: &mut Files, sink: &mut Sink<'_>) -> Result<(), Problem> {
    let Packet { status, id, now, tags, media_type, file } = packet;
    // 1 only says that the test exists. A packet without an id is output of the run.
    if id.is_empty() || status == 1 {
        return Ok(());
    }
    if let Some((name, content)) = file {
        add_file(tests, files, (&id, now), name, media_type, content);
    }
    let (outcome, kind) = match status {
        2 => {
            tests.at(&id, now).started_at = now;
            return Ok(());
        }
        3 => (Outcome::Passed, None),
        4 => (Outcome::Failed, Some("unexpected success")),
        5 => (Outcome::Skipped, None),
        6 => (Outcome::Failed, None),
        7 => (Outcome::Skipped, Some("expected failure")),
        _ => return Ok(()),
    };
    let case = tests.at(&id, now);
    case.properties.extend(tags.into_iter().map(|tag| ("tag".to_owned(), tag)));
    let detail = files.remove(&id).unwrap_or_default();
    Ok(tests.end(&id, outcome, kind, detail, now, sink)?)
}

/// A traceback or reason becomes the failure's text, other texts the output, anything else an attachment.
fn add_file(
    tests: &mut Tests,
    files: &mut Files,
    (id, now): (&str, Option<Moment>),
    name: String,
    media_type: Option<String>,
    content: Vec<u8>,
) {
    let is_text = media_type.as_deref().is_none_or(|kind| kind.starts_with("text/"));
    if is_text && matches!(name.as_str(), "traceback" | "reason") {
        files.entry(id.to_owned()).or_default().push(&String::from_utf8_lossy(&content));
        return;
    }
    let case = tests.at(id, now);
    match name.as_str() {
        "stderr" if is_text => case.error_output.push(&String::from_utf8_lossy(&content)),
        _ if is_text => case.output.push(&String::from_utf8_lossy(&content)),
        _ => {
            attach(
                &mut case.attachments,
                Attachment { name, path: None, media_type, content: Some(content) },
            );
        }
    }
}

/// Adds a file. A file with the name of the last one is its continuation.
fn attach(known: &mut Vec<Attachment>, next: Attachment) {
    let has_room = known.len() < LIST;
    match known.last_mut().filter(|last| last.name == next.name) {
        Some(last) => {
            let (kept, more) = (last.content.get_or_insert_default(), next.content.unwrap_or_default());
            if kept.len() + more.len() <= crate::limits::TOKEN {
                kept.extend(more);
            }
        }
        None if has_room => known.push(next),
        None => {}
    }
}

/// The next packet; `None` at the end of the stream.
fn packet(source: &mut Source<'_>) -> Result<Option<Packet>, String> {
    loop {
        source.budget().reset();
        let mut first = [0];
        if source.read(&mut first).map_err(|error| error.to_string())? == 0 {
            return Ok(None);
        }
        if first[0] == SIGNATURE {
            break;
        }
        skip_text(source)?;
    }
    let mut bytes = vec![SIGNATURE];
    more(source, &mut bytes, 3)?;
    let octets = octets(bytes[3]);
    more(source, &mut bytes, octets - 1)?;
    let length = Fields(&bytes[3..]).number()?;
    let rest = length.checked_sub(bytes.len()).filter(|rest| *rest >= 4 && length <= LONGEST);
    more(source, &mut bytes, rest.ok_or("a packet has a wrong length")?)?;
    let (body, sum) = bytes.split_at(length - 4);
    let mut crc = flate2::Crc::new();
    crc.update(body);
    if sum != crc.sum().to_be_bytes() {
        return Err("the checksum of a packet is wrong".into());
    }
    parse(&body[3 + octets..], u16::from_be_bytes([body[1], body[2]])).map(Some)
}

/// Ignores bytes up to the next packet.
fn skip_text(source: &mut Source<'_>) -> Result<(), String> {
    loop {
        source.budget().reset();
        let bytes = source.fill_buf().map_err(|error| error.to_string())?;
        if bytes.is_empty() {
            return Ok(());
        }
        let at = bytes.iter().position(|byte| *byte == SIGNATURE);
        let count = at.unwrap_or(bytes.len());
        source.consume(count);
        if at.is_some() {
            return Ok(());
        }
    }
}

fn more(source: &mut Source<'_>, bytes: &mut Vec<u8>, count: usize) -> Result<(), String> {
    let read = source.take(count as u64).read_to_end(bytes).map_err(|error| error.to_string())?;
    if read == count { Ok(()) } else { Err("it breaks off: the file was cut".into()) }
}

fn parse(body: &[u8], flags: u16) -> Result<Packet, String> {
    let mut fields = Fields(body);
    let has = |flag: u16| flags & flag != 0;
    let now = if has(HAS_TIME) { fields.moment()? } else { None };
    let id = if has(HAS_ID) { fields.text()? } else { String::new() };
    let count = if has(HAS_TAGS) { fields.number()? } else { 0 };
    let mut tags = Vec::new();
    for _ in 0..count.min(LIST) {
        tags.push(cut(&fields.text()?, NAME));
    }
    let media_type = if has(HAS_MEDIA_TYPE) { Some(fields.text()?) } else { None };
    let file = if has(HAS_FILE) { Some((fields.text()?, fields.bytes()?.to_vec())) } else { None };
    if has(HAS_ROUTE) {
        fields.text()?;
    }
    Ok(Packet { status: flags & 7, id, now, tags, media_type, file })
}

/// How many octets a number has, from its first octet.
fn octets(first: u8) -> usize {
    usize::from(first >> 6) + 1
}

/// The fields of a packet, one after the other.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or("a packet is shorter than its fields")?;
        self.0 = rest;
        Ok(taken)
    }

    /// The first two bits say how many octets follow.
    fn number(&mut self) -> Result<usize, String> {
        let first = *self.0.first().ok_or("a packet is shorter than its fields")?;
        let octets = self.take(octets(first))?;
        let rest = octets[1..].iter();
        Ok(rest.fold(usize::from(first & 0x3f), |number, octet| number << 8 | usize::from(*octet)))
    }

    fn bytes(&mut self) -> Result<&'a [u8], String> {
        let count = self.number()?;
        self.take(count)
    }

    fn text(&mut self) -> Result<String, String> {
        Ok(String::from_utf8_lossy(self.bytes()?).into_owned())
    }

    fn moment(&mut self) -> Result<Option<Moment>, String> {
        let mut seconds = [0; 4];
        seconds.copy_from_slice(self.take(4)?);
        let nanos = u32::try_from(self.number()?).unwrap_or_default();
        let time = chrono::DateTime::from_timestamp(u32::from_be_bytes(seconds).into(), nanos);
        Ok(time.map(Moment::Utc))
    }
}
