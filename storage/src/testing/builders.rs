//! What stands in a test's database, made by the same ways as in a real one.

use crate::{JurisdictionStorage, NewJurisdiction, ServicesImport};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    AttributeDefinition, DetailedStatus, IdFormat, ImportedServiceRequest, Jurisdiction,
    JurisdictionId, Position, Service, ServiceCode, ServiceDefinition, ServiceRequest,
    ServiceRequestId, ServiceType, Status,
};
use std::sync::atomic::{AtomicU64, Ordering};

use super::TestDatabase;

/// 2026-06-01T12:00:00Z, when builders say nothing else.
fn noon() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(1_780_315_200)
}

/// A jurisdiction in the time zone of Boston that is responsible everywhere.
pub fn a_jurisdiction(jurisdiction_id: &str) -> JurisdictionBuilder {
    JurisdictionBuilder {
        new: NewJurisdiction {
            jurisdiction: Jurisdiction {
                jurisdiction_id: JurisdictionId::parse(jurisdiction_id).unwrap(),
                name: format!("City of {jurisdiction_id}"),
                time_zone: chrono_tz::America::New_York,
                contact: String::new(),
                id_format: IdFormat::parse(IdFormat::DEFAULT).unwrap(),
                changeset: noon(),
            },
            boundary: None,
        },
    }
}

/// See [`a_jurisdiction`].
#[derive(Clone)]
pub struct JurisdictionBuilder {
    /// What will be inserted.
    pub new: NewJurisdiction,
}

impl JurisdictionBuilder {
    /// Responsible within this GeoJSON geometry only.
    #[must_use]
    pub fn within(mut self, geojson: &str) -> Self {
        self.new.boundary = Some(geojson.to_owned());
        self
    }

    /// Adds it and answers its storage.
    pub async fn insert(self, database: &TestDatabase) -> JurisdictionStorage {
        let storage = database.storage();
        assert!(storage.insert_jurisdiction(&self.new).await.unwrap());
        storage.jurisdiction(&self.new.jurisdiction.jurisdiction_id)
    }
}

/// A realtime service without a definition.
pub fn a_service(service_code: &str) -> ServiceBuilder {
    ServiceBuilder {
        service: Service {
            service_code: ServiceCode::parse(service_code).unwrap(),
            service_name: format!("Service {service_code}"),
            description: String::new(),
            has_definition: false,
            service_type: ServiceType::Realtime,
            keywords: String::new(),
            service_group: String::new(),
            service_notice: String::new(),
        },
        attributes: vec![],
    }
}

/// See [`a_service`].
#[derive(Clone)]
pub struct ServiceBuilder {
    /// What will be inserted.
    pub service: Service,
    attributes: Vec<AttributeDefinition>,
}

impl ServiceBuilder {
    /// Called so.
    #[must_use]
    pub fn named(mut self, service_name: &str) -> Self {
        service_name.clone_into(&mut self.service.service_name);
        self
    }

    /// Answers a token.
    #[must_use]
    pub fn batch(mut self) -> Self {
        self.service.service_type = ServiceType::Batch;
        self
    }

    /// Answers nothing and is never listed.
    #[must_use]
    pub fn blackbox(mut self) -> Self {
        self.service.service_type = ServiceType::Blackbox;
        self
    }

    /// Promises something.
    #[must_use]
    pub fn promising(mut self, service_notice: &str) -> Self {
        service_notice.clone_into(&mut self.service.service_notice);
        self
    }

    /// Asks for these attributes.
    #[must_use]
    pub fn asking(mut self, attributes: Vec<AttributeDefinition>) -> Self {
        self.service.has_definition = !attributes.is_empty();
        self.attributes = attributes;
        self
    }

    /// Adds it to a jurisdiction, or replaces the one with that code.
    pub async fn insert(self, jurisdiction: &JurisdictionStorage) -> Service {
        let import = ServicesImport {
            services: vec![self.service.clone()],
            definitions: vec![ServiceDefinition {
                service_code: self.service.service_code.clone(),
                attributes: self.attributes,
            }],
        };
        jurisdiction.import_services(&import, noon()).await.unwrap();
        self.service
    }
}

