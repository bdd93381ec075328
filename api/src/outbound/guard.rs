//! Which addresses may be called. A webhook's URL comes from somebody else: it must not make this
//! server speak to the machines behind it, whatever the URL or the DNS says.
//! <https://owasp.org/API-Security/editions/2023/en/0xa7-server-side-request-forgery/>

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
};
use thiserror::Error;
use url::{Host, Url};

/// Why a URL or an address is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It is no absolute URL with a host.
    #[error("is not an http or https address")]
    NotAnAddress,
    /// It names a user or a password.
    #[error("must not name a user or a password")]
    UserInfo,
    /// Its port is neither one of those that are open to all nor allowed for this host.
    #[error("has the port {0}, to which nothing is sent from here")]
    Port(u16),
    /// It leads to a private, local or otherwise special network.
    #[error("leads to a network to which nothing is sent from here")]
    Network,
}

/// Somewhere that may be called although it is private or its port is unusual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    place: Place,
    /// `None`: any.
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// A name, whatever it resolves to.
    Name(String),
    Network(IpNet),
}

impl Allowed {
    /// `HOST`, an address or a network as CIDR; each with `:PORT` for one port only. IPv6 with a port
    /// stands in brackets: `[fd00::/8]:8080`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(place) = Place::parse(text) {
            return Some(Self { place, port: None });
        }
        let (place, port) = text.rsplit_once(':')?;
        Some(Self {
            place: Place::parse(place)?,
            port: Some(port.parse().ok().filter(|port| *port != 0)?),
        })
    }

    fn covers(&self, host: &str, address: SocketAddr) -> bool {
        let there = match &self.place {
            Place::Name(name) => name.eq_ignore_ascii_case(bare(host)),
            Place::Network(network) => network.contains(&address.ip()),
        };
        there && self.port.is_none_or(|port| port == address.port())
    }
}

impl Place {
    fn parse(text: &str) -> Option<Self> {
        let inner = text
            .strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'));
        let network = inner.unwrap_or(text);
        if let Ok(network) = network.parse::<IpNet>() {
            return Some(Self::Network(network));
        }
        if let Ok(address) = network.parse::<IpAddr>() {
            return Some(Self::Network(address.into()));
        }
        // What is left must be a name; patterns are none.
        let is_name = |name: &str| {
            name.chars()
                .all(|one| one.is_ascii_alphanumeric() || matches!(one, '.' | '-' | '_'))
        };
        match Host::parse(text).ok()? {
            Host::Domain(name) if is_name(&name) => Some(Self::Name(bare(&name).to_owned())),
            _ => None,
        }
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.place, self.port) {
            (Place::Name(name), None) => f.write_str(name),
            (Place::Name(name), Some(port)) => write!(f, "{name}:{port}"),
            (Place::Network(network), None) => write!(f, "{network}"),
            (Place::Network(network @ IpNet::V6(_)), Some(port)) => write!(f, "[{network}]:{port}"),
            (Place::Network(network), Some(port)) => write!(f, "{network}:{port}"),
        }
    }
}

