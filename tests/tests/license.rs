//! License files against hostile input, against the vendor's program and against Keygen's published client.
//!
//! Every refusal is asked for by its variant, so that a test cannot pass by failing elsewhere.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::{Signer as _, SigningKey};
use proptest::prelude::*;
use serde_json::{Value, json};
use testkeep_domain::Clock;
use testkeep_domain::license::{
    self, License, LicenseError, LicenseFile, LicenseRefusal, LicenseState, LicenseTerms, MAX_BYTES, Product,
    PublicKey, Quota, TrustedKeys, VendorKey,
};
use testkeep_domain::machine::{FactorName, Factors, MachineId};
use testkeep_issuer::{IssueRequest, ProductGrant};
use uuid::Uuid;

const SEED: [u8; 32] = [7; 32];

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn machine(seed: &str) -> MachineId {
    let factors = FactorName::ALL
        .into_iter()
        .fold(Factors::new(), |factors, name| factors.with(name, Some(&format!("{seed} {name}"))));
    MachineId::from_factors(&factors)
}

fn terms() -> LicenseTerms {
    LicenseTerms {
        license_id: Uuid::from_u128(42),
        customer: "Ada Lovelace & Söhne".into(),
        machine_id: machine("a"),
        issued_at: moment("2026-01-01T08:00:00.123Z"),
        not_before: moment("2026-01-02T00:00:00Z"),
        expires_at: moment("2027-01-31T23:59:59Z"),
        products: BTreeMap::from([
            (Product::Kse, Quota { quota: 25, machine_quota: 50 }),
            (Product::Kre, Quota { quota: 4, machine_quota: 4 }),
        ]),
        lease_keys: vec![VendorKey::from_seed(&[9; 32]).public_key()],
    }
}

fn vendor() -> VendorKey {
    VendorKey::from_seed(&SEED)
}

fn trusted() -> TrustedKeys {
    TrustedKeys::new(vec![VendorKey::from_seed(&[8; 32]).public_key(), vendor().public_key()])
}

fn file() -> String {
    license::sign(&vendor(), &terms()).unwrap()
}

fn read(bytes: impl AsRef<[u8]>) -> Result<License, LicenseError> {
    LicenseFile::read(bytes.as_ref(), &trusted())
}

fn licensed(terms: &LicenseTerms) -> License {
    read(license::sign(&vendor(), terms).unwrap()).unwrap()
}

/// The outer JSON text of a license file.
fn outer(file: &str) -> String {
    let body: String = file.lines().filter(|line| !line.starts_with("-----")).collect();
    String::from_utf8(STANDARD.decode(body).unwrap()).unwrap()
}

fn armor(outer: impl AsRef<[u8]>) -> String {
    format!("-----BEGIN LICENSE FILE-----\n{}\n-----END LICENSE FILE-----\n", STANDARD.encode(outer))
}

/// The payload text of a license file.
fn payload(file: &str) -> String {
    let outer: Value = serde_json::from_str(&outer(file)).unwrap();
    String::from_utf8(STANDARD.decode(outer["enc"].as_str().unwrap()).unwrap()).unwrap()
}

/// Signs any payload with the trusted key, as a careless or malicious vendor tool would.
fn signed(payload: impl AsRef<[u8]>) -> String {
    let enc = STANDARD.encode(payload);
    let sig = SigningKey::from_bytes(&SEED).sign(format!("license/{enc}").as_bytes());
    armor(json!({"enc": enc, "sig": STANDARD.encode(sig.to_bytes()), "alg": "base64+ed25519"}).to_string())
}

/// A correctly signed file whose payload was changed before signing.
fn signed_with(change: impl FnOnce(&mut Value)) -> Result<License, LicenseError> {
    let mut document: Value = serde_json::from_str(&payload(&file())).unwrap();
    change(&mut document);
    read(signed(document.to_string()))
}

mod reading {
    use super::*;

    #[test]
    fn a_good_file_gives_back_its_terms() {
        let license = read(file()).unwrap();
        assert_eq!(license.terms(), &terms());
        assert_eq!(license.key_id(), vendor().public_key().id());
        assert!(!license.is_demo());
        assert_eq!(read(file().replace('\n', "\r\n")).unwrap(), license);
        assert_eq!(read(format!("\u{feff}\n{}\n\n", file().trim())).unwrap(), license);
    }

