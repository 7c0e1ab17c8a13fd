//! Strict JSON: all valid JSON is read unchanged, everything else is refused.

use super::*;
use crate::license::strict_json::parse;

const PART: &str = "it";

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i32>().prop_map(|halves| Value::from(f64::from(halves) / 2.0)),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(".{0,6}", inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn reads_every_value_as_it_stands(value in values()) {
        prop_assert_eq!(parse(value.to_string().as_bytes(), PART), Ok(value));
    }

    #[test]
    fn a_key_is_there_once_at_any_depth(key in "[a-z]{1,8}", depth in 0_usize..14) {
        let twice = format!("{{\"{key}\":1,\"x{key}\":2,\"{key}\":1}}");
        let text = format!("{}{twice}{}", "[".repeat(depth), "]".repeat(depth));
        prop_assert_eq!(parse(text.as_bytes(), PART), Err(LicenseError::DuplicateKey { key }));
    }
}

#[test]
fn sixteen_levels_are_read_and_no_more() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
        assert!(parse(nested(16).as_bytes(), PART).is_ok());
        assert_eq!(parse(nested(17).as_bytes(), PART), Err(LicenseError::TooDeep));
        assert_eq!(parse(nested(500).as_bytes(), PART), Err(LicenseError::TooDeep));
    }
}

#[test]
fn a_refusal_quotes_little_and_nothing_unprintable() {
    let key = format!("a\u{7}{}", "k".repeat(100));
    let twice = format!("{{{0}:1,{0}:2}}", json!(key));
    let Err(LicenseError::DuplicateKey { key: shown }) = parse(twice.as_bytes(), PART) else { panic!() };
    assert_eq!(shown, format!("a{}", "k".repeat(58)));
    let Err(LicenseError::Json { part, reason }) = parse(b"{\"a\":1} x", PART) else { panic!() };
    assert_eq!((part, reason.as_str()), (PART, "trailing characters"));
}
