use super::*;

const PORT: u16 = 8005;
const NONCE: Nonce = [7; NONCE_BYTES];

fn key(byte: u8) -> ControlKey {
    ControlKey::from_bytes([byte; 32])
}

fn hello(proof: String) -> Answer {
    let hello = HelloAnswer { nonce: "5-ab".into(), proof };
    Answer { status: 200, body: serde_json::to_vec(&hello).unwrap() }
}

fn signed<'a>(method: &'a str, path: &'a str, body: &'a [u8]) -> SignedRequest<'a> {
    SignedRequest { port: PORT, server_nonce: "5-ab", method, path, body }
}

#[test]
fn the_server_proves_itself_and_then_the_request() {
    let key = key(1);
    let begun = Hello::new(&key, PORT, NONCE);
    assert!(begun.request().starts_with(&format!("GET /hello?nonce={} HTTP/1.0\r\n", "07".repeat(32))));
    let proven = begun.verify(&hello(key.server_proof(PORT, &NONCE, "5-ab"))).unwrap();
    let request = String::from_utf8(proven.request("POST", "/stop", b"{}")).unwrap();
    let proof = key.request_proof(&signed("POST", "/stop", b"{}"));
    assert!(request.contains(&format!("\r\nAuthorization: Testkeep-Control 5-ab {proof}\r\n")), "{request}");
    assert!(request.contains("\r\nContent-Length: 2\r\n") && request.ends_with("\r\n\r\n{}"), "{request}");
    assert!(!request.contains(&"01".repeat(32)), "the secret stays here");
}

#[test]
fn whoever_does_not_know_the_secret_gets_nothing() {
    let key_here = key(1);
    let other_nonce = [8; NONCE_BYTES];
    let request_proof = key_here.request_proof(&signed("GET", "/status", b""));
    for (proof, why) in [
        (key(2).server_proof(PORT, &NONCE, "5-ab"), "another secret"),
        (key_here.server_proof(PORT + 1, &NONCE, "5-ab"), "passed on from another port"),
        (key_here.server_proof(PORT, &other_nonce, "5-ab"), "an old answer"),
        (key_here.server_proof(PORT, &NONCE, "5-ac"), "another nonce of the server"),
        (request_proof, "a program's proof sent back"),
        (String::new(), "nothing"),
        ("07".repeat(32), "the nonce sent back"),
    ] {
        assert!(Hello::new(&key_here, PORT, NONCE).verify(&hello(proof)).is_err(), "{why}");
    }
    let right = hello(key_here.server_proof(PORT, &NONCE, "5-ab"));
    assert!(Hello::new(&key_here, PORT, NONCE).verify(&right).is_ok());
    let refused = Hello::new(&key_here, PORT, NONCE).verify(&Answer { status: 403, ..right });
    assert!(refused.is_err(), "a refusal with the right words");
    for (status, body) in [(200, "null"), (403, "{}"), (200, "")] {
        let answer = Answer { status, body: body.into() };
        assert!(Hello::new(&key_here, PORT, NONCE).verify(&answer).is_err());
    }
    let proof = key_here.server_proof(PORT, &NONCE, "a\r\nb");
    let split = HelloAnswer { nonce: "a\r\nb".into(), proof };
    let answer = Answer { status: 200, body: serde_json::to_vec(&split).unwrap() };
    assert!(Hello::new(&key_here, PORT, NONCE).verify(&answer).is_err(), "no header of somebody else");
}

#[test]
fn a_proof_is_good_for_one_request_alone() {
    let key_here = key(1);
    let proof = key_here.request_proof(&signed("POST", "/stop", b""));
    assert!(key_here.is_request_proof(&proof, &signed("POST", "/stop", b"")));
    for changed in [
        signed("GET", "/stop", b""),
        signed("POST", "/stop?", b""),
        signed("POST", "/stop", b"x"),
        signed("POST/", "stop", b""),
        SignedRequest { server_nonce: "5-ac", ..signed("POST", "/stop", b"") },
        SignedRequest { port: 1, ..signed("POST", "/stop", b"") },
    ] {
        assert!(!key_here.is_request_proof(&proof, &changed), "{changed:?}");
    }
    assert!(!key(2).is_request_proof(&proof, &signed("POST", "/stop", b"")));
    let server_proof = key_here.server_proof(PORT, &NONCE, "5-ab");
    assert!(!key_here.is_request_proof(&server_proof, &signed("POST", "/stop", b"")), "reflection");
    assert!(key_here.is_seal(&key_here.seal(&["a", "b"]), &["a", "b"]));
    assert!(!key_here.is_seal(&key_here.seal(&["ab", ""]), &["a", "b"]));
}

