//! The state of one connection: whether it waits for its peer, since when, and whether the wait is too long.
//!
//! A peer must keep sending or reading bytes, and more than a trickle. Must never end a connection whose request is
//! being worked on.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::time::Instant;

/// Time limit for a peer to send its request line and headers, and for each [`STEP`] of a body or an answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes. A peer that moves fewer bytes in [`PATIENCE`] is too slow.
const STEP: usize = 16 * 1024;
/// Maximum time that a connection may be idle between two requests. Proxies keep their connections for a minute.
pub(super) const IDLE: Duration = Duration::from_secs(75);

pub(super) struct Activity {
    state: Mutex<State>,
    taken: Notify,
    end: Notify,
}

struct State {
    phase: Phase,
    progress: Progress,
    /// `Some`: the peer does not read the data that was written.
    blocked: Option<Progress>,
    /// The part of the memory for bodies that this request's body uses.
    body: Option<OwnedSemaphorePermit>,
    /// There was no free memory for the request's body.
    no_room: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The peer has not sent anything yet.
    Fresh,
    /// Between two requests.
    Idle,
    /// The peer sends the request line and headers.
    Head,
    /// The request waits for more of its body.
    Body,
    /// The server works on the request.
    Working,
}

/// Progress of a transfer: the start of the current step, and the bytes moved since.
#[derive(Clone, Copy)]
struct Progress {
    since: Instant,
    moved: usize,
}

impl Progress {
    fn begin(now: Instant) -> Self {
        Self { since: now, moved: 0 }
    }

    fn advance(&mut self, bytes: usize, now: Instant) {
        self.moved += bytes;
        if self.moved >= STEP {
            *self = Self::begin(now);
        }
    }

    fn is_older(&self, than: Duration, now: Instant) -> bool {
        now.saturating_duration_since(self.since) > than
    }
}

impl Activity {
    pub(super) fn new() -> Self {
        Self::begun(Instant::now())
    }

    pub(super) fn begun(now: Instant) -> Self {
        Self { state: Mutex::new(State::new(now)), taken: Notify::new(), end: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Call this when bytes have come from the peer.
    pub(super) fn has_read(&self, bytes: usize) {
        self.state().has_read(bytes, Instant::now());
    }

    /// Call this when the peer has accepted `bytes` of the `of` bytes to write.
    pub(super) fn has_written(&self, bytes: usize, of: usize) {
        if self.state().has_written(bytes, of, Instant::now()) {
            self.taken.notify_waiters();
        }
    }

    /// Call this when the peer accepts no bytes at the moment.
    pub(super) fn is_blocked(&self) {
        self.state().is_blocked(Instant::now());
    }

    /// Waits until the peer has read the answers to its earlier requests. Without this, a peer that sends requests but
    /// reads no answers fills the server's memory.
    pub(super) async fn wait_until_taken(&self) {
        loop {
            let taken = self.taken.notified();
            if self.state().blocked.is_none() {
                return;
            }
            taken.await;
        }
    }

    /// Whether the request that was just read was sent before the last answer. Browsers and programs wait for the
    /// answer.
    pub(super) fn is_pipelined(&self) -> bool {
        self.state().phase == Phase::Idle
    }

    /// Call this when the work on a request begins.
    pub(super) fn begin_work(&self) {
        self.state().enter(Phase::Working, Instant::now());
    }

    pub(super) fn wants_body(&self) {
        self.state().change(Phase::Working, Phase::Body, Instant::now());
    }

    pub(super) fn has_body(&self) {
        self.state().change(Phase::Body, Phase::Working, Instant::now());
    }

    /// Holds a part of the memory for bodies until the request is answered.
    pub(super) fn hold(&self, part: OwnedSemaphorePermit) {
        let mut state = self.state();
        match &mut state.body {
            Some(held) => held.merge(part),
            none => *none = Some(part),
        }
    }

    pub(super) fn had_no_room(&self) {
        self.state().no_room = true;
    }

    /// Call this when the answer is ready. Returns whether there was no free memory for the request's body.
    pub(super) fn answers(&self) -> bool {
        let mut state = self.state();
        state.body = None;
        std::mem::take(&mut state.no_room)
    }

    /// Call this when the answer was handed over.
    pub(super) fn has_answered(&self) {
        self.state().enter(Phase::Idle, Instant::now());
    }

    /// The time since which the connection waits for its peer; `None` while the server works.
    pub(super) fn waits_since(&self) -> Option<Instant> {
        self.state().waits_since()
    }

    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        self.state().is_overdue(now)
    }

    /// Closes the connection.
    pub(super) fn end(&self) {
        self.end.notify_one();
    }

    pub(super) async fn until_end(&self) {
        self.end.notified().await;
    }
}

impl State {
    fn new(now: Instant) -> Self {
        let (phase, progress) = (Phase::Fresh, Progress::begin(now));
        Self { phase, progress, blocked: None, body: None, no_room: false }
    }

