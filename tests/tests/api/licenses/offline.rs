//! Offline licenses, files for machines without a connection to the server: signed, counted until they expire, never
//! taken back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};
use testkeep_domain::lease::{LeaseKind, LeaseVerifier};
use testkeep_domain::license::{LeaseSecret, TrustedKeys, VendorKey};
use testkeep_tests::api::{Answer, client_key, start_of_time};
use testkeep_tests::on_both_databases;

use super::{Scene, assert_wrong, download};
use crate::audit::newest_events;

const MACHINE: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90";

/// The Machine ID of another machine.
fn machine(number: u32) -> String {
    format!("{number:032x}")
}

impl Scene {
    /// An offline license for the machine, until `day` or the license's end.
    async fn create_file(&self, machine: &str, day: Option<&str>) -> Answer {
        let body = json!({ "machine_key": machine, "holder": " Build farm, hall 2 ", "expires_on": day });
        self.owner.post(&self.path("KRE/offline"), &body).await
    }

    async fn file(&self, created: &Answer) -> (String, String) {
        assert_eq!(created.status, 201, "{}", created.body);
        download(&self.owner, &self.path(&format!("KRE/offline/{}/file", created.body["id"]))).await
    }
}

/// Header and claims of a compact JWS that the vendor's published client key signed.
fn read_by_clients(jws: &str) -> (Value, Value) {
    let LeaseSecret::Rs256(der) = client_key() else { panic!("the client key is RSA") };
    let key = RsaKeyPair::from_pkcs8(&der).unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref().to_vec());
    let (signed, signature) = jws.rsplit_once('.').unwrap();
    public.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    let part = |text: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    (part(header), part(claims))
}

on_both_databases!(a_file_says_what_existing_clients_read, |server| {
    let scene = Scene::new(server, 1, 3).await;
    let day = (start_of_time() + Duration::days(9)).date_naive();
    let created = scene.create_file(MACHINE, Some(&day.to_string())).await;
    let (disposition, jws) = scene.file(&created).await;
    assert_eq!(disposition, "attachment; filename=\"KRE_a1b2c3d4e5f60718293a4b5c6d7e8f90.lic\"");
    let (header, claims) = read_by_clients(&jws);
    assert_eq!(header["alg"], "RS256");
    let end = day.and_hms_opt(23, 59, 59).unwrap().and_utc();
    let expected = json!({ "licenseType": "ENTERPRISE", "machineId": MACHINE, "kind": "offline", "product": "KRE",
        "user": "Build farm, hall 2", "sessionId": "", "organizationId": scene.organization,
        "expirationDate": end.timestamp(), "exp": end.timestamp(), "iat": start_of_time().timestamp() });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&claims[name], value, "{name}");
    }
    let features: Vec<_> =
        claims["features"].as_array().unwrap().iter().map(|feature| feature["key"].clone()).collect();
    assert!(features.contains(&json!("cli")) && features.contains(&json!("offline")), "{features:?}");

    let list = scene.owner.get(&scene.path("KRE/offline")).await;
    let shown = &list.body["items"][0];
    assert_eq!(*shown, created.body);
    let words = ["holder", "state", "created_by", "file_name"].map(|name| shown[name].as_str().unwrap());
    assert_eq!(
        words,
        ["Build farm, hall 2", "active", "ada@example.com", "KRE_a1b2c3d4e5f60718293a4b5c6d7e8f90.lic"]
    );
    let events = newest_events(&scene.owner, 2).await;
    assert_eq!(events[0]["action"], "download_offline_license");
    let created_event = &events[1];
    assert_eq!(created_event["action"], "create_offline_license");
    assert_eq!(created_event["target_name"], "Build farm, hall 2");
    assert_eq!(created_event["details"]["machine_key"], MACHINE);
    assert_eq!(created_event["details"]["expires_on"], day.to_string(), "a calendar date");
    assert!(!json!(events).to_string().contains(&jws), "the log carries no license");
    let other = scene.path(&format!("KSE/offline/{}/file", created.body["id"]));
    assert_eq!(scene.owner.get(&other).await.status, 404, "it is of the other product");
    scene.server.stop().await;
});

