//! The built `testkeep-license`, run as a vendor runs it.

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

    let client_key = demo("client.key");
    let id = machine("a").to_string();
    let issue = |machine_id: &str, expires: &str| {
        let whose = ["issue", "--key", &key, "--machine-id", machine_id, "--customer", "Ada"];
        let what =
            ["--kse", "25", "--kre", "4", "--kre-machines", "9", "--expires", expires, "--out", &license];
        program.run(&[&whose[..], &what[..], &["--client-key", &client_key]].concat())
    };
    let issued = issue(&id, "2099-12-31");
    assert_eq!(issued.status.code(), Some(2), "73 years are too long: {}", text(&issued.stderr));
    let issued = issue(&id.to_lowercase(), "2060-12-31");
    assert_eq!(issued.status.code(), Some(0), "{}", text(&issued.stderr));

    let trusted = TrustedKeys::new(vec![PublicKey::from_pem(&fs::read_to_string(&public).unwrap()).unwrap()]);
    let read = LicenseFile::read(&fs::read(&license).unwrap(), &trusted).unwrap();
    assert_eq!(read.terms().machine_id, machine("a"));
    assert_eq!(read.terms().products[&Product::Kre], Quota { quota: 4, machine_quota: 9 });
    assert_eq!(read.terms().products[&Product::Kse], Quota { quota: 25, machine_quota: 25 });
    assert_eq!(read.terms().expires_at, moment("2060-12-31T23:59:59Z"));
    assert_owner_only(Path::new(&license));
    assert_eq!(read.lease_keys().len(), 1);
    assert_eq!(testkeep_tests::api::client_key().expose(), read.client_keys().next().unwrap());

    let shown = program.run(&["inspect", &license, "--public-key", &public]);
    assert_eq!(shown.status.code(), Some(0));
    assert!(text(&shown.stdout).starts_with("Signature: good\n"), "{}", text(&shown.stdout));
    assert!(text(&shown.stdout).contains("testkeep.products.KRE.quota: 4\n"), "{}", text(&shown.stdout));
    assert!(text(&shown.stdout).contains("testkeep.lease_keys[1].private_key: (not shown)\n"));
    let json: Value = serde_json::from_slice(&program.run(&["inspect", &license, "--json"]).stdout).unwrap();
    let secrets: Vec<_> = read.terms().lease_keys.iter().map(|key| STANDARD.encode(key.expose())).collect();
    assert!(
        secrets
            .iter()
            .all(|secret| !text(&shown.stdout).contains(secret) && !json.to_string().contains(secret))
    );
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

