//! What an address is good for: the special-purpose registries of IANA as one table, and addresses that hold another within them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Public,
    /// Only where the operator says so. What it is, with its article.
    Private(&'static str),
    Never(&'static str),
}

use Reach::{Never, Private, Public};

const LOOPBACK: Reach = Private("a loopback address");
const PRIVATE: Reach = Private("a private address");
const LINK_LOCAL: Reach = Private("a link-local address");
const SHARED: Reach = Private("an address of a provider's inner network");
const THIS_HOST: Reach = Private("an address of this machine");
const BENCHMARK: Reach = Private("an address for tests inside a network");
const METADATA: Reach = Never("the address of a cloud's metadata service");
const MULTICAST: Reach = Never("a multicast address");
const RESERVED: Reach = Never("a reserved address");
const DOCUMENTATION: Reach = Never("an address for documentation");

const fn v4(a: u8, b: u8, c: u8, d: u8) -> u32 {
    u32::from_be_bytes([a, b, c, d])
}

/// The first that fits counts: (network, bits, what it is).
const V4: &[(u32, u32, Reach)] = &[
    (v4(169, 254, 169, 254), 32, METADATA),
    (v4(169, 254, 170, 2), 32, METADATA),
    (v4(169, 254, 170, 23), 32, METADATA),
    (v4(169, 254, 0, 23), 32, METADATA),
    (v4(169, 254, 42, 42), 32, METADATA),
    (v4(100, 100, 100, 200), 32, METADATA),
    (v4(168, 63, 129, 16), 32, METADATA),
    (v4(0, 0, 0, 0), 8, THIS_HOST),
    (v4(10, 0, 0, 0), 8, PRIVATE),
    (v4(100, 64, 0, 0), 10, SHARED),
    (v4(127, 0, 0, 0), 8, LOOPBACK),
    (v4(169, 254, 0, 0), 16, LINK_LOCAL),
    (v4(172, 16, 0, 0), 12, PRIVATE),
    (v4(192, 0, 0, 0), 24, RESERVED),
    (v4(192, 0, 2, 0), 24, DOCUMENTATION),
    (v4(192, 88, 99, 0), 24, RESERVED),
    (v4(192, 168, 0, 0), 16, PRIVATE),
    (v4(198, 18, 0, 0), 15, BENCHMARK),
    (v4(198, 51, 100, 0), 24, DOCUMENTATION),
    (v4(203, 0, 113, 0), 24, DOCUMENTATION),
    (v4(224, 0, 0, 0), 4, MULTICAST),
    (v4(240, 0, 0, 0), 4, RESERVED),
];

const fn v6(head: [u16; 4], last: u16) -> u128 {
    ((head[0] as u128) << 112)
        | ((head[1] as u128) << 96)
        | ((head[2] as u128) << 80)
        | ((head[3] as u128) << 64)
        | last as u128
}

const V6: &[(u128, u32, Reach)] = &[
    (v6([0xfd00, 0xec2, 0, 0], 0x254), 128, METADATA),
    (v6([0xfd00, 0xec2, 0, 0], 0x23), 128, METADATA),
    (v6([0xfd20, 0xce, 0, 0], 0x254), 128, METADATA),
    (v6([0xfd00, 0x42, 0, 0], 0x42), 128, METADATA),
    (v6([0, 0, 0, 0], 0), 128, THIS_HOST),
    (v6([0, 0, 0, 0], 1), 128, LOOPBACK),
    (v6([0x64, 0xff9b, 1, 0], 0), 48, PRIVATE),
    // Teredo and what else was assigned for protocols: nothing that serves an API.
    (v6([0x2001, 0, 0, 0], 0), 23, RESERVED),
    (v6([0x2001, 0xdb8, 0, 0], 0), 32, DOCUMENTATION),
    (v6([0x3fff, 0, 0, 0], 0), 20, DOCUMENTATION),
    (v6([0x2000, 0, 0, 0], 0), 3, Public),
    (v6([0xfc00, 0, 0, 0], 0), 7, PRIVATE),
    (v6([0xfe80, 0, 0, 0], 0), 10, LINK_LOCAL),
    (v6([0xfec0, 0, 0, 0], 0), 10, PRIVATE),
    (v6([0xff00, 0, 0, 0], 0), 8, MULTICAST),
];

pub(super) fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => match within(address) {
            Some(inner) => reach_v4(inner),
            None => reach_v6(address),
        },
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    let bits = address.to_bits();
    let fits = |network: u32, length: u32| (bits ^ network).checked_shr(32 - length).unwrap_or(0) == 0;
    V4.iter().find(|(network, length, _)| fits(*network, *length)).map_or(Public, |(.., reach)| *reach)
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    let bits = address.to_bits();
    let fits = |network: u128, length: u32| (bits ^ network) >> (128 - length) == 0;
    // Beyond the global unicast range there is nothing to connect to.
    V6.iter().find(|(network, length, _)| fits(*network, *length)).map_or(RESERVED, |(.., reach)| *reach)
}