    #[test]
    fn says_when_the_demo_key_signed() {
        let demo = TrustedKeys::new(vec![vendor().public_key().as_demo()]);
        assert!(demo.trusts_demo() && !trusted().trusts_demo());
        assert!(LicenseFile::read(file().as_bytes(), &demo).unwrap().is_demo());
    }

    #[test]
    fn refuses_what_is_no_license_file() {
        assert_eq!(read(""), Err(LicenseError::Empty));
        assert_eq!(read(" \r\n\t\u{feff}"), Err(LicenseError::NotALicenseFile));
        assert_eq!(read("\u{feff} \n"), Err(LicenseError::Empty));
        for other in ["null", "[]", "{}", "0", "hello", "-----BEGIN CERTIFICATE-----\n", "\u{0}"] {
            assert_eq!(read(other), Err(LicenseError::NotALicenseFile), "{other}");
        }
        assert_eq!(read([0xff, 0xfe, 0x00]), Err(LicenseError::NotALicenseFile));
        assert_eq!(read(format!("{}and more", file())), Err(LicenseError::TrailingText));
        assert_eq!(read(file() + &file()), Err(LicenseError::TrailingText));
    }

    #[test]
    fn refuses_a_file_cut_off_anywhere() {
        let whole = file();
        let end = whole.trim_end().len();
        for length in 1..end {
            assert_eq!(read(&whole[..length]), Err(LicenseError::Truncated), "{length} of {end} bytes");
        }
        assert!(read(&whole[..end]).is_ok());
        // Lines lost in the middle leave the armor whole.
        let lines: Vec<_> = whole.lines().collect();
        for lost in 1..lines.len() - 1 {
            let rest: Vec<_> =
                lines.iter().enumerate().filter(|(n, _)| *n != lost).map(|(_, line)| *line).collect();
            assert!(read(rest.join("\n")).is_err(), "without line {lost}");
        }
    }

    #[test]
    fn refuses_loose_base64() {
        let body = outer(&file());
        let padded = STANDARD.encode(format!("{body} "));
        let armored =
            |text: &str| format!("-----BEGIN LICENSE FILE-----\n{text}\n-----END LICENSE FILE-----\n");
        for text in ["*", "====", "YQ", "YQ=", "YR==", "YQ==YQ==", &padded.replace('A', "A A"), "Y_-_"] {
            let found = read(armored(text));
            assert_eq!(found, Err(LicenseError::Base64 { part: "its outer part" }), "{text}");
        }
        let outer: Value = serde_json::from_str(&body).unwrap();
        let with = |name: &str, value: &str| {
            let mut outer = outer.clone();
            outer[name] = value.into();
            read(armor(outer.to_string()))
        };
        let unpadded = outer["sig"].as_str().unwrap().trim_end_matches('=');
        assert_eq!(with("sig", unpadded), Err(LicenseError::Base64 { part: "its signature" }));
        let broken = format!("{}\n", outer["enc"].as_str().unwrap());
        assert_eq!(with("enc", &broken), Err(LicenseError::BadSignature));
    }

    #[test]
    fn refuses_every_other_outer_shape() {
        let json = |text: &str| read(armor(text));
        for text in ["null", "[]", "\"text\"", "0", "[\"enc\",\"sig\",\"base64+ed25519\"]"] {
            assert!(matches!(json(text), Err(LicenseError::Field { .. })), "{text}");
        }
        for text in ["", "{", "{\"enc\":1}}", "{'a':1}", "\u{0}", "{} {}"] {
            assert!(matches!(json(text), Err(LicenseError::Json { .. })), "{text}: {:?}", json(text));
        }
        let good: Value = serde_json::from_str(&outer(&file())).unwrap();
        let with = |name: &str, value: Value| {
            let mut changed = good.clone();
            changed[name] = value;
            read(armor(changed.to_string()))
        };
        for name in ["enc", "sig", "alg"] {
            for value in [json!(null), json!(1), json!(true), json!([]), json!({}), json!([good[name]])] {
                assert!(matches!(with(name, value), Err(LicenseError::Field { .. })), "{name}");
            }
        }
        assert!(matches!(with("extra", json!(1)), Err(LicenseError::Field { .. })));
        for alg in
            ["", "none", "BASE64+ED25519", "base64+rsa-sha256", "aes-256-gcm+ed25519", "base64+ed25519 "]
        {
            assert_eq!(with("alg", json!(alg)), Err(LicenseError::Algorithm { found: alg.into() }));
        }
        for length in [0, 1, 32, 63, 65, 128] {
            let found = with("sig", json!(STANDARD.encode(vec![1; length])));
            assert_eq!(found, Err(LicenseError::SignatureLength { found: length }));
        }
        assert_eq!(with("sig", json!(STANDARD.encode([0; 64]))), Err(LicenseError::BadSignature));
    }

