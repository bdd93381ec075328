//! A small GeoReport v2 endpoint in memory, correct to the letter, and what can be wrong with it.
//!
//! | module | what it is |
//! |---|---|
//! | [`site`] | the correct server: what it answers to each request |
//! | [`city`], [`sample`] | what it knows |
//! | [`query`], [`filing`], [`describe`] | its methods |
//! | [`document`] | trees, written as XML or JSON |
//! | [`request`], [`http`] | what was asked, and how it comes over the wire |
//! | [`spoil`] | how a defect or a liberty changes the server |

pub mod city;
pub mod describe;
pub mod document;
pub mod filing;
pub mod http;
pub mod query;
pub mod request;
pub mod sample;
pub mod site;
pub mod spoil;

use std::sync::Mutex;

use self::document::Format;
use self::http::{Listener, Message, Response};
use self::request::{BASE, Request};
use self::site::{Answer, Setup, Site};
use self::spoil::Spoil;

/// Answers until it is dropped.
pub struct Endpoint {
    pub url: String,
    _listener: Listener,
}

impl Endpoint {
    pub fn start(setup: &Setup, spoils: Vec<Spoil>) -> Self {
        let mut url = String::new();
        let listener = Listener::start(|port| {
            url = format!("http://127.0.0.1:{port}{BASE}");
            let cities = setup.jurisdictions.iter().map(|name| {
                let mut city = sample::city(name);
                spoils.iter().for_each(|spoil| spoil.city(&mut city));
                Mutex::new(city)
            });
            let site = Site {
                setup: setup.clone(),
                url: url.clone(),
                cities: cities.collect(),
            };
            move |message: &Message| answer(&site, &spoils, message)
        });
        Self {
            url,
            _listener: listener,
        }
    }
}

fn answer(site: &Site, spoils: &[Spoil], message: &Message) -> Response {
    let gzip = message
        .header("Accept-Encoding")
        .is_some_and(|names| names.contains("gzip"));
    let form = String::from_utf8_lossy(&message.body).into_owned();
    let mut request = Request::new(&message.verb, &message.target, form, gzip);
    spoils.iter().for_each(|spoil| spoil.request(&mut request));
    let instead = spoils
        .iter()
        .find_map(|spoil| spoil.instead(site, &request));
    let mut answer = instead.unwrap_or_else(|| site.answer(&request));
    spoils
        .iter()
        .for_each(|spoil| spoil.answer(&request, &mut answer));
    let mut response = written(&answer);
    spoils
        .iter()
        .for_each(|spoil| spoil.response(&request, &mut response));
    if gzip {
        response.gzip();
    }
    response
}

fn written(answer: &Answer) -> Response {
    let media_type = match answer.format {
        Format::Xml => "text/xml",
        Format::Json => "application/json",
    };
    let mut response = Response {
        status: answer.status,
        headers: vec![],
        body: answer.document.write(answer.format).into_bytes(),
        breaks_off: false,
    };
    response.set_header("Content-Type", &format!("{media_type}; charset=utf-8"));
    response.set_header("Access-Control-Allow-Origin", "*");
    response
}
