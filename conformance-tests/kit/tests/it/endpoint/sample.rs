//! A city with everything that the standard knows and much that trips programs up.

use chrono::{FixedOffset, TimeDelta, Utc};

use super::city::{Attribute, City, Service, ServiceRequest, Type};

const DESCRIPTIONS: [Option<&str>; 7] = [
    Some("Zwei Laternen dunkel: Äußere Straße, Höhe Nr. 7"),
    Some("Line one\nline two\r\nline <b>three</b> & \"four\", 'five'"),
    None,
    Some("A 🦊 in the bin, e\u{301} and \u{200F}שלום"),
    Some("true"),
    Some("0012"),
    Some("&amp; is not &, ]]> is no end"),
];

/// Latitudes and longitudes in all four quarters, one that tempts to write 1e-5.
const POSITIONS: [Option<(f64, f64)>; 5] = [
    Some((50.737_412, 7.098_207)),
    Some((42.360_1, -71.058_9)),
    None,
    Some((-33.868_82, 151.209_29)),
    Some((51.477_928, 0.000_01)),
];

/// `prefix` keeps the ids of two cities apart.
pub fn city(prefix: &str) -> City {
    let services = services();
    let told: Vec<String> = services
        .iter()
        .filter(|service| service.kind != Type::Blackbox)
        .map(|service| service.code.clone())
        .collect();
    let count = told.len();
    let request = |index: usize| request(prefix, index, &told[index % count]);
    City {
        requests: (0..63).map(request).collect(),
        services,
        at_most: 1000,
        token_seconds: 0.3,
        cleans_text: true,
    }
}

/// The `index`th newest, 76 hours older than the one before: 63 of them span 200 days.
fn request(prefix: &str, index: usize, service_code: &str) -> ServiceRequest {
    let zone = FixedOffset::east_opt([0, 7200, -12600][index % 3]).unwrap();
    let age = TimeDelta::hours(76 * i64::try_from(index).unwrap() + 5);
    let requested = (Utc::now() - age).with_timezone(&zone);
    let is_open = index.is_multiple_of(2);
    let position = POSITIONS[index % POSITIONS.len()];
    let some = |every: usize, text: String| index.is_multiple_of(every).then_some(text);
    ServiceRequest {
        id: format!("{prefix}-{index:04}{}", [".1", "", "a"][index % 3]),
        token: None,
        public_from: requested.to_utc(),
        is_open,
        status_notes: (!is_open).then(|| format!("Erledigt am {index}. Tag")),
        service_code: service_code.to_owned(),
        description: DESCRIPTIONS[index % DESCRIPTIONS.len()].map(str::to_owned),
        agency_responsible: some(2, "Amt für Straßen & Grün".to_owned()),
        service_notice: some(5, "Within 5 working days".to_owned()),
        requested,
        updated: requested + TimeDelta::hours(if is_open { 0 } else { 3 }),
        expected: index
            .is_multiple_of(4)
            .then(|| requested + TimeDelta::days(5)),
        address: (position.is_none() || index.is_multiple_of(2))
            .then(|| format!("Straße {index}, Münster")),
        address_id: some(9, format!("00{index}")),
        zipcode: some(2, "01067".to_owned()),
        position,
        media_url: some(6, format!("https://example.org/{index}.jpg?a=1&b=2")),
        reporter: None,
    }
}

fn services() -> Vec<Service> {
    let service = |code: &str, name, kind, attributes| Service {
        code: code.to_owned(),
        name,
        description: "What to report here",
        kind,
        keywords: "one, two",
        group: "Streets & squares",
        attributes,
    };
    let bare = |code, name, kind| Service {
        description: "",
        keywords: "",
        group: "",
        ..service(code, name, kind, vec![])
    };
    let lamp = vec![Attribute {
        required: true,
        ..attribute("POLE", "string")
    }];
    vec![
        service("POTHOLE", "Schlagloch", Type::Realtime, all_datatypes()),
        bare("015", "Abwasser und Wasser", Type::Realtime),
        service("LAMP.v2", "Street light out", Type::Realtime, lamp),
        bare("Laub & Äste", "Laub & Äste", Type::Realtime),
        bare("RATS", "Ratten", Type::Batch),
        service("TREE", "Baum", Type::Batch, vec![attribute("KIND", "text")]),
        bare("NOISE", "Lärm", Type::Blackbox),
        bare("4e7b3e4c992b945109000000", "Graffiti", Type::Realtime),
    ]
}

/// One optional attribute of each datatype, a required list, and a note to read.
fn all_datatypes() -> Vec<Attribute> {
    let sizes = vec![("S", "Small <1 m"), ("L", "Large")];
    let harms = vec![
        ("01", "Car"),
        ("bike & co", "Bicycle & scooter"),
        ("foot", "Fuß"),
    ];
    vec![
        Attribute {
            variable: false,
            ..attribute("DANGER", "string")
        },
        Attribute {
            required: true,
            values: sizes,
            ..attribute("SIZE", "singlevaluelist")
        },
        Attribute {
            values: harms,
            ..attribute("HARM", "multivaluelist")
        },
        attribute("LANE", "string"),
        attribute("DEPTH", "number"),
        attribute("SEEN", "datetime"),
        attribute("NOTE", "text"),
    ]
}

fn attribute(code: &'static str, datatype: &'static str) -> Attribute {
    Attribute {
        code,
        datatype,
        question: "What is it like?",
        variable: true,
        required: false,
        values: vec![],
    }
}