/// A name without the dot that may stand at its end.
fn bare(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// What may be called.
#[derive(Debug, Clone)]
pub struct Guard {
    /// Ports that are open to all.
    pub ports: Vec<u16>,
    /// Exceptions.
    pub allow: Vec<Allowed>,
}

impl Guard {
    /// The URL, if something of its kind may be called. What a name resolves to is judged when it is
    /// dialled, by [`Self::address`].
    ///
    /// The parser is that of browsers, which knows every spelling of an address: `0x7f.1` comes out as
    /// `127.0.0.1`. <https://url.spec.whatwg.org/#concept-ipv4-parser>
    ///
    /// # Errors
    /// Why not.
    pub fn url(&self, text: &str) -> Result<Url, Refusal> {
        let url = Url::parse(text).map_err(|_unparsable| Refusal::NotAnAddress)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refusal::NotAnAddress);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::UserInfo);
        }
        let host = url.host().ok_or(Refusal::NotAnAddress)?;
        let port = url.port_or_known_default().unwrap_or(0);
        match host {
            Host::Ipv4(address) => self.address("", (address, port).into())?,
            Host::Ipv6(address) => self.address("", (address, port).into())?,
            Host::Domain(name) => {
                let may_be = |allowed: &Allowed| {
                    let here = match &allowed.place {
                        Place::Name(own) => own.eq_ignore_ascii_case(bare(name)),
                        Place::Network(_) => true,
                    };
                    here && allowed.port.is_none_or(|own| own == port)
                };
                if !self.ports.contains(&port) && !self.allow.iter().any(may_be) {
                    return Err(Refusal::Port(port));
                }
            }
        }
        Ok(url)
    }

    /// Whether this address, to which `host` resolved, may be dialled.
    ///
    /// # Errors
    /// Why not.
    pub fn address(&self, host: &str, address: SocketAddr) -> Result<(), Refusal> {
        // ::ffff:127.0.0.1 is 127.0.0.1 to whoever connects.
        let address = SocketAddr::new(address.ip().to_canonical(), address.port());
        if self
            .allow
            .iter()
            .any(|allowed| allowed.covers(host, address))
        {
            return Ok(());
        }
        if is_special(address.ip()) || is_this_machine(address) {
            return Err(Refusal::Network);
        }
        if !self.ports.contains(&address.port()) {
            return Err(Refusal::Port(address.port()));
        }
        Ok(())
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6(a: u16, b: u16, length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), length)
}

/// IPv4 networks that are not, or not surely, somebody on the internet.
/// <https://www.iana.org/assignments/iana-ipv4-special-registry/>
const SPECIAL_V4: [Ipv4Net; 16] = [
    v4(0, 0, 0, 0, 8),        // this network; 0.0.0.0 reaches this machine
    v4(10, 0, 0, 0, 8),       // private
    v4(100, 64, 0, 0, 10),    // behind a carrier's NAT
    v4(127, 0, 0, 0, 8),      // loopback
    v4(169, 254, 0, 0, 16),   // link-local, with the clouds' 169.254.169.254
    v4(172, 16, 0, 0, 12),    // private
    v4(192, 0, 0, 0, 24),     // protocol assignments
    v4(192, 0, 2, 0, 24),     // documentation
    v4(192, 88, 99, 0, 24),   // relays of 6to4
    v4(192, 168, 0, 0, 16),   // private
    v4(198, 18, 0, 0, 15),    // benchmarks
    v4(198, 51, 100, 0, 24),  // documentation
    v4(203, 0, 113, 0, 24),   // documentation
    v4(224, 0, 0, 0, 4),      // multicast
    v4(240, 0, 0, 0, 4),      // reserved, and 255.255.255.255
    v4(168, 63, 129, 16, 32), // Azure's wire server, a public address that answers inside only
];

/// All that is global unicast. Outside of it lie loopback, mapped and compatible addresses, NAT64
/// (64:ff9b::/96 and 64:ff9b:1::/48), discard (100::/64), SRv6 (5f00::/16), unique local (fc00::/7),
/// link-local (fe80::/10), site-local and multicast.
/// <https://www.iana.org/assignments/ipv6-address-space/>
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 3);

/// The exceptions within. <https://www.iana.org/assignments/iana-ipv6-special-registry/>
const SPECIAL_V6: [Ipv6Net; 4] = [
    v6(0x2001, 0, 23),     // protocol assignments: Teredo, benchmarks, ORCHID
    v6(0x2001, 0xdb8, 32), // documentation
    v6(0x2002, 0, 16),     // 6to4, which carries any IPv4 address
    v6(0x3fff, 0, 20),     // documentation
];

fn is_special(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => SPECIAL_V4.iter().any(|network| network.contains(&address)),
        IpAddr::V6(address) => {
            !GLOBAL_V6.contains(&address)
                || SPECIAL_V6.iter().any(|network| network.contains(&address))
        }
    }
}

