//! The staff of a city of the tests' own, at work over HTTP.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::city::{self, CITY, City, soon};
use crate::demo;
use crate::endpoint::{Format, text};
use crate::http::{Call, Form, percent};

/// The city, and one key of each role that its tests need.
#[derive(Debug)]
pub struct Staff {
    /// The city.
    pub city: City,
    /// May change service requests.
    pub staff: String,
    /// May redact and remove.
    pub moderator: String,
    /// May do everything.
    pub administrator: String,
    /// May file.
    pub app: String,
}

impl Staff {
    /// A city with its two services, and its staff.
    #[track_caller]
    pub fn hired() -> Self {
        Self::hired_with(&[])
    }

    /// The same with more options of the server.
    #[track_caller]
    pub fn hired_with(options: &[&str]) -> Self {
        let city = City::found_with(&[&["--tokens-after", "never"], options].concat());
        city::import_services(&city.home);
        soon("the services", || city.endpoint.services().len() == 2);
        let key = |scope: &str| {
            let whose = ["--jurisdiction", CITY, "--label", scope];
            city.home
                .run_ok(&[&["key", "create", "--scope", scope], &whose[..]].concat())
        };
        let [staff, moderator, administrator] = ["staff", "moderator", "administrator"].map(key);
        let app = city.home.new_key(CITY);
        Self {
            city,
            staff,
            moderator,
            administrator,
            app,
        }
    }

    /// A call with somebody's key, to a path below the city's.
    pub fn call_as(&self, key: &str, method: &str, path: &str) -> Call {
        let path = format!("/api/v1/jurisdictions/{CITY}/{path}");
        let call = self.city.server.call(method, &path);
        call.header("authorization", &format!("Bearer {key}"))
    }

    /// A call of a member of the staff's.
    pub fn call(&self, method: &str, path: &str) -> Call {
        self.call_as(&self.staff, method, path)
    }

    /// The same about a service request: `path` is what comes behind its id, or nothing.
    pub fn about(&self, id: &str, method: &str, path: &str) -> Call {
        let id = percent(id);
        let path = match path {
            "" => format!("service-requests/{id}"),
            path => format!("service-requests/{id}/{path}"),
        };
        self.call(method, &path)
    }

    /// Files a service request, as a resident does, and returns its id.
    #[track_caller]
    pub fn file(&self, more: &[(&str, &str)]) -> String {
        let form = Form::of(&[
            ("api_key", &self.app),
            ("service_code", "001"),
            ("lat", demo::INSIDE.0),
            ("long", demo::INSIDE.1),
            ("description", "A hole"),
        ]);
        let form = more
            .iter()
            .fold(form, |form, (name, value)| form.with(name, value));
        self.city.endpoint.file(&form)
    }

    /// A service request as staff see it.
    #[track_caller]
    pub fn find(&self, id: &str) -> Value {
        self.about(id, "GET", "").send().expect(200).json()
    }

    /// Its version, as `If-Match` takes it.
    #[track_caller]
    pub fn tag(&self, id: &str) -> String {
        let answer = self.about(id, "GET", "").send().expect(200);
        answer
            .header("etag")
            .unwrap_or_else(|| panic!("{}: no ETag", answer.asked))
            .to_owned()
    }

    /// Changes a service request as it is now.
    #[track_caller]
    pub fn patch(&self, id: &str, change: &Value) -> Answer {
        let tag = self.tag(id);
        self.about(id, "PATCH", "")
            .header("if-match", &tag)
            .body("application/merge-patch+json", change.to_string())
            .send()
    }

    /// Notes something.
    #[track_caller]
    pub fn note(&self, id: &str, description: &str, is_public: bool) -> Answer {
        let note = json!({"description": description, "is_public": is_public});
        let call = self.about(id, "POST", "notes");
        call.body("application/json", note.to_string()).send()
    }

    /// Makes one the duplicate of another.
    #[track_caller]
    pub fn link(&self, id: &str, other: &str) -> Answer {
        let body = json!({"service_request_id": other}).to_string();
        let call = self.about(id, "PUT", "duplicate-of");
        call.body("application/json", body).send()
    }

    /// Its whole history.
    #[track_caller]
    pub fn history(&self, id: &str) -> Vec<Value> {
        let answer = self.about(id, "GET", "updates").send().expect(200).json();
        match &answer["updates"] {
            Value::Array(updates) => updates.clone(),
            other => panic!("no list of updates: {other}"),
        }
    }

    /// The ids that a search of the staff's finds, in order.
    #[track_caller]
    pub fn search(&self, query: &[(&str, &str)]) -> Vec<String> {
        let call = self.call("GET", "service-requests");
        let found = call.query(&Form::of(query)).send().expect(200).json();
        match &found["service_requests"] {
            Value::Array(found) => found
                .iter()
                .map(|one| text(one, "service_request_id").to_owned())
                .collect(),
            other => panic!("no list of service requests: {other}"),
        }
    }

    /// A service request as everybody sees it, with the extensions; `None`: it is not public.
    #[track_caller]
    pub fn public(&self, id: &str) -> Option<Value> {
        let resource = format!("requests/{}", percent(id));
        let more = [("extensions", "true")];
        let answer = self.city.endpoint.get(&resource, Format::Json, &more);
        (answer.status != 404).then(|| answer.expect(200).row())
    }
}

/// What a problem document blames: the arguments, in order.
#[track_caller]
pub fn blamed(answer: &Answer, status: u16) -> Vec<String> {
    assert_eq!(
        answer.status,
        status,
        "{}: {}",
        answer.asked,
        answer.shown()
    );
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json"),
        "{}",
        answer.asked
    );
    answer.gives_nothing_away();
    let document = answer.json();
    assert_eq!(document["status"], status, "{document}");
    let errors = document["errors"].as_array().into_iter().flatten();
    errors
        .map(|error| {
            let argument = error["argument"].as_str();
            argument.unwrap_or_default().to_owned()
        })
        .collect()
}