/// The tool's message depends on what a customer could do with the client key inside the file.
#[test]
fn a_client_key_of_ones_own_is_the_way_and_a_shared_one_is_warned_of() {
    let program = Program::build();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let keys = testkeep_issuer::keygen(&folder.join("vendor")).unwrap();
    let (vendor, id) = (keys.private_key.to_str().unwrap().to_owned(), machine("a").to_string());
    let license = path(folder, "ada.lic");
    let issue = |customer: &str, more: &[&str]| {
        let _ = fs::remove_file(&license);
        let whose = ["issue", "--key", &vendor, "--machine-id", &id, "--customer", customer];
        let what = ["--kre", "4", "--expires", "2060-12-31", "--out", &license];
        program.run(&[&whose[..], &what[..], more].concat())
    };
    let trusted =
        TrustedKeys::new(vec![PublicKey::from_pem(&fs::read_to_string(&keys.public_key).unwrap()).unwrap()]);
    let client_keys = || -> Vec<Vec<u8>> {
        let read = LicenseFile::read(&fs::read(&license).unwrap(), &trusted).unwrap();
        read.client_keys().map(<[u8]>::to_vec).collect()
    };

    let plain = issue("Ada Ltd", &[]);
    assert_eq!((plain.status.code(), text(&plain.stderr)), (Some(0), String::new()));
    assert!(client_keys().is_empty(), "nobody asked for a client key");

    let own = path(folder, "ada");
    let made = program.run(&["client-key", "new", "--customer", " Ada Ltd ", "--out", &own]);
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    let (own_key, own_public) = (path(folder, "ada/client.key"), path(folder, "ada/client.pub"));
    assert_owner_only(Path::new(&own_key));
    let before = fs::read(&own_key).unwrap();
    let again = program.run(&["client-key", "new", "--customer", "Ada Ltd", "--out", &own]);
    assert_eq!(again.status.code(), Some(2), "{}", text(&again.stderr));
    assert_eq!(fs::read(&own_key).unwrap(), before, "clients trust it");
    let issued = issue("Ada Ltd", &["--client-key", &own_key]);
    assert_eq!((issued.status.code(), text(&issued.stderr)), (Some(0), String::new()));
    assert!(
        fits(&client_keys()[0], &fs::read_to_string(&own_public).unwrap()),
        "clients could not check a lease"
    );

    let foreign = issue("Bob Inc", &["--client-key", &own_key]);
    assert_eq!(foreign.status.code(), Some(2));
    assert!(text(&foreign.stderr).contains("“Ada Ltd”, not for “Bob Inc”"), "{}", text(&foreign.stderr));
    assert!(!Path::new(&license).exists(), "Bob could sign for Ada");

    let shared = issue("Bob Inc", &["--client-key", &demo("client.key")]);
    assert_eq!(shared.status.code(), Some(0), "{}", text(&shared.stderr));
    let said = text(&shared.stderr);
    for word in ["WARNING", "take the key out", "any customer", "client-key new --customer \"Bob Inc\""] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert_eq!(client_keys().len(), 1);
    let unnamed = program.run(&["client-key", "new", "--customer", " ", "--out", &path(folder, "nobody")]);
    assert_eq!(unnamed.status.code(), Some(2), "{}", text(&unnamed.stderr));
    assert!(!folder.join("nobody").exists());
}

/// Whether the public key verifies signatures of the private key.
fn fits(private: &[u8], public: &str) -> bool {
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};
    let pair = RsaKeyPair::from_pkcs8(private).unwrap();
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &ring::rand::SystemRandom::new(), b"lease", &mut signature).unwrap();
    let body: String = public.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(body).unwrap();
    // SubjectPublicKeyInfo of RSA: 24 bytes of head for keys of this length, then the key.
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &der[24..]).verify(b"lease", &signature).is_ok()
}

/// A published file of `demo/`.
fn demo(name: &str) -> String {
    path(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo"), name)
}

#[test]
fn renews_by_file_or_by_id() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let keys = testkeep_issuer::keygen(folder).unwrap();
    let clock = Clock::manual(moment("2026-01-01T00:00:00Z"));
    let request = |name: &str, renews: Vec<String>| IssueRequest {
        key: keys.private_key.clone(),
        machine_id: machine("a").to_string(),
        customer: "Ada".into(),
        kse: ProductGrant { quota: Some(1), machines: None },
        expires: "2030-01-01".into(),
        renews,
        out: folder.join(name),
        ..IssueRequest::default()
    };
    let issue = |name: &str, renews: Vec<String>| testkeep_issuer::issue(&request(name, renews), &clock);
    let first = issue("first.lic", vec![]).unwrap().terms;
    let second = issue("second.lic", vec![]).unwrap().terms;
    assert!(first.renews.is_empty());
    assert_ne!(first.lease_keys, second.lease_keys, "a fresh key for every license");
    let both = vec![path(folder, "first.lic"), second.license_id.to_string()];
    let third = issue("third.lic", both).unwrap().terms;
    assert_eq!(third.renews, [first.license_id, second.license_id]);
    let trusted =
        TrustedKeys::new(vec![PublicKey::from_pem(&fs::read_to_string(&keys.public_key).unwrap()).unwrap()]);
    let read = LicenseFile::read(&fs::read(folder.join("third.lic")).unwrap(), &trusted).unwrap();
    assert_eq!(read.terms(), &third);

    let refused = |renews: Vec<String>, says: &str| {
        let error = issue("no.lic", renews).unwrap_err();
        assert!(error.to_string().contains(says) && !folder.join("no.lic").exists(), "{says}: {error}");
    };
    refused(vec![path(folder, "missing.lic")], "Cannot read");
    refused(vec![path(folder, "vendor.pub")], "not a license file");
    let foreign = path(folder, "foreign.lic");
    fs::write(&foreign, file()).unwrap();
    refused(vec![foreign], "does not trust");
    refused(vec![first.license_id.to_string(), path(folder, "first.lic")], "each once");
}

