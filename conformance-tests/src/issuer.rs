//! An identity provider on this machine, and a trap for those who should not come.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::{Value, json};

use crate::time;
use crate::token::Signer;

/// What an identity provider answers, whatever it is asked.
type Answer = Arc<Mutex<String>>;

/// An identity provider: it tells its keys and signs tokens.
pub struct Issuer {
    address: SocketAddr,
    answer: Answer,
    hits: Arc<AtomicUsize>,
    /// Its keys, the first of which signs.
    keys: Vec<(String, Signer)>,
}

impl Issuer {
    /// One that tells these keys.
    pub fn with_keys(keys: Vec<(String, Signer)>) -> Self {
        let (address, answer, hits) = listen();
        let issuer = Self {
            address,
            answer,
            hits,
            keys,
        };
        issuer.tell_keys();
        issuer
    }

    /// What its tokens say as `iss`.
    pub fn url(&self) -> String {
        format!("http://{}/realms/city", self.address)
    }

    /// Where its keys are.
    pub fn jwks_uri(&self) -> String {
        format!("{}/certs", self.url())
    }

    /// Where it listens, for `--outbound-allow`.
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// How often it was asked for anything.
    pub fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }

    /// From now on it has these keys.
    pub fn rotate(&mut self, keys: Vec<(String, Signer)>) {
        self.keys = keys;
        self.tell_keys();
    }

    /// From now on it answers this, head and body, instead of its keys.
    pub fn answer_instead(&self, answer: &str) {
        let mut current = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        answer.clone_into(&mut current);
    }

    /// It tells its keys again.
    pub fn tell_keys(&self) {
        let keys: Vec<Value> = self.keys.iter().map(|(kid, key)| key.jwk(kid)).collect();
        let body = json!({ "keys": keys }).to_string();
        self.answer_instead(&ok(&body));
    }

    /// The head of its tokens.
    pub fn header(&self) -> Value {
        let (kid, signer) = &self.keys[0];
        json!({"typ": "at+jwt", "alg": signer.algorithm(), "kid": kid})
    }

    /// What it says of a person of these groups.
    pub fn claims(&self, groups: &[&str]) -> Value {
        let now = time::now();
        json!({
            "iss": self.url(), "aud": "georeport", "sub": "7f3b2a19", "jti": "1",
            "iat": now, "nbf": now, "exp": now + 600, "groups": groups,
        })
    }

    /// Signs whatever it is given.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        self.keys[0]
            .1
            .sign(&header.to_string(), &claims.to_string())
    }

    /// A token for a person of these groups.
    pub fn token(&self, groups: &[&str]) -> String {
        self.sign(&self.header(), &self.claims(groups))
    }
}

/// A server that counts who comes. Nobody should.
pub struct Trap {
    address: SocketAddr,
    hits: Arc<AtomicUsize>,
}

impl Trap {
    /// Sets one up.
    pub fn set() -> Self {
        let (address, _answer, hits) = listen();
        Self { address, hits }
    }

    /// Where it waits.
    pub fn url(&self) -> String {
        format!("http://{}/keys.json", self.address)
    }

    /// How often somebody came.
    pub fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }
}

/// 200 with a JSON body.
pub fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A server on a free port that answers the same to everybody, and counts them.
fn listen() -> (SocketAddr, Answer, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let (answer, hits) = (Answer::default(), Arc::new(AtomicUsize::new(0)));
    let (told, counted) = (Arc::clone(&answer), Arc::clone(&hits));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (told, counted) = (Arc::clone(&told), Arc::clone(&counted));
            thread::spawn(move || {
                let Ok(mut stream) = stream else { return };
                let mut head = Vec::new();
                let mut byte = [0];
                while let Ok(1) = stream.read(&mut byte) {
                    head.push(byte[0]);
                    if head.ends_with(b"\r\n\r\n") {
                        break;
                    }
                }
                counted.fetch_add(1, Ordering::SeqCst);
                let answer = told.lock().unwrap_or_else(PoisonError::into_inner).clone();
                // Whoever goes away early is not waited for.
                let _gone = stream.write_all(answer.as_bytes());
            });
        }
    });
    (address, answer, hits)
}
