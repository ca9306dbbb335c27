//! Which addresses are on the public Internet: whatever a certificate names, nothing inside is reached through us.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not to be connected to (IANA special-purpose address registries, RFC 6890).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum SpecialAddress {
    #[error("an address of this host")]
    Unspecified,
    #[error("a loopback address")]
    Loopback,
    #[error("a private address")]
    Private,
    #[error("a link-local address, where clouds keep their metadata")]
    LinkLocal,
    #[error("an address behind a carrier's NAT")]
    CarrierNat,
    #[error("a multicast or broadcast address")]
    Multicast,
    #[error("an address of a cloud's own services")]
    CloudService,
    #[error("an address that is reserved, or for documentation or benchmarks")]
    Reserved,
}

/// Passes addresses that anybody on the Internet could be reached at; refuses all others.
pub fn check_public(address: IpAddr) -> Result<(), SpecialAddress> {
    match address {
        IpAddr::V4(v4) => check_v4(v4),
        IpAddr::V6(v6) => check_v6(v6),
    }
}

fn check_v4(address: Ipv4Addr) -> Result<(), SpecialAddress> {
    use SpecialAddress as S;
    match address.octets() {
        [0, ..] => Err(S::Unspecified),
        [127, ..] => Err(S::Loopback),
        [10, ..] | [192, 168, ..] | [172, 16..=31, ..] => Err(S::Private),
        [169, 254, ..] => Err(S::LinkLocal),
        [100, 64..=127, ..] => Err(S::CarrierNat),
        // Azure's wire server; the other clouds' stand in link-local, carrier or unique local ranges.
        [168, 63, 129, 16] => Err(S::CloudService),
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18..=19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => {
            Err(S::Reserved)
        }
        [224..=239, ..] | [255, 255, 255, 255] => Err(S::Multicast),
        [240..=255, ..] => Err(S::Reserved),
        _ => Ok(()),
    }
}

fn check_v6(address: Ipv6Addr) -> Result<(), SpecialAddress> {
    use SpecialAddress as S;
    if address.is_unspecified() {
        return Err(S::Unspecified);
    }
    if address.is_loopback() {
        return Err(S::Loopback);
    }
    // An IPv4 address in another dress is judged as what it is: mapped, NAT64 (RFC 6052), 6to4 (RFC 3056).
    let inner = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        check_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            inner(high, low)
        }
        [0xfc00..=0xfdff, ..] => Err(S::Private),
        [0xfe80..=0xfebf, ..] => Err(S::LinkLocal),
        [0xff00..=0xffff, ..] => Err(S::Multicast),
        // IETF protocol assignments (Teredo among them), documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Err(S::Reserved),
        // 2000::/3 is all that is given out as global unicast.
        [0x2000..=0x3fff, ..] => Ok(()),
        _ => Err(S::Reserved),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), SpecialAddress> {
        check_public(text.parse().unwrap())
    }

    #[test]
    fn nothing_inside_is_public_and_its_nearest_neighbour_outside_is() {
        use SpecialAddress as S;
        let refused = [
            ("0.0.0.0", S::Unspecified),
            ("0.1.2.3", S::Unspecified),
            ("10.0.0.1", S::Private),
            ("100.64.0.1", S::CarrierNat),
            ("100.127.255.255", S::CarrierNat),
            ("127.8.9.1", S::Loopback),
            ("169.254.169.254", S::LinkLocal),
            ("168.63.129.16", S::CloudService),
            ("172.16.0.1", S::Private),
            ("172.31.255.255", S::Private),
            ("192.0.2.1", S::Reserved),
            ("192.168.1.1", S::Private),
            ("198.19.255.255", S::Reserved),
            ("224.0.0.1", S::Multicast),
            ("240.0.0.1", S::Reserved),
            ("255.255.255.255", S::Multicast),
            ("::", S::Unspecified),
            ("::1", S::Loopback),
            ("::ffff:127.0.0.1", S::Loopback),
            ("::ffff:169.254.169.254", S::LinkLocal),
            ("64:ff9b::10.0.0.1", S::Private),
            ("64:ff9b:1::1", S::Reserved),
            ("2002:0a00:0001::1", S::Private),
            ("2001::1", S::Reserved),
            ("2001:db8::1", S::Reserved),
            ("::127.0.0.1", S::Reserved),
            ("100::1", S::Reserved),
            ("fd00:ec2::254", S::Private),
            ("fe80::1", S::LinkLocal),
            ("fec0::1", S::Reserved),
            ("ff02::1", S::Multicast),
        ];
        for (text, why) in refused {
            assert_eq!(check(text), Err(why), "{text}");
        }
        let public = [
            "1.0.0.1",
            "9.255.255.255",
            "11.0.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "126.1.1.1",
            "128.0.0.1",
            "169.253.1.1",
            "172.15.1.1",
            "172.32.1.1",
            "192.167.1.1",
            "198.17.1.1",
            "198.20.1.1",
            "223.255.255.1",
            "2a00::1",
            "2001:200::1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
        ];
        for text in public {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }
}
