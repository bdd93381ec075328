//! What an operator says of requests to others.

use super::guard::{Allowed, Guard};
use clap::Args;

/// The options, as given.
#[derive(Debug, Clone, Args)]
pub struct OutboundArgs {
    /// Where webhooks and the like may go although it is private or local: names, addresses or
    /// networks, each for every port or with one (crm.internal:8443, 10.1.0.0/16, [fd00::/8]:443),
    /// separated by commas
    #[arg(
        long,
        env = "GEOREPORT_OUTBOUND_ALLOW",
        value_name = "HOST or CIDR[:PORT],..."
    )]
    outbound_allow: Option<String>,
    /// The ports to which webhooks and the like may go, separated by commas
    #[arg(
        long,
        env = "GEOREPORT_OUTBOUND_PORTS",
        value_name = "PORT,...",
        default_value = "80,443"
    )]
    outbound_ports: String,
}

/// The options, checked.
#[derive(Debug, Clone)]
pub struct OutboundConfig {
    /// What may be called.
    pub(super) guard: Guard,
}

impl OutboundConfig {
    /// The options, checked.
    ///
    /// # Errors
    /// Every fault: an option without its dashes, and what is wrong with it.
    pub fn parse(args: &OutboundArgs) -> Result<Self, Vec<(&'static str, String)>> {
        let mut faults = Vec::new();
        let listed = |text: &str| -> Vec<String> {
            let entries = text.split(',').map(str::trim);
            entries
                .filter(|entry| !entry.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let mut allow = Vec::new();
        for entry in listed(args.outbound_allow.as_deref().unwrap_or_default()) {
            match Allowed::parse(&entry) {
                Some(allowed) => allow.push(allowed),
                None => faults.push((
                    "outbound-allow",
                    format!("has {entry:?}, which is not a name, an address or a network, with or without a port"),
                )),
            }
        }
        let mut ports = Vec::new();
        for entry in listed(&args.outbound_ports) {
            match entry.parse() {
                Ok(port) if port != 0 => ports.push(port),
                _ => faults.push((
                    "outbound-ports",
                    format!("has {entry:?}, which is not a port"),
                )),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            guard: Guard { ports, allow },
        })
    }

    /// The exceptions, as they are logged; empty when there are none.
    pub fn exceptions(&self) -> String {
        let shown: Vec<String> = self.guard.allow.iter().map(Allowed::to_string).collect();
        shown.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        outbound: OutboundArgs,
    }

    impl OutboundConfig {
        /// With these exceptions.
        pub fn for_tests(allow: &str) -> Self {
            let line = ["", &format!("--outbound-allow={allow}")];
            Self::parse(&Line::parse_from(line).outbound).unwrap()
        }
    }

    #[test]
    fn nothing_private_may_be_called_unless_the_operator_says_so() {
        let config = OutboundConfig::parse(&Line::parse_from([""]).outbound).unwrap();
        assert_eq!(config.exceptions(), "");
        assert_eq!(config.guard.ports, [80, 443]);
        let config = OutboundConfig::for_tests("127.0.0.1:9000, crm.internal,");
        assert_eq!(config.exceptions(), "127.0.0.1/32:9000, crm.internal");
    }

    #[test]
    fn every_fault_of_a_list_is_told() {
        let line = [
            "",
            "--outbound-allow=http://x,10.0.0.0/99",
            "--outbound-ports=0,many",
        ];
        let faults = OutboundConfig::parse(&Line::parse_from(line).outbound).unwrap_err();
        let options: Vec<&str> = faults.iter().map(|(option, _)| *option).collect();
        assert_eq!(
            options,
            [
                "outbound-allow",
                "outbound-allow",
                "outbound-ports",
                "outbound-ports"
            ]
        );
    }
}
