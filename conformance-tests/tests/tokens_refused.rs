//! Tokens that must not be believed (RFC 8725), each made by hand and each wrong in one way. Whatever
//! is wrong, the answer is the same.

use conformance_tests::demo::{BOSTON, ZURICH};
use conformance_tests::home::Home;
use conformance_tests::issuer::Trap;
use conformance_tests::server::Server;
use conformance_tests::time;
use conformance_tests::token::{Client, Signer, decoded, encoded};
use serde_json::{Value, json};

fn status(server: &Server, jurisdiction: &str, token: &str) -> (u16, String) {
    let path = format!("/api/v1/jurisdictions/{jurisdiction}/audit-entries");
    let call = server.call("GET", &path);
    let answer = call
        .header("authorization", &format!("Bearer {token}"))
        .send();
    answer.gives_nothing_away();
    (answer.status, answer.text().to_owned())
}

/// `whole` with other members; null takes one out.
fn with(whole: &Value, changes: Value) -> Value {
    let mut changed = whole.clone();
    for (name, value) in changes.as_object().into_iter().flatten() {
        changed[name] = value.clone();
    }
    if let Some(members) = changed.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    changed
}

#[test]
fn a_token_that_is_wrong_in_one_way_is_refused_like_any_other() {
    let home = Home::new();
    let server = home.serve_demo();
    let client = Client::create(&home, BOSTON, "auditor");
    let real = client.token(&server);
    let (header, claims) = decoded(&real);
    let signer = Signer::of_server(&home);
    let sign =
        |header: &Value, claims: &Value| signer.sign(&header.to_string(), &claims.to_string());
    // What is made by hand is as good as what the server makes: the rest is refused for its one fault.
    assert_eq!(status(&server, BOSTON, &sign(&header, &claims)).0, 200);

    let trap = Trap::set();
    let (thief, now) = (Signer::ed25519(), time::now());
    let kid = header["kid"].as_str().unwrap_or_default();
    let stolen =
        |change: Value| thief.sign(&with(&header, change).to_string(), &claims.to_string());
    let changed = |change: Value| sign(&header, &with(&claims, change));
    let headed = |change: Value| sign(&with(&header, change), &claims);
    let public = {
        let jwk = signer.jwk(kid);
        jwk["x"].as_str().unwrap_or_default().to_owned()
    };
    let hs256 = |secret: &[u8]| {
        let header = with(&header, json!({"alg": "HS256"}));
        Signer::Secret(secret.to_vec()).sign(&header.to_string(), &claims.to_string())
    };
    let none = |alg: &str| {
        let header = with(&header, json!({"alg": alg}));
        Signer::Nothing.sign(&header.to_string(), &claims.to_string())
    };
    let (signed, _) = real.rsplit_once('.').unwrap_or_default();
    let twice_alg = |first: &str, second: &str| {
        format!(r#"{{"typ":"at+jwt","kid":"{kid}","alg":"{first}","alg":"{second}"}}"#)
    };
    let other_claims = with(&claims, json!({"sub": "grc_somebody"}));
    let parts: Vec<&str> = real.split('.').collect();
    let swapped = format!(
        "{}.{}.{}",
        parts[0],
        encoded(other_claims.to_string()),
        parts[2]
    );

    let table = [
        ("alg none", none("none")),
        ("alg None", none("None")),
        (
            "alg none with the signature of another token",
            format!("{}{}", none("none"), parts[2]),
        ),
        (
            "no alg",
            signer.sign(
                &with(&header, json!({"alg": null})).to_string(),
                &claims.to_string(),
            ),
        ),
        (
            "HS256 with the public key as text",
            hs256(public.as_bytes()),
        ),
        (
            "HS256 with the public key as JWK",
            hs256(signer.jwk(kid).to_string().as_bytes()),
        ),
        ("HS256 with an empty secret", hs256(b"")),
        (
            "another algorithm in the header",
            headed(json!({"alg": "ES256"})),
        ),
        (
            "ES256 by another key",
            Signer::p256().sign(
                &with(&header, json!({"alg": "ES256"})).to_string(),
                &claims.to_string(),
            ),
        ),
        ("an empty signature", format!("{signed}.")),
        ("no signature", signed.to_owned()),
        ("a fourth part", format!("{real}.x")),
        ("a signature of another message", swapped),
        ("a bit of the signature flipped", flipped(&real)),
        ("another key", stolen(json!({}))),
        ("another key in jwk", stolen(json!({"jwk": thief.jwk(kid)}))),
        (
            "another key in jwk, and its kid",
            stolen(json!({"jwk": thief.jwk("mine"), "kid": "mine"})),
        ),
        ("another key behind jku", stolen(json!({"jku": trap.url()}))),
        (
            "another key behind x5u",
            stolen(json!({"x5u": trap.url(), "x5c": ["MIIB"]})),
        ),
        ("another issuer, which has its keys at jku", {
            let claims = with(&claims, json!({"iss": trap.url()}));
            thief.sign(
                &with(&header, json!({"jku": trap.url()})).to_string(),
                &claims.to_string(),
            )
        }),
        ("an unknown kid", headed(json!({"kid": "unknown"}))),
        (
            "a kid that leads elsewhere",
            headed(json!({"kid": "../../../../dev/null"})),
        ),
        (
            "a kid that is SQL",
            headed(json!({"kid": format!("{kid}' OR '1'='1")})),
        ),
        ("no kid", headed(json!({"kid": null}))),
        ("a kid that is no text", headed(json!({"kid": 7}))),
        (
            "alg twice, the good one last",
            signer.sign(&twice_alg("none", "EdDSA"), &claims.to_string()),
        ),
        (
            "alg twice, the good one first",
            signer.sign(&twice_alg("EdDSA", "none"), &claims.to_string()),
        ),
        ("typ JWT", headed(json!({"typ": "JWT"}))),
        ("typ of an ID token", headed(json!({"typ": "ID"}))),
        (
            "typ of a logout token",
            headed(json!({"typ": "logout+jwt"})),
        ),
        ("no typ", headed(json!({"typ": null}))),
        (
            "a critical header",
            headed(json!({"crit": ["b64"], "b64": true})),
        ),
        (
            "an unknown critical header",
            headed(json!({"crit": ["exp"], "exp": 0})),
        ),
        (
            "another issuer",
            changed(json!({"iss": "https://evil.example"})),
        ),
        (
            "an issuer that begins alike",
            changed(json!({"iss": format!("{}.evil.example", server.url())})),
        ),
        (
            "two issuers",
            changed(json!({"iss": [server.url(), "https://evil.example"]})),
        ),
        ("no issuer", changed(json!({"iss": null}))),
        (
            "another audience",
            changed(json!({"aud": "https://other.example"})),
        ),
        (
            "other audiences",
            changed(json!({"aud": ["https://other.example", "x"]})),
        ),
        ("an empty list of audiences", changed(json!({"aud": []}))),
        ("no audience", changed(json!({"aud": null}))),
        ("no subject", changed(json!({"sub": null}))),
        (
            "expired",
            changed(json!({"exp": now - 120, "nbf": now - 600, "iat": now - 600})),
        ),
        ("no end", changed(json!({"exp": null}))),
        (
            "an end that is text",
            changed(json!({"exp": format!("{}", now + 600)})),
        ),
        (
            "an end far away",
            changed(json!({"exp": now + 10 * 365 * 86_400})),
        ),
        (
            "good for longer than an hour",
            changed(json!({"exp": now + 7_300})),
        ),
        ("an end that is no time", changed(json!({"exp": 1e300}))),
        (
            "not good yet",
            changed(json!({"nbf": now + 600, "exp": now + 900})),
        ),
        ("no beginning", changed(json!({"nbf": null}))),
        (
            "a beginning that is text",
            changed(json!({"nbf": format!("{now}")})),
        ),
        (
            "claims twice",
            signer.sign(
                &header.to_string(),
                &format!(r#"{{"sub":"x",{}"#, &claims.to_string()[1..]),
            ),
        ),
        (
            "claims that are a list",
            signer.sign(&header.to_string(), "[]"),
        ),
        (
            "claims that are nothing",
            signer.sign(&header.to_string(), ""),
        ),
        (
            "a client that there is not",
            changed(json!({"sub": "grc_nobody", "client_id": "grc_nobody"})),
        ),
        (
            "encrypted, it says",
            "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0....".to_owned(),
        ),
        ("too long", headed(json!({"x": "x".repeat(20_000)}))),
        ("two dots", "..".to_owned()),
    ];
    let expected = status(&server, BOSTON, "no-key");
    assert_eq!(expected.0, 401);
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(what, token)| {
            let got = status(&server, BOSTON, token);
            (got != expected).then(|| format!("{what}: {got:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(trap.hits(), 0, "somebody asked for a key");
    // Another jurisdiction knows who it is, and lets him do nothing.
    assert_eq!(status(&server, ZURICH, &real).0, 403);
    assert_eq!(status(&server, BOSTON, &real).0, 200);
    let log = server.log();
    assert!(log.contains("a token was refused"), "refusals are logged");
    assert!(!log.contains(signed), "a token is in the log");
}

/// The token with one bit of its signature changed.
fn flipped(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap_or_default();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{signed}.{first}{}", &signature[1..])
}

/// Half a minute, as ARCHITECTURE.md says: the clocks of two machines.
#[test]
fn clocks_may_differ_by_half_a_minute() {
    let home = Home::new();
    let server = home.serve_demo();
    let client = Client::create(&home, BOSTON, "auditor");
    let (header, claims) = decoded(&client.token(&server));
    let signer = Signer::of_server(&home);
    let sent = |change: Value| {
        let claims = with(&claims, change);
        let token = signer.sign(&header.to_string(), &claims.to_string());
        status(&server, BOSTON, &token).0
    };
    let now = time::now();
    assert_eq!(sent(json!({"nbf": now - 600, "exp": now - 5})), 200);
    assert_eq!(sent(json!({"nbf": now - 600, "exp": now - 61})), 401);
    assert_eq!(sent(json!({"nbf": now + 20, "exp": now + 600})), 200);
    assert_eq!(sent(json!({"nbf": now + 90, "exp": now + 600})), 401);
}
