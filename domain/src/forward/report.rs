//! What is told of a service request to another endpoint: nothing but what the operator lets out.

use crate::{AttributeMap, Field, Position, Remote, Reporter, ServiceCode, ServiceRequest};

/// A service request in the words of another endpoint.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Their service.
    pub service_code: ServiceCode,
    /// What.
    pub description: Option<String>,
    /// Where, as a point.
    pub position: Option<Position>,
    /// Where, in words.
    pub address: Option<String>,
    /// Where, in a register that both know.
    pub address_id: Option<String>,
    /// Pictures and pages, absolute.
    pub media_urls: Vec<String>,
    /// Their attribute codes, each with its answers.
    pub attributes: Vec<(String, Vec<String>)>,
    /// Who, as far as the remote may know: `device_id` and `account_id` never.
    pub reporter: Reporter,
}

impl Report {
    /// What `remote` is told of a service request. Pictures that lie here get their address from
    /// `public_url`, which has no slash at the end.
    pub fn to(
        remote: &Remote,
        service_code: ServiceCode,
        map: &AttributeMap,
        service_request: &ServiceRequest,
        reporter: &Reporter,
        public_url: &str,
    ) -> Self {
        let text = |field, text: &Option<String>| text.clone().filter(|_| remote.may_know(field));
        let media_urls = match remote.may_know(Field::Media) {
            true => media_urls(service_request, public_url),
            false => Vec::new(),
        };
        let attributes = match remote.may_know(Field::Attributes) {
            true => map.apply(&service_request.attributes),
            false => map.constant(),
        };
        Self {
            service_code,
            description: text(Field::Description, &service_request.description),
            position: service_request
                .position
                .filter(|_| remote.may_know(Field::Position)),
            address: text(Field::Address, &service_request.address),
            address_id: text(Field::AddressId, &service_request.address_id),
            media_urls,
            attributes,
            reporter: Reporter {
                email: text(Field::Email, &reporter.email),
                phone: text(Field::Phone, &reporter.phone),
                first_name: text(Field::FirstName, &reporter.first_name),
                last_name: text(Field::LastName, &reporter.last_name),
                device_id: None,
                account_id: None,
            },
        }
    }
}

/// All pictures and pages: further ones than the first are extended attributes of that name.
fn media_urls(service_request: &ServiceRequest, public_url: &str) -> Vec<String> {
    let further = service_request.extended_attributes.iter();
    let further = further.filter(|(name, _)| name == "media_url");
    let all = service_request.media_url.iter();
    all.chain(further.map(|(_, url)| url))
        .map(|url| match url.strip_prefix('/') {
            Some(path) => format!("{public_url}/{path}"),
            None => url.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AttributeAnswer, DetailedStatus, ServiceRequestId, Status};

    fn filed() -> ServiceRequest {
        let text = |text: &str| Some(text.to_owned());
        ServiceRequest {
            service_request_id: ServiceRequestId::parse("24-1").unwrap(),
            status: Status::Open,
            status_notes: None,
            service_name: "Lamp".into(),
            service_code: ServiceCode::parse("LAMP").unwrap(),
            description: text("dark"),
            agency_responsible: None,
            service_notice: None,
            requested_datetime: "2026-06-01T12:00:00Z".parse().unwrap(),
            updated_datetime: "2026-06-01T12:00:00Z".parse().unwrap(),
            expected_datetime: None,
            address: text("1 City Hall Square"),
            address_id: text("7"),
            zipcode: None,
            position: Position::new(1.0, 2.0),
            media_url: text("/media/a/b.jpg"),
            attributes: vec![AttributeAnswer {
                code: "POLE".into(),
                label: String::new(),
                values: vec!["A-1".into()],
                names: vec![],
            }],
            extended_attributes: vec![
                ("media_url".into(), "https://x.example/2.jpg".into()),
                ("source".into(), "3".into()),
            ],
            notes: vec![],
            detailed_status: DetailedStatus::Open,
            closing: None,
            closed_datetime: None,
            updates: vec![],
        }
    }

    fn reporter() -> Reporter {
        let canary = |what: &str| Some(format!("canary-{what}"));
        Reporter {
            email: canary("email"),
            phone: canary("phone"),
            first_name: canary("first"),
            last_name: canary("last"),
            device_id: canary("device"),
            account_id: canary("account"),
        }
    }

    fn told(fields: Option<&[&str]>) -> Report {
        let fields: Option<Vec<String>> =
            fields.map(|words| words.iter().map(|word| (*word).to_owned()).collect());
        let remote = Remote::parse("r", "http://r", None, None, &[], fields.as_deref()).unwrap();
        let code = ServiceCode::parse("7").unwrap();
        let map = AttributeMap::default();
        Report::to(
            &remote,
            code,
            &map,
            &filed(),
            &reporter(),
            "https://us.example",
        )
    }

    #[test]
    fn nobody_is_named_and_no_register_unless_it_is_said() {
        let report = told(None);
        assert!(report.reporter.is_unknown());
        assert_eq!(report.address_id, None);
        assert_eq!(report.description.as_deref(), Some("dark"));
        assert_eq!(report.attributes.len(), 1);
        assert_eq!(
            report.media_urls,
            [
                "https://us.example/media/a/b.jpg",
                "https://x.example/2.jpg"
            ]
        );
    }

    #[test]
    fn what_is_named_leaves_and_nothing_else() {
        let report = told(Some(&["email", "address_id", "position"]));
        let only_email = Reporter {
            email: reporter().email,
            ..Reporter::default()
        };
        assert_eq!(
            report,
            Report {
                service_code: ServiceCode::parse("7").unwrap(),
                description: None,
                position: Position::new(1.0, 2.0),
                address: None,
                address_id: Some("7".into()),
                media_urls: vec![],
                attributes: vec![],
                reporter: only_email,
            }
        );
    }

    #[test]
    fn what_names_a_device_or_an_account_never_leaves() {
        let all = ["email", "phone", "first_name", "last_name"];
        let report = told(Some(&all)).reporter;
        assert_eq!((report.device_id, report.account_id), (None, None));
        assert!(report.phone.is_some() && report.last_name.is_some());
    }
}
