//! Which services are forwarded, as those see it who decide it.

use domain::{AttributeMap, Fields, RemoteName, ServiceCode, Violation, Violations};
use serde::Serialize;
use storage::ForwardRule;
use utoipa::ToSchema;

/// The rules of a jurisdiction.
#[derive(Serialize, ToSchema)]
pub struct ForwardRules {
    /// By service.
    pub forward_rules: Vec<RuleDocument>,
}

/// What is filed of a service is filed elsewhere too.
#[derive(Serialize, ToSchema)]
pub struct RuleDocument {
    /// The service here.
    service_code: String,
    /// Where to.
    remote: String,
    /// The service there.
    remote_service_code: String,
    /// What attributes are called there.
    attributes: Vec<String>,
    /// Whether it is closed here once it is there.
    closes: bool,
}

impl From<&ForwardRule> for RuleDocument {
    fn from(rule: &ForwardRule) -> Self {
        let ForwardRule {
            service_code,
            remote_name,
            remote_service_code,
            attributes,
            closes,
        } = rule;
        Self {
            service_code: service_code.to_string(),
            remote: remote_name.to_string(),
            remote_service_code: remote_service_code.to_string(),
            attributes: attributes.to_lines(),
            closes: *closes,
        }
    }
}

/// What is said of a rule.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only described, never made")]
pub struct RuleForm {
    /// Where to: the name of a remote.
    #[schema(example = "county-roads")]
    remote: String,
    /// The service there; left out, it has the same code.
    #[schema(max_length = 100, example = "POTHOLE")]
    remote_service_code: Option<String>,
    /// What attributes are called there: `OURS=THEIRS` for a code, `OURS:KEY=THEIR_KEY` for a key of a
    /// list, `=THEIRS:ANSWER` for what is always answered. With one code named, only those named are
    /// sent.
    #[schema(required = false, example = json!(["POLE=LAMP_ID", "FAULT:dark=1"]))]
    attributes: Vec<String>,
    /// Close it here, as handed to the remote, once the remote has it; else it follows what becomes of
    /// it there.
    #[schema(required = false)]
    closes: bool,
}

impl RuleForm {
    /// The rule for this service.
    ///
    /// # Errors
    /// Every fault.
    pub fn parse(fields: &Fields, service_code: &str) -> Result<ForwardRule, Violations> {
        let mut violations = Violations::none();
        let faults = &mut violations;
        let known = ["remote", "remote_service_code", "attributes", "closes"];
        fields.refuse_others(&known, faults);
        let service_code = faults.take(ServiceCode::parse(service_code));
        let remote = fields.needed("remote", faults).and_then(|text| {
            let parsed = RemoteName::parse(text);
            faults.take(parsed.map_err(|fault| Violation::new("remote", fault.problem)))
        });
        let there = fields.text("remote_service_code", faults).flatten();
        let there = there.map(|text| {
            let named = |fault: Violation| Violation::new("remote_service_code", fault.problem);
            ServiceCode::parse(text).map_err(named)
        });
        let there = faults.take(there.transpose());
        let lines = fields.list("attributes", faults).into_iter();
        let lines: Vec<String> = lines.map(str::to_owned).collect();
        let attributes = AttributeMap::parse(&lines);
        let attributes = attributes.map_err(|more| faults.0.extend(more.0));
        let closes = fields.truth("closes", faults).unwrap_or_default();
        match (service_code, remote, there, attributes) {
            (Some(service_code), Some(remote_name), Some(there), Ok(attributes))
                if violations.0.is_empty() =>
            {
                Ok(ForwardRule {
                    remote_service_code: there.unwrap_or_else(|| service_code.clone()),
                    service_code,
                    remote_name,
                    attributes,
                    closes,
                })
            }
            _ => Err(violations),
        }
    }
}
