//! Which addresses may be connected to on somebody else's word. An address that a person typed, or that a redirect names,
//! must not become a way into the network of whoever follows it.

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks in a list at most.
pub const NETWORKS_MAX: usize = 100;
/// Wider ones would take in what nobody meant.
const WIDEST_V4: u8 = 8;
const WIDEST_V6: u8 = 7;

/// Where clouds hand out credentials to whoever asks from inside. Such an address counts as allowed only when it is listed
/// itself, not as part of a network.
const METADATA: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// Networks that may be connected to although they are not public.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowList(Vec<IpNet>);

impl AllowList {
    /// The public internet alone.
    pub fn public_only() -> Self {
        Self::default()
    }

    /// This machine, too.
    pub fn with_loopback() -> Self {
        Self::of(&["127.0.0.0/8".into(), "::1".into()])
    }

    /// What can be read of a list; [`Self::problems`] says what cannot.
    pub fn of(texts: &[String]) -> Self {
        Self(texts.iter().take(NETWORKS_MAX).filter_map(|t| network(t).ok()).collect())
    }

    /// What is wrong with a list, and where: `[3]`, or empty for the whole.
    pub fn problems(texts: &[String]) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if texts.len() > NETWORKS_MAX {
            found.push((String::new(), format!("list {NETWORKS_MAX} networks at most")));
        }
        for (i, text) in texts.iter().enumerate().take(NETWORKS_MAX) {
            found.extend(network(text).err().map(|words| (format!("[{i}]"), words)));
        }
        found
    }

    /// True when this address may be connected to.
    pub fn lets(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        if METADATA.contains(&ip) {
            return self.0.iter().any(|n| n.prefix_len() == n.max_prefix_len() && n.addr() == ip);
        }
        is_public(ip) || self.0.iter().any(|n| n.contains(&ip))
    }
}

fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let parsed = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let found = parsed.map_err(|_| {
        format!(
            "`{text}` is no network; write an address and how many bits of it count, such as 10.20.0.0/16"
        )
    })?;
    let widest = if found.addr().is_ipv4() { WIDEST_V4 } else { WIDEST_V6 };
    if found.prefix_len() < widest {
        return Err(format!("`{text}` is too wide; write networks of /{widest} or smaller"));
    }
    if found.trunc() != found {
        return Err(format!(
            "`{text}` is an address inside a network; write {} for that network",
            found.trunc()
        ));
    }
    Ok(found)
}

