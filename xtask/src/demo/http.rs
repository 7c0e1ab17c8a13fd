//! The few requests that show a working installation: ready, sign in, read one's profile, sign out.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

pub(super) fn wait_until_ready(url: &str, within: Duration) -> Result<()> {
    let deadline = Instant::now() + within;
    loop {
        match agent().get(format!("{url}/readyz")).call() {
            Ok(_) => return Ok(()),
            Err(error) if Instant::now() > deadline => {
                bail!("{url}/readyz did not answer within {} s: {error}", within.as_secs());
            }
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// Waits until the server no longer accepts connections.
pub(super) fn wait_until_gone(port: u16, within: Duration) -> Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let deadline = Instant::now() + within;
    while TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok() {
        if Instant::now() > deadline {
            bail!("The server was stopped, but port {port} still answers after {} s.", within.as_secs());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

pub(super) fn sign_in(url: &str, email: &str, password: &str) -> Result<()> {
    let request = agent().post(format!("{url}/api/v2/sessions"));
    let response = request.send_json(json!({ "email": email, "password": password }));
    let session: Value = response.context("sign-in was refused")?.body_mut().read_json()?;
    let token = session["token"].as_str().context("the answer to sign-in has no token")?;
    let bearer = format!("Bearer {token}");
    let me = agent().get(format!("{url}/api/v2/me")).header("Authorization", &bearer).call();
    let me: Value = me.context("the session just made was refused")?.body_mut().read_json()?;
    if me["user"]["email"] != email {
        bail!("signed in as {email}, but the server says: {me}");
    }
    let current = agent().delete(format!("{url}/api/v2/sessions/current"));
    current.header("Authorization", &bearer).call().context("sign-out was refused")?;
    Ok(())
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(15))).proxy(None);
    config.build().into()
}
