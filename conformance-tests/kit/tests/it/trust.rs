//! The correct endpoint is what it says: parsers read it, and it obeys the letter's filters.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::endpoint::Endpoint;
use crate::endpoint::filing::KEY;
use crate::endpoint::site::Setup;

const ONE_CITY: &[&str] = &["example.org"];

fn endpoint(jurisdictions: &[&'static str]) -> Endpoint {
    let setup = Setup {
        jurisdictions: jurisdictions.to_vec(),
        kind: "test",
        json: true,
    };
    Endpoint::start(&setup, vec![])
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into()
}

fn get(endpoint: &Endpoint, path: &str) -> (u16, String) {
    let mut answer = agent()
        .get(format!("{}/{path}", endpoint.url))
        .call()
        .unwrap();
    (
        answer.status().as_u16(),
        answer.body_mut().read_to_string().unwrap(),
    )
}

fn post(endpoint: &Endpoint, form: &[(&str, &str)]) -> (u16, Value) {
    let url = format!("{}/requests.json", endpoint.url);
    let mut answer = agent().post(url).send_form(form.iter().copied()).unwrap();
    let body = answer.body_mut().read_to_string().unwrap();
    (
        answer.status().as_u16(),
        serde_json::from_str(&body).unwrap(),
    )
}

/// The service requests that a query answers.
fn list(endpoint: &Endpoint, query: &str) -> Vec<Value> {
    let (status, body) = get(endpoint, &format!("requests.json?{query}"));
    assert_eq!(status, 200, "{query}: {body}");
    serde_json::from_str(&body).unwrap()
}

fn time(request: &Value) -> DateTime<Utc> {
    request["requested_datetime"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}

#[test]
fn parsers_read_every_document_in_both_formats() {
    let endpoint = endpoint(ONE_CITY);
    for path in [
        "discovery",
        "services",
        "services/POTHOLE",
        "services/Laub%20%26%20%C3%84ste",
        "requests",
        "requests/example.org-0000.1",
        "requests/none",
    ] {
        let (_, xml) = get(&endpoint, &format!("{path}.xml"));
        roxmltree::Document::parse(&xml).unwrap();
        let (_, json) = get(&endpoint, &format!("{path}.json"));
        serde_json::from_str::<Value>(&json).unwrap();
    }
}

#[test]
fn both_formats_tell_of_the_same_texts() {
    let endpoint = endpoint(ONE_CITY);
    let (_, xml) = get(&endpoint, "requests.xml");
    let xml = roxmltree::Document::parse(&xml).unwrap();
    let texts = xml
        .descendants()
        .filter(|node| node.has_tag_name("description"));
    let texts: Vec<&str> = texts.map(|node| node.text().unwrap_or_default()).collect();
    let listed = list(&endpoint, "");
    let json = listed
        .iter()
        .map(|request| request["description"].as_str().unwrap_or_default());
    assert_eq!(texts, json.collect::<Vec<_>>());
    assert!(texts.iter().any(|text| text.contains("\r\n")));
}

#[test]
fn filters_are_obeyed() {
    let endpoint = endpoint(ONE_CITY);
    let all = list(&endpoint, "");
    assert_eq!(all.len(), 29);
    assert!(
        all.iter()
            .all(|request| time(request) > Utc::now() - TimeDelta::days(90))
    );
    let open = list(&endpoint, "status=open");
    assert!(!open.is_empty() && open.iter().all(|request| request["status"] == "open"));
    assert_eq!(list(&endpoint, "status=open,closed"), all);
    let two = list(&endpoint, "service_code=RATS,LAMP.v2");
    let wanted = |request: &&Value| {
        let code = request["service_code"].as_str().unwrap();
        code == "RATS" || code == "LAMP.v2"
    };
    assert_eq!(two, all.iter().filter(wanted).cloned().collect::<Vec<_>>());
    let old = list(
        &endpoint,
        "service_request_id=example.org-0060.1,example.org-0001&status=closed",
    );
    assert_eq!(old.len(), 2);
    let bounds = (
        Utc::now() - TimeDelta::days(170),
        Utc::now() - TimeDelta::days(100),
    );
    let dates = bounds.0.format("%FT%TZ").to_string() + "&end_date=";
    let dates = dates + &bounds.1.format("%FT%TZ").to_string();
    let then = list(&endpoint, &format!("start_date={dates}"));
    assert!(then.len() > 20 && then.iter().all(|r| (bounds.0..bounds.1).contains(&time(r))));
    assert_eq!(
        list(&endpoint, "status=&service_code=&start_date=&unheard_of=1"),
        all
    );
}

#[test]
fn what_the_letter_refuses_is_refused() {
    let endpoint = endpoint(ONE_CITY);
    for (path, status) in [
        ("services/none.json", 404),
        ("requests/none.json", 404),
        ("tokens/none.json", 404),
        ("requests.json?start_date=2024-02-30T00:00:00Z", 400),
        (
            "requests.json?start_date=2024-01-01T00:00:00Z&end_date=2024-06-01T00:00:00Z",
            400,
        ),
        ("requests.json?status=done", 400),
    ] {
        let (found, body) = get(&endpoint, path);
        let errors: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (found, &errors[0]["code"]),
            (status, &Value::from(status)),
            "{path}"
        );
    }
}

#[test]
fn several_jurisdictions_are_told_apart() {
    let endpoint = endpoint(&["a.example", "b.example"]);
    assert_eq!(get(&endpoint, "services.json").0, 400);
    assert_eq!(get(&endpoint, "services.json?jurisdiction_id=").0, 400);
    assert_eq!(
        get(&endpoint, "services.json?jurisdiction_id=c.example").0,
        404
    );
    assert_eq!(get(&endpoint, "discovery.json").0, 200);
    let found = list(&endpoint, "jurisdiction_id=b.example");
    assert!(
        found
            .iter()
            .all(|r| r["service_request_id"].as_str().unwrap().starts_with("b."))
    );
}

#[test]
fn what_is_filed_is_read_again() {
    let endpoint = endpoint(ONE_CITY);
    let text = "Äö 🦊 <&>\"'\r\nsecond \u{10}line";
    let form = [
        ("api_key", KEY),
        ("service_code", "POTHOLE"),
        ("lat", "-0.00001"),
        ("long", "7.1"),
        ("description", text),
        ("first_name", "Rosa"),
        ("attribute[SIZE]", "S"),
        ("attribute[HARM][]", "bike & co"),
        ("attribute[HARM][]", "01"),
        ("media_url", ""),
    ];
    let (status, answer) = post(&endpoint, &form);
    assert_eq!(status, 200, "{answer}");
    let id = answer[0]["service_request_id"].as_str().unwrap();
    let (_, body) = get(&endpoint, &format!("requests/{id}.json"));
    assert!(!body.contains("Rosa") && body.contains("-0.00001"));
    let filed: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(filed[0]["description"], text.replace('\u{10}', ""));
    assert_eq!(filed[0]["status"], "open");
}

#[test]
fn what_may_not_be_filed_is_refused() {
    let endpoint = endpoint(ONE_CITY);
    let good = vec![
        ("api_key", KEY),
        ("service_code", "POTHOLE"),
        ("address_string", "Markt 1"),
        ("attribute[SIZE]", "S"),
    ];
    let with = |name, value| {
        let others = good.iter().copied().filter(|(other, _)| *other != name);
        others.chain([(name, value)]).collect::<Vec<_>>()
    };
    assert_eq!(post(&endpoint, &good).0, 200);
    for (name, value, status) in [
        ("api_key", "", 403),
        ("api_key", "x", 403),
        ("service_code", "", 400),
        ("service_code", "x", 404),
        ("address_string", "", 400),
        ("lat", "1", 400),
        ("attribute[SIZE]", "", 400),
        ("attribute[SIZE]", "M", 400),
    ] {
        assert_eq!(
            post(&endpoint, &with(name, value)).0,
            status,
            "{name}={value}"
        );
    }
    let long = "ä".repeat(4000);
    assert_eq!(post(&endpoint, &with("description", &long)).0, 200);
    assert_eq!(
        post(&endpoint, &with("description", &(long.clone() + "."))).0,
        400
    );
}

#[test]
fn a_token_leads_to_an_id_after_a_moment() {
    let endpoint = endpoint(ONE_CITY);
    let form = [
        ("api_key", KEY),
        ("service_code", "RATS"),
        ("address_id", "7"),
    ];
    let token = post(&endpoint, &form).1[0]["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let ask = || {
        let (status, body) = get(&endpoint, &format!("tokens/{token}.json"));
        assert_eq!(status, 200);
        serde_json::from_str::<Value>(&body).unwrap()
    };
    let mut answer = ask();
    assert_eq!(answer[0]["token"], *token);
    while answer[0]["service_request_id"].is_null() {
        std::thread::sleep(std::time::Duration::from_millis(50));
        answer = ask();
    }
    assert!(
        answer[0]["service_request_id"]
            .as_str()
            .unwrap()
            .starts_with("new-")
    );
}
