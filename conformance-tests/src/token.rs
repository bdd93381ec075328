//! OAuth clients of the tests, and tokens made by hand: no library has a say in what is sent.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::home::Home;
use crate::http::{Call, Form};
use crate::server::Server;

/// A client that `georeport client create` made.
#[derive(Clone, Debug)]
pub struct Client {
    /// By which it names itself.
    pub id: String,
    /// What it shows.
    pub secret: String,
}

impl Client {
    /// A new one with these roles (divided by commas) in a jurisdiction.
    #[track_caller]
    pub fn create(home: &Home, jurisdiction: &str, roles: &str) -> Self {
        Self::create_with(home, jurisdiction, roles, &[])
    }

    /// The same with further options.
    #[track_caller]
    pub fn create_with(home: &Home, jurisdiction: &str, roles: &str, options: &[&str]) -> Self {
        let whose = ["--jurisdiction", jurisdiction, "--label", "conformance"];
        let command = ["client", "create", "--role", roles];
        let output = home.run(&[&command, &whose[..], options].concat());
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let told = |name: &str| {
            let line = stdout.lines().find_map(|line| line.strip_prefix(name));
            line.map(str::to_owned)
        };
        match (told("client_id="), told("client_secret=")) {
            (Some(id), Some(secret)) => Self { id, secret },
            _ => panic!("no client was made: {output:?}"),
        }
    }

    /// What it sends to get a token.
    pub fn form(&self) -> Form {
        Form::of(&[
            ("grant_type", "client_credentials"),
            ("client_id", &self.id),
            ("client_secret", &self.secret),
        ])
    }

    /// Asks for a token.
    #[track_caller]
    pub fn ask(&self, server: &Server) -> Answer {
        token_call(server).form(&self.form()).send()
    }

    /// Gets a token.
    #[track_caller]
    pub fn token(&self, server: &Server) -> String {
        access_token(&self.ask(server).expect(200))
    }
}

/// A POST to the token endpoint, without a body.
pub fn token_call(server: &Server) -> Call {
    server.call("POST", "/api/v1/oauth/token")
}

/// The token of an answer.
#[track_caller]
pub fn access_token(answer: &Answer) -> String {
    match answer.json()["access_token"].as_str() {
        Some(token) => token.to_owned(),
        None => panic!("{}: no token: {}", answer.asked, answer.shown()),
    }
}

/// A part of a token.
pub fn encoded(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

/// The parts of a token that can be read: header and claims.
#[track_caller]
pub fn decoded(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| {
        let json = URL_SAFE_NO_PAD.decode(part).expect("base64url");
        serde_json::from_slice(&json)
    });
    let mut next = || {
        let part = parts.next().expect("a token has three parts");
        part.expect("the first two are JSON")
    };
    (next(), next())
}

/// Whatever signs tokens.
pub enum Signer {
    /// EdDSA.
    Ed25519(Ed25519KeyPair),
    /// ES256.
    P256(EcdsaKeyPair),
    /// RS256.
    Rsa(RsaKeyPair),
    /// HS256.
    Secret(Vec<u8>),
    /// An empty signature.
    Nothing,
}

impl Signer {
    /// A new key for EdDSA.
    pub fn ed25519() -> Self {
        Self::Ed25519(Ed25519KeyPair::generate().expect("a key can be made"))
    }

    /// The key of the server under test, read from its database.
    #[track_caller]
    pub fn of_server(home: &Home) -> Self {
        let hex = home.database().sql(
            "select encode(private_key, 'hex') from signing_key where retired_datetime is null",
        );
        let digits = hex.as_bytes().chunks(2);
        let bytes = digits.map(|pair| {
            let pair = std::str::from_utf8(pair).expect("digits");
            u8::from_str_radix(pair, 16).expect("digits")
        });
        let bytes: Vec<u8> = bytes.collect();
        Self::Ed25519(Ed25519KeyPair::from_pkcs8(&bytes).expect("the server has a key"))
    }

    /// A new key for ES256.
    pub fn p256() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
        Self::P256(pair.expect("a key can be made"))
    }

    /// A new key for RS256.
    pub fn rsa() -> Self {
        Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).expect("a key can be made"))
    }

    /// What it calls its algorithm.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "EdDSA",
            Self::P256(_) => "ES256",
            Self::Rsa(_) => "RS256",
            Self::Secret(_) => "HS256",
            Self::Nothing => "none",
        }
    }

    /// The token with these parts, which are sent as they are.
    pub fn sign(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", encoded(header), encoded(claims));
        let bytes = message.as_bytes();
        let signature = match self {
            Self::Ed25519(pair) => pair.sign(bytes).as_ref().to_vec(),
            Self::P256(pair) => {
                let signed = pair.sign(&SystemRandom::new(), bytes);
                signed.expect("it signs").as_ref().to_vec()
            }
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    bytes,
                    &mut signature,
                )
                .expect("it signs");
                signature
            }
            Self::Secret(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                hmac::sign(&key, bytes).as_ref().to_vec()
            }
            Self::Nothing => Vec::new(),
        };
        format!("{message}.{}", encoded(signature))
    }

    /// Its public half as it is published.
    pub fn jwk(&self, kid: &str) -> Value {
        let common = json!({"kid": kid, "use": "sig", "alg": self.algorithm()});
        let own = match self {
            Self::Ed25519(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": encoded(pair.public_key())})
            }
            Self::P256(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = (encoded(&point[1..33]), encoded(&point[33..]));
                json!({"kty": "EC", "crv": "P-256", "x": x, "y": y})
            }
            Self::Rsa(pair) => {
                let parts: PublicKeyComponents<Vec<u8>> = pair.public_key().into();
                json!({"kty": "RSA", "n": encoded(parts.n), "e": encoded(parts.e)})
            }
            Self::Secret(secret) => json!({"kty": "oct", "k": encoded(secret)}),
            Self::Nothing => json!({}),
        };
        let mut jwk = common;
        for (name, value) in own.as_object().into_iter().flatten() {
            jwk[name] = value.clone();
        }
        jwk
    }
}
