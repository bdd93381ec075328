//! Texts that staff answer with.

use crate::time;
use domain::{DetailedStatus, ResponseTemplate, ServiceCode, TemplateName, TemplateText};
use storage::{
    By, JurisdictionStorage, Saved,
    testing::{TestDatabase, a_jurisdiction, a_service},
};

const BY: By<'_> = By {
    actor: "operator",
    operation: "test",
};

fn template(name: &str, service_code: Option<&str>, text: &str) -> ResponseTemplate {
    ResponseTemplate {
        name: TemplateName::parse(name).unwrap(),
        service_code: service_code.map(|code| ServiceCode::parse(code).unwrap()),
        status: Some(DetailedStatus::Fixed),
        text: TemplateText::parse(text).unwrap(),
    }
}

async fn save(city: &JurisdictionStorage, template: &ResponseTemplate) -> Saved {
    let now = time("2026-06-01T12:00:00Z");
    city.save_response_template(template, BY, now)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_text_is_saved_replaced_and_taken_away() {
    let database = TestDatabase::new().await;
    let city = a_jurisdiction("city").insert(&database).await;
    a_service("POTHOLE").insert(&city).await;
    let first = template("Filled", Some("POTHOLE"), "{service_name}: filled.");
    assert_eq!(save(&city, &first).await, Saved::Added);
    let other = template("Asphalt", None, "Laid anew.");
    assert_eq!(save(&city, &other).await, Saved::Added);
    let second = template("Filled", None, "Filled.");
    assert_eq!(save(&city, &second).await, Saved::Replaced);
    let listed = city.list_response_templates().await.unwrap();
    assert_eq!(listed, [other, second.clone()]);
    let delete = async || {
        let now = time("2026-06-01T12:00:00Z");
        city.delete_response_template(&second.name, BY, now).await
    };
    assert!(delete().await.unwrap());
    assert!(!delete().await.unwrap());
    assert_eq!(city.list_response_templates().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_text_for_a_service_that_is_not_there_is_not_saved() {
    let database = TestDatabase::new().await;
    let city = a_jurisdiction("city").insert(&database).await;
    let template = template("Filled", Some("POTHOLE"), "Filled.");
    assert_eq!(save(&city, &template).await, Saved::UnknownService);
    assert!(city.list_response_templates().await.unwrap().is_empty());
}

#[tokio::test]
async fn who_saved_a_text_is_written_down_but_not_what_it_says() {
    let database = TestDatabase::new().await;
    let city = a_jurisdiction("city").insert(&database).await;
    save(&city, &template("Filled", None, "Ask Jane.")).await;
    save(&city, &template("Filled", None, "Ask Joe.")).await;
    let entries = city.list_audit_entries(None, 10).await.unwrap();
    assert_eq!(entries.len(), 2);
    for entry in &entries {
        assert_eq!(entry.object_kind, "response_template");
        assert_eq!(entry.object_id, "Filled");
        let after = entry.after.as_ref().map(ToString::to_string).unwrap();
        assert!(after.contains(r#""status":"fixed""#), "{after}");
        assert!(!after.contains("Jane") && !after.contains("Joe"), "{after}");
    }
    assert!(entries[0].before.is_none() && entries[1].before.is_some());
}
