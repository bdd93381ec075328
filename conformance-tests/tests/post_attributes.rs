//! POST requests: answers to the attributes of a service definition, in every
//! spelling that clients use.

use conformance_tests::demo::{Demo, is_required};
use conformance_tests::endpoint::{Format, list, text};
use conformance_tests::http::{Form, Multipart, percent};
use serde_json::Value;

/// A report on the detailed service without an answer to its list of several values.
fn report() -> Form {
    let demo = Demo::boston();
    let several = demo.detailed.code_of("multivaluelist");
    demo.report(&demo.detailed)
        .without(&format!("attribute[{several}]"))
}

/// The stored answers to an attribute, as the extension shows them.
fn stored(id: &str, code: &str) -> Vec<String> {
    let parameters = [("extensions", "true")];
    let row = Demo::boston()
        .endpoint
        .get(&format!("requests/{id}"), Format::Json, &parameters);
    let row = row.expect(200).row();
    let answer = list(&row, "attributes")
        .iter()
        .find(|answer| answer["code"] == code);
    let Some(answer) = answer else {
        return Vec::new();
    };
    match answer.get("values").or_else(|| answer.get("value")) {
        Some(Value::Array(values)) => values.iter().map(shown).collect(),
        Some(value) => vec![shown(value)],
        None => Vec::new(),
    }
}

