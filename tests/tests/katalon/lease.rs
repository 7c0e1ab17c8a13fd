//! The license string (2.4), read as clients read it: with only the vendor's public client key.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};
use testkeep_tests::on_both_databases;

use crate::program::{Program, assert_no_nulls, assign, machine};

const PUBLIC_KEY: &str = include_str!("../../../demo/client.pub");
/// Number of bytes before the RSA key itself in a public key of 2,048 bits.
const SPKI_HEADER: usize = 24;

/// The claims, after the signature was verified.
pub(crate) fn verified(jws: &str) -> Value {
    let pem: String = PUBLIC_KEY.lines().filter(|line| !line.starts_with('-')).collect();
    let spki = STANDARD.decode(pem).unwrap();
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &spki[SPKI_HEADER..]);
    let parts: Vec<&str> = jws.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("{jws}") };
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    key.verify(format!("{header}.{payload}").as_bytes(), &decode(signature)).expect("a good signature");
    let header: Value = serde_json::from_slice(&decode(header)).unwrap();
    assert_eq!(header["alg"], "RS256", "{header}");
    serde_json::from_slice(&decode(payload)).unwrap()
}

on_both_databases!(the_license_is_what_clients_read, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = owner.organization("Ducks").await;
    let grace = server.person_in(id, "grace@example.com", "member").await;
    assign(&owner, id, "KSE", &["grace@example.com"]).await;
    let answer = Program::studio(&server, &grace.email).license().await;
    assert_no_nulls(&answer);
    let now = server.clock.now().timestamp();
    let claims = verified(answer["value"].as_str().unwrap());
    assert_no_nulls(&claims);
    assert_eq!(claims["licenseType"], "ENTERPRISE");
    assert_eq!(claims["machineId"], machine(0xA));
    assert_eq!(claims["organizationId"], id);
    let expires = claims["expirationDate"].as_i64().expect("a number of seconds");
    let renew = claims["renewTime"].as_i64().expect("a number of seconds");
    assert_eq!((renew - now, expires - now), (300, 1800));
    assert_eq!(claims["exp"], expires);
    let features = claims["features"].as_array().unwrap();
    assert!(features.iter().all(|it| it["id"].is_i64() && it["name"].is_string() && it["key"].is_string()));
    let keys: Vec<_> = features.iter().map(|it| it["key"].as_str().unwrap()).collect();
    assert!(keys.iter().any(|key| key.contains("gui")) && keys.contains(&"private_plugin"), "{keys:?}");
    assert!(!keys.iter().any(|key| key.contains("cli") || *key == "offline"), "{keys:?}");
    assert!(claims.get("testing").is_none());
    // The rest of the answer (2.3): dates are text, ids are numbers.
    assert_eq!(answer["organization"], json!({ "id": id, "name": "Ducks", "role": "USER" }));
    assert_eq!(answer["machineId"], machine(0xA));
    assert!(answer["id"].is_i64());
    let text = answer["expirationDate"].as_str().unwrap();
    let parsed = chrono::DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.3f%z").unwrap();
    assert_eq!(parsed.timestamp(), expires);
    assert!(answer["createAt"].as_str().unwrap().ends_with("+0000"));
    server.stop().await;
});

on_both_databases!(without_a_key_for_clients_no_seat_is_taken, |server| {
    let file = server.license(|terms| {
        terms.lease_keys.retain(|key| !matches!(key, testkeep_domain::license::LeaseSecret::Rs256(_)));
    });
    assert_eq!(server.import(file).await.status(), 200);
    server.set_up_account().await;
    let owner = server.owner().await;
    let id = owner.organization("Ducks").await;
    let key = crate::program::api_key(&owner).await;
    let words = crate::program::refused(&Program::engine(&server, &key).activate().await, 403);
    assert!(words.contains("key for signing"), "{words}");
    assert_eq!(crate::program::live_sessions(&owner, id, "KRE").await, 0);
    server.stop().await;
});
