//! `X-Forwarded-For` behind trusted proxies: the client address used by the limits.

#![no_main]

use std::net::{IpAddr, SocketAddr};

use docket::limits::Proxies;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let mut lines = input.lines();
    let Ok(proxies) = Proxies::parse(lines.next().unwrap_or_default()) else {
        return;
    };
    let shown = proxies.to_string();
    if shown != "(none)" {
        let again = Proxies::parse(&shown).expect("what is shown can be set");
        assert_eq!(again.to_string(), shown);
    }
    let Ok(peer) = lines.next().unwrap_or_default().parse::<IpAddr>() else {
        return;
    };
    let peer = peer.to_canonical();
    let headers: Vec<&str> = lines.collect();
    let client = proxies.client(peer, headers.iter().copied());
    if !is_trusted(&proxies, peer) {
        assert_eq!(client, peer, "a stranger is believed");
    }
    if client == peer {
        return;
    }
    let mut hops = headers.iter().flat_map(|header| header.split(','));
    assert!(hops.any(|hop| is_of(hop, client)), "{client} is no hop");
    // Text a client writes before its own address has no effect.
    if !is_trusted(&proxies, client) {
        for before in ["1.1.1.1", "<script>", ""] {
            let longer = [before].into_iter().chain(headers.iter().copied());
            assert_eq!(proxies.client(peer, longer), client);
        }
    }
});

/// Only a trusted proxy is believed about another address.
fn is_trusted(proxies: &Proxies, address: IpAddr) -> bool {
    let others = ["203.0.113.98", "203.0.113.99"];
    others.into_iter().any(|other| {
        let client = proxies.client(address, [other].into_iter());
        client != address && client.to_string() == other
    })
}

fn is_of(hop: &str, client: IpAddr) -> bool {
    let hop = hop.trim();
    let bare = hop.trim_matches(['[', ']']).parse::<IpAddr>().ok();
    let with_port = hop.parse::<SocketAddr>().ok().map(|place| place.ip());
    bare.or(with_port)
        .is_some_and(|address| address.to_canonical() == client)
}
