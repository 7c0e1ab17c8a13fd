//! Slows down guessing of passwords without locking anybody out.
//!
//! Every attempt is counted before the password is checked: for the account, for the IP address, and for the account at
//! this IP address. After a number of free guesses, each guess waits for its turn ([`pace`]): the time when its
//! password may be checked. A device or place (a network, and for programs the program's name) from which the person
//! signed in before does not wait, so strangers cannot slow it down. If its password is wrong, the answer and its time
//! are the same as for others, so that nobody finds out which email addresses are known.
//!
//! The counters belong to the stored password: after a change of the password they start anew.

mod pace;
mod waiting;

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use testkeep_domain::account::EmailAddress;
use testkeep_domain::audit::AuditAction;
use testkeep_store::Tx;
use testkeep_store::people::known_place;
use testkeep_store::people::sign_in_throttle;
use testkeep_store::people::user::User;
use tokio::time::Instant;

pub(crate) use waiting::WaitingRoom;

use self::pace::{ACCOUNT, ADDRESS, LONGEST_WAIT, PAIR, PASS, Pace};
use crate::identity::device;
use crate::identity::token::hash_token;
use crate::ops::audit::Event;
use crate::ops::authorized::Authorized;
use crate::ops::change::Change;
use crate::ops::people::sign_in_request::{SessionKind, SignIn};
use crate::{App, Error};

/// A place stays known for this time after the last sign-in from it.
pub(crate) const PLACE_LIFETIME: Duration = Duration::days(90);
/// A sign-in writes the time of a known place only if the stored time is older than this.
const PLACE_RESOLUTION: Duration = Duration::days(1);
/// Counters that were not used for this time are deleted.
pub(crate) const KEEP_COUNTERS: Duration = Duration::days(1);
/// At most one audit event for the same subject in this time.
const TELL_EVERY: Duration = Duration::days(1);
/// A refusal takes at least this long, as a password check would.
const REFUSAL: std::time::Duration = std::time::Duration::from_secs(1);

/// One attempt to sign in, with the subjects it is counted for.
pub(in crate::ops) struct Attempt<'a> {
    app: &'a App,
    email: &'a str,
    user_id: Option<i64>,
    address: IpAddr,
    subjects: [(String, Pace); 3],
    /// The place includes a program's name, to tell a CI machine from other programs behind the same IP address.
    places: [String; 2],
    device: Option<String>,
    began: Instant,
}

/// When the password of an attempt may be checked.
pub(in crate::ops) struct Turn {
    /// A known device or place: the password is checked first, and only a wrong one waits.
    pub(in crate::ops) is_known: bool,
    verdict: Verdict,
}

enum Verdict {
    Wait(std::time::Duration),
    Refuse { retry_after: Duration },
}

impl<'a> Attempt<'a> {
    /// All texts that are not email addresses share one subject.
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

    /// Counts the attempt, whether or not it succeeds, and takes a turn.
    pub(in crate::ops) async fn take_turn(&self) -> Result<Turn, Error> {
        let may = Authorized::by_the_server(Some(self.address));
        let mut change = Change::of(self.app, may).await?;
        let now = change.now();
        let mut rows = Vec::with_capacity(self.subjects.len());
        // Locked in the same order everywhere, so that two requests cannot deadlock.
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

    /// Whether a known device or place may skip the wait. The number of times is limited.
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

    /// Whether the person has signed in before, but neither from this place nor with this device.
    pub(in crate::ops) async fn is_new_place(&self, tx: &mut Tx, user_id: i64) -> Result<bool, Error> {
        if self.device.is_some() || !known_place::has_known_place(&mut *tx, user_id).await? {
            return Ok(false);
        }
        let [own, address] = &self.places;
        let since = self.app.clock.now() - PLACE_LIFETIME;
        Ok(!known_place::is_known_place(tx, user_id, [own, address], since).await?)
    }

    fn device_subject(&self) -> Option<String> {
        self.device.as_ref().map(|device| format!("pass:device:{device}"))
    }

    fn place_subject(&self) -> String {
        // Only the network counts: a program chooses its own name, and could choose another for every guess.
        format!("pass:place:{}:{}", self.user_id.unwrap_or_default(), self.places[1])
    }

    /// After a right password: takes the attempt out of the counters and stores the place as known.
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
    /// [`Error::TooMany`] when the attempt gets no turn. Then the password must not be checked, or its result not be
    /// returned.
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

/// Slows down requests for a reset link, like guesses from one IP address, for known and unknown email addresses.
///
/// # Errors
/// [`Error::TooMany`] when the request gets no turn.
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

/// The network of an IP address. For IPv6 this is the /64, because one customer owns all of it.
pub(in crate::ops) fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// Stores the place as known, for a person who proved their identity by a link in a mail or by the setup link.
pub(in crate::ops) async fn note_place(
    app: &App,
    tx: &mut Tx,
    user_id: i64,
    address: IpAddr,
) -> Result<(), Error> {
    let now = app.clock.now();
    Ok(known_place::note_known_place(tx, user_id, &network(address), now - PLACE_RESOLUTION, now).await?)
}
