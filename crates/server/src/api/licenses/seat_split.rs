//! Splits all seats of a product into parts that add up: in use by kind, reserved, kept for others, free.
//!
//! Pure arithmetic, with the rules of `ops::leases::seat`. Must never read the database.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use testkeep_store::licenses::setting::{OrganizationShare, Reservation};
use utoipa::ToSchema;

use crate::ops::leases::{kept_within_share, unused_by_organization};

/// All seats of the installation in parts: the sum of all fields after `total` is `total`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct SeatSplitOut {
    /// The quota; more if more seats are in use than licensed.
    pub total: i64,
    pub online: i64,
    pub borrowed: i64,
    pub offline: i64,
    /// Seats of ended sessions that count until their lease ends.
    pub held: i64,
    /// In use in other organizations.
    pub elsewhere: i64,
    /// Not in use, reserved for teams.
    pub reserved: i64,
    /// Not in use, kept for other organizations, which have reserved them within their shares.
    pub kept_elsewhere: i64,
    /// Not in use, but beyond the organization's share.
    pub beyond_share: i64,
    pub free: i64,
}

/// The state of all organizations, from which each part is computed.
pub(crate) struct SeatState {
    pub quota: i64,
    /// Kind → seats, by organization.
    pub used: BTreeMap<i64, BTreeMap<String, i64>>,
    pub shares: Vec<OrganizationShare>,
    pub reservations: Vec<Reservation>,
}

impl SeatState {
    fn in_use(&self) -> i64 {
        self.used.values().flat_map(BTreeMap::values).sum()
    }

    /// Number of seats that are not in use; reserved seats count as well.
    pub(crate) fn unused(&self) -> i64 {
        (self.quota - self.in_use()).max(0)
    }

    fn in_use_of(&self, organization_id: i64) -> i64 {
        self.used.get(&organization_id).map_or(0, |kinds| kinds.values().sum())
    }

    /// Seats that an organization may still take by its share; `None`: no share limits it.
    pub(crate) fn room(&self, organization_id: i64) -> Option<i64> {
        let share = self.shares.iter().find(|it| it.organization_id == organization_id)?.share?;
        Some((share - self.in_use_of(organization_id)).max(0))
    }

    /// Unused seats that other organizations have reserved within their shares.
    pub(crate) fn kept_for_others(&self, organization_id: i64) -> i64 {
        let unused = unused_by_organization(&self.reservations);
        let others = unused.into_iter().filter(|(id, _)| *id != organization_id);
        let kept = others.map(|(id, seats)| kept_within_share(seats, self.room(id))).sum::<i64>();
        kept.min(self.unused())
    }

    /// Seats that the organization could take now.
    pub(crate) fn available(&self, organization_id: i64) -> i64 {
        let left = self.unused() - self.kept_for_others(organization_id);
        left.min(self.room(organization_id).unwrap_or(i64::MAX))
    }

    /// Available seats that are reserved for teams of the organization.
    pub(crate) fn reserved(&self, organization_id: i64) -> i64 {
        let unused = unused_by_organization(&self.reservations);
        unused.get(&organization_id).copied().unwrap_or(0).min(self.available(organization_id))
    }

    /// All seats as one organization sees them.
    pub(crate) fn split_for(&self, organization_id: i64) -> SeatSplitOut {
        let own = self.used.get(&organization_id).cloned().unwrap_or_default();
        let (kept_elsewhere, reserved) =
            (self.kept_for_others(organization_id), self.reserved(organization_id));
        let available = self.available(organization_id);
        SeatSplitOut {
            elsewhere: self.in_use() - self.in_use_of(organization_id),
            reserved,
            kept_elsewhere,
            beyond_share: self.unused() - kept_elsewhere - available,
            free: available - reserved,
            ..self.parts_of(&own)
        }
    }

    /// All seats as the account sees them.
    pub(crate) fn split_for_account(&self) -> SeatSplitOut {
        let mut all = BTreeMap::new();
        for (kind, seats) in self.used.values().flatten() {
            *all.entry(kind.clone()).or_default() += seats;
        }
        let reserved = unused_by_organization(&self.reservations).values().sum::<i64>().min(self.unused());
        SeatSplitOut { reserved, free: self.unused() - reserved, ..self.parts_of(&all) }
    }

    fn parts_of(&self, kinds: &BTreeMap<String, i64>) -> SeatSplitOut {
        let of = |kind: &str| kinds.get(kind).copied().unwrap_or(0);
        SeatSplitOut {
            total: self.in_use().max(self.quota),
            online: of("online"),
            borrowed: of("borrowed"),
            offline: of("offline"),
            held: of("held"),
            ..SeatSplitOut::default()
        }
    }
}

#[cfg(test)]
#[path = "seat_split_tests.rs"]
mod tests;
