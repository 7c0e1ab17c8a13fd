//! Finds what fits a query, kind by kind, and keeps the best of each.
//!
//! Must never search beyond what [`Visible`] allows.

use testkeep_domain::fuzzy::{Fit, fit};
use testkeep_domain::permission::OrganizationAction;
use testkeep_domain::text::fold;
use testkeep_store::scopes::scope::ACCOUNT;
use testkeep_store::search::{
    self, FoundInvitation, FoundMachine, FoundPerson, FoundPlace, FoundSession, Patterns,
};

use super::found::{FoundKind, FoundOut};
use crate::api::types::name_or_email;
use crate::identity::visible::Visible;
use crate::{App, Error};

pub(super) type Found = Vec<(Fit, FoundOut)>;

pub(super) struct Finder<'a> {
    pub app: &'a App,
    pub visible: Visible,
    /// Folded.
    pub query: String,
    /// The largest number of each kind.
    pub limit: usize,
}

/// Runs a search with narrow patterns, and with wide ones when the narrow ones found too few.
macro_rules! widening {
    ($search:ident, $patterns:ident => $candidates:expr, $pick:expr) => {{
        let $patterns = Patterns::close(&$search.query);
        let found = $search.best(&$candidates, $pick);
        if found.len() >= $search.limit {
            return Ok(found);
        }
        let $patterns = Patterns::loose(&$search.query);
        let loose = $search.best(&$candidates, $pick);
        Ok($search.together(found, loose))
    }};
}