    #[test]
    fn refuses_equal_keys_outside_and_inside() {
        let twice = |key: &str| Err(LicenseError::DuplicateKey { key: key.into() });
        let body = outer(&file());
        assert_eq!(read(armor(body.replacen('{', "{\"alg\":\"none\",", 1))), twice("alg"));
        assert_eq!(read(armor(body.replacen('{', "{\"\\u0061lg\":\"none\",", 1))), twice("alg"));
        let inner = payload(&file());
        for (place, key) in [
            ("{", "testkeep"),
            ("\"testkeep\":{", "customer"),
            ("\"KRE\":{", "quota"),
            ("\"attributes\":{", "name"),
            ("\"metadata\":{", "machineId"),
        ] {
            let text = inner.replacen(place, &format!("{place}\"{key}\":0,"), 1);
            assert_ne!(text, inner);
            assert_eq!(read(signed(text)), twice(key));
        }
    }

    #[test]
    fn refuses_deep_nesting_without_overflowing() {
        for depth in [20, 200, 60_000] {
            let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
            assert_eq!(read(armor(&deep)), Err(LicenseError::TooDeep));
            let inner = payload(&file()).replacen('{', &format!("{{\"x\":{deep},"), 1);
            let found = read(signed(inner));
            assert!(matches!(found, Err(LicenseError::TooDeep | LicenseError::TooLarge)), "{found:?}");
        }
    }

    #[test]
    fn refuses_too_much_before_looking_at_it() {
        assert_eq!(read(vec![0; MAX_BYTES + 1]), Err(LicenseError::TooLarge));
        let padding = " ".repeat(MAX_BYTES - file().len());
        assert!(read(file() + &padding).is_ok());
        assert_eq!(read(file() + &padding + " "), Err(LicenseError::TooLarge));
        let taken = license::read_bounded(io::repeat(0).take(1 << 40)).unwrap();
        assert_eq!(taken.len(), MAX_BYTES + 1);
    }

    #[test]
    fn tells_an_unknown_vendor_from_a_damaged_file() {
        let stranger = VendorKey::from_seed(&[1; 32]);
        let foreign = license::sign(&stranger, &terms()).unwrap();
        assert_eq!(read(&foreign), Err(LicenseError::UnknownKey { key_id: stranger.public_key().id() }));
        assert_eq!(
            LicenseFile::read(file().as_bytes(), &TrustedKeys::default()),
            Err(LicenseError::UnknownKey { key_id: vendor().public_key().id() })
        );
        // Claiming a trusted key id does not help.
        let mut document: Value = serde_json::from_str(&payload(&foreign)).unwrap();
        document["testkeep"]["key_id"] = vendor().public_key().id().into();
        let outer = json!({"enc": STANDARD.encode(document.to_string()), "sig": STANDARD.encode([5; 64]), "alg": "base64+ed25519"});
        assert_eq!(read(armor(outer.to_string())), Err(LicenseError::BadSignature));
    }

    #[test]
    fn refuses_every_flipped_bit_of_what_is_signed() {
        let good: Value = serde_json::from_str(&outer(&file())).unwrap();
        let enc = good["enc"].as_str().unwrap().as_bytes();
        let sig = STANDARD.decode(good["sig"].as_str().unwrap()).unwrap();
        for bit in (0..sig.len() * 8).chain((0..enc.len() * 8).step_by(11)) {
            let mut flipped = good.clone();
            let (mut new_sig, mut new_enc) = (sig.clone(), enc.to_vec());
            if bit < sig.len() * 8 {
                new_sig[bit / 8] ^= 1 << (bit % 8);
                flipped["sig"] = STANDARD.encode(&new_sig).into();
                assert_eq!(
                    read(armor(flipped.to_string())),
                    Err(LicenseError::BadSignature),
                    "signature bit {bit}"
                );
            }
            new_enc[bit / 8] ^= 1 << (bit % 8);
            let Ok(text) = String::from_utf8(new_enc) else { continue };
            flipped["sig"] = good["sig"].clone();
            flipped["enc"] = text.into();
            let found = read(armor(flipped.to_string()));
            assert!(
                matches!(found, Err(LicenseError::BadSignature | LicenseError::UnknownKey { .. })),
                "content bit {bit}: {found:?}"
            );
        }
    }
}

