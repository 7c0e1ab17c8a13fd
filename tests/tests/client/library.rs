//! `testkeep_client` inside a program, with the real server.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use testkeep_client::{
    ApiKey, CheckoutRequest, ClientError, LeaseEnd, LeaseGuard, LeaseState, LicenseClient, MachineKey,
    Package, ServerUrl, TrustedKeys, Wait,
};
use testkeep_domain::license::{Product, Quota};
use testkeep_tests::programs::demo_key;

use crate::place::Place;
use crate::testkeep::MACHINE;

fn client(place: &Place) -> Arc<LicenseClient> {
    let server = ServerUrl::parse(place.url()).unwrap();
    let trusted = TrustedKeys::new(vec![demo_key().public_key()]);
    Arc::new(LicenseClient::new(server, &ApiKey::parse(&place.key).unwrap(), trusted).unwrap())
}

fn request() -> CheckoutRequest {
    CheckoutRequest::new(Package::Engine, MachineKey::parse(MACHINE).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_takes_renews_lists_and_releases() {
    let place = Place::usual().await;
    let client = client(&place);
    let request = request();
    let lease = client.checkout(&request).await.unwrap();
    assert_eq!(client.checkout(&request).await.unwrap().id(), lease.id(), "asked again: the same session");
    let renewed = client.renew(&lease, None).await.unwrap();
    assert_eq!(renewed.id(), lease.id());
    assert!(renewed.expires_at() >= lease.expires_at());
    let sessions = client.list_sessions().await.unwrap();
    assert_eq!(sessions.iter().map(|session| Some(session.id)).collect::<Vec<_>>(), [lease.id()]);
    client.release(lease.id().unwrap()).await.unwrap();
    client.release(lease.id().unwrap()).await.unwrap();
    assert!(matches!(client.renew(&lease, None).await, Err(ClientError::SessionEnded { .. })));
    assert_eq!(client.list_sessions().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_session_ends_and_says_so() {
    let place = Place::ending_in(30, 1).await;
    place.end_idle_sessions_after(5).await;
    let client = client(&place);
    let lease = client.checkout(&request()).await.unwrap();
    let mut guard = LeaseGuard::keep(client, lease, || Some(Duration::from_mins(6)));
    assert_eq!(guard.state(), LeaseState::Held);
    let state = tokio::time::timeout(Duration::from_mins(1), guard.changed()).await.unwrap();
    let LeaseState::Ended(LeaseEnd::Refused(ClientError::SessionEnded { message })) = state else {
        panic!("{state:?}")
    };
    assert!(message.contains("idle"), "{message}");
    assert_eq!(place.sessions("KRE").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_get_as_many_seats_as_there_are() {
    let place = Place::with(|terms| {
        terms.products.insert(Product::Kre, Quota { quota: 3, machine_quota: 5 });
    })
    .await;
    let client = client(&place);
    let asking = (0..12).map(|_| {
        let client = Arc::clone(&client);
        tokio::spawn(async move { client.checkout(&request()).await })
    });
    let mut leases = Vec::new();
    for asked in asking.collect::<Vec<_>>() {
        match asked.await.unwrap() {
            Ok(lease) => leases.push(lease),
            Err(ClientError::NoSeat { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((leases.len(), place.sessions("KRE").await.len()), (3, 3));
    // All waiting clients get a seat, one after the other.
    let waiting = (0..3).map(|_| {
        let client = Arc::clone(&client);
        tokio::spawn(async move {
            let lease =
                client.checkout(&CheckoutRequest { wait: Wait::AsLongAsItTakes, ..request() }).await?;
            LeaseGuard::keep(client, lease, || None).release().await
        })
    });
    let waiting: Vec<_> = waiting.collect();
    for lease in leases {
        client.release(lease.id().unwrap()).await.unwrap();
    }
    for asked in waiting {
        asked.await.unwrap().unwrap();
    }
    assert_eq!(place.sessions("KRE").await, Vec::<serde_json::Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_members_organization_must_be_named_when_there_are_several() {
    let place = Place::usual().await;
    let second = place.owner.organization("Second").await;
    let client = client(&place);
    let refused = client.checkout(&request()).await.unwrap_err();
    assert!(matches!(&refused, ClientError::Refused { code, .. } if code == "invalid"), "{refused}");
    assert!(refused.to_string().contains(&second.to_string()), "{refused}");
    let named = CheckoutRequest { organization_id: Some(second), ..request() };
    let lease = client.checkout(&named).await.unwrap();
    assert_eq!(json!(lease.claims().organization_id), json!(second));
}
