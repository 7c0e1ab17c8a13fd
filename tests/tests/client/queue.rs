//! Waiting for a seat: in order, with the position, for a limited time, and ended early by a signal.

use std::time::{Duration, Instant};

use testkeep_domain::license::{Product, Quota};

use crate::place::Place;

async fn one_seat() -> Place {
    Place::with(|terms| {
        terms.products.insert(Product::Kre, Quota { quota: 1, machine_quota: 5 });
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_gets_the_seat_in_order() {
    let place = one_seat().await;
    let (holder, waiter) = (place.account(), place.account());
    assert_eq!(holder.testkeep(&["checkout"]).code, 0);
    let order = waiter.home.path().join("order");
    let go = waiter.home.path().join("go");
    let (order_file, go_file) = (order.display(), go.display());
    let script = format!("echo $1 >> {order_file}; while [ ! -e {go_file} ]; do sleep 0.1; done");
    let mut first = waiter.start(&["run", "--wait", "--", "sh", "-c", &script, "sh", "first"]);
    first.says("place 1 of 1");
    let mut second = waiter.start(&["run", "--wait", "--", "sh", "-c", &script, "sh", "second"]);
    second.says("place 2 of 2");
    // A request that does not wait gets no seat before the waiting ones.
    place.account().testkeep(&["checkout"]).expect(75, "");
    assert_eq!(holder.testkeep(&["release"]).code, 0);
    second.says("place 1 of 1");
    // The first has its seat; its command may need a moment to start.
    let until = Instant::now() + Duration::from_secs(20);
    while std::fs::read(&order).unwrap_or_default().is_empty() && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(std::fs::read_to_string(&order).unwrap(), "first\n");
    std::fs::write(&go, "").unwrap();
    assert_eq!((first.ends().code, second.ends().code), (0, 0));
    assert_eq!(std::fs::read_to_string(&order).unwrap(), "first\nsecond\n");
    assert_eq!(place.sessions("KRE").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_ends_in_time_or_by_a_signal() {
    let place = one_seat().await;
    let (holder, waiter) = (place.account(), place.account());
    assert_eq!(holder.testkeep(&["checkout"]).code, 0);
    waiter.testkeep(&["checkout", "--wait", "2"]).expect(75, "the place in the queue was 1");
    assert!(!waiter.state_file().exists());
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let mut waiting = waiter.start(&["run", "--wait", "--", "true"]);
        waiting.says("Waiting");
        waiting.signal(name);
        assert_eq!(waiting.ends().code, code);
    }
    let mut checkout = waiter.start(&["checkout", "--wait"]);
    checkout.says("Waiting");
    assert_eq!(holder.testkeep(&["release"]).code, 0);
    assert_eq!(checkout.ends().code, 0);
    assert_eq!(waiter.testkeep(&["release"]).code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_place_survives_a_server_that_is_killed() {
    let mut place = one_seat().await;
    let (holder, waiter) = (place.account(), place.account());
    assert_eq!(holder.testkeep(&["checkout"]).code, 0);
    let mut waiting = waiter.start(&["run", "--wait", "--", "true"]);
    waiting.says("place 1 of 1");
    place.kill_server();
    waiting.says("Trying again");
    place.start_server();
    assert_eq!(holder.testkeep(&["release"]).code, 0, "the seat survived too");
    assert_eq!(waiting.ends().code, 0);
}