#[test]
fn refuses_client_keys_that_could_not_sign() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let keys = testkeep_issuer::keygen(folder).unwrap();
    let clock = Clock::manual(moment("2026-01-01T00:00:00Z"));
    let refused = |text: &str, says: &str| {
        let client_key = folder.join("client.key");
        fs::write(&client_key, text).unwrap();
        let request = IssueRequest {
            key: keys.private_key.clone(),
            machine_id: machine("a").to_string(),
            customer: "Ada".into(),
            kse: ProductGrant { quota: Some(1), machines: None },
            expires: "2030-01-01".into(),
            client_key: Some(client_key),
            out: folder.join("a.lic"),
            ..IssueRequest::default()
        };
        let error = testkeep_issuer::issue(&request, &clock).unwrap_err();
        assert!(error.to_string().contains(says) && error.exit_code() == 2, "{says}: {error}");
        assert!(!folder.join("a.lic").exists());
    };
    let good = fs::read_to_string(demo("client.key")).unwrap();
    refused("", "not a private key");
    refused(good.split_once("-----END").unwrap().0, "not a private key");
    refused(&fs::read_to_string(demo("client.pub")).unwrap(), "public key");
    refused(&fs::read_to_string(&keys.private_key).unwrap(), "not a usable RSA key");
    refused(&good.replacen('M', "*", 1), "damaged");
    refused(&good.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), "passphrase");
    refused(&good.replace("PRIVATE KEY", "RSA PRIVATE KEY"), "old form");
    let body: String = good.lines().filter(|line| !line.starts_with("-----")).collect();
    let mut der = STANDARD.decode(body).unwrap();
    let last = der.len() - 20;
    der[last] ^= 1;
    let changed =
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(&der));
    refused(&changed, "not a usable RSA key");
    refused(SHORT_KEY, "less than 2048 bits");
}

/// 1024 bits, made for this test.
const SHORT_KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
    MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBALFWky/rD5YJ0u00\n\
    6L2y03Zc+w+G4sF3irR0/PwLQokr9mYt5bsISqvnCQf/ESX/v7Y8YZujWBnYn7PL\n\
    /5nLGKCJZnz8s1V8K61VSBdLsSk1z7rdPlVGudoFNHOTPLA04mBoc213CXmVu5ET\n\
    iV/8Lz8yKnQ8uWXlHBn1RlTAlL1NAgMBAAECgYBSW4aXpm7im0Vd7Eh6cOZL/fqK\n\
    x3Xfq4i7LemflAsecVBJO9+I8Nzc4LsM/6QTJab/FyOtiDqOJlBky8S0w+F3Rr15\n\
    lK1tuFOq5s8jBGHzHXa+9NsfPzlebqT/RyeYQxZFNKlZkCQ/EJ9XFdJvSz6bCPHq\n\
    +DdCcPoRsEH8TXEdAQJBAN7XevnivcQJMH4dtpTJc9OTlTqZXH6p9Sd/hDrvlerB\n\
    PYYhloDnbZOghPnkiS69lNeTgTB/iG+yNCj01M64/d0CQQDLucRj2n9hL52OPbU7\n\
    sPkum9yYxOZB4hcQNjbN5dHDbgLdFVQSg3zYGOWAFAY6GW5E0FBTXXjcKMX8D/1O\n\
    +V4xAkB4FT4bsmf4X8tV6sUc4IIeHYVpEoOZbhTBuCGVcM4ktwVkZm0oAY4242VF\n\
    FDYojdjLYp1XeSIYrrsU5vpWe7GxAkEAw4gPw1ryCSA/U0dMy/bGowJ7TrEk4rUS\n\
    N8AhB6t9kdnjq7gN0hsbVvlGRJBzjY3c9PUPM4QyPPRxWcUq9YKH8QJBANVm6JU+\n\
    G/hphgv/y0IR9BiiEpLAuBZjbrdnIUncg0xiiDZDDDAbgw2lPPUXYqZ59niAaDsM\n\
    kpSDka4MZ2+F0TE=\n\
    -----END PRIVATE KEY-----\n";

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