    fn enter(&mut self, phase: Phase, now: Instant) {
        self.phase = phase;
        self.progress = Progress::begin(now);
    }

    fn change(&mut self, from: Phase, to: Phase, now: Instant) {
        if self.phase == from {
            self.enter(to, now);
        }
    }

    fn has_read(&mut self, bytes: usize, now: Instant) {
        match self.phase {
            Phase::Fresh | Phase::Idle if bytes > 0 => self.enter(Phase::Head, now),
            Phase::Body => self.progress.advance(bytes, now),
            _ => {}
        }
    }

    /// Returns whether the peer has now read all data that was waiting for it.
    fn has_written(&mut self, bytes: usize, of: usize, now: Instant) -> bool {
        if bytes == of {
            return self.blocked.take().is_some();
        }
        if let Some(blocked) = &mut self.blocked {
            blocked.advance(bytes, now);
        }
        false
    }

    fn is_blocked(&mut self, now: Instant) {
        self.blocked.get_or_insert_with(|| Progress::begin(now));
    }

    fn waits_since(&self) -> Option<Instant> {
        match (&self.blocked, self.phase) {
            (Some(blocked), _) => Some(blocked.since),
            (None, Phase::Working) => None,
            (None, _) => Some(self.progress.since),
        }
    }

    fn is_overdue(&self, now: Instant) -> bool {
        let stands = self.blocked.as_ref().is_some_and(|blocked| blocked.is_older(PATIENCE, now));
        stands
            || match self.phase {
                Phase::Fresh | Phase::Head | Phase::Body => self.progress.is_older(PATIENCE, now),
                Phase::Idle => self.progress.is_older(IDLE, now),
                Phase::Working => false,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_must_keep_moving() {
        let mut now = Instant::now();
        let mut state = State::new(now);
        now += PATIENCE;
        assert!(!state.is_overdue(now));
        state.has_read(1, now);
        for _ in 0..10 {
            now += PATIENCE / 8;
            state.has_read(1, now);
        }
        assert!(state.is_overdue(now), "a trickle of headers");
        state.enter(Phase::Working, now);
        now += PATIENCE * 9;
        assert!(!state.is_overdue(now), "the server's own time");
        assert!(state.waits_since().is_none());
        state.change(Phase::Working, Phase::Body, now);
        for _ in 0..10 {
            now += PATIENCE / 2;
            state.has_read(STEP, now);
            assert!(!state.is_overdue(now), "a slow body that moves");
        }
        for _ in 0..10 {
            now += PATIENCE / 8;
            state.has_read(10, now);
        }
        assert!(state.is_overdue(now), "a trickle of a body");
        state.enter(Phase::Idle, now);
        assert!(!state.is_overdue(now + IDLE));
        assert!(state.is_overdue(now + IDLE + Duration::from_millis(1)), "idle");
    }

    #[test]
    fn a_peer_must_take_what_it_asked_for() {
        let mut now = Instant::now();
        let mut state = State::new(now);
        state.enter(Phase::Working, now);
        state.is_blocked(now);
        for _ in 0..10 {
            now += PATIENCE / 8;
            assert!(!state.has_written(10, 100_000, now));
            state.is_blocked(now);
        }
        assert!(state.is_overdue(now), "a trickle");
        assert!(!state.has_written(STEP, 100_000, now));
        assert!(!state.is_overdue(now));
        assert!(state.waits_since().is_some());
        assert!(state.has_written(100, 100, now));
        assert!(state.waits_since().is_none());
    }
}
