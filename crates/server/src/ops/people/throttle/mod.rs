//! Slows down guessing of passwords without locking anybody out.
//!
//! Every attempt is counted before the password is looked at, for the account, the address, and the account at this
//! address; guesses beyond the free ones wait for their turn ([`pace`]). A device or a place that the person signed in
//! from before does not wait: strangers cannot slow it down. What such an attempt is answered when the password is
//! wrong, and when, is the same as without: nobody finds out who is known here.
//!
//! The counters belong to the password as it is stored: whoever sets a new one, by whatever way, begins anew.

mod pace;
mod waiting;

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use testkeep_domain::account::EmailAddress;
use testkeep_domain::audit::AuditAction;
use testkeep_store::sign_in_throttle;
use testkeep_store::user::User;
use testkeep_store::{Tx, known_place};
use tokio::time::Instant;

pub use waiting::WaitingRoom;

use self::pace::{ACCOUNT, ADDRESS, LONGEST_WAIT, PAIR, PASS, Pace};
use crate::identity::device;
use crate::identity::token::hash_token;
use crate::ops::audit::Event;
use crate::ops::authorized::Authorized;
use crate::ops::change::Change;
use crate::ops::people::sessions::{SessionKind, SignIn};
use crate::{App, Error};

/// How long a place is known after the last sign-in from it.
pub(crate) const PLACE_LIFETIME: Duration = Duration::days(90);
/// How stale a place's note may get before a sign-in writes it.
const PLACE_RESOLUTION: Duration = Duration::days(1);
/// Counters that were not used for this time are deleted.
pub(crate) const KEEP_COUNTERS: Duration = Duration::days(1);
/// The audit log hears of the same subject once in this time.
const TELL_EVERY: Duration = Duration::days(1);
/// A refusal takes at least this long, as long as looking at a password would.
const REFUSAL: std::time::Duration = std::time::Duration::from_secs(1);

/// One attempt to sign in, and what it is counted for.
pub(in crate::ops) struct Attempt<'a> {
    app: &'a App,
    email: &'a str,
    user_id: Option<i64>,
    address: IpAddr,
    subjects: [(String, Pace); 3],
    /// A program's name counts: it tells a CI machine from others behind the same address.
    places: [String; 2],
    device: Option<String>,
    began: Instant,
}

/// When an attempt may be looked at.
pub(in crate::ops) struct Turn {
    /// A known device or place: look at the password first, and wait only if it is wrong.
    pub(in crate::ops) is_known: bool,
    verdict: Verdict,
}

enum Verdict {
    Wait(std::time::Duration),
    Refuse { retry_after: Duration },
}

impl<'a> Attempt<'a> {
    /// All texts that are no e-mail address share one subject.
    pub(in crate::ops) fn new(
        app: &'a App,
        email: Option<&'a EmailAddress>,
        user: Option<&User>,
        request: &SignIn,
    ) -> Self {
        let email = email.map_or("", EmailAddress::as_str);
        let network = network(request.address);
        let password = user.map_or("", |user| user.password.as_str());
        let state = app.secret_key.derive_token("password state", password.as_bytes());
        let account = format!("{}:{email}", state.get(..16).unwrap_or_default());
        let subjects = [
            (format!("address:{network}"), ADDRESS),
            (format!("account:{account}"), ACCOUNT),
            (format!("pair:{network}:{account}"), PAIR),
        ];
        let user_id = user.map(|user| user.id);
        let program = hex::encode(&hash_token(&request.user_agent)[..8]);
        let places = match request.kind {
            SessionKind::Person => [network.clone(), network],
            SessionKind::Program => [format!("{network} {program}"), network],
        };
        let device =
            device::find(app, request.device.as_deref(), user_id.unwrap_or_default(), app.clock.now());
        let began = Instant::now();
        Self { app, email, user_id, address: request.address, subjects, places, device, began }
    }

    /// Counts it, whatever comes of it, and takes a turn.
    pub(in crate::ops) async fn take_turn(&self) -> Result<Turn, Error> {
        let may = Authorized::by_the_server(Some(self.address));
        let mut change = Change::of(self.app, may).await?;
        let now = change.now();
        let mut rows = Vec::with_capacity(self.subjects.len());
        // In the same order everywhere, so that two requests cannot wait for each other.
        for (subject, pace) in &self.subjects {
            let row = sign_in_throttle::lock_throttle(change.tx(), subject, now).await?;
            rows.push(pace.forgotten(row, now));
        }
        let at = rows.iter().map(|row| row.next_at).max().unwrap_or(now);
        let verdict = verdict(at - now);
        let mut told = false;
        if matches!(verdict, Verdict::Wait(_)) {
            for ((subject, pace), row) in self.subjects.iter().zip(rows) {
                let mut row = pace.counted(row);
                if pace.is_slowed(&row) && row.told_at.is_none_or(|told| told < now - TELL_EVERY) {
                    row.told_at = Some(now);
                    change.record(self.event(subject));
                    told = true;
                }
                sign_in_throttle::update_throttle(change.tx(), subject, &row).await?;
            }
        }
        let is_known = self.use_pass(change.tx(), now).await?;
        change.commit().await?;
        self.tell(&verdict, is_known, told);
        Ok(Turn { is_known, verdict })
    }