/// Whether the address is one of this machine's, and so one on which this server may listen. To reach
/// an address of its own the system would send from that very address; connecting a UDP socket asks
/// it, and sends nothing.
fn is_this_machine(address: SocketAddr) -> bool {
    let any: SocketAddr = match address {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let from = || {
        let socket = UdpSocket::bind(any)?;
        socket.connect(address)?;
        socket.local_addr()
    };
    from().is_ok_and(|from: SocketAddr| from.ip() == address.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(allow: &[&str]) -> Guard {
        Guard {
            ports: vec![80, 443],
            allow: allow
                .iter()
                .map(|text| Allowed::parse(text).expect(text))
                .collect(),
        }
    }

    fn refusal(url: &str) -> Option<Refusal> {
        guard(&[]).url(url).err()
    }

    /// E1.
    #[test]
    fn only_http_and_https_without_a_user_are_called() {
        let odd = [
            "ftp://example.org/",
            "file:///etc/passwd",
            "gopher://example.org/",
            "unix:/run/postgresql",
            "javascript:alert(1)",
            "//example.org/",
            "example.org",
            "http://",
            "http:///",
            "http://?",
            "",
            "http://example.org:99999/",
            "http://exa mple.org/",
            "http://[fe80::1%25eth0]/",
            "http://[::1/",
            "http://1:2@3@[::1]:9876:80/",
        ];
        for url in odd {
            assert_eq!(refusal(url), Some(Refusal::NotAnAddress), "{url}");
        }
        let with_user = [
            "http://user@example.org/",
            "http://:secret@example.org/",
            "http://1:2@[::1]:9876",
            "http://127.0.0.1@example.org/",
            "https://example.org:80@example.com/",
            "http:\\\\user@example.org\\",
        ];
        for url in with_user {
            assert_eq!(refusal(url), Some(Refusal::UserInfo), "{url}");
        }
        let good = [
            "http://example.org",
            "https://example.org/hook?token=x",
            "HTTPS://EXAMPLE.ORG:443/",
            "http://example.org./",
            "http://bücher.example/",
            "http://8.8.8.8/",
            "https://[2606:4700::1111]/",
            "http://0x08080808/",
        ];
        for url in good {
            assert_eq!(refusal(url), None, "{url}");
        }
    }

    /// E1.
    #[test]
    fn other_ports_are_closed() {
        for url in [
            "http://example.org:22/",
            "https://example.org:8443/",
            "http://8.8.8.8:6379/",
            "http://example.org:0/",
        ] {
            assert!(matches!(refusal(url), Some(Refusal::Port(_))), "{url}");
        }
        let open = Guard {
            ports: vec![80, 443, 8443],
            allow: Vec::new(),
        };
        assert!(open.url("https://example.org:8443/").is_ok());
    }

    /// E1 and E3.
    #[test]
    fn an_address_is_known_in_every_spelling() {
        let hosts = [
            "127.0.0.1",
            "127.1",
            "127.0.1",
            "127.0.0.1.",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0x7f.0.0.0x1",
            "017700000001",
            "0177.0.0.1",
            "①②⑦.⓪.⓪.①",
            "①②⑦.0.0.1",
            "１２７.０.０.１",
            "%31%32%37.0.0.1",
            "127。0。0。1",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "0.0.0.0",
            "0",
            "0x0",
            "[::]",
            "3232235521",
            "0xa9fea9fe",
            "169.254.169.254",
            "[::ffff:169.254.169.254]",
            "[::ffff:a9fe:a9fe]",
        ];
        for host in hosts {
            let url = format!("http://{host}/");
            assert_eq!(refusal(&url), Some(Refusal::Network), "{url}");
        }
    }

    /// E3.
    #[test]
    fn every_special_network_is_closed_from_its_first_to_its_last_address() {
        let closed = [
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.0",
            "127.255.255.255",
            "168.63.129.16",
            "169.254.0.0",
            "169.254.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.0",
            "192.0.0.255",
            "192.0.2.0",
            "192.0.2.255",
            "192.88.99.1",
            "192.168.0.0",
            "192.168.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.0",
            "255.255.255.255",
            "::",
            "::1",
            "::8.8.8.8",
            "::ffff:10.0.0.1",
            "::ffff:0:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:0:53aa:64c:0:fbff:ad45:5b11",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:1ff:ffff::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:808:808::1",
            "3fff::1",
            "3fff:fff:ffff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "4000::1",
        ];
        for address in closed {
            let ip: IpAddr = address.parse().expect(address);
            let judged = guard(&[]).address("example.org", (ip, 443).into());
            assert_eq!(judged, Err(Refusal::Network), "{address}");
        }
        let open = [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2003::1",
            "2606:4700::1111",
            "3fff:1000::1",
        ];
        for address in open {
            let ip: IpAddr = address.parse().expect(address);
            let judged = guard(&[]).address("example.org", (ip, 443).into());
            assert_eq!(judged, Ok(()), "{address}");
        }
    }

    #[test]
    fn an_exception_opens_what_it_names_and_nothing_else() {
        let address = |allow: &str, host: &str, address: &str| {
            guard(&[allow]).address(host, address.parse().expect(address))
        };
        let opened = [
            ("127.0.0.1", "x", "127.0.0.1:9"),
            ("127.0.0.1:9000", "x", "127.0.0.1:9000"),
            ("127.0.0.0/8", "x", "127.3.2.1:80"),
            ("10.1.0.0/16:8080", "x", "10.1.2.3:8080"),
            ("::1", "x", "[::1]:80"),
            ("[::1]:80", "x", "[::1]:80"),
            ("[fd00::/8]:8080", "x", "[fd12::1]:8080"),
            ("127.0.0.1", "x", "[::ffff:127.0.0.1]:9"),
            ("crm.city.internal", "CRM.city.internal.", "10.0.0.5:8443"),
            (
                "crm.city.internal:8443",
                "crm.city.internal",
                "10.0.0.5:8443",
            ),
        ];
        for (allow, host, to) in opened {
            assert_eq!(address(allow, host, to), Ok(()), "{allow} {host} {to}");
        }
        let closed = [
            ("127.0.0.1:9000", "x", "127.0.0.1:9001"),
            ("127.0.0.1", "x", "127.0.0.2:80"),
            ("10.1.0.0/16", "x", "10.2.0.1:80"),
            ("[fd00::/8]:8080", "x", "[fd12::1]:80"),
            ("crm.city.internal", "evil.example", "10.0.0.5:80"),
            ("crm.city.internal", "x.crm.city.internal", "10.0.0.5:80"),
        ];
        for (allow, host, to) in closed {
            assert!(address(allow, host, to).is_err(), "{allow} {host} {to}");
        }
    }

    #[test]
    fn an_exception_with_a_port_opens_the_port_for_its_host() {
        let guard = guard(&["crm.city.internal:8443", "127.0.0.1:9000"]);
        assert!(guard.url("https://crm.city.internal:8443/hook").is_ok());
        assert!(guard.url("http://127.0.0.1:9000/").is_ok());
        assert_eq!(
            guard.url("https://other.example:8443/").err(),
            Some(Refusal::Port(8443))
        );
    }

    #[test]
    fn exceptions_are_read_and_shown_as_they_are_written() {
        for text in [
            "127.0.0.0/8",
            "10.0.0.0/8:8080",
            "fd00::/8",
            "[fd00::/8]:8080",
            "crm.city.internal",
            "crm.city.internal:8443",
        ] {
            let shown = Allowed::parse(text).map(|allowed| allowed.to_string());
            assert_eq!(shown.as_deref(), Some(text));
        }
        for text in [
            "",
            ":80",
            "http://example.org",
            "example.org/path",
            "10.0.0.0/33",
            "10.0.0.0/8:0",
            "10.0.0.0/8:x",
            "user@example.org",
            "0x7f.1",
            "*",
        ] {
            assert_eq!(Allowed::parse(text), None, "{text}");
        }
    }

    /// E3.
    #[test]
    fn an_address_of_this_machine_is_known() {
        assert!(is_this_machine(([127, 0, 0, 1], 1).into()));
        assert!(!is_this_machine(([8, 8, 8, 8], 1).into()));
    }
}