on_both_databases!(without_the_client_key_our_own_clients_read_it, |server| {
    let scene =
        Scene::with(server, 1, 1, |terms| terms.lease_keys = vec![LeaseSecret::eddsa([11; 32])]).await;
    let created = scene.create_file(MACHINE, None).await;
    let (_, jws) = scene.file(&created).await;
    let vendor = TrustedKeys::new(vec![VendorKey::from_seed(&[7; 32]).public_key()]);
    let claims = LeaseVerifier::new(vendor).verify(&jws, MACHINE, scene.server.clock.now()).unwrap();
    assert_eq!((claims.kind, claims.organization_id), (LeaseKind::Offline, Some(scene.organization)));
    assert!(claims.allows("offline"));
    scene.server.stop().await;
});

on_both_databases!(no_file_outlives_the_subscription, |server| {
    let scene = Scene::new(server, 1, 3).await;
    let end = start_of_time() + Duration::days(365);
    for day in [None, Some(end.date_naive().to_string())] {
        let created = scene.create_file(MACHINE, day.as_deref()).await;
        let (_, jws) = scene.file(&created).await;
        assert_eq!(read_by_clients(&jws).1["exp"], end.timestamp(), "{day:?}");
        assert_eq!(created.body["expires_at"], end.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    }
    for days in [-1, 366, 100_000] {
        let day = (start_of_time() + Duration::days(days)).date_naive().to_string();
        assert_wrong(&scene.create_file(MACHINE, Some(&day)).await, "expires_on");
    }
    for machine in [
        "",
        "two words",
        "XYZ-not-hex",
        &MACHINE[1..],
        &format!("{MACHINE}0"),
        &"g".repeat(32),
        &"x".repeat(129),
    ] {
        assert_wrong(&scene.create_file(machine, None).await, "machine_key");
    }
    for holder in ["", " ", "a\u{7}b", &"x".repeat(201)] {
        let body = json!({ "machine_key": MACHINE, "holder": holder, "expires_on": null });
        assert_wrong(&scene.owner.post(&scene.path("KRE/offline"), &body).await, "holder");
    }
    assert_eq!(scene.product("KRE").await["offline"], 2, "what was refused is no file");
    scene.server.stop().await;
});

on_both_databases!(a_file_takes_a_seat_until_it_expires, |server| {
    let scene = Scene::new(server, 1, 2).await;
    let grace = scene.member("grace@example.com").await;
    let today = start_of_time().date_naive().to_string();
    for number in [1, 2] {
        assert_eq!(scene.create_file(&machine(number), Some(&today)).await.status, 201);
    }
    let product = scene.product("KRE").await;
    let counts = ["available", "in_use", "offline"].map(|name| product[name].as_i64().unwrap());
    assert_eq!(counts, [0, 2, 2]);
    let refused = scene.create_file(&machine(3), None).await;
    assert_eq!((refused.status, refused.code()), (409, "no_seat"));
    assert_eq!(scene.start(&grace, "ENGINE", "one").await.code(), "no_seat");
    let organization = format!("/api/v2/organizations/{}?confirm=Compilers", scene.organization);
    let kept = scene.owner.delete(&organization).await;
    assert_eq!((kept.status, kept.code()), (409, "conflict"), "{}", kept.body);
    assert!(kept.message().contains("offline licenses in use (2)"), "{}", kept.message());

    scene.server.forward(Duration::days(1));
    scene.run(&grace, "ENGINE", "one").await;
    let product = scene.product("KRE").await;
    assert_eq!((&product["available"], &product["offline"]), (&json!(1), &json!(0)));
    assert_eq!(scene.owner.column(&scene.path("KRE/offline"), "state").await, ["expired", "expired"]);
    assert_eq!(scene.owner.delete(&organization).await.status, 204);
    scene.server.stop().await;
});
