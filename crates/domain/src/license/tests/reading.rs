//! Bytes that are not a license file, or not a genuine one.

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
    // The armor stays valid when lines in the middle are missing.
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
    let armored = |text: &str| format!("-----BEGIN LICENSE FILE-----\n{text}\n-----END LICENSE FILE-----\n");
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
    for alg in ["", "none", "BASE64+ED25519", "base64+rsa-sha256", "aes-256-gcm+ed25519", "base64+ed25519 "] {
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
    // A trusted key id in the payload makes no difference.
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

#[test]
fn the_armor_has_lines_of_sixty_four() {
    let whole = file();
    let lines: Vec<&str> = whole.lines().collect();
    assert_eq!((lines[0], lines[lines.len() - 1]), (armor::BEGIN, "-----END LICENSE FILE-----"));
    let (last, full) = lines[1..lines.len() - 1].split_last().unwrap();
    assert!(full.iter().all(|line| line.len() == 64) && (1..=64).contains(&last.len()), "{whole}");
}

#[test]
fn inspecting_shows_what_a_file_claims() {
    let stranger = VendorKey::from_seed(&[1; 32]);
    let foreign = license::sign(&stranger, &terms()).unwrap();
    let shown = LicenseFile::inspect(foreign.as_bytes()).unwrap();
    assert_eq!(shown.key_id, Some(stranger.public_key().id()));
    assert_eq!(shown.payload["testkeep"]["customer"], "Ada Lovelace & Söhne");
    for key_id in ["", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeg"] {
        let text = payload(&foreign).replace(&stranger.public_key().id(), key_id);
        assert_eq!(LicenseFile::inspect(signed(text).as_bytes()).unwrap().key_id, None, "{key_id}");
    }
    assert!(LicenseFile::inspect(b"hello").is_err());
}

#[test]
fn what_is_quoted_from_a_file_is_short_and_printable() {
    let mut outer: Value = serde_json::from_str(&outer(&file())).unwrap();
    outer["alg"] = format!("a\u{7}{}", "b".repeat(100)).into();
    let Err(LicenseError::Algorithm { found }) = read(armor(outer.to_string())) else { panic!() };
    assert_eq!(found, format!("a{}", "b".repeat(58)));
    let name = format!("x\u{7}{}", "y".repeat(200));
    let Err(LicenseError::Field { field, .. }) = signed_with(|v| v["testkeep"][&name] = 1.into()) else {
        panic!()
    };
    assert_eq!(field, format!("“testkeep.x{}”", "y".repeat(69)));
}

#[test]
fn a_bounded_source_is_read_whole() {
    assert_eq!(license::read_bounded(file().as_bytes()).unwrap(), file().into_bytes());
}
