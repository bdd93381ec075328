//! How a server differs from the correct one, at one of the steps of an answer.

use super::city::City;
use super::http::Response;
use super::request::Request;
use super::site::{Answer, Site};

#[derive(Clone, Copy)]
pub enum Spoil {
    /// It knows something else.
    City(fn(&mut City)),
    /// It hears something else than was asked.
    Request(fn(&mut Request)),
    /// It answers some requests in its own way.
    Instead(fn(&Site, &Request) -> Option<Answer>),
    /// It says something else.
    Answer(fn(&Request, &mut Answer)),
    /// It writes what it says in another way.
    Response(fn(&Request, &mut Response)),
}

impl Spoil {
    pub fn city(&self, city: &mut City) {
        if let Self::City(spoil) = self {
            spoil(city);
        }
    }

    pub fn request(&self, request: &mut Request) {
        if let Self::Request(spoil) = self {
            spoil(request);
        }
    }

    pub fn instead(&self, site: &Site, request: &Request) -> Option<Answer> {
        match self {
            Self::Instead(spoil) => spoil(site, request),
            _ => None,
        }
    }

    pub fn answer(&self, request: &Request, answer: &mut Answer) {
        if let Self::Answer(spoil) = self {
            spoil(request, answer);
        }
    }

    pub fn response(&self, request: &Request, response: &mut Response) {
        if let Self::Response(spoil) = self {
            spoil(request, response);
        }
    }
}
