//! One case of the page, with all that is known of it.

use std::io::{self, Write};

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;

use super::Escaped;
use crate::export::moment;
use crate::model::{Attachment, Attempt, Case, Failure, Properties, Step, Text};

/// Pictures that every browser shows and that hold no program.
const PICTURES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

pub(super) fn write(case: &Case, out: &mut dyn Write) -> io::Result<()> {
    let word = case.outcome.as_str();
    let suite = case.suite.join(" › ");
    write!(
        out,
        "<details class=\"{word}\"><summary><b>{word}</b> <span>{}</span> {}",
        Escaped(&suite),
        Escaped(&case.name)
    )?;
    write_parameters(&case.parameters, out)?;
    if case.flaky {
        out.write_all(b" <i>flaky</i>")?;
    }
    if let Some(seconds) = case.seconds {
        write!(out, " <small>{seconds} s</small>")?;
    }
    out.write_all(b"</summary>\n")?;
    case.failures.iter().try_for_each(|failure| write_failure(failure, out))?;
    write_facts(case, out)?;
    write_steps(&case.steps, out)?;
    write_output("Output", &case.output, out)?;
    write_output("Error output", &case.error_output, out)?;
    case.attachments.iter().try_for_each(|attachment| write_attachment(attachment, out))?;
    for (attempt, number) in case.attempts.iter().zip(1..) {
        write_attempt(attempt, number, out)?;
    }
    out.write_all(b"</details>\n")
}

fn write_parameters(parameters: &Properties, out: &mut dyn Write) -> io::Result<()> {
    for (name, value) in parameters {
        write!(out, " <code>{}={}</code>", Escaped(name), Escaped(value))?;
    }
    Ok(())
}

fn write_failure(failure: &Failure, out: &mut dyn Write) -> io::Result<()> {
    let message = failure.message.as_deref().unwrap_or_default();
    out.write_all(b"<p class=\"why\">")?;
    if let Some(class) = &failure.type_name {
        write!(out, "<b>{}</b> ", Escaped(class))?;
    }
    write!(out, "{}</p>", Escaped(message))?;
    write_text(&failure.detail, out)
}

/// Where and when: class, place, begin, tags and the like.
fn write_facts(case: &Case, out: &mut dyn Write) -> io::Result<()> {
    let place = case.file.as_ref().map(|file| match case.line {
        Some(line) => format!("{file}:{line}"),
        None => file.clone(),
    });
    let known = [("class", case.class.clone()), ("place", place), ("began", case.started_at.map(moment))];
    let known = known.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
    let own = case.properties.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    out.write_all(b"<dl>")?;
    for (name, value) in known.chain(own) {
        write!(out, "<dt>{}</dt><dd>{}</dd>", Escaped(name), Escaped(value))?;
    }
    out.write_all(b"</dl>\n")
}

fn write_steps(steps: &[Step], out: &mut dyn Write) -> io::Result<()> {
    if steps.is_empty() {
        return Ok(());
    }
    out.write_all(b"<h2>Steps</h2><ol>")?;
    for step in steps {
        let word = step.outcome.as_str();
        write!(
            out,
            "<li class=\"{word}\" style=\"margin-left:{}em\"><b>{word}</b> {}",
            step.depth,
            Escaped(&step.name)
        )?;
        if let Some(seconds) = step.seconds {
            write!(out, " <small>{seconds} s</small>")?;
        }
        if let Some(message) = step.failure.as_ref().and_then(|failure| failure.message.as_deref()) {
            write!(out, "<br>{}", Escaped(message))?;
        }
        out.write_all(b"</li>")?;
    }
    out.write_all(b"</ol>\n")
}

fn write_output(title: &str, text: &Text, out: &mut dyn Write) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    write!(out, "<h2>{title}</h2>")?;
    write_text(text, out)
}

fn write_text(text: &Text, out: &mut dyn Write) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    writeln!(out, "<pre>{}</pre>", Escaped(&text.to_text()))
}

/// A picture that the report contains is shown; of other files the name is said.
fn write_attachment(attachment: &Attachment, out: &mut dyn Write) -> io::Result<()> {
    let name = Escaped(&attachment.name);
    let kind = attachment.media_type.as_deref().filter(|kind| PICTURES.contains(kind));
    if let (Some(kind), Some(content)) = (kind, &attachment.content) {
        let data = Base64Display::new(content, &STANDARD);
        return writeln!(out, "<p><img alt=\"{name}\" src=\"data:{kind};base64,{data}\"></p>");
    }
    let path = attachment.path.as_deref().unwrap_or_default();
    writeln!(out, "<p>Attachment: {name} {}</p>", Escaped(path))
}

fn write_attempt(attempt: &Attempt, number: usize, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "<h2>Earlier attempt {number}: {}</h2>", attempt.outcome.as_str())?;
    attempt.failures.iter().try_for_each(|failure| write_failure(failure, out))?;
    write_output("Output of the attempt", &attempt.output, out)?;
    write_output("Error output of the attempt", &attempt.error_output, out)?;
    attempt.attachments.iter().try_for_each(|attachment| write_attachment(attachment, out))
}