/// An open service request of service `POTHOLE`, filed on 2026-06-01T12:00:00Z, its place told in
/// words only, its id not used before in this process.
pub fn a_service_request() -> ServiceRequestBuilder {
    static COUNTER: AtomicU64 = AtomicU64::new(1);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    ServiceRequestBuilder {
        service_request: ServiceRequest {
            service_request_id: ServiceRequestId::parse(&format!("SR-{number:06}")).unwrap(),
            status: Status::Open,
            status_notes: None,
            service_name: "Service POTHOLE".to_owned(),
            service_code: ServiceCode::parse("POTHOLE").unwrap(),
            description: None,
            agency_responsible: None,
            service_notice: None,
            requested_datetime: noon(),
            updated_datetime: noon(),
            expected_datetime: None,
            address: Some("1 City Hall Square".to_owned()),
            address_id: None,
            zipcode: None,
            position: None,
            media_url: None,
            attributes: vec![],
            extended_attributes: vec![],
            notes: vec![],
            detailed_status: DetailedStatus::Open,
            closing: None,
            closed_datetime: None,
            updates: vec![],
        },
        id_is_derived: false,
    }
}

/// See [`a_service_request`].
#[derive(Clone)]
pub struct ServiceRequestBuilder {
    /// What will be inserted.
    pub service_request: ServiceRequest,
    id_is_derived: bool,
}

impl ServiceRequestBuilder {
    /// With this id.
    #[must_use]
    pub fn id(mut self, service_request_id: &str) -> Self {
        self.service_request.service_request_id =
            ServiceRequestId::parse(service_request_id).unwrap();
        self
    }

    /// With this id, which was made from its content.
    #[must_use]
    pub fn derived_id(mut self, service_request_id: &str) -> Self {
        self.id_is_derived = true;
        self.id(service_request_id)
    }

    /// Closed an hour after it was filed, unless it changed later.
    #[must_use]
    pub fn closed(mut self) -> Self {
        let filed = self.service_request.requested_datetime;
        self.service_request.status = Status::Closed;
        self.service_request.updated_datetime = self
            .service_request
            .updated_datetime
            .max(filed + TimeDelta::hours(1));
        self.service_request.detailed_status = DetailedStatus::Closed;
        self.service_request.closed_datetime = Some(self.service_request.updated_datetime);
        self
    }

    /// At these degrees.
    #[must_use]
    pub fn at(mut self, latitude: f64, longitude: f64) -> Self {
        self.service_request.position = Some(Position::new(latitude, longitude).unwrap());
        self
    }

    /// Of the service with this code.
    #[must_use]
    pub fn of_service(mut self, service_code: &str) -> Self {
        self.service_request.service_code = ServiceCode::parse(service_code).unwrap();
        self.service_request.service_name = format!("Service {service_code}");
        self
    }

    /// With this description.
    #[must_use]
    pub fn saying(mut self, description: &str) -> Self {
        self.service_request.description = Some(description.to_owned());
        self
    }

    /// With this address.
    #[must_use]
    pub fn address(mut self, address: &str) -> Self {
        self.service_request.address = Some(address.to_owned());
        self
    }

    /// Filed then, and not changed since.
    #[must_use]
    pub fn requested(mut self, at: DateTime<Utc>) -> Self {
        self.service_request.requested_datetime = at;
        self.service_request.updated_datetime = at;
        self
    }

    /// Last changed then.
    #[must_use]
    pub fn updated(mut self, at: DateTime<Utc>) -> Self {
        self.service_request.updated_datetime = at;
        self
    }

    /// As a row of an import.
    pub fn imported(self, line: u64) -> ImportedServiceRequest {
        ImportedServiceRequest {
            line,
            service_request: self.service_request,
            service_group: None,
            id_is_derived: self.id_is_derived,
        }
    }

    /// Adds it to a jurisdiction; its service, too, if there is none with that code.
    pub async fn insert(self, jurisdiction: &JurisdictionStorage) -> ServiceRequest {
        let service_request = self.service_request.clone();
        let mut import = jurisdiction.import(None, noon()).await.unwrap();
        import.add(&self.imported(1)).await.unwrap();
        let summary = import.finish().await.unwrap();
        assert_eq!(summary.taken, 1, "the id was there already");
        service_request
    }
}
