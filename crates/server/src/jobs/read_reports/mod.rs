//! The job that reads the files of an execution into the database.
//!
//! A thread parses the files ([`parse`]) and sends batches over a short channel; this side writes each batch in one
//! transaction (`ops::reports::reading`). So memory stays the same for any size of a report. Must never trust a report:
//! names and texts in it are only shown.

mod case;
mod parse;
mod summary;

use testkeep_domain::execution::ExecutionState;
use testkeep_reports::RunDetails;
use testkeep_store::reports::execution::{self, ReadEnd};
use testkeep_store::reports::execution_file;
use tokio::sync::mpsc;

use crate::ops::reports::reading::{self, Reading, Said, Standing};
use crate::ops::reports::upload::{UploadedFile, clean, clean_link};
use crate::queue::{Attempt, JobError};
use crate::stored_files::Writer;
use crate::{App, Error};
use parse::{Batch, Input, Part};
use summary::Summary;

/// Batches that wait to be written.
const WAITING: usize = 2;
/// Files of one execution.
const FILES_MAX: i64 = 20_000;

pub(super) async fn run(app: &App, execution_id: i64, attempt: Attempt) -> Result<(), JobError> {
    let Some(found) = execution::find_execution_state(&app.db, execution_id).await? else { return Ok(()) };
    let mut texts = app.files.write(found.project_id).await.map_err(Error::from)?;
    let Some(reading) = reading::begin(app, &found, &texts.place).await? else {
        texts.abort().await;
        return Ok(());
    };
    match read(app, &reading, &mut texts).await {
        Ok(Some(summary)) => {
            // The texts are stored first, because a page reads them as soon as the execution is done.
            texts.finish().await.map_err(Error::from)?;
            Ok(finish(app, &reading, &summary).await?)
        }
        Ok(None) => {
            texts.abort().await;
            Ok(())
        }
        Err(error) => {
            texts.abort().await;
            if attempt.last {
                give_up(app, &reading, &error.message()).await?;
            }
            Err(error.into())
        }
    }
}

/// Returns `None` when another reading has begun.
async fn read(app: &App, reading: &Reading, texts: &mut Writer) -> Result<Option<Summary>, Error> {
    let mut summary = Summary::default();
    let inputs = inputs(app, reading.execution_id, &mut summary).await?;
    let (sender, mut batches) = mpsc::channel(WAITING);
    let disk = app.disk.clone();
    let parsing = tokio::spawn(async move { disk.run_long(move || parse::parse(inputs, sender)).await });
    while let Some(part) = batches.recv().await {
        let standing = match part {
            Part::Batch(batch) => write(app, reading, batch, texts).await?,
            Part::Embedded { name, media_type, content } => {
                let content = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(content)]);
                let saved = app.files.save(reading.project_id, content, u64::MAX).await?;
                reading::add_embedded(app, reading, &UploadedFile { name, media_type, saved }).await?;
                Standing::Valid
            }
            Part::Report(report) => {
                summary.add(report);
                Standing::Valid
            }
            Part::Details(details) => {
                summary.details = *details;
                Standing::Valid
            }
        };
        if standing == Standing::Replaced {
            return Ok(None);
        }
    }
    parsing.await.map_err(Error::internal)?.map_err(Error::internal)?;
    Ok(Some(summary))
}

/// The files of an execution that have arrived. A client may send a file again at any time, which replaces the earlier
/// one and is read by a job of its own; a file that is not there any more is named in a note.
async fn inputs(app: &App, execution_id: i64, summary: &mut Summary) -> Result<Vec<Input>, Error> {
    let files = execution_file::list_files(&app.db, execution_id, 0, FILES_MAX).await?;
    let mut inputs = Vec::new();
    for file in files {
        if file.place.is_empty() {
            summary.note(format!("{}: The file did not arrive.", file.name));
            continue;
        }
        match app.files.find_path(&file.place).await? {
            Some(path) => inputs.push(Input { id: file.id, path, name: file.name }),
            None => summary.note(format!("{}: The stored file is missing.", file.name)),
        }
    }
    Ok(inputs)
}

async fn write(
    app: &App,
    reading: &Reading,
    mut batch: Batch,
    texts: &mut Writer,
) -> Result<Standing, Error> {
    let start = i64::try_from(texts.size).map_err(Error::internal)?;
    for row in &mut batch.rows {
        row.text_at += start;
    }
    texts.push(batch.texts.into()).await.map_err(Error::from)?;
    reading::add(app, reading, &batch.rows, batch.run_errors).await
}

fn said(details: &RunDetails) -> Said {
    let text = |text: &Option<String>| text.as_deref().and_then(clean);
    Said {
        name: text(&details.name),
        build: text(&details.build_label),
        build_url: details.build_url.as_deref().and_then(clean_link),
        environment: text(&details.profile),
        session: text(&details.session_id),
    }
}

/// After the last attempt: people see why, and may start another reading.
async fn give_up(app: &App, reading: &Reading, reason: &str) -> Result<(), Error> {
    let notes = serde_json::json!([format!("The files could not be read: {reason} Read them again later.")])
        .to_string();
    let end = ReadEnd { state: ExecutionState::Unreadable.as_str(), notes: &notes, ..ReadEnd::default() };
    let _replaced = reading::end(app, reading, end, &[], Said::default()).await?;
    Ok(())
}

async fn finish(app: &App, reading: &Reading, summary: &Summary) -> Result<(), Error> {
    let state = if summary.is_report() { ExecutionState::Done } else { ExecutionState::Unreadable };
    let notes = serde_json::to_string(&summary.notes()).map_err(Error::internal)?;
    let end = ReadEnd {
        state: state.as_str(),
        format: summary.format(),
        notes: &notes,
        started_at: summary.started_at,
        finished_at: summary.finished_at(),
        duration_ms: summary.duration_ms(),
    };
    // A reading that was replaced has nothing to end.
    let _replaced = reading::end(app, reading, end, summary.reports(), said(&summary.details)).await?;
    Ok(())
}
