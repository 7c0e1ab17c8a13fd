//! Activation: who may import which license file.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, SubsecRound as _, Utc};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};
use testkeep_domain::lease::{LeaseAlgorithm, LeaseClaims, LeaseError, LeaseKind, LeaseVerifier, features};
use testkeep_domain::license::{LeaseSecret, Product, Quota, VendorKey};
use testkeep_server::testing::{LeaseSigner, Licensing, PoolState, Pools};
use testkeep_tests::api::{Answer, PASSWORD, TestServer, client_key, license_by, machine};
use testkeep_tests::on_both_databases;
use uuid::Uuid;

on_both_databases!(unactivated_server_serves_nothing_else, |server| {
    let status = server.anonymous().get("/api/v2/status").await;
    assert_eq!(status.body["state"], "activation_required");
    assert_eq!(status.body["license"], serde_json::Value::Null);
    let shown = server.anonymous().get("/api/v2/activation").await;
    assert_eq!(shown.body["machine_id"], machine("the server").to_string());
    assert_eq!(server.sign_in("ada@example.com", PASSWORD).await.code(), "activation_required");
    server.activate().await;
    let status = server.anonymous().get("/api/v2/status").await;
    assert_eq!(status.body["state"], "account_required");
    assert_eq!(status.body["license"]["customer"], "Example Company");
    assert_eq!(status.body["license"]["state"], "active");
    server.stop().await;
});

on_both_databases!(each_refusal_has_its_own_message, |server| {
    let stranger = VendorKey::from_seed(&[8; 32]);
    let now = server.clock.now();
    let valid = server.license(|_| ());
    let cases = [
        ("empty", String::new()),
        ("no license", "null".into()),
        ("truncated", valid[..valid.len() / 2].to_owned()),
        ("tampered", valid.replacen('A', "B", 1)),
        ("stranger", license_by(&stranger, now, |_| ())),
        ("other machine", server.license(|terms| terms.machine_id = machine("somebody else"))),
        (
            "expired",
            server.license(|terms| {
                terms.issued_at -= Duration::days(9);
                terms.not_before = terms.issued_at;
                terms.expires_at = now - Duration::days(1);
            }),
        ),
        (
            "from the future",
            server.license(|terms| {
                terms.issued_at += Duration::days(9);
                terms.not_before = terms.issued_at;
            }),
        ),
    ];
    let mut messages = std::collections::BTreeMap::new();
    for (name, file) in cases {
        let answer = server.import(file).await;
        assert_eq!(answer.status(), 422, "{name}");
        let body: serde_json::Value = answer.json().await.unwrap();
        let message = body["error"]["fields"]["file"].as_str().unwrap_or_default().to_owned();
        assert!(!message.is_empty(), "{name}: {body}");
        if let Some(other) = messages.insert(message.clone(), name) {
            panic!("{name} and {other} share the message {message}");
        }
    }
    let status = server.anonymous().get("/api/v2/status").await;
    assert_eq!(status.body["state"], "activation_required");
    server.stop().await;
});

/// Imports as the owner.
async fn import(server: &TestServer, file: String) -> Answer {
    let owner = server.owner().await;
    owner.send(owner.request("POST", "/api/v2/activation").body(file)).await
}

async fn pools(server: &TestServer) -> Pools {
    server.app.licensing.pools(&server.app.db, server.clock.now()).await.expect("pools")
}

fn id_of(answer: &Answer) -> Uuid {
    answer.body["imported"]["license_id"].as_str().expect("an id").parse().expect("a UUID")
}

fn quota(number: u32) -> Quota {
    Quota { quota: number, machine_quota: number * 2 }
}

// The encoding in which a license file arrives does not matter: it is stored as the vendor wrote it.
on_both_databases!(a_license_that_was_mailed_is_the_one_that_was_signed, |server| {
    server.activate().await;
    server.set_up_account().await;
    let owner = server.owner().await;
    let ways: [fn(&str) -> Vec<u8>; 4] = [
        |file| file.lines().map(|line| format!("> {line}\r\n")).collect::<Vec<_>>().concat().into(),
        |file| format!("Hello Ada,\n\n{}\nBest – Bob\n", file.replace("-----", "—–")).into(),
        |file| format!("\u{feff}{file}").encode_utf16().flat_map(u16::to_le_bytes).collect(),
        zipped,
    ];
    for way in ways {
        let file = server.license(|_| ());
        let answer = owner.send(owner.request("POST", "/api/v2/activation").body(way(&file))).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let kept = server.app.layout.licenses().join(format!("{}.lic", id_of(&answer)));
        assert_eq!(std::fs::read_to_string(kept).unwrap(), file);
        assert!(import(&server, file).await.message().contains("already"));
    }
    for (bytes, words) in [
        (zipped("nothing"), "no license file was found in it"),
        (server.license(|_| ()).replace('\n', "<br>\n").into(), "'<' in line 1"),
        (b"%PDF-1.7".to_vec(), "a PDF document"),
        (format!("{}{}", server.license(|_| ()), server.license(|_| ())).into(), "Several different"),
    ] {
        let refused = owner.send(owner.request("POST", "/api/v2/activation").body(bytes)).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert!(refused.body.to_string().contains(words), "{words}: {}", refused.body);
    }
    server.stop().await;
});

