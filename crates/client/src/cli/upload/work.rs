//! Sends kept uploads first, then those of the arguments; keeps what the server does not receive.
//!
//! A kept upload goes only to the server that it was made for. Must never send kept uploads while another program does.

use std::time::Duration;

use testkeep_client::upload::{
    Ci, Found, Kept, NotSent, ReportFile, Spool, Upload, UploadKey, UploadMeta, Uploader, groups, pack,
};
use testkeep_domain::Clock;
use tokio::time::Instant;

use super::arguments::UploadArguments;
use super::outcome::{Done, Outcome};
use crate::cli::failure::say;

pub(super) struct Work {
    pub(super) uploader: Uploader,
    /// `None`: nothing can be kept.
    pub(super) spool: Option<Spool>,
    pub(super) clock: Clock,
    /// No request begins a retry after this.
    pub(super) deadline: Instant,
}

impl Work {
    pub(super) async fn send_kept(&self, show: &mut impl FnMut(&Outcome)) -> Vec<Outcome> {
        let Some(spool) = &self.spool else { return Vec::new() };
        // Locked before the list is read, and until all are sent: so no other program sends or removes them.
        match spool.lock() {
            Ok(Some(_lock)) => self.send_all(spool, self.list(spool), show).await,
            Ok(None) => {
                say("Another testkeep is sending kept uploads right now.");
                Vec::new()
            }
            Err(error) => {
                if error.kind() != std::io::ErrorKind::NotFound {
                    say(&format!("{} cannot be used: {error}.", spool.folder().display()));
                }
                Vec::new()
            }
        }
    }

    /// The kept uploads for this server.
    fn list(&self, spool: &Spool) -> Vec<Kept> {
        let kept = spool.list(self.clock.now()).unwrap_or_else(|error| {
            say(&format!("{} cannot be read: {error}.", spool.folder().display()));
            Vec::new()
        });
        let (ours, others): (Vec<_>, Vec<_>) =
            kept.into_iter().partition(|kept| kept.meta.server == *self.uploader.server());
        if let Some(other) = others.first() {
            let (number, server) = (others.len(), &other.meta.server);
            say(&format!(
                "{number} kept upload(s) are for another server, for example {server}. They stay kept."
            ));
        }
        ours
    }

    async fn send_all(&self, spool: &Spool, all: Vec<Kept>, show: &mut impl FnMut(&Outcome)) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for kept in all {
            let outcome = self.send_again(spool, &kept).await;
            show(&outcome);
            let is_away = matches!(&outcome.result, Done::Kept { why: NotSent::Away { .. }, .. });
            outcomes.push(outcome);
            if is_away {
                break;
            }
        }
        outcomes
    }

    async fn send_again(&self, spool: &Spool, kept: &Kept) -> Outcome {
        let folder = || spool.folder().display().to_string();
        let result = match kept.open() {
            Err(error) => {
                kept.remove();
                Done::Failed(format!("what was kept of it cannot be read: {error}"))
            }
            Ok(upload) => match self.send(&upload).await {
                Ok(receipt) => {
                    kept.remove();
                    Done::Uploaded(receipt)
                }
                Err(why @ NotSent::Refused { sign_in: false, .. }) => {
                    kept.remove();
                    Done::NotSent { why, lost: format!("{} is no longer kept.", kept.meta.file) }
                }
                Err(why) => Done::Kept { why, folder: folder() },
            },
        };
        outcome(&kept.meta, true, result)
    }

    pub(super) async fn send_found(
        &self,
        arguments: &UploadArguments,
        found: Found,
        ci: Option<&Ci>,
        show: &mut impl FnMut(&Outcome),
    ) -> Vec<Outcome> {
        let (has_folder, count) = (found.has_folder, found.files.len());
        let groups = match groups(found.files) {
            Ok(groups) => groups,
            Err(error) => {
                let outcome = unread(arguments, count, &error);
                show(&outcome);
                return vec![outcome];
            }
        };
        let mut outcomes = Vec::new();
        for (number, files) in groups.iter().enumerate() {
            let outcome = match self.packed(arguments, files, has_folder, ci, number) {
                Ok(upload) => self.send_new(&upload).await,
                Err(error) => unread(arguments, files.len(), &error),
            };
            show(&outcome);
            outcomes.push(outcome);
        }
        outcomes
    }

    fn packed(
        &self,
        arguments: &UploadArguments,
        files: &[ReportFile],
        has_folder: bool,
        ci: Option<&Ci>,
        number: usize,
    ) -> std::io::Result<Upload> {
        let packed = pack(files, has_folder)?;
        let about = arguments.about().or(ci.map(|ci| ci.about.clone()).unwrap_or_default());
        let project = arguments.project.clone().unwrap_or_default();
        let given = arguments.idempotency_key.as_ref().map(|key| key.numbered(number));
        let key = given.unwrap_or_else(|| UploadKey::of(&project, &about, &packed, ci));
        let meta = UploadMeta {
            server: self.uploader.server().clone(),
            project,
            file: packed.name,
            files: packed.files,
            bytes: packed.bytes,
            compressed: packed.compressed,
            key,
            about,
        };
        Ok(Upload { meta, body: packed.body })
    }

    async fn send_new(&self, upload: &Upload) -> Outcome {
        let result = match self.send(upload).await {
            Ok(receipt) => Done::Uploaded(receipt),
            Err(why @ NotSent::Refused { .. }) => {
                Done::NotSent { why, lost: format!("{} is not uploaded.", upload.meta.file) }
            }
            Err(why) => self.keep(upload, why),
        };
        outcome(&upload.meta, false, result)
    }

    async fn send(&self, upload: &Upload) -> Result<testkeep_client::upload::Receipt, NotSent> {
        let told = |error: &NotSent, pause: Duration| {
            say(&format!("{error} Trying again in {:.0} s.", pause.as_secs_f64().ceil()));
        };
        self.uploader.send_until(upload, self.deadline, told).await
    }

    fn keep(&self, upload: &Upload, why: NotSent) -> Done {
        let lost = |reason: String| format!("{} is not uploaded, and not kept: {reason}.", upload.meta.file);
        let Some(spool) = &self.spool else {
            return Done::NotSent {
                why,
                lost: lost("there is no folder for it. Pass --spool FOLDER".into()),
            };
        };
        match spool.keep(upload, self.clock.now()) {
            Ok(removed) => {
                for old in removed {
                    say(&format!("{} was kept for too long and is removed to make room.", old.meta.file));
                }
                Done::Kept { why, folder: spool.folder().display().to_string() }
            }
            Err(error) => Done::NotSent { why, lost: lost(error.to_string()) },
        }
    }
}

fn outcome(meta: &UploadMeta, was_kept: bool, result: Done) -> Outcome {
    let (file, project) = (meta.file.clone(), meta.project.clone());
    Outcome { file, files: meta.files, project, was_kept, result }
}

fn unread(arguments: &UploadArguments, files: usize, error: &std::io::Error) -> Outcome {
    let project = arguments.project.clone().unwrap_or_default();
    let file = arguments.files.join(", ");
    Outcome { file, files, project, was_kept: false, result: Done::Failed(error.to_string()) }
}
