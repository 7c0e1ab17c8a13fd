//! The IP address of a request's client, seen through trusted proxies; and a list of proxies that are not configured.
//!
//! Must never use a forwarding header unless the peer is a configured proxy.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;
use testkeep_domain::config::ServerConfig;

use crate::{App, Error};

const FORWARDED_FOR: &str = "x-forwarded-for";
/// Headers that proxies add.
const OF_PROXIES: [&str; 4] = [FORWARDED_FOR, "forwarded", "x-real-ip", "x-forwarded-host"];
/// Maximum number of unlisted proxies that are remembered.
const TOLD: usize = 8;
/// An unlisted proxy is remembered for this time after its last request with the header.
const TOLD_FOR: Duration = Duration::from_hours(1);

/// The IP address of the client, seen through trusted proxies only.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientAddress(pub IpAddr);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let ConnectInfo(peer) = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .ok_or_else(|| Error::internal("no peer address"))?;
        let forwarded = parts.headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
        Ok(Self(client_address(peer.ip(), forwarded, &app.config.trusted_proxies)))
    }
}

/// Whether `address` is one of the configured proxies.
pub(crate) fn is_trusted_proxy(address: &IpAddr, config: &ServerConfig) -> bool {
    is_among(address, &config.trusted_proxies)
}

fn is_among(address: &IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|net| net.contains(address))
}

/// Whether the request has a header that proxies add.
pub(crate) fn is_forwarded(headers: &HeaderMap) -> bool {
    OF_PROXIES.iter().any(|name| headers.contains_key(*name))
}

/// Returns the rightmost address that is not one of our proxies, because each proxy appends the peer it saw.
fn client_address<'a>(peer: IpAddr, forwarded: impl Iterator<Item = &'a str>, trusted: &[IpNet]) -> IpAddr {
    let hops: Vec<&str> = forwarded.flat_map(|line| line.split(',')).map(str::trim).collect();
    let mut client = peer.to_canonical();
    for hop in hops.iter().rev() {
        if !is_among(&client, trusted) {
            break;
        }
        let Some(address) = address_of_hop(hop) else { break };
        client = address.to_canonical();
    }
    client
}

