//! Trusted proxies and client addresses.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

/// Length of the prefix that identifies an IPv6 network. Clients choose the remaining bits freely.
const IPV6_PREFIX: u32 = 64;

/// Addresses of trusted proxies.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    /// Parses a comma-separated list of addresses and networks.
    ///
    /// # Errors
    /// A description of the expected format.
    pub fn parse(text: &str) -> Result<Proxies, String> {
        let one = |part: &str| {
            let part = part.trim();
            part.parse::<IpNet>()
                .or_else(|_| part.parse::<IpAddr>().map(IpNet::from))
                .ok()
        };
        text.split(',')
            .filter(|part| !part.trim().is_empty())
            .map(one)
            .collect::<Option<Vec<_>>>()
            .map(Proxies)
            .ok_or_else(|| "must be IP addresses and networks, such as 127.0.0.1,10.0.0.0/8".into())
    }

    /// Returns the client's address: the peer of the connection or, if the peer is a trusted proxy,
    /// the last untrusted address in `X-Forwarded-For`. Earlier addresses may be forged by the
    /// client.
    pub fn client<'h>(&self, peer: IpAddr, forwarded: impl Iterator<Item = &'h str>) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trust(peer) {
            return peer;
        }
        let hops: Vec<&str> = forwarded.flat_map(|header| header.split(',')).collect();
        let mut client = peer;
        for hop in hops.into_iter().rev() {
            match address(hop.trim()) {
                Some(address) => client = address,
                None => return peer,
            }
            if !self.trust(client) {
                break;
            }
        }
        client
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl fmt::Display for Proxies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return formatter.write_str("(none)");
        }
        let all: Vec<_> = self.0.iter().map(IpNet::to_string).collect();
        formatter.write_str(&all.join(","))
    }
}

/// Parses an address of `X-Forwarded-For`. Some proxies append the port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse()
        .or_else(|_| text.parse().map(|address: SocketAddr| address.ip()))
        .ok()
        .map(|address: IpAddr| address.to_canonical())
}

/// Returns the key by which clients are counted: the IPv4 address or the IPv6 network. A client has
/// too many IPv6 addresses to count each.
pub fn network(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V6(address)) => {
            let prefix = u128::from(address) >> (128 - IPV6_PREFIX) << (128 - IPV6_PREFIX);
            format!("{}/{IPV6_PREFIX}", Ipv6Addr::from(prefix))
        }
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &str, peer: &str, headers: &[&str]) -> String {
        let proxies = Proxies::parse(trusted).expect("proxies");
        let peer = peer.parse().expect("an address");
        proxies.client(peer, headers.iter().copied()).to_string()
    }

    #[test]
    fn the_header_counts_only_from_a_trusted_proxy() {
        let header = ["203.0.113.9"];
        assert_eq!(client("", "192.0.2.1", &header), "192.0.2.1");
        assert_eq!(client("192.0.2.2", "192.0.2.1", &header), "192.0.2.1");
        assert_eq!(client("192.0.2.1", "192.0.2.1", &header), "203.0.113.9");
        let mapped = "::ffff:192.0.2.1";
        assert_eq!(client("192.0.2.0/24", mapped, &header), "203.0.113.9");
        assert_eq!(client("192.0.2.1", "192.0.2.1", &[]), "192.0.2.1");
    }

    #[test]
    fn entries_before_the_first_untrusted_address_are_ignored() {
        let trusted = "192.0.2.1,10.0.0.0/8,fd00::/8";
        for (headers, expected) in [
            (&["1.1.1.1, 203.0.113.9, 10.0.0.7"][..], "203.0.113.9"),
            (&["1.1.1.1", "203.0.113.9", "10.0.0.7"], "203.0.113.9"),
            (&["<script>, 203.0.113.9:4711"], "203.0.113.9"),
            (&["1.1.1.1, [2001:db8::7]:443, fd00::1"], "2001:db8::7"),
            (&["::ffff:203.0.113.9"], "203.0.113.9"),
            (&["10.0.0.9, 10.0.0.7"], "10.0.0.9"),
        ] {
            assert_eq!(client(trusted, "192.0.2.1", headers), expected);
        }
    }

    #[test]
    fn a_header_that_cannot_be_read_leaves_the_proxys_address() {
        for header in ["", "unknown", "203.0.113.9,", "203.0.113.9, 10.0.0.7;x"] {
            assert_eq!(client("10.0.0.0/8", "10.0.0.1", &[header]), "10.0.0.1");
        }
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        assert_eq!(network("2001:db8:1:2:3::4"), "2001:db8:1:2::/64");
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
    }
}