mod content {
    use super::*;

    #[test]
    fn refuses_contradictions_between_the_parts() {
        let contradicts = |change: fn(&mut Value)| {
            let found = signed_with(change);
            assert!(matches!(found, Err(LicenseError::Contradiction { .. })), "{found:?}");
        };
        contradicts(|v| v["data"]["id"] = Uuid::from_u128(1).to_string().into());
        contradicts(|v| v["data"]["type"] = "machines".into());
        contradicts(|v| v["data"]["attributes"]["name"] = "Somebody".into());
        contradicts(|v| v["data"]["attributes"]["expiry"] = "2099-01-01T00:00:00Z".into());
        contradicts(|v| v["data"]["attributes"]["metadata"]["machineId"] = machine("b").to_string().into());
        contradicts(|v| v["meta"]["issued"] = "2026-01-01T00:00:00Z".into());
        contradicts(|v| v["meta"]["expiry"] = "2099-01-01T00:00:00Z".into());
        contradicts(|v| v["meta"]["ttl"] = 1.into());
        contradicts(|v| v["testkeep"]["algorithm"] = "base64+rsa-sha256".into());
        contradicts(|v| v["testkeep"]["key_id"] = VendorKey::from_seed(&[8; 32]).public_key().id().into());
        contradicts(|v| v["testkeep"]["machine_id"] = machine("b").to_string().into());
    }

    #[test]
    fn refuses_wrong_fields_by_name() {
        let names = |pointer: &str, value: Value| {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            let found = signed_with(|v| v.pointer_mut(parent).unwrap()[name] = value.clone());
            let Err(LicenseError::Field { field, .. }) = &found else {
                panic!("{pointer} = {value}: {found:?}")
            };
            assert!(field.contains(name), "{pointer}: {found:?}");
        };
        for name in [
            "license_id",
            "customer",
            "machine_id",
            "issued_at",
            "not_before",
            "expires_at",
            "products",
            "format",
            "lease_keys",
        ] {
            names(&format!("/testkeep/{name}"), json!(true));
        }
        names("/testkeep/surprise", json!(1));
        names("/surprise", json!(1));
        names("/testkeep/products/KXX", json!({"quota": 1, "machine_quota": 1}));
        for wrong in [json!(-1), json!(1.5), json!("25"), json!(null), json!(4_294_967_296_u64), json!(1e30)]
        {
            names("/testkeep/products/KSE/quota", wrong);
        }
        names("/testkeep/products/KSE/surprise", json!(1));
        names("/testkeep/license_id", json!("not-a-uuid"));
        names("/testkeep/machine_id", json!("TK1-00000"));
        names("/testkeep/expires_at", json!("tomorrow"));
        names("/testkeep/lease_keys", json!(["AAAA"]));
        names("/testkeep/lease_keys", json!([STANDARD.encode([0_u8; 32])]));
        names("/data", json!([]));
        names("/included", json!({}));
        let missing = signed_with(|v| {
            v["testkeep"].as_object_mut().unwrap().remove("customer");
        });
        assert_eq!(
            missing.unwrap_err().to_string(),
            "The license is not usable: “testkeep.customer” is missing. Ask your vendor for a new file."
        );
    }

    #[test]
    fn refuses_grants_that_make_no_sense() {
        let refused = |change: fn(&mut Value)| {
            let found = signed_with(change);
            assert!(matches!(found, Err(LicenseError::Field { .. })), "{found:?}");
        };
        refused(|v| v["testkeep"]["products"] = json!({}));
        refused(|v| v["testkeep"]["products"]["KSE"]["quota"] = 0.into());
        refused(|v| v["testkeep"]["products"]["KSE"]["machine_quota"] = 2_000_000.into());
        refused(|v| v["testkeep"]["not_before"] = "2028-01-01T00:00:00Z".into());
    }

