use super::*;

fn share(organization_id: i64, share: Option<i64>) -> OrganizationShare {
    OrganizationShare { organization_id, name: String::new(), share, in_use: 0, assigned: 0, machines: 0 }
}

fn reservation(organization_id: i64, team_id: i64, seats: i64, in_use: i64) -> Reservation {
    Reservation { team_id, team: String::new(), organization_id, product: "KRE".into(), seats, in_use }
}

fn state(quota: i64, used: &[(i64, &str, i64)], shares: &[(i64, Option<i64>)]) -> SeatState {
    let mut map = BTreeMap::<i64, BTreeMap<String, i64>>::new();
    for (id, kind, seats) in used {
        map.entry(*id).or_default().insert((*kind).to_owned(), *seats);
    }
    let shares = shares.iter().map(|(id, seats)| share(*id, *seats)).collect();
    SeatState { quota, used: map, shares, reservations: Vec::new() }
}

fn sum(split: &SeatSplitOut) -> i64 {
    let SeatSplitOut {
        total: _,
        online,
        borrowed,
        offline,
        held,
        elsewhere,
        reserved,
        kept_elsewhere,
        beyond_share,
        free,
    } = split;
    online + borrowed + offline + held + elsewhere + reserved + kept_elsewhere + beyond_share + free
}

#[test]
fn the_parts_add_up_for_everybody() {
    let shares = [(1, None), (2, Some(4)), (3, Some(2))];
    for quota in 0..14 {
        for used in 0..6 {
            let mut state = state(quota, &[(1, "online", used), (2, "offline", 1), (2, "held", 1)], &shares);
            state.reservations =
                vec![reservation(1, 10, 3, 1), reservation(2, 20, 2, 0), reservation(3, 30, 9, 0)];
            for split in
                [1, 2, 3].map(|id| state.split_for(id)).into_iter().chain([state.split_for_account()])
            {
                assert_eq!(sum(&split), split.total, "{split:?}");
                assert_eq!(split.total, quota.max(used + 2), "{split:?}");
                let parts = [split.reserved, split.kept_elsewhere, split.beyond_share, split.free];
                assert!(parts.iter().all(|seats| *seats >= 0), "{split:?}");
            }
        }
    }
}

#[test]
fn a_share_and_reservations_take_from_the_free_seats() {
    let mut state = state(10, &[(1, "online", 2), (2, "borrowed", 1)], &[(1, Some(6)), (2, Some(3))]);
    state.reservations = vec![reservation(1, 10, 3, 1), reservation(2, 20, 5, 0)];
    let expected = SeatSplitOut {
        total: 10,
        online: 2,
        elsewhere: 1,
        reserved: 2,
        kept_elsewhere: 2,
        beyond_share: 1,
        free: 2,
        ..SeatSplitOut::default()
    };
    assert_eq!(state.split_for(1), expected);
    let whole = state.split_for_account();
    assert_eq!((whole.reserved, whole.free, whole.borrowed), (7, 0, 1));
}