/// Parses one entry of the header. Some proxies add the port: `1.2.3.4:5678`, `[::1]:80`.
fn address_of_hop(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim_matches('"');
    let bracketed = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    hop.parse::<IpAddr>()
        .ok()
        .or_else(|| hop.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
        .or_else(bracketed)
}

/// Peers that send `X-Forwarded-For` but are not trusted proxies, with the time of their last request. Kept in memory,
/// because it concerns only this server. Bounded, because every client can send the header.
#[derive(Default)]
pub struct UnlistedProxies(Mutex<BTreeMap<IpAddr, Instant>>);

impl UnlistedProxies {
    /// Returns whether this peer is new. If there are too many, the peer seen longest ago is dropped.
    fn add(&self, peer: IpAddr, now: Instant) -> bool {
        let mut peers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        peers.retain(|_, seen| now.saturating_duration_since(*seen) < TOLD_FOR);
        let is_new = peers.insert(peer, now).is_none();
        if peers.len() > TOLD
            && let Some(oldest) = peers.iter().min_by_key(|(_, seen)| **seen).map(|(peer, _)| *peer)
        {
            peers.remove(&oldest);
        }
        is_new
    }

    fn list(&self, now: Instant) -> Vec<IpAddr> {
        let peers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = peers.iter().filter(|(_, seen)| now.saturating_duration_since(**seen) < TOLD_FOR);
        recent.map(|(peer, _)| *peer).collect()
    }
}

/// Middleware: detects proxies that are not configured. All their users share one IP address here.
pub(crate) async fn notice_proxies(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let peer = peer.ip().to_canonical();
    if request.headers().contains_key(FORWARDED_FOR)
        && !is_trusted_proxy(&peer, &app.config)
        && app.unlisted_proxies.add(peer, Instant::now())
        && let Some(words) = unlisted(&[peer])
    {
        tracing::warn!("{words}");
    }
    next.run(request).await
}

/// Problems with the configuration of this server's proxies, for admins.
pub(crate) fn notices(app: &App) -> Vec<String> {
    let peers = app.unlisted_proxies.list(Instant::now());
    app.config.warnings().into_iter().chain(unlisted(&peers)).collect()
}

/// One notice about all unlisted proxies, because strangers could cause many.
fn unlisted(peers: &[IpAddr]) -> Option<String> {
    match peers {
        [] => None,
        [peer] => Some(format!(
            "Requests from {peer} carry X-Forwarded-For, and {peer} is not among the trusted proxies. If it is your \
             reverse proxy, add trusted_proxies = [\"{peer}\"] to conf/testkeep.toml and restart the server: until then \
             all its users count as one address. If it is not, somebody tries to hide their address."
        )),
        peers => {
            let names: Vec<_> = peers.iter().map(ToString::to_string).collect();
            Some(format!(
                "Requests from these addresses carry X-Forwarded-For, and none of them is among the trusted proxies: \
                 {}. If one is your reverse proxy, add it to trusted_proxies in conf/testkeep.toml and restart the \
                 server: until then all its users count as one address. The others try to hide their address.",
                names.join(", ")
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unlisted_proxies_are_few_and_make_one_notice() {
        let (proxies, begin) = (UnlistedProxies::default(), Instant::now());
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        assert!(proxies.add(proxy, begin));
        assert!(unlisted(&proxies.list(begin)).unwrap().contains("trusted_proxies = [\"10.0.0.1\"]"));
        for stranger in 0..50_u8 {
            let now = begin + Duration::from_secs(u64::from(stranger) + 1);
            proxies.add(IpAddr::from([192, 0, 2, stranger]), now);
            assert!(!proxies.add(proxy, now), "who comes again and again is kept");
        }
        let now = begin + Duration::from_mins(1);
        assert_eq!(proxies.list(now).len(), TOLD);
        assert!(unlisted(&proxies.list(now)).unwrap().contains("10.0.0.1, 192.0.2."));
        assert_eq!(unlisted(&proxies.list(now + TOLD_FOR)), None, "nobody sends it any more");
    }

    fn seen(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        client_address(peer.parse().unwrap(), forwarded.iter().copied(), &trusted).to_string()
    }

    #[test]
    fn believes_only_trusted_proxies() {
        assert_eq!(seen("10.0.0.9", &["1.2.3.4"], &[]), "10.0.0.9");
        assert_eq!(seen("10.0.0.9", &["1.2.3.4"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(seen("10.0.0.9", &["6.6.6.6, 1.2.3.4, 10.0.0.2"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(seen("10.0.0.9", &["6.6.6.6", "1.2.3.4"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(seen("10.0.0.9", &["nonsense"], &["10.0.0.0/8"]), "10.0.0.9");
        assert_eq!(seen("::ffff:10.0.0.9", &[], &[]), "10.0.0.9");
    }

    #[test]
    fn reads_addresses_with_ports() {
        for (hop, address) in [
            ("1.2.3.4:5678", "1.2.3.4"),
            ("[2001:db8::1]:80", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("\"[2001:db8::1]:80\"", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("::ffff:1.2.3.4", "1.2.3.4"),
            ("[::ffff:1.2.3.4]:9", "1.2.3.4"),
        ] {
            assert_eq!(seen("10.0.0.9", &[hop], &["10.0.0.0/8"]), address, "{hop}");
            assert_eq!(seen("10.0.0.9", &[&format!("6.6.6.6, {hop},10.1.1.1:1")], &["10.0.0.0/8"]), address);
        }
        for nonsense in ["", "unknown", "_hidden", "1.2.3.4:99999", "[1.2.3.4]x", "1.2.3", "[::1"] {
            assert_eq!(seen("10.0.0.9", &[nonsense], &["10.0.0.0/8"]), "10.0.0.9", "{nonsense}");
        }
    }
}