    #[test]
    fn refuses_newer_formats_and_foreign_payloads() {
        assert_eq!(
            signed_with(|v| v["testkeep"]["format"] = 2.into()),
            Err(LicenseError::FormatVersion { found: 2 })
        );
        for text in ["null", "[]", "{}", "1"] {
            assert!(matches!(read(signed(text)), Err(LicenseError::Field { .. })), "{text}");
        }
        for bytes in [&b""[..], b"\xff", b"{\"a\":\"\xff\"}"] {
            assert!(matches!(read(signed(bytes)), Err(LicenseError::Json { .. })), "{bytes:?}");
        }
    }

    #[test]
    fn does_not_sign_what_it_would_not_read() {
        let refused = |change: fn(&mut LicenseTerms)| {
            let mut terms = terms();
            change(&mut terms);
            assert!(license::sign(&vendor(), &terms).is_err(), "{terms:?}");
        };
        refused(|t| t.customer = " ".into());
        refused(|t| t.customer = "a\nb".into());
        refused(|t| t.products.clear());
        refused(|t| t.expires_at = t.not_before);
        refused(|t| t.expires_at = t.issued_at + TimeDelta::days(60 * 365));
        refused(|t| t.machine_id = MachineId::from_factors(&Factors::new()));
    }
}

mod standing {
    use super::*;

    fn state(now: &str) -> (LicenseState, i64) {
        let standing = read(file()).unwrap().check(&machine("a"), moment(now));
        (standing.state, standing.days_left)
    }

    #[test]
    fn follows_the_calendar() {
        assert_eq!(state("2026-01-01T12:00:00Z").0, LicenseState::NotYetValid);
        assert_eq!(state("2026-01-02T00:00:00Z").0, LicenseState::Active);
        assert_eq!(state("2027-01-01T23:59:58Z"), (LicenseState::Active, 31));
        assert_eq!(state("2027-01-01T23:59:59Z"), (LicenseState::Expiring, 30));
        assert_eq!(state("2027-01-31T23:59:58Z"), (LicenseState::Expiring, 1));
        assert_eq!(state("2027-01-31T23:59:59Z"), (LicenseState::Expired, 0));
        assert_eq!(state("2200-01-01T00:00:00Z"), (LicenseState::Expired, 0));
    }

    #[test]
    fn summary_has_the_shape_of_the_contract() {
        let license = read(file()).unwrap();
        let standing = license.check(&machine("b"), moment("2026-06-01T00:00:00Z"));
        assert_eq!(standing.state, LicenseState::OtherMachine);
        let expected = json!({
            "license_id": terms().license_id, "customer": "Ada Lovelace & Söhne", "demo": false,
            "issued_at": "2026-01-01T08:00:00.123Z", "expires_at": "2027-01-31T23:59:59Z",
            "days_left": 245, "state": "other_machine",
            "products": [
                {"product": "KSE", "quota": 25, "machine_quota": 50},
                {"product": "KRE", "quota": 4, "machine_quota": 4},
            ],
            "changed_factors": [
                "operating system id", "system disk", "network card", "processor", "mainboard", "host name",
            ],
        });
        assert_eq!(serde_json::to_value(license.summary(&standing)).unwrap(), expected);
    }
}

mod importing {
    use super::*;

    const NOW: &str = "2026-06-01T00:00:00Z";

    #[test]
    fn names_both_machines_and_what_differs() {
        let refusal = licensed(&terms()).may_be_imported(&machine("b"), moment(NOW), None).unwrap_err();
        let message = refusal.to_string();
        for part in [&machine("a").to_string(), &machine("b").to_string(), "network card", "host name"] {
            assert!(message.contains(part), "{part} in {message}");
        }
        let nothing = MachineId::from_factors(&Factors::new());
        let refusal = licensed(&terms()).may_be_imported(&nothing, moment(NOW), None);
        assert!(matches!(refusal, Err(LicenseRefusal::UnidentifiedMachine { .. })));
    }