    /// Whether a known device or place goes first; the number of times is limited.
    async fn use_pass(&self, tx: &mut Tx, now: DateTime<Utc>) -> Result<bool, Error> {
        let user_id = self.user_id.unwrap_or_default();
        let [own, address] = &self.places;
        let is_known_place =
            known_place::is_known_place(&mut *tx, user_id, [own, address], now - PLACE_LIFETIME).await?;
        let mut passes = Vec::new();
        passes.extend(self.device_subject());
        if is_known_place {
            passes.push(self.place_subject());
        }
        for subject in passes {
            let row = PASS.forgotten(sign_in_throttle::lock_throttle(tx, &subject, now).await?, now);
            if PASS.has_free(&row) {
                sign_in_throttle::update_throttle(tx, &subject, &PASS.counted(row)).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn device_subject(&self) -> Option<String> {
        self.device.as_ref().map(|device| format!("pass:device:{device}"))
    }

    fn place_subject(&self) -> String {
        // Of the network alone: a program chooses its own name, and may choose another for every guess.
        format!("pass:place:{}:{}", self.user_id.unwrap_or_default(), self.places[1])
    }

    /// The password was right: the attempt was no guess, and the place is known from now on.
    pub(in crate::ops) async fn forgive(&self, tx: &mut Tx, turn: &Turn, user_id: i64) -> Result<(), Error> {
        let now = self.app.clock.now();
        let was_counted = matches!(turn.verdict, Verdict::Wait(_));
        let subjects = self.subjects.iter().filter(|_| was_counted).map(|(subject, _)| subject.clone());
        for subject in subjects.chain(self.device_subject()).chain([self.place_subject()]) {
            sign_in_throttle::forgive_throttle(tx, &subject).await?;
        }
        let [own, _] = &self.places;
        Ok(known_place::note_known_place(tx, user_id, own, now - PLACE_RESOLUTION, now).await?)
    }

    /// Waits for the turn.
    ///
    /// # Errors
    /// [`Error::TooMany`]: without a turn the password must not be looked at, or its answer not be told.
    pub(in crate::ops) async fn wait(&self, turn: &Turn) -> Result<(), Error> {
        wait(self.app, &turn.verdict, self.began).await
    }

    fn event(&self, subject: &str) -> Event {
        let (kind, _) = subject.split_once(':').unwrap_or_default();
        let network = network(self.address);
        let event = match kind {
            "address" => Event::new(AuditAction::SlowSignIns, "address", None, network.as_str()),
            _ => Event::new(AuditAction::SlowSignIns, "user", self.user_id, self.email),
        };
        let event = event.detail("counted_for", if kind == "pair" { "account_from_address" } else { kind });
        if kind == "account" { event } else { event.detail("from", network) }
    }

    fn tell(&self, verdict: &Verdict, is_known: bool, told: bool) {
        match verdict {
            Verdict::Refuse { .. } if !is_known => self.app.metrics.sign_in_refused(),
            Verdict::Wait(time) if !is_known && !time.is_zero() => self.app.metrics.sign_in_slowed(),
            _ => (),
        }
        if told {
            tracing::warn!(address = %self.address, "wrong passwords: further attempts to sign in are slowed down");
        }
    }
}

fn verdict(wait: Duration) -> Verdict {
    if wait > LONGEST_WAIT {
        return Verdict::Refuse { retry_after: wait - LONGEST_WAIT };
    }
    Verdict::Wait(wait.to_std().unwrap_or_default())
}

async fn wait(app: &App, verdict: &Verdict, began: Instant) -> Result<(), Error> {
    let retry_after = match *verdict {
        Verdict::Wait(time) if time.is_zero() || app.waiting.wait(time).await => return Ok(()),
        Verdict::Wait(_) => LONGEST_WAIT,
        Verdict::Refuse { retry_after } => {
            app.waiting.hold_refusal(REFUSAL.saturating_sub(began.elapsed())).await;
            retry_after
        }
    };
    Err(too_many(retry_after))
}

/// Asking for a reset link, known address or not: slowed down like guesses from one address.
///
/// # Errors
/// [`Error::TooMany`]
pub(in crate::ops) async fn wait_to_ask_for_reset(app: &App, address: IpAddr) -> Result<(), Error> {
    let (now, began) = (app.clock.now(), Instant::now());
    let subject = format!("reset-address:{}", network(address));
    let mut change = Change::of(app, Authorized::by_the_server(Some(address))).await?;
    let row = ADDRESS.forgotten(sign_in_throttle::lock_throttle(change.tx(), &subject, now).await?, now);
    let verdict = verdict(row.next_at - now);
    if matches!(verdict, Verdict::Wait(_)) {
        sign_in_throttle::update_throttle(change.tx(), &subject, &ADDRESS.counted(row)).await?;
    }
    change.commit().await?;
    wait(app, &verdict, began).await
}

fn too_many(retry_after: Duration) -> Error {
    let seconds = retry_after.num_seconds() + 1;
    let unit = if seconds == 1 { "second" } else { "seconds" };
    Error::TooMany {
        message: format!("Too many attempts. Try again in {seconds} {unit}."),
        retry_after_seconds: seconds,
    }
}

/// One IPv6 customer owns a /64, so that is what counts.
pub(in crate::ops) fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// For a person who proved their identity in another way (a link in a mail, the setup link): the place is known.
pub(in crate::ops) async fn note_place(
    app: &App,
    tx: &mut Tx,
    user_id: i64,
    address: IpAddr,
) -> Result<(), Error> {
    let now = app.clock.now();
    Ok(known_place::note_known_place(tx, user_id, &network(address), now - PLACE_RESOLUTION, now).await?)
}