impl Finder<'_> {
    /// In no particular order.
    pub(super) async fn everything(&self) -> Result<Found, Error> {
        let mut found = self.people().await?;
        found.extend(self.invitations().await?);
        found.extend(self.places().await?);
        found.extend(self.groups().await?);
        found.extend(self.machines().await?);
        found.extend(self.sessions().await?);
        found.extend(self.organizations());
        Ok(found)
    }

    async fn people(&self) -> Result<Found, Error> {
        let db = &self.app.db;
        let scopes = self.visible.scopes_with_people(self.app).await?;
        let pick = |row: &FoundPerson| {
            let by_name = fit(&self.query, &row.folded_name);
            let by_email = fit(&self.query, &row.folded_email).filter(|fit| *fit <= Fit::Inside);
            by_name.into_iter().chain(by_email).min().map(|fit| (fit, person(row)))
        };
        let limit = i64::try_from(self.limit).map_err(Error::internal)?;
        let started = search::list_people_by_start(db, &scopes, &Patterns::close(&self.query), limit).await?;
        let found = self.best(&started, pick);
        if found.len() >= self.limit {
            return Ok(found);
        }
        let others: Result<Found, Error> =
            widening!(self, patterns => search::list_people(db, &scopes, &patterns).await?, pick);
        Ok(self.together(found, others?))
    }

    async fn places(&self) -> Result<Found, Error> {
        let (db, filter) = (&self.app.db, self.visible.places());
        let pick = |row: &FoundPlace| self.named(row);
        widening!(self, patterns => search::list_places(db, &filter, &patterns).await?, pick)
    }

    async fn groups(&self) -> Result<Found, Error> {
        let db = &self.app.db;
        let organizations = self.visible.organizations_where(OrganizationAction::ViewGroups);
        let pick = |row: &FoundPlace| self.named(row);
        widening!(self, patterns => search::list_groups(db, &organizations, &patterns).await?, pick)
    }

    async fn machines(&self) -> Result<Found, Error> {
        let db = &self.app.db;
        let organizations = self.visible.organizations_where(OrganizationAction::ViewLicenseManagement);
        let pick = |row: &FoundMachine| {
            let fits = self.by_host(&row.folded_hostname, &row.machine_key);
            fits.map(|fit| (fit, self.machine(row)))
        };
        widening!(self, patterns => search::list_machines(db, &organizations, &patterns).await?, pick)
    }

    async fn sessions(&self) -> Result<Found, Error> {
        let (db, now) = (&self.app.db, self.app.clock.now());
        let organizations = self.visible.organizations_where(OrganizationAction::ViewLicenseManagement);
        let pick = |row: &FoundSession| {
            let fits = self.by_host(&row.folded_hostname, &row.machine_key);
            fits.map(|fit| (fit, self.session(row)))
        };
        widening!(self, patterns => search::list_sessions(db, &organizations, now, &patterns).await?, pick)
    }

    /// A machine and a session are found by the host name, or by a part of the Machine ID.
    fn by_host(&self, folded_hostname: &str, machine_key: &str) -> Option<Fit> {
        let by_key = fit(&self.query, &fold(machine_key)).filter(|fit| *fit <= Fit::Inside);
        fit(&self.query, folded_hostname).into_iter().chain(by_key).min()
    }

    /// Finds invitations only by a part of the email address, because an address with one wrong letter may belong to
    /// another person.
    async fn invitations(&self) -> Result<Found, Error> {
        let scopes = self.visible.scopes_with_invitations();
        let patterns = Patterns::close(&self.query);
        let rows = search::list_invitations(&self.app.db, &scopes, &patterns).await?;
        Ok(self.best(&rows, |row| {
            let fits = fit(&self.query, &row.folded_email).filter(|fit| *fit <= Fit::Inside);
            fits.map(|fit| (fit, self.invitation(row)))
        }))
    }

    /// They are few, and all of them were read already.
    fn organizations(&self) -> Found {
        let rows: Vec<_> = self.visible.organizations.iter().collect();
        self.best(&rows, |row| {
            let found = FoundOut {
                kind: FoundKind::Organization,
                id: row.id,
                name: row.name.clone(),
                detail: None,
                organization_id: None,
                organization_name: None,
            };
            fit(&self.query, &fold(&row.name)).map(|fit| (fit, found))
        })
    }

    fn named(&self, row: &FoundPlace) -> Option<(Fit, FoundOut)> {
        let kind = match row.kind.as_str() {
            "team" => FoundKind::Team,
            "project" => FoundKind::Project,
            _ => FoundKind::Group,
        };
        let found = FoundOut {
            kind,
            id: row.id,
            name: row.name.clone(),
            detail: None,
            organization_id: Some(row.organization_id),
            organization_name: self.organization_name(row.organization_id),
        };
        fit(&self.query, &row.folded_name).map(|fit| (fit, found))
    }

    fn session(&self, row: &FoundSession) -> FoundOut {
        let who = name_or_email(&row.first_name, &row.last_name, &row.email);
        FoundOut {
            kind: FoundKind::Session,
            id: row.id,
            name: host_name(&row.hostname, &row.machine_key),
            detail: Some(format!("{who}, {}", row.product)),
            organization_id: Some(row.organization_id),
            organization_name: self.organization_name(row.organization_id),
        }
    }

    fn invitation(&self, row: &FoundInvitation) -> FoundOut {
        FoundOut {
            kind: FoundKind::Invitation,
            id: row.id,
            name: row.email.clone(),
            detail: None,
            organization_id: Some(row.scope_id).filter(|id| *id != ACCOUNT),
            organization_name: self.organization_name(row.scope_id),
        }
    }

    fn machine(&self, row: &FoundMachine) -> FoundOut {
        FoundOut {
            kind: FoundKind::Machine,
            id: row.id,
            name: host_name(&row.hostname, &row.machine_key),
            detail: Some(row.machine_key.clone()),
            organization_id: Some(row.organization_id),
            organization_name: self.organization_name(row.organization_id),
        }
    }

    fn organization_name(&self, id: i64) -> Option<String> {
        self.visible.organization(id).map(|organization| organization.name.clone())
    }

    /// The best of the candidates; of equal ones, the shorter name first.
    fn best<Row>(&self, rows: &[Row], pick: impl Fn(&Row) -> Option<(Fit, FoundOut)>) -> Found {
        self.sorted(rows.iter().filter_map(pick).collect())
    }

    /// Both without what is in both.
    fn together(&self, mut found: Found, more: Found) -> Found {
        for (fit, item) in more {
            if found.iter().all(|(_, other)| (other.kind, other.id) != (item.kind, item.id)) {
                found.push((fit, item));
            }
        }
        self.sorted(found)
    }

    fn sorted(&self, mut found: Found) -> Found {
        found.sort_by(|(left, a), (right, b)| {
            (left, a.name.len(), &a.name, a.id).cmp(&(right, b.name.len(), &b.name, b.id))
        });
        // Teams and projects are found together, and each kind has its own number.
        let mut counts = std::collections::HashMap::new();
        found.retain(|(_, item)| {
            let count = counts.entry(item.kind as u8).or_insert(0);
            *count += 1;
            *count <= self.limit
        });
        found
    }
}

fn host_name(hostname: &str, machine_key: &str) -> String {
    if hostname.is_empty() { machine_key } else { hostname }.to_owned()
}

fn person(row: &FoundPerson) -> FoundOut {
    FoundOut {
        kind: FoundKind::Person,
        id: row.user_id,
        name: name_or_email(&row.first_name, &row.last_name, &row.email),
        detail: Some(row.email.clone()),
        organization_id: None,
        organization_name: None,
    }
}
