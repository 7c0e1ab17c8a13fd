//! One authorized write as one value: a transaction with its permission, its audit events and its jobs.
//!
//! [`Change::commit`] writes the mails, the jobs and the events, each as one batch; then it commits and wakes the
//! workers. Events are written last because their hashes form a chain: the lock that puts them in order is held for two
//! statements, not for the whole write. A change that is dropped is rolled back. Must never be made without a
//! permission: no other type can record events or queue jobs.

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
    /// Jobs that are due later.
    later: Vec<(Job, DateTime<Utc>)>,
    mails: Vec<Addressed>,
    /// For each route that a mail needed: whether it has a mail server.
    routes: Vec<(Route, bool)>,
    /// Kinds of earlier jobs that [`Self::release`] made due.
    released: Vec<Kind>,
}

impl Change<Scope> {
    /// Opens the transaction with the permission to do `action` in a scope.
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

    /// Opens the transaction with the permission to leave a scope, which any role in the scope itself gives.
    ///
    /// # Errors
    /// As [`Caller::authorize_leaving`].
    pub async fn begin_leaving(app: &App, caller: &Caller, level: Level, id: i64) -> Result<Self, Error> {
        let mut tx = app.db.begin().await?;
        let may = caller.authorize_leaving(&mut tx, level, id).await?;
        Ok(Self::with(app, tx, may))
    }

    /// Checks another permission for the same person. From then on the change holds that permission instead of the
    /// first.
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

    /// An event whose target is the scope itself.
    pub fn event(&self, action: AuditAction) -> Event {
        Event::of(action, self.scope())
    }

    /// An event whose target is something in the scope.
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
    /// Opens the transaction with a permission on the whole installation.
    ///
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
    /// Opens the transaction with a permission that was checked before.
    pub async fn of(app: &App, may: Authorized<T>) -> Result<Self, Error> {
        Ok(Self::with(app, app.db.begin().await?, may))
    }

    /// Takes over `tx`, in which the permission was checked.
    pub fn with(app: &App, tx: Tx, may: Authorized<T>) -> Self {
        let (now, app) = (app.clock.now(), app.clone());
        Self {
            app,
            tx,
            may,
            now,
            events: Vec::new(),
            jobs: Vec::new(),
            later: Vec::new(),
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

    /// For work that needs the transaction and the permission at the same time.
    pub fn parts(&mut self) -> (&mut Tx, &Authorized<T>) {
        (&mut self.tx, &self.may)
    }

    /// The time when the change began. Everything it writes has this one time.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Adds an event. [`Self::commit`] writes the events in the order they were added.
    pub fn record(&mut self, event: Event) {
        self.events.push(event);
    }

    pub fn record_all(&mut self, events: impl IntoIterator<Item = Event>) {
        self.events.extend(events);
    }

    pub fn queue(&mut self, job: Job) {
        self.jobs.push(job);
    }

    /// Queues a job that is due at a later time.
    pub fn queue_at(&mut self, job: Job, due: DateTime<Utc>) {
        self.later.push((job, due));
    }

    /// Queues a mail that is sent after the commit, unless its route has no mail server or the person has switched off
    /// this kind. Returns whether there is a mail server.
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

    /// Makes earlier jobs of this kind due now.
    pub fn release(&mut self, kind: Kind) {
        self.released.push(kind);
    }

    pub async fn commit(self) -> Result<(), Error> {
        let Self { app, mut tx, may, now, events, mut jobs, later, mails, released, .. } = self;
        if !mails.is_empty() {
            let ids = write_messages(&mut tx, &mails, now).await?;
            jobs.extend(ids.into_iter().map(|message_id| Job::SendMail { message_id }));
        }
        if !jobs.is_empty() {
            Job::write(&jobs, &mut tx, now).await?;
        }
        for (job, due) in later {
            Job::write(&[job], &mut tx, due).await?;
        }
        audit::record_all(&mut tx, &may, events, now).await?;
        tx.commit().await?;
        app.queue.wake(jobs.iter().map(Job::kind).chain(released));
        Ok(())
    }
}
