//! What one connection is doing and since when: whether it waits for its peer, and whether it waited too long.
//!
//! A peer must go on sending and taking bytes; a trickle does not count. Must never end a connection whose request is
//! being worked on.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit};
use tokio::time::Instant;

/// How long a peer may take for its request line and headers, and for each [`STEP`] of a body or an answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes. Slower than this per [`PATIENCE`] counts as not moving.
const STEP: usize = 16 * 1024;
/// How long a connection may stay open between two requests. Proxies keep theirs for a minute.
pub(super) const IDLE: Duration = Duration::from_secs(75);

pub(super) struct Activity {
    state: Mutex<State>,
    taken: Notify,
    end: Notify,
}

struct State {
    phase: Phase,
    progress: Progress,
    /// The peer does not take what was written.
    blocked: Option<Progress>,
    /// The part of the server's memory for bodies that this request's body takes.
    body: Option<OwnedSemaphorePermit>,
    /// There was no room for the body.
    no_room: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing has come yet.
    Fresh,
    /// Between two requests.
    Idle,
    /// Request line and headers are coming.
    Head,
    /// The request wants more of its body.
    Body,
    /// The server's turn.
    Working,
}

/// Since when nothing, or too little, has moved.
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

    /// Bytes came from the peer.
    pub(super) fn has_read(&self, bytes: usize) {
        self.state().has_read(bytes, Instant::now());
    }

    /// So many bytes of so many were taken.
    pub(super) fn has_written(&self, bytes: usize, of: usize) {
        if self.state().has_written(bytes, of, Instant::now()) {
            self.taken.notify_waiters();
        }
    }

    /// The peer takes nothing at the moment.
    pub(super) fn is_blocked(&self) {
        self.state().is_blocked(Instant::now());
    }

    /// Until the peer has taken the answers to its earlier requests. Without this, whoever sends requests and reads no
    /// answer fills the server's memory with them.
    pub(super) async fn wait_until_taken(&self) {
        loop {
            let taken = self.taken.notified();
            if self.state().blocked.is_none() {
                return;
            }
            taken.await;
        }
    }

    /// Whether the request that has just been read was sent before the last one was answered. Browsers and programs wait
    /// for the answer.
    pub(super) fn is_pipelined(&self) -> bool {
        self.state().phase == Phase::Idle
    }

    /// A request begins.
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

    /// The answer is there. Returns whether there was no room for the request's body.
    pub(super) fn answers(&self) -> bool {
        let mut state = self.state();
        state.body = None;
        std::mem::take(&mut state.no_room)
    }

    /// The answer was handed over.
    pub(super) fn has_answered(&self) {
        self.state().enter(Phase::Idle, Instant::now());
    }

    /// Since when it is the peer's turn; `None` while it is the server's.
    pub(super) fn waits_since(&self) -> Option<Instant> {
        self.state().waits_since()
    }

    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        self.state().is_overdue(now)
    }

    /// Ends the connection.
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

    /// Returns whether the peer took all that it had left waiting.
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