/// Other programs may implement this construction: HMAC over all parts, each with its length before it.
#[test]
fn a_proof_is_an_hmac_of_its_parts() {
    use hmac::{Hmac, KeyInit, Mac};
    use sha2::{Digest, Sha256};
    let expected = |parts: &[&str]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&[1; 32]).unwrap();
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        hex::encode(mac.finalize().into_bytes())
    };
    let server = key(1).server_proof(PORT, &NONCE, "5-ab");
    assert_eq!(server, expected(&["testkeep control 1", "server", "8005", &"07".repeat(32), "5-ab"]));
    let body = hex::encode(Sha256::digest(b"{}"));
    let request = key(1).request_proof(&signed("POST", "/stop", b"{}"));
    assert_eq!(request, expected(&["testkeep control 1", "request", "8005", "5-ab", "POST", "/stop", &body]));
    assert_eq!(key(1).seal(&["a", "b"]), expected(&["testkeep control 1", "seal", "a", "b"]));
    for (made_of, other) in [(&["a", "b"][..], &["ab"][..]), (&["", "a"], &["a", ""]), (&[], &[""])] {
        assert!(key(1).is_seal(&key(1).seal(made_of), made_of));
        assert!(!key(1).is_seal(&key(1).seal(made_of), other), "{made_of:?} {other:?}");
    }
    assert!(!key(1).is_seal("", &["a"]) && !key(1).is_seal(&"0".repeat(64), &["a"]));
}

#[test]
fn reads_keys_and_hides_them() {
    let text = format!(" {}\n", "0a".repeat(32));
    let read = ControlKey::parse(&text).unwrap();
    assert_eq!(read.seal(&[]), key(10).seal(&[]));
    assert_eq!(format!("{read:?}"), "***");
    for wrong in ["", "0a", &"0a".repeat(33), &"zz".repeat(32)] {
        assert!(ControlKey::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn reads_answers_and_refuses_noise() {
    let text = b"HTTP/1.0 503 Service Unavailable\r\ncontent-Length: 4\r\n\r\nbody and more";
    let answer = Answer { status: 503, body: b"body".into() };
    assert_eq!(Answer::read(text, false), Ok(Some(answer.clone())));
    for cut in 0..text.len() - 9 {
        assert_eq!(Answer::read(&text[..cut], false), Ok(None), "{cut}");
    }
    assert_eq!(Answer::read(b"HTTP/1.1 503 x\r\nA: b\r\n\r\nbody", true), Ok(Some(answer)));
    assert_eq!(Answer::read(b"HTTP/1.1 503 x\r\nA: b\r\n\r\nbody", false), Ok(None), "until it ends");
    for noise in [
        &b""[..],
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 xx\r\n\r\n",
        b"HTTP/1.1",
        b"220 mail 200\r\n\r\n",
        b"\xff\xfe\r\n\r\n",
    ] {
        assert_eq!(Answer::read(noise, true), Err(NotHttp));
    }
    assert_eq!(Answer::read(&vec![b'H'; ANSWER_MAX + 1], false), Err(NotHttp));
    // An answer of four mebibytes is read, one byte more is refused.
    let mut long = b"HTTP/1.1 200 x\r\n\r\n".to_vec();
    long.resize(4 << 20, b'x');
    assert_eq!(Answer::read(&long, true).unwrap().map(|answer| answer.body.len()), Some((4 << 20) - 18));
    long.push(b'x');
    assert_eq!(Answer::read(&long, true), Err(NotHttp));
    // The code that parses the body must notice that a part is missing.
    let cut = Answer::read(b"HTTP/1.1 200 x\r\nContent-Length: 9\r\n\r\nbody", true);
    assert_eq!(cut, Ok(Some(Answer { status: 200, body: b"body".into() })));
    let exact = Answer::read(b"HTTP/1.1 200 x\r\nContent-Length: 4\r\n\r\nbody", false);
    assert_eq!(exact, cut);
}
