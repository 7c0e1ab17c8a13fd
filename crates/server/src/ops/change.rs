//! One authorized write as one value: a transaction with its permission, its audit events and its jobs.
//!
//! [`Change::commit`] writes the mails, the jobs and then the events, each as one batch; commits; and wakes the workers. Events come last because
//! their hashes form a chain: the lock that puts them in order is held for two statements, not for the whole write. A
//! change that is dropped has never happened. Must never be made without a permission: there is no other way to record
//! or queue.

use chrono::{DateTime, Utc};
use testkeep_domain::account::EmailAddress;
use testkeep_domain::audit::AuditAction;
use testkeep_domain::permission::{AccountAction, Action, Level};
use testkeep_store::Tx;

use crate::identity::access::Scope;
use crate::identity::auth::Caller;
use crate::mail::Route;
use crate::mail::message::{Addressed, Message, write_messages};
use crate::ops::audit::{self, Event};
use crate::ops::authorized::{Authorized, Installation};
use crate::queue::{Job, Kind};
use crate::{App, Error};

#[must_use = "a change is nothing until it is committed"]
pub struct Change<T> {
    app: App,
    tx: Tx,
    may: Authorized<T>,
    now: DateTime<Utc>,
    events: Vec<Event>,
    jobs: Vec<Job>,
    mails: Vec<Addressed>,
    /// Whether a mail server is configured for these.
    routes: Vec<(Route, bool)>,
    /// Kinds of jobs that became due without being queued here.
    released: Vec<Kind>,
}

impl Change<Scope> {
    /// Begins with the permission to do `action` at a scope.
    ///
    /// # Errors
    /// As [`Caller::authorize`].
    pub async fn begin(
        app: &App,
        caller: &Caller,
        level: Level,
        id: i64,
        action: impl Into<Action>,
    ) -> Result<Self, Error> {
        let mut tx = app.db.begin().await?;
        let may = caller.authorize(&mut tx, level, id, action).await?;
        Ok(Self::with(app, tx, may))
    }

    /// Begins with the right that any role at the scope itself gives: to leave it.
    ///
    /// # Errors
    /// As [`Caller::authorize_being_there`].
    pub async fn begin_being_there(app: &App, caller: &Caller, level: Level, id: i64) -> Result<Self, Error> {
        let mut tx = app.db.begin().await?;
        let may = caller.authorize_being_there(&mut tx, level, id).await?;
        Ok(Self::with(app, tx, may))
    }

    /// Another permission that the change needs, for the same person; what follows is held against it.
    ///
    /// # Errors
    /// As [`Caller::authorize`].
    pub async fn require(
        &mut self,
        caller: &Caller,
        level: Level,
        id: i64,
        action: impl Into<Action>,
    ) -> Result<(), Error> {
        self.may = caller.authorize(&mut self.tx, level, id, action).await?;
        Ok(())
    }

    pub fn scope(&self) -> &Scope {
        self.may.scope()
    }

    /// To the scope itself.
    pub fn event(&self, action: AuditAction) -> Event {
        Event::of(action, self.scope())
    }

    /// To something within the scope.
    pub fn event_at(
        &self,
        action: AuditAction,
        kind: &'static str,
        id: Option<i64>,
        name: impl Into<String>,
    ) -> Event {
        Event::new(action, kind, id, name).at(self.scope())
    }
}

impl Change<Installation> {
    /// # Errors
    /// As [`Caller::authorize_installation`].
    pub async fn begin_installation(
        app: &App,
        caller: &Caller,
        action: AccountAction,
    ) -> Result<Self, Error> {
        let mut tx = app.db.begin().await?;
        let may = caller.authorize_installation(&mut tx, action).await?;
        Ok(Self::with(app, tx, may))
    }
}

impl<T> Change<T> {
    /// Begins with a permission that needs no look into the database.
    pub async fn of(app: &App, may: Authorized<T>) -> Result<Self, Error> {
        Ok(Self::with(app, app.db.begin().await?, may))
    }

    /// With a permission that was found in `tx`.
    pub fn with(app: &App, tx: Tx, may: Authorized<T>) -> Self {
        let (now, app) = (app.clock.now(), app.clone());
        Self {
            app,
            tx,
            may,
            now,
            events: Vec::new(),
            jobs: Vec::new(),
            mails: Vec::new(),
            routes: Vec::new(),
            released: Vec::new(),
        }
    }

    pub fn app(&self) -> &App {
        &self.app
    }

    pub fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    pub fn may(&self) -> &Authorized<T> {
        &self.may
    }

    /// For work that holds the transaction and asks the permission meanwhile.
    pub fn parts(&mut self) -> (&mut Tx, &Authorized<T>) {
        (&mut self.tx, &self.may)
    }

    /// When the change began: one time for everything it writes.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Events are recorded in this order when the change is committed.
    pub fn record(&mut self, event: Event) {
        self.events.push(event);
    }

    pub fn record_all(&mut self, events: impl IntoIterator<Item = Event>) {
        self.events.extend(events);
    }

    pub fn queue(&mut self, job: Job) {
        self.jobs.push(job);
    }

    /// Sends a mail after the commit, unless its route has no mail server or the person does not want it. Returns
    /// whether there is a mail server.
    pub async fn mail(&mut self, message: Message, recipient: EmailAddress) -> Result<bool, Error> {
        let route = message.route();
        let known = self.routes.iter().find(|(known, _)| *known == route);
        let has_server = if let Some((_, has_server)) = known {
            *has_server
        } else {
            let has_server = route.setting(&mut self.tx).await?.is_some();
            self.routes.push((route, has_server));
            has_server
        };
        if has_server {
            self.mails.push(Addressed { message, recipient });
        }
        Ok(has_server)
    }

    /// Jobs of this kind, queued earlier, are due from now on.
    pub fn release(&mut self, kind: Kind) {
        self.released.push(kind);
    }

    pub async fn commit(self) -> Result<(), Error> {
        let Self { app, mut tx, may, now, events, mut jobs, mails, released, .. } = self;
        if !mails.is_empty() {
            let ids = write_messages(&mut tx, &mails, now).await?;
            jobs.extend(ids.into_iter().map(|message_id| Job::SendMail { message_id }));
        }
        if !jobs.is_empty() {
            Job::write(&jobs, &mut tx, now).await?;
        }
        audit::record_all(&mut tx, &may, events, now).await?;
        tx.commit().await?;
        app.queue.wake(jobs.iter().map(Job::kind).chain(released));
        Ok(())
    }
}