    #[test]
    fn refuses_what_is_over_or_has_not_begun() {
        let at = |now: &str| licensed(&terms()).may_be_imported(&machine("a"), moment(now), None);
        assert_eq!(at(NOW), Ok(()));
        assert_eq!(at("2027-02-01T00:00:00Z"), Err(LicenseRefusal::Expired { on: terms().expires_at }));
        assert!(at("2027-02-01T00:00:00Z").unwrap_err().to_string().contains("2027-01-31"));
        assert_eq!(at("2026-01-01T12:00:00Z"), Err(LicenseRefusal::NotYetValid { on: terms().not_before }));
        assert_eq!(
            at("2025-01-01T00:00:00Z"),
            Err(LicenseRefusal::FromTheFuture { issued_at: terms().issued_at })
        );
    }

    #[test]
    fn tolerates_clocks_a_day_apart() {
        let mut soon = terms();
        soon.not_before = soon.issued_at - TimeDelta::days(30);
        let license = licensed(&soon);
        let at = |hours: i64| {
            license.may_be_imported(&machine("a"), soon.issued_at - TimeDelta::hours(hours), None)
        };
        assert_eq!(at(23), Ok(()));
        assert!(matches!(at(25), Err(LicenseRefusal::FromTheFuture { .. })));
    }

    #[test]
    fn replaces_only_an_older_one() {
        let installed = licensed(&terms());
        let issued = |hours: i64, id: u128| {
            let mut terms = terms();
            terms.issued_at += TimeDelta::hours(hours);
            terms.license_id = Uuid::from_u128(id);
            licensed(&terms)
        };
        assert_eq!(installed.may_replace(None), Ok(()));
        assert_eq!(installed.may_replace(Some(&installed)), Err(LicenseRefusal::AlreadyInstalled));
        assert_eq!(issued(1, 43).may_replace(Some(&installed)), Ok(()));
        assert_eq!(issued(1, 42).may_replace(Some(&installed)), Ok(()), "a renewal keeps the id");
        assert!(matches!(issued(-1, 43).may_replace(Some(&installed)), Err(LicenseRefusal::Older { .. })));
    }
}

mod vendor_program {
    use super::*;

    struct Program(PathBuf);

    impl Program {
        /// Builds the program: cargo builds only the library of a dependency.
        fn build() -> Self {
            let built = Command::new(env!("CARGO"))
                .args(["build", "--quiet", "--package", "testkeep-issuer"])
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .status()
                .unwrap();
            assert!(built.success());
            let folder = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().to_owned();
            Self(folder.join(format!("testkeep-license{}", std::env::consts::EXE_SUFFIX)))
        }

        fn run(&self, arguments: &[&str]) -> Output {
            Command::new(&self.0).args(arguments).output().unwrap()
        }
    }