/// True for addresses of the public internet: not this machine, not a local or private network, not the metadata
/// address of a cloud, nothing reserved (IANA's special-purpose registries).
pub fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(a == 0
        || a == 10
        || a == 127
        || a >= 224
        || (a == 100 && (64..=127).contains(&b))
        || (a == 169 && b == 254)
        || (a == 172 && (16..=31).contains(&b))
        || (a == 192 && b == 168)
        || (a == 192 && b == 0 && (c == 0 || c == 2))
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..=19).contains(&b))
        || (a == 198 && b == 51 && c == 100)
        || (a == 203 && b == 0 && c == 113))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    // NAT64 and 6to4 carry an IPv4 address inside.
    if s[0] == 0x64 && s[1] == 0xff9b {
        return s[2..6].iter().all(|x| *x == 0) && is_public_v4(v4(s[6], s[7]));
    }
    if s[0] == 0x2002 {
        return is_public_v4(v4(s[1], s[2]));
    }
    // 2000::/3 is all that is given out; of it, protocol assignments (Teredo among them) and documentation are not for us.
    let reserved = (s[0] == 0x2001 && (s[1] < 0x200 || s[1] == 0xdb8)) || (s[0] == 0x3fff && s[1] < 0x1000);
    (s[0] & 0xe000) == 0x2000 && !reserved
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn list(texts: &[&str]) -> AllowList {
        let texts: Vec<String> = texts.iter().map(|t| (*t).to_owned()).collect();
        assert_eq!(AllowList::problems(&texts), []);
        AllowList::of(&texts)
    }

    #[test]
    fn only_the_public_internet_is_let_through() {
        let nothing = AllowList::public_only();
        for good in
            ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8"]
        {
            assert!(nothing.lets(ip(good)), "{good}");
        }
        for bad in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::7f00:1",
            "64:ff9b::7f00:1",
            "64:ff9b::a01:203",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!nothing.lets(ip(bad)), "{bad}");
        }
    }

    #[test]
    fn what_the_admin_lists_is_let_through_and_nothing_beside_it() {
        let allowed = list(&["10.20.0.0/16", "192.168.1.7", "fd12::/16"]);
        for good in ["10.20.3.4", "192.168.1.7", "fd12::9", "::ffff:10.20.3.4", "8.8.8.8"] {
            assert!(allowed.lets(ip(good)), "{good}");
        }
        for bad in ["10.21.0.1", "192.168.1.8", "fd13::9", "127.0.0.1", "64:ff9b::a14:304"] {
            assert!(!allowed.lets(ip(bad)), "{bad}");
        }
    }

    #[test]
    fn the_metadata_of_a_cloud_is_never_part_of_a_network() {
        let wide = list(&["169.254.0.0/16", "100.64.0.0/10", "fc00::/7"]);
        for address in METADATA {
            assert!(!wide.lets(address), "{address}");
            assert!(AllowList::of(&[address.to_string()]).lets(address), "listed itself: {address}");
        }
        assert!(wide.lets(ip("169.254.1.1")));
    }

    #[test]
    fn a_list_that_cannot_be_meant_is_refused_with_a_remedy() {
        for (text, remedy) in [
            ("", "10.20.0.0/16"),
            ("office", "10.20.0.0/16"),
            ("10.0.0.0/33", "10.20.0.0/16"),
            ("0.0.0.0/0", "/8 or smaller"),
            ("::/0", "/7 or smaller"),
            ("10.20.3.4/16", "write 10.20.0.0/16"),
        ] {
            let found = AllowList::problems(&["8.8.8.8".into(), text.into()]);
            assert_eq!(found[0].0, "[1]");
            assert!(found[0].1.contains(remedy), "{found:?}");
            assert_eq!(AllowList::of(&[text.into()]), AllowList::public_only(), "and lets nothing through");
        }
        assert_eq!(AllowList::problems(&vec!["10.0.0.0/8".into(); 101])[0].0, "");
    }

    proptest! {
        #[test]
        fn wrapping_an_address_in_ipv6_opens_nothing(v4 in any::<u32>()) {
            let v4 = Ipv4Addr::from(v4);
            let [a, b, c, d] = v4.octets().map(u16::from);
            let (high, low) = (a << 8 | b, c << 8 | d);
            let nothing = AllowList::public_only();
            for wrapped in [
                IpAddr::V6(v4.to_ipv6_mapped()),
                IpAddr::V6(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low)),
                IpAddr::V6(Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1)),
            ] {
                prop_assert_eq!(nothing.lets(wrapped), nothing.lets(IpAddr::V4(v4)));
            }
            // Written as ::a.b.c.d it is an address that nobody routes.
            prop_assert!(!nothing.lets(IpAddr::V6(Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low))));
        }

        #[test]
        fn what_the_standard_library_calls_local_is_never_public(v4 in any::<u32>(), v6 in any::<u128>()) {
            let v4 = Ipv4Addr::from(v4);
            if v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast() || v4.is_broadcast() || v4.is_documentation() || v4.is_unspecified() {
                prop_assert!(!is_public(v4.into()));
            }
            let v6 = Ipv6Addr::from(v6);
            if v6.is_loopback() || v6.is_unspecified() || v6.is_multicast() || v6.is_unique_local() || v6.is_unicast_link_local() {
                prop_assert!(!is_public(v6.into()));
            }
        }

        #[test]
        fn a_longer_list_never_lets_less_through(one in any::<u32>(), two in any::<u32>(), ip in any::<u32>(), bits in 8u8..=32) {
            let net = |n: u32| IpNet::new(Ipv4Addr::from(n).into(), bits).unwrap().trunc().to_string();
            let (short, long) = (AllowList::of(&[net(one)]), AllowList::of(&[net(one), net(two)]));
            let ip = IpAddr::V4(Ipv4Addr::from(ip));
            prop_assert!(!short.lets(ip) || long.lets(ip));
        }
    }
}