fn zipped(file: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("ada.lic", zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut zip, file.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

on_both_databases!(a_second_file_needs_an_owner, |server| {
    let first = server.license(|_| ());
    assert_eq!(server.import(first.clone()).await.status(), 200);
    assert_eq!(server.import(server.license(|_| ())).await.status(), 401, "a stranger after activation");
    server.set_up_account().await;
    let again = import(&server, first).await;
    assert!(again.message().contains("already"), "{}", again.body);
    server.forward(Duration::days(340));
    let status = server.owner().await.get("/api/v2/status").await;
    assert_eq!(status.body["license"]["state"], "expiring");
    assert_eq!(status.body["ending"][0]["license_id"], status.body["license"]["license_id"]);
    let second = import(&server, server.license(|_| ())).await;
    assert_eq!(second.status, 200, "{}", second.body);
    assert_eq!(second.body["license"]["state"], "active");
    server.stop().await;
});

on_both_databases!(files_add_up_until_each_ends, |server| {
    server.set_up().await;
    let now = server.clock.now();
    let added = import(
        &server,
        server.license(|terms| {
            // Issued before the other one, which does not make it invalid.
            terms.issued_at -= Duration::days(2);
            terms.not_before = terms.issued_at;
            terms.expires_at = now + Duration::days(40);
            terms.products = BTreeMap::from([(Product::Kre, quota(3))]);
        }),
    )
    .await;
    assert_eq!(added.status, 200, "{}", added.body);
    assert_eq!(added.body["files"].as_array().map(Vec::len), Some(2));
    assert_eq!(added.body["imported"]["products"][0]["quota"], 3);
    assert_eq!(added.body["license"]["products"][0]["quota"], 10, "the one that ends last leads");

    let both = pools(&server).await;
    let kre = both.get(Product::Kre).expect("a pool");
    assert_eq!((kre.quota, kre.machine_quota), (8, 11));
    assert_eq!(kre.expires_at, now + Duration::days(365));
    assert_eq!(both.get(Product::Kse).map(|pool| pool.quota), Some(10));
    assert_eq!((both.state(Product::Kre), both.days_left(Product::Kre)), (PoolState::Active, 365));
    let steps: Vec<_> =
        kre.seats_until().iter().map(|step| ((step.from - now).num_days(), step.quota)).collect();
    assert_eq!(steps, [(0, 8), (40, 5), (365, 0)]);
    let at = |days: i64| kre.quota_at(now + Duration::days(days));
    assert_eq!((at(0), at(39), at(40), at(364), at(365)), (8, 8, 5, 5, 0));

    server.forward(Duration::days(30));
    let status = server.owner().await.get("/api/v2/status").await;
    assert_eq!(status.body["license"]["state"], "active");
    assert_eq!(status.body["ending"].as_array().map(Vec::len), Some(1));
    assert_eq!(status.body["ending"][0]["days_left"], 10);
    server.forward(Duration::days(10));
    assert_eq!(pools(&server).await.get(Product::Kre).map(|pool| pool.quota), Some(5));
    server.forward(Duration::days(300));
    assert_eq!(pools(&server).await.state(Product::Kre), PoolState::Expiring);
    server.forward(Duration::days(25));
    let over = pools(&server).await;
    assert_eq!((over.get(Product::Kre), over.state(Product::Kre)), (None, PoolState::Expired));
    assert_eq!(over.days_left(Product::Kre), 0);
    server.stop().await;
});

on_both_databases!(a_renewal_replaces_and_may_lower_the_quota, |server| {
    server.set_up().await;
    let first: Uuid = {
        let status = server.owner().await.get("/api/v2/status").await;
        status.body["license"]["license_id"].as_str().expect("an id").parse().expect("a UUID")
    };
    let never_imported = Uuid::new_v4();
    let renewal = import(
        &server,
        server.license(|terms| {
            terms.renews = vec![first, never_imported];
            terms.products = BTreeMap::from([(Product::Kse, quota(4))]);
        }),
    )
    .await;
    assert_eq!(renewal.status, 200, "{}", renewal.body);
    assert_eq!(renewal.body["files"][0]["state"], "replaced");
    assert_eq!(renewal.body["files"][1]["state"], "active");
    assert_eq!(renewal.body["license"]["license_id"], id_of(&renewal).to_string());
    let left = pools(&server).await;
    assert_eq!(left.get(Product::Kse).map(|pool| pool.quota), Some(4));
    assert_eq!((left.get(Product::Kre), left.state(Product::Kre)), (None, PoolState::None));

    let late = import(&server, server.license(|terms| terms.license_id = never_imported)).await;
    assert_eq!(late.status, 422, "{}", late.body);
    assert!(late.message().contains("renews it already"), "{}", late.body);
    let again = import(&server, server.license(|terms| terms.license_id = first)).await;
    assert!(again.message().contains("already installed"), "{}", again.body);

    // No mail reports the end of a replaced file.
    server.forward(Duration::days(350));
    let longer = import(&server, server.license(|terms| terms.renews = vec![id_of(&renewal)])).await;
    assert_eq!(longer.status, 200, "{}", longer.body);
    let status = server.owner().await.get("/api/v2/status").await;
    assert_eq!((&status.body["ending"], &status.body["license"]["state"]), (&json!([]), &json!("active")));
    server.stop().await;
});

on_both_databases!(another_server_on_the_database_notices, |server| {
    server.activate().await;
    let other = Licensing::new(server.app.licensing.trusted().clone(), machine("the server"));
    let seats = async |licensing: &Licensing| {
        let pools = licensing.pools(&server.app.db, server.clock.now()).await.expect("pools");
        pools.get(Product::Kse).map(|pool| pool.quota)
    };
    assert_eq!(seats(&other).await, Some(10));
    server.set_up_account().await;
    assert_eq!(import(&server, server.license(|_| ())).await.status, 200);
    assert_eq!(seats(&other).await, Some(20));
    // A license for one machine is not valid on another.
    let elsewhere = Licensing::new(server.app.licensing.trusted().clone(), machine("elsewhere"));
    assert_eq!(seats(&elsewhere).await, None);
    assert!(elsewhere.signer(LeaseAlgorithm::EdDsa, server.clock.now()).is_none());
    server.stop().await;
});

fn claims(signer: &LeaseSigner, now: DateTime<Utc>, lasts: Duration) -> LeaseClaims {
    LeaseClaims {
        license_id: signer.license_id(),
        customer: signer.customer().to_owned(),
        product: Product::Kre,
        user: "ada@example.com".into(),
        session_id: "s-1".into(),
        kind: LeaseKind::Online,
        machine_id: "m-1".into(),
        organization_id: Some(1),
        features: features(Product::Kre, false),
        issued_at: now.trunc_subsecs(0),
        renew_at: now.trunc_subsecs(0),
        expires_at: (now + lasts).trunc_subsecs(0),
        testing: false,
    }
}

on_both_databases!(leases_are_signed_with_the_keys_of_the_file_that_ends_last, |server| {
    server.set_up().await;
    let now = server.clock.now();
    let signer = |algorithm| server.app.licensing.signer(algorithm, server.clock.now());
    let first = signer(LeaseAlgorithm::EdDsa).expect("a signer");
    let claims_of = |signer: &LeaseSigner| claims(signer, now, Duration::minutes(15));
    let lease = first.sign(&claims_of(&first)).expect("a lease");
    let verifier = LeaseVerifier::new(server.app.licensing.trusted().clone());
    assert_eq!(verifier.verify(&lease, "m-1", now), Ok(claims_of(&first)));

    let rsa = signer(LeaseAlgorithm::Rs256).expect("a signer");
    let lease = rsa.sign(&claims_of(&rsa)).expect("a lease");
    assert_eq!(verifier.verify(&lease, "m-1", now), Err(LeaseError::ForExistingClients));
    assert_eq!(read_rs256(&lease), serde_json::to_value(claims_of(&rsa)).expect("JSON"));

    // Leases of another license, and leases that last too long, are refused.
    let mut foreign = claims_of(&first);
    foreign.license_id = Uuid::new_v4();
    assert!(first.sign(&foreign).is_err());
    assert_eq!(first.not_after(), now + Duration::days(365));
    assert!(first.sign(&claims(&first, now, Duration::days(365))).is_ok());
    assert!(first.sign(&claims(&first, now, Duration::days(366))).is_err());

    let without_keys = server.license(|terms| {
        terms.expires_at += Duration::days(90);
        terms.lease_keys.clear();
    });
    assert_eq!(import(&server, without_keys).await.status, 200);
    assert_eq!(signer(LeaseAlgorithm::EdDsa).map(|signer| signer.license_id()), Some(first.license_id()));
    let longer = import(&server, server.license(|terms| terms.expires_at += Duration::days(60))).await;
    assert_eq!(signer(LeaseAlgorithm::EdDsa).map(|signer| signer.license_id()), Some(id_of(&longer)));
    server.forward(Duration::days(430));
    assert!(signer(LeaseAlgorithm::EdDsa).is_none() && signer(LeaseAlgorithm::Rs256).is_none());
    server.stop().await;
});

/// The claims of a lease that the published demo key signed.
fn read_rs256(lease: &str) -> Value {
    let pair = RsaKeyPair::from_pkcs8(client_key().expose()).expect("the demo key");
    let pem: String =
        include_str!("../../../demo/client.pub").lines().filter(|line| !line.starts_with('-')).collect();
    assert!(
        STANDARD.decode(pem).expect("base64").ends_with(pair.public().as_ref()),
        "the published pair fits"
    );
    let (signed, signature) = lease.rsplit_once('.').expect("a JWS");
    let (header, payload) = signed.split_once('.').expect("a JWS");
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64url");
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public().as_ref());
    key.verify(signed.as_bytes(), &decode(signature)).expect("a good signature");
    let json = |text: &str| serde_json::from_slice::<Value>(&decode(text)).expect("JSON");
    assert_eq!(json(header), json!({"alg": "RS256", "typ": "JWT"}));
    json(payload)
}

on_both_databases!(files_without_lease_keys_still_activate, |server| {
    assert_eq!(server.import(server.license(|terms| terms.lease_keys.clear())).await.status(), 200);
    let now = server.clock.now();
    assert!(server.app.licensing.signer(LeaseAlgorithm::EdDsa, now).is_none());
    assert!(server.app.licensing.signer(LeaseAlgorithm::Rs256, now).is_none());
    assert_eq!(pools(&server).await.get(Product::Kse).map(|pool| pool.quota), Some(10));
    server.stop().await;
});

on_both_databases!(a_key_that_cannot_sign_is_refused_at_import, |server| {
    let broken = server.license(|terms| terms.lease_keys = vec![LeaseSecret::Rs256(vec![1, 2, 3].into())]);
    let answer = server.import(broken).await;
    assert_eq!(answer.status(), 422);
    let body: Value = answer.json().await.expect("JSON");
    let message = body["error"]["fields"]["file"].as_str().unwrap_or_default();
    assert!(message.contains("RS256 key"), "{body}");
    server.stop().await;
});

#[cfg(unix)]
on_both_databases!(the_copy_of_a_file_is_for_its_owner_alone, |server| {
    use std::os::unix::fs::PermissionsExt as _;
    server.activate().await;
    let copies: Vec<_> = std::fs::read_dir(server.app.layout.licenses()).expect("copies").collect();
    assert_eq!(copies.len(), 1);
    for copy in copies {
        let mode = copy.expect("a copy").metadata().expect("its mode").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    server.stop().await;
});

on_both_databases!(an_expired_license_still_lets_people_sign_in, |server| {
    server.set_up().await;
    server.forward(Duration::days(400));
    let status = server.owner().await.get("/api/v2/status").await;
    assert_eq!(status.body["license"]["state"], "expired");
    assert_eq!(status.body["state"], "ready");
    let owner = server.owner().await;
    assert_eq!(owner.get("/api/v2/me").await.status, 200);
    server.stop().await;
});

on_both_databases!(a_clock_set_back_is_noticed_after_a_day, |server| {
    server.activate().await;
    server.clock.set(server.clock.now() - Duration::hours(23));
    assert_eq!(server.anonymous().get("/api/v2/status").await.body["clock"], "ok");
    server.clock.set(server.clock.now() - Duration::hours(2));
    assert_eq!(server.anonymous().get("/api/v2/status").await.body["clock"], "set_back");
    server.stop().await;
});

on_both_databases!(parallel_imports_of_one_file_give_one, |server| {
    let file = server.license(|_| ());
    let imports = (0..20).map(|_| server.import(file.clone()));
    let answers = futures_util::future::join_all(imports).await;
    assert_eq!(answers.iter().filter(|answer| answer.status() == 200).count(), 1);
    assert!(answers.iter().all(|answer| answer.status() != 500));
    server.stop().await;
});

on_both_databases!(a_body_beyond_the_bound_is_refused, |server| {
    for size in [256 * 1024 + 1, 300 * 1024] {
        let answer = server.import(vec![b'x'; size]).await;
        assert_eq!(answer.status(), 422, "{size} bytes");
        let body: serde_json::Value = answer.json().await.unwrap();
        assert!(body["error"]["fields"]["file"].is_string(), "{body}");
    }
    // The rest of a large body is not read. The answer may be lost with the connection; the server must survive.
    let url = format!("{}/api/v2/activation", server.url);
    if let Ok(answer) = reqwest::Client::new().post(url).body(vec![0_u8; 64 * 1024 * 1024]).send().await {
        assert_eq!(answer.status(), 422);
    }
    assert_eq!(server.anonymous().get("/api/v2/status").await.body["state"], "activation_required");
    server.stop().await;
});