    fn text(bytes: &[u8]) -> String {
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    fn path(folder: &Path, name: &str) -> String {
        folder.join(name).to_str().unwrap().to_owned()
    }

    #[test]
    fn makes_a_key_issues_and_inspects() {
        let program = Program::build();
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let (keys, license) = (path(folder, "keys"), path(folder, "ada.lic"));
        let (key, public) = (path(folder, "keys/vendor.key"), path(folder, "keys/vendor.pub"));
        assert_eq!(program.run(&["keygen", "--out", &keys]).status.code(), Some(0));
        let before = fs::read(&key).unwrap();
        let again = program.run(&["keygen", "--out", &keys]);
        assert_eq!(again.status.code(), Some(2), "{}", text(&again.stderr));
        assert_eq!(fs::read(&key).unwrap(), before);
        assert_owner_only(Path::new(&key));

        let id = machine("a").to_string();
        let issued = program.run(&[
            "issue",
            "--key",
            &key,
            "--machine-id",
            &id,
            "--customer",
            "Ada",
            "--kse",
            "25",
            "--kre",
            "4",
            "--kre-machines",
            "9",
            "--expires",
            "2099-12-31",
            "--out",
            &license,
        ]);
        assert_eq!(issued.status.code(), Some(2), "73 years are too long: {}", text(&issued.stderr));
        let issued = program.run(&[
            "issue",
            "--key",
            &key,
            "--machine-id",
            &id.to_lowercase(),
            "--customer",
            "Ada",
            "--kse",
            "25",
            "--kre",
            "4",
            "--kre-machines",
            "9",
            "--expires",
            "2060-12-31",
            "--out",
            &license,
        ]);
        assert_eq!(issued.status.code(), Some(0), "{}", text(&issued.stderr));

        let trusted =
            TrustedKeys::new(vec![PublicKey::from_pem(&fs::read_to_string(&public).unwrap()).unwrap()]);
        let read = LicenseFile::read(&fs::read(&license).unwrap(), &trusted).unwrap();
        assert_eq!(read.terms().machine_id, machine("a"));
        assert_eq!(read.terms().products[&Product::Kre], Quota { quota: 4, machine_quota: 9 });
        assert_eq!(read.terms().products[&Product::Kse], Quota { quota: 25, machine_quota: 25 });
        assert_eq!(read.terms().expires_at, moment("2060-12-31T23:59:59Z"));

        let shown = program.run(&["inspect", &license, "--public-key", &public]);
        assert_eq!(shown.status.code(), Some(0));
        assert!(text(&shown.stdout).starts_with("Signature: good\n"), "{}", text(&shown.stdout));
        assert!(text(&shown.stdout).contains("testkeep.products.KRE.quota: 4\n"), "{}", text(&shown.stdout));
        let json: Value =
            serde_json::from_slice(&program.run(&["inspect", &license, "--json"]).stdout).unwrap();
        assert_eq!(
            (&json["signature"], &json["license"]["testkeep"]["customer"]),
            (&json!("not_checked"), &json!("Ada"))
        );

        program.run(&["keygen", "--out", &path(folder, "other")]);
        let other = program.run(&["inspect", &license, "--public-key", &path(folder, "other/vendor.pub")]);
        assert_eq!(other.status.code(), Some(2));
        assert!(text(&other.stdout).starts_with("Signature: NOT GOOD."), "{}", text(&other.stdout));
        let names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(names.iter().all(|name| !name.to_string_lossy().contains("draft")), "{names:?}");
    }

    #[cfg(unix)]
    fn assert_owner_only(key: &Path) {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(key).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[cfg(not(unix))]
    fn assert_owner_only(_key: &Path) {}

    #[test]
    fn refuses_a_gigabyte_at_once() {
        let program = Program::build();
        let folder = tempfile::tempdir().unwrap();
        let zeros = path(folder.path(), "zeros.lic");
        File::create(&zeros).unwrap().set_len(1 << 30).unwrap();
        let start = Instant::now();
        let shown = program.run(&["inspect", &zeros]);
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        assert_eq!(shown.status.code(), Some(2));
        assert!(text(&shown.stderr).contains("larger than 256 KiB"), "{}", text(&shown.stderr));
    }

    #[test]
    fn says_what_is_wrong_with_its_input() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let keys = testkeep_issuer::keygen(folder).unwrap();
        let good = IssueRequest {
            key: keys.private_key.clone(),
            machine_id: machine("a").to_string(),
            customer: "Ada".into(),
            kse: ProductGrant { quota: Some(1), machines: None },
            expires: "2030-01-01".into(),
            out: folder.join("a.lic"),
            ..IssueRequest::default()
        };
        let clock = Clock::manual(moment("2026-01-01T00:00:00Z"));
        let refused = |change: &dyn Fn(&mut IssueRequest), says: &str, code: u8| {
            let mut request = good.clone();
            change(&mut request);
            let error = testkeep_issuer::issue(&request, &clock).unwrap_err();
            assert!(error.to_string().contains(says) && error.exit_code() == code, "{says}: {error}");
        };
        refused(&|r| r.machine_id = String::new(), "empty", 2);
        refused(&|r| r.machine_id = r.machine_id.replacen("TK1-0", "TK1-Z", 1), "typing error", 2);
        refused(&|r| r.expires = "31.12.2030".into(), "--expires", 2);
        refused(&|r| r.expires = "2030-02-30".into(), "--expires", 2);
        refused(&|r| r.expires = "2025-12-31".into(), "in the past", 2);
        refused(&|r| r.not_before = Some("2031-01-01".into()), "end after it begins", 2);
        refused(&|r| r.kse = ProductGrant::default(), "at least one product", 2);
        refused(&|r| r.kre.machines = Some(1), "--kre", 2);
        refused(&|r| r.kse.quota = Some(0), "quota of KSE", 2);
        refused(&|r| r.customer = "  ".into(), "customer", 2);
        refused(&|r| r.key = folder.join("missing"), "Cannot read", 1);
        refused(&|r| r.key = keys.public_key.clone(), "not a key file", 2);
        refused(&|r| r.out = folder.join("no/such/a.lic"), "Cannot write", 1);
        assert!(!folder.join("a.lic").exists());
        assert!(testkeep_issuer::issue(&good, &clock).is_ok());
    }

    #[test]
    fn the_published_demo_pair_fits() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo");
        let key = VendorKey::from_pem(&fs::read_to_string(folder.join("vendor.key")).unwrap()).unwrap();
        let public = PublicKey::from_pem(&fs::read_to_string(folder.join("vendor.pub")).unwrap()).unwrap();
        assert_eq!(key.public_key(), public);
    }
}

