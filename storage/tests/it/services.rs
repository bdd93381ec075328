//! The service list and its definitions.

use crate::time;
use domain::{
    AttributeDefinition, AttributeValue, Datatype, Service, ServiceCode, ServiceDefinition,
};
use storage::{
    JurisdictionStorage, ServicesImport, ServicesSummary,
    testing::{TestDatabase, a_jurisdiction, a_service},
};

const NOW: &str = "2026-06-02T00:00:00Z";

fn an_attribute(code: &str, position: i32) -> AttributeDefinition {
    AttributeDefinition {
        variable: true,
        code: code.to_owned(),
        datatype: Datatype::SingleValueList,
        required: true,
        datatype_description: "Choose one".to_owned(),
        position,
        description: "How large?".to_owned(),
        values: [("2", "Large"), ("1", "Small")]
            .map(|(key, name)| AttributeValue {
                key: key.to_owned(),
                name: name.to_owned(),
            })
            .into(),
    }
}

fn definition(service_code: &str, attributes: Vec<AttributeDefinition>) -> ServiceDefinition {
    ServiceDefinition {
        service_code: ServiceCode::parse(service_code).unwrap(),
        attributes,
    }
}

async fn found(
    jurisdiction: &JurisdictionStorage,
    code: &str,
) -> Option<(Service, ServiceDefinition)> {
    let code = ServiceCode::parse(code).unwrap();
    jurisdiction.find_service(&code).await.unwrap()
}

/// Whether the changeset moved to [`NOW`].
async fn changed(database: &TestDatabase) -> bool {
    let jurisdictions = database.storage().list_jurisdictions().await.unwrap();
    jurisdictions[0].changeset == time(NOW)
}

#[tokio::test]
async fn services_and_definitions_come_back_as_they_went_in() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let mut service = a_service("001").batch().promising("Soon").service;
    service.keywords = "a, b".to_owned();
    service.service_group = "Streets".to_owned();
    service.description = "What for".to_owned();
    service.has_definition = true;
    let attributes = vec![an_attribute("Z", 1), an_attribute("A", 2)];
    let import = ServicesImport {
        services: vec![service.clone()],
        definitions: vec![definition("001", attributes.clone())],
    };
    boston.import_services(&import, time(NOW)).await.unwrap();

    assert_eq!(boston.list_services().await.unwrap(), [service.clone()]);
    let expected = Some((service, definition("001", attributes)));
    assert_eq!(found(&boston, "001").await, expected);
    assert_eq!(found(&boston, "1").await, None);
}

#[tokio::test]
async fn services_are_listed_by_name() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    for (code, name) in [("1", "Trees"), ("3", "Graffiti"), ("2", "Graffiti")] {
        a_service(code).named(name).insert(&boston).await;
    }
    let listed = boston.list_services().await.unwrap();
    let codes: Vec<&str> = listed.iter().map(|one| one.service_code.as_str()).collect();
    assert_eq!(codes, ["2", "3", "1"]);
}

#[tokio::test]
async fn the_same_import_again_changes_nothing() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    // Neither list is right about which services have a definition.
    let mut wrong = a_service("B").service;
    wrong.has_definition = true;
    let import = ServicesImport {
        services: vec![a_service("A").service, wrong],
        definitions: vec![definition("A", vec![an_attribute("SIZE", 1)])],
    };
    let first = boston
        .import_services(&import, time("2026-06-01T18:00:00Z"))
        .await;
    assert_eq!(first.unwrap().taken, 2);

    let second = boston.import_services(&import, time(NOW)).await.unwrap();
    let expected = ServicesSummary {
        taken: 0,
        unchanged: 2,
        refused: vec![],
    };
    assert_eq!(second, expected);
    assert!(!changed(&database).await);
    assert!(found(&boston, "A").await.unwrap().0.has_definition);
    assert!(!found(&boston, "B").await.unwrap().0.has_definition);
}

#[tokio::test]
async fn the_changeset_moves_when_a_service_or_a_definition_changes() {
    let size = vec![an_attribute("SIZE", 1)];
    let mut fewer = size.clone();
    fewer[0].values.pop();
    let service = a_service("A");
    let changes = [
        (vec![service.clone().named("Other").service], vec![]),
        (vec![a_service("B").service], vec![]),
        (vec![], vec![definition("A", fewer)]),
        (vec![], vec![definition("A", vec![])]),
    ];
    for (services, definitions) in changes {
        let database = TestDatabase::new().await;
        let boston = a_jurisdiction("boston.gov").insert(&database).await;
        service.clone().asking(size.clone()).insert(&boston).await;
        let import = ServicesImport {
            services,
            definitions,
        };
        let summary = boston.import_services(&import, time(NOW)).await.unwrap();
        assert_eq!((summary.taken, summary.unchanged), (1, 0), "{import:?}");
        assert!(changed(&database).await, "{import:?}");
    }
}

#[tokio::test]
async fn a_definition_is_replaced_as_a_whole() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let old = vec![an_attribute("A", 1), an_attribute("B", 2)];
    a_service("S").asking(old).insert(&boston).await;
    for new in [vec![an_attribute("B", 1), an_attribute("C", 2)], vec![]] {
        let import = ServicesImport {
            services: vec![],
            definitions: vec![definition("S", new.clone())],
        };
        boston.import_services(&import, time(NOW)).await.unwrap();
        let (service, definition) = found(&boston, "S").await.unwrap();
        assert_eq!(definition.attributes, new);
        assert_eq!(service.has_definition, !new.is_empty());
    }
}

#[tokio::test]
async fn a_definition_without_a_service_is_told_and_left() {
    let database = TestDatabase::new().await;
    let boston = a_jurisdiction("boston.gov").insert(&database).await;
    let import = ServicesImport {
        services: vec![a_service("A").service],
        definitions: vec![definition("B", vec![an_attribute("SIZE", 1)])],
    };
    let summary = boston.import_services(&import, time(NOW)).await.unwrap();
    assert_eq!(summary.refused, ["B"]);
    assert_eq!(summary.taken, 1);
    assert_eq!(found(&boston, "B").await, None);
}