/// A value may be a word or an object with key and name.
fn shown(value: &Value) -> String {
    let value = value.get("key").unwrap_or(value);
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[track_caller]
fn id_of(call: &conformance_tests::http::Call) -> String {
    text(&call.send().expect(200).row(), "service_request_id").to_owned()
}

#[test]
fn several_values_are_understood_in_every_spelling() {
    let demo = Demo::boston();
    let code = demo.detailed.code_of("multivaluelist");
    let keys = demo.detailed.keys_of("multivaluelist");
    let (one, two) = (percent(keys[0]), percent(keys[1]));
    let raw = percent(code);
    let spellings = [
        format!("attribute[{raw}][]={one}&attribute[{raw}][]={two}"),
        format!("attribute%5B{raw}%5D%5B%5D={one}&attribute%5B{raw}%5D%5B%5D={two}"),
        format!("attribute[{raw}]={one}&attribute[{raw}]={two}"),
        format!("attribute[{raw}][0]={one}&attribute[{raw}][1]={two}"),
        format!("attribute[{raw}]={one},{two}"),
        format!("attribute[{raw}]={one}%2C{two}"),
        format!("attrib[{raw}]={one}&attrib[{raw}]={two}"),
        format!("attrib[{raw}][]={one}&attrib[{raw}][]={two}"),
    ];
    for spelling in spellings {
        let body = format!("{}&{spelling}", report().encoded());
        let id = id_of(
            &demo
                .endpoint
                .call("POST", "requests", Format::Json)
                .raw_form(&body),
        );
        assert_eq!(stored(&id, code), [keys[0], keys[1]], "{spelling}");
    }
}

#[test]
fn several_values_and_a_multipart_body_go_together() {
    let demo = Demo::boston();
    let code = demo.detailed.code_of("multivaluelist");
    let keys = demo.detailed.keys_of("multivaluelist");
    let form = keys.iter().fold(report(), |form, key| {
        form.and(&format!("attribute[{code}][]"), key)
    });
    let call = demo.endpoint.call("POST", "requests", Format::Json);
    let id = id_of(&call.multipart(&Multipart::of(&form)));
    assert_eq!(stored(&id, code), keys);
}

#[test]
fn attributes_may_stand_in_the_query() {
    let demo = Demo::boston();
    let code = demo.detailed.code_of("multivaluelist");
    let keys = demo.detailed.keys_of("multivaluelist");
    let query = Form::of(&[(&format!("attribute[{code}]"), keys[0])]);
    let call = demo
        .endpoint
        .call("POST", "requests", Format::Json)
        .query(&query)
        .form(&report());
    assert_eq!(stored(&id_of(&call), code), [keys[0]]);
}

#[test]
fn a_single_value_in_brackets_is_that_value() {
    let demo = Demo::boston();
    let code = demo.detailed.code_of("singlevaluelist");
    let key = demo.detailed.keys_of("singlevaluelist")[0];
    let several = demo.detailed.code_of("multivaluelist");
    let also = demo.detailed.keys_of("multivaluelist")[0];
    // GeoReporter and OneBusAway send [] for every list.
    let form = report()
        .without(&format!("attribute[{code}]"))
        .and(&format!("attribute[{code}][]"), key)
        .and(&format!("attribute[{several}][]"), also);
    let id = demo.endpoint.file(&form);
    assert_eq!(stored(&id, code), [key]);
}

#[test]
fn every_datatype_is_stored_as_it_was_answered() {
    let demo = Demo::boston();
    let answers = [
        ("string", "Pole A-117 <&>"),
        ("number", "-12.5"),
        ("text", "first line\nsecond line"),
        (
            "singlevaluelist",
            demo.detailed.keys_of("singlevaluelist")[1],
        ),
    ];
    for (datatype, answer) in answers {
        let code = demo.detailed.code_of(datatype);
        let form = demo
            .report(&demo.detailed)
            .with(&format!("attribute[{code}]"), answer);
        assert_eq!(
            stored(&demo.endpoint.file(&form), code),
            [answer],
            "{datatype}"
        );
    }
}

#[test]
fn a_datetime_answer_is_taken_in_the_forms_of_w3c() {
    let demo = Demo::boston();
    let code = demo.detailed.code_of("datetime");
    for answer in [
        "2024-05-01T08:30:00Z",
        "2024-05-01T08:30:00-04:00",
        "2024-05-01T08:30:00.123Z",
    ] {
        let form = demo
            .report(&demo.detailed)
            .with(&format!("attribute[{code}]"), answer);
        let id = demo.endpoint.file(&form);
        assert!(
            stored(&id, code).concat().starts_with("2024-05-01T"),
            "{answer}"
        );
    }
}

#[test]
fn a_missing_required_attribute_is_400_and_named_by_its_code() {
    let demo = Demo::boston();
    let required: Vec<_> = demo
        .detailed
        .attributes
        .iter()
        .filter(|a| is_required(a))
        .collect();
    assert!(!required.is_empty(), "the demo has a required attribute");
    for attribute in required {
        let code = text(attribute, "code");
        let field = format!("attribute[{code}]");
        for form in [
            demo.report(&demo.detailed).without(&field),
            demo.report(&demo.detailed).with(&field, ""),
        ] {
            for format in Format::BOTH {
                let faults = demo.endpoint.post(format, &form).faults(format, 400);
                assert!(
                    faults.iter().any(|fault| fault.description.contains(code)),
                    "{faults:?}"
                );
            }
        }
    }
}

#[test]
fn an_answer_that_its_datatype_does_not_allow_is_400_and_named_by_its_code() {
    let demo = Demo::boston();
    let bad = [
        ("number", "three"),
        ("number", "1,5"),
        ("number", "NaN"),
        ("number", "1e400"),
        ("datetime", "yesterday"),
        ("datetime", "2024-02-30T00:00:00Z"),
        ("datetime", "2024-13-01T00:00:00Z"),
        ("singlevaluelist", "not-a-key"),
        ("multivaluelist", "not-a-key"),
    ];
    for (datatype, answer) in bad {
        let code = demo.detailed.code_of(datatype);
        let form = demo
            .report(&demo.detailed)
            .with(&format!("attribute[{code}]"), answer);
        for format in Format::BOTH {
            let faults = demo.endpoint.post(format, &form).faults(format, 400);
            let named = faults.iter().any(|fault| fault.description.contains(code));
            assert!(named, "{datatype} {answer}: {faults:?}");
        }
    }
}

#[test]
fn one_value_only_where_one_is_asked_for() {
    let demo = Demo::boston();
    let code = demo.detailed.code_of("singlevaluelist");
    let keys = demo.detailed.keys_of("singlevaluelist");
    let field = format!("attribute[{code}]");
    let form = demo
        .report(&demo.detailed)
        .with(&field, keys[0])
        .and(&field, keys[1]);
    let faults = demo
        .endpoint
        .post(Format::Json, &form)
        .faults(Format::Json, 400);
    assert!(
        faults.iter().any(|fault| fault.description.contains(code)),
        "{faults:?}"
    );
}

#[test]
fn an_empty_answer_to_an_optional_attribute_is_no_answer() {
    let demo = Demo::boston();
    let form = demo
        .detailed
        .attributes
        .iter()
        .filter(|a| !is_required(a))
        .fold(report(), |form, a| {
            form.and(&format!("attribute[{}]", text(a, "code")), "")
        });
    let code = demo.detailed.code_of("multivaluelist");
    let required = demo
        .detailed
        .with_datatype("multivaluelist")
        .is_some_and(is_required);
    let key = if required {
        demo.detailed.keys_of("multivaluelist")[0]
    } else {
        ""
    };
    let id = demo
        .endpoint
        .file(&form.and(&format!("attribute[{code}]"), key));
    assert_eq!(stored(&id, code).concat(), key);
}

#[test]
fn unknown_attributes_are_ignored() {
    let demo = Demo::boston();
    let form = demo
        .report(&demo.plain)
        .and("attribute[fixmystreet_id]", "1234")
        .and("attribute[]", "x")
        .and("attribute[a][b][c]", "x")
        .and("attribute", "x");
    let id = demo.endpoint.file(&form);
    assert_eq!(stored(&id, "fixmystreet_id"), Vec::<String>::new());
}