mod keygen_client {
    use keygen_rs::license::LicenseFileAlgorithm::{Aes256GcmEd25519, Base64Ed25519};

    use super::*;

    fn opened(certificate: String, key: &str) -> Result<keygen_rs::license_file::LicenseFileDataset, String> {
        let now = moment("2026-01-01T00:00:00Z");
        let file = keygen_rs::license_file::LicenseFile {
            id: String::new(),
            certificate,
            issued: now,
            expiry: now,
            ttl: 0,
        };
        assert!(file.verify_with_key_and_algorithm(key, Aes256GcmEd25519).is_err());
        file.verify_and_decode(key, Base64Ed25519).map_err(|error| format!("{error:?}"))
    }

    #[test]
    fn verifies_and_reads_our_files() {
        let mut terms = terms();
        terms.expires_at = moment("2060-01-31T23:59:59Z");
        let file = license::sign(&vendor(), &terms).unwrap();
        let key = hex::encode(vendor().public_key().to_bytes());
        let dataset = opened(file.clone(), &key).unwrap();
        assert_eq!(dataset.license.id, terms.license_id.to_string());
        assert_eq!(dataset.license.name.as_deref(), Some(terms.customer.as_str()));
        assert_eq!(dataset.license.expiry, Some(terms.expires_at));
        assert_eq!(dataset.license.metadata["machineId"], terms.machine_id.to_string());
        assert_eq!((dataset.issued, dataset.expiry), (terms.issued_at, terms.expires_at));
        assert_eq!(i64::from(dataset.ttl), (terms.expires_at - terms.issued_at).num_seconds());

        let stranger = hex::encode(VendorKey::from_seed(&[1; 32]).public_key().to_bytes());
        assert!(opened(file.clone(), &stranger).unwrap_err().contains("NotGenuine"));
        let mut outer: Value = serde_json::from_str(&outer(&file)).unwrap();
        outer["enc"] = STANDARD.encode("{}").into();
        assert!(opened(armor(outer.to_string()), &key).unwrap_err().contains("NotGenuine"));
    }
}

mod properties {
    use super::*;

    proptest! {
        #[test]
        fn nothing_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            prop_assert!(read(&bytes).is_err());
            prop_assert!(read(armor(&bytes)).is_err());
            prop_assert!(read(signed(&bytes)).is_err());
        }

        #[test]
        fn a_changed_file_is_refused_or_means_the_same(
            place in any::<prop::sample::Index>(), byte in any::<u8>(), insert in any::<bool>(),
        ) {
            let mut bytes = file().into_bytes();
            let place = place.index(bytes.len());
            if insert { bytes.insert(place, byte) } else { bytes[place] = byte }
            if let Ok(license) = read(&bytes) {
                prop_assert_eq!(license.terms().clone(), terms());
            }
        }

        #[test]
        fn terms_survive_signing_and_reading(
            customer in "[^\\p{Cc}]{0,100}", id in any::<u128>(), quota in 1_u32..1_000_000, machine_quota in 1_u32..1_000_000,
            issued in 0_i64..4_000_000_000_000, days in 1_i64..18_000, floating in any::<bool>(),
        ) {
            let issued_at = DateTime::from_timestamp_millis(issued).unwrap();
            let product = if floating { Product::Kre } else { Product::Kse };
            let terms = LicenseTerms {
                license_id: Uuid::from_u128(id),
                customer: format!("x{customer}"),
                machine_id: machine(&customer),
                issued_at,
                not_before: issued_at,
                expires_at: issued_at + TimeDelta::days(days),
                products: BTreeMap::from([(product, Quota { quota, machine_quota })]),
                lease_keys: Vec::new(),
            };
            let license = read(license::sign(&vendor(), &terms).unwrap()).unwrap();
            prop_assert_eq!(license.terms(), &terms);
        }
    }
}