/// The IPv4 address that a translator would connect to in place of this one: mapped (`::ffff:`), translated (`64:ff9b::`), 6to4 (`2002:`).
fn within(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let bits = address.to_bits();
    let low = Ipv4Addr::from_bits(bits as u32);
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => Some(low),
        [0x2002, high, next, ..] => Some(Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(next))),
        // The oldest form, no longer in use; `::` and `::1` are addresses of their own.
        [0, 0, 0, 0, 0, 0, ..] if bits > 0xffff => Some(low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_range_of_the_registries_is_known() {
        for (addresses, expected) in [
            (
                "8.8.8.8 1.1.1.1 100.63.255.255 100.128.0.0 172.15.0.1 172.32.0.1 192.0.1.1 223.255.255.255 11.0.0.0 168.63.129.17",
                Public,
            ),
            (
                "2606:4700::1111 2a00:1450::1 2002:808:808::1 64:ff9b::808:808 ::ffff:8.8.8.8 2001:4860:4860::8888",
                Public,
            ),
            ("127.0.0.1 127.255.255.254 ::1 ::ffff:127.0.0.1 64:ff9b::7f00:1 2002:7f00:1::", LOOPBACK),
            (
                "10.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1 fc00::1 fdff::1 fec0::1 64:ff9b:1::a00:1 ::10.0.0.1 ::ffff:0:10.0.0.1",
                PRIVATE,
            ),
            ("169.254.1.1 fe80::1 febf::1 ::ffff:169.254.0.1", LINK_LOCAL),
            ("100.64.0.1 100.127.255.255", SHARED),
            ("0.0.0.0 0.1.2.3 :: ::ffff:0.0.0.0", THIS_HOST),
            ("198.18.0.1 198.19.255.255", BENCHMARK),
            (
                "169.254.169.254 169.254.170.2 169.254.0.23 169.254.42.42 100.100.100.200 168.63.129.16 fd00:ec2::254 fd00:42::42 ::ffff:169.254.169.254 64:ff9b::a9fe:a9fe",
                METADATA,
            ),
            ("224.0.0.1 239.255.255.255 ff02::1", MULTICAST),
            (
                "192.0.0.8 192.0.0.192 192.88.99.1 240.0.0.1 255.255.255.255 2001::1 2001:1ff::1 5f00::1 100::1 4000::",
                RESERVED,
            ),
            ("192.0.2.1 198.51.100.1 203.0.113.1 2001:db8::1 3fff::1", DOCUMENTATION),
        ] {
            for address in addresses.split(' ') {
                assert_eq!(reach(address.parse().unwrap()), expected, "{address}");
            }
        }
    }

    proptest! {
        /// What the standard library knows of addresses is never contradicted.
        #[test]
        fn nothing_local_is_public(bits in any::<u32>(), head in prop::sample::select(vec![0_u128, 0xffff << 32, 0x64_ff9b << 96])) {
            let address = Ipv4Addr::from_bits(bits);
            let local = address.is_private() || address.is_loopback() || address.is_link_local() || address.is_unspecified()
                || address.is_multicast() || address.is_broadcast() || address.is_documentation();
            prop_assert!(!(local && reach(address.into()) == Public), "{address}");
            let outer = Ipv6Addr::from_bits(head | u128::from(bits));
            prop_assert!(!(local && reach(outer.into()) == Public), "{outer}");
        }
    }
}
