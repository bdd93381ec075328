//! From where somebody calls.

use actix_web::http::header::HeaderMap;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv6Addr};

/// The header in which a proxy adds for whom it asks, the nearest last.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The proxies in front of the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    /// Addresses and networks, divided by commas.
    ///
    /// # Errors
    /// What is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let entries = text.split(',').map(str::trim);
        let entries = entries.filter(|entry| !entry.is_empty()).map(|entry| {
            let network = entry.parse::<IpNet>();
            let network = network.or_else(|_no_network| entry.parse::<IpAddr>().map(IpNet::from));
            network.map_err(|_no_network| {
                format!("has {entry:?}, which is neither an address nor a network")
            })
        });
        entries.collect::<Result<_, _>>().map(Self)
    }

    fn know(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The address of whoever calls: that of the connection or, if a proxy of ours holds it, the
    /// last one that the proxies tell and that is none of theirs. What stands before it in the
    /// header, anybody may have written.
    pub fn caller(&self, connected: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut caller = connected.to_canonical();
        let told = headers.get_all(FORWARDED_FOR).rev();
        let told = told.flat_map(|value| value.to_str().unwrap_or_default().rsplit(','));
        for told in told {
            if !self.know(caller) {
                break;
            }
            let Ok(told) = told.trim().parse::<IpAddr>() else {
                break;
            };
            caller = told.to_canonical();
        }
        caller
    }

    /// Whether a proxy asks that nobody has named.
    pub fn miss(&self, connected: IpAddr, headers: &HeaderMap) -> bool {
        headers.contains_key(FORWARDED_FOR) && !self.know(connected.to_canonical())
    }
}

/// Whose requests are counted together: one household has a whole /64 of IPv6.
pub fn counted_as(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let network = address.to_bits() >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn caller(trusted: &str, connected: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for one in forwarded {
            let name = HeaderName::from_static(FORWARDED_FOR);
            headers.append(name, HeaderValue::from_str(one).unwrap());
        }
        let proxies = Proxies::parse(trusted).unwrap();
        let caller = proxies.caller(connected.parse().unwrap(), &headers);
        caller.to_string()
    }

    #[test]
    fn only_a_proxy_that_was_named_is_believed() {
        let spoofed = ["1.1.1.1"];
        assert_eq!(caller("", "203.0.113.9", &spoofed), "203.0.113.9");
        assert_eq!(caller("10.0.0.1", "10.0.0.2", &spoofed), "10.0.0.2");
        assert_eq!(caller("10.0.0.1", "10.0.0.1", &spoofed), "1.1.1.1");
        assert_eq!(caller("10.0.0.0/8", "::ffff:10.9.9.9", &spoofed), "1.1.1.1");
        assert_eq!(caller("10.0.0.1", "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_a_caller_writes_before_the_proxy_changes_nothing() {
        for forwarded in [
            &["203.0.113.9"][..],
            &["1.1.1.1, 203.0.113.9"],
            &["1.1.1.1", "203.0.113.9"],
            &["10.0.0.7, 203.0.113.9"],
            &["nonsense", "203.0.113.9"],
            &["203.0.113.9, 10.0.0.7"],
            &["1.1.1.1, 203.0.113.9,10.0.0.7"],
        ] {
            let caller = caller("10.0.0.0/8", "10.0.0.1", forwarded);
            assert_eq!(caller, "203.0.113.9", "{forwarded:?}");
        }
        assert_eq!(caller("10.0.0.1", "10.0.0.1", &["nonsense"]), "10.0.0.1");
    }

    #[test]
    fn a_proxy_that_nobody_named_is_noticed() {
        let mut headers = HeaderMap::new();
        let proxies = Proxies::parse("10.0.0.1").unwrap();
        let (known, other) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        assert!(!proxies.miss(other, &headers));
        let name = HeaderName::from_static(FORWARDED_FOR);
        headers.append(name, HeaderValue::from_static("1.1.1.1"));
        assert!(proxies.miss(other, &headers) && !proxies.miss(known, &headers));
    }

    #[test]
    fn a_household_is_counted_as_one() {
        let counted = |text: &str| counted_as(text.parse().unwrap()).to_string();
        assert_eq!(counted("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(counted("203.0.113.9"), "203.0.113.9");
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for wrong in ["here", "10.0.0.0/33", "10.0.0.1,proxy"] {
            assert!(Proxies::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Proxies::parse(" , ").unwrap(), Proxies::default());
    }
}
