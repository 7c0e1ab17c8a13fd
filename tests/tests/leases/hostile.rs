//! Requests that no honest program sends.

use serde_json::{Value, json};
use testkeep_tests::on_both_databases;

use super::program::{crew, engine};

on_both_databases!(strange_orders_are_refused_in_words, |server| {
    let (_owner, organization, people) = crew(&server, 1).await;
    let ada = &people[0];
    let program = engine(ada, organization, "build-1");
    let wrong: [(&str, Value); 13] = [
        ("machine_id", json!("m".repeat(64 * 1024))),
        ("machine_id", json!("a\u{0}b")),
        ("machine_id", json!("")),
        ("machine_id", json!("with space")),
        ("machine_id", json!(7)),
        ("machine_id", Value::Null),
        ("session_id", json!("s".repeat(129))),
        ("session_id", json!("\u{202e}gnp")),
        ("package", json!("kse")),
        ("package", json!("../KSE")),
        ("organization_id", json!("seven")),
        ("borrow_days", json!(-1)),
        ("borrow_days", json!(0)),
    ];
    for (name, value) in wrong {
        let refused = program.check_out_with(name, value.clone()).await;
        assert_eq!((refused.status, refused.code()), (422, "invalid"), "{name}: {}", refused.body);
        assert!(refused.message().len() < 500, "{name}: {}", refused.message());
    }
    for id in [json!(0), json!(-1), json!(i64::MAX), json!(1)] {
        let refused = program.check_out_with("organization_id", id.clone()).await;
        assert_eq!(refused.status, 404, "{id}: {}", refused.body);
    }
    let long = program.check_out_with("hostname", json!("h\u{0}\n".repeat(50_000))).await;
    assert_eq!(long.status, 200, "a host name is cut: {}", long.body);
    for id in ["0", "-1", "9223372036854775807", "99999999999999999999", "x", "1%00"] {
        let path = &format!("/api/v2/leases/{id}/renew");
        assert_eq!(ada.post(path, &json!({})).await.status, 404, "{path}");
    }
    server.stop().await;
});
