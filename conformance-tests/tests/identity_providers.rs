//! The tokens of a city's own identity provider: whom they let in, how its keys rotate, and which are
//! refused.

use conformance_tests::city::soon;
use conformance_tests::demo::{BOSTON, ZURICH};
use conformance_tests::home::Home;
use conformance_tests::issuer::{Issuer, Trap, ok};
use conformance_tests::server::Server;
use conformance_tests::time;
use conformance_tests::token::Signer;
use serde_json::{Value, json};

/// An identity provider and a server that trusts it.
struct Trusting {
    issuer: Issuer,
    server: Server,
    home: Home,
}

fn keys(named: Vec<(&str, Signer)>) -> Vec<(String, Signer)> {
    let named = named.into_iter();
    named.map(|(kid, key)| (kid.to_owned(), key)).collect()
}

/// The file of the operator: auditors are so in Boston, staff in Zürich, and nobody anything else.
fn configuration(issuer: &Issuer, more: &str) -> String {
    let (iss, jwks_uri) = (issuer.url(), issuer.jwks_uri());
    format!(
        r#"
        [[provider]]
        issuer = "{iss}"
        jwks_uri = "{jwks_uri}"
        audience = "georeport"
        algorithms = ["RS256", "EdDSA"]
        roles_claim = "groups"
        {more}

        [[provider.role]]
        value = "311-audit"
        jurisdiction_id = "{BOSTON}"
        role = "auditor"

        [[provider.role]]
        value = "311-audit"
        jurisdiction_id = "{ZURICH}"
        role = "staff"
        "#
    )
}

impl Trusting {
    fn start(issuer: Issuer, more: &str) -> Self {
        let home = Home::new();
        let _demo = home.serve_demo().stop();
        let file = home.write("identity-providers.toml", configuration(&issuer, more));
        let allowed = issuer.authority();
        let options = ["--identity-providers", &file, "--outbound-allow", &allowed];
        let server = home.serve(&[&["--demo"], &options[..]].concat());
        Self {
            issuer,
            server,
            home,
        }
    }

    fn status(&self, jurisdiction: &str, token: &str) -> u16 {
        let path = format!("/api/v1/jurisdictions/{jurisdiction}/audit-entries");
        let call = self.server.call("GET", &path);
        let answer = call
            .header("authorization", &format!("Bearer {token}"))
            .send();
        answer.gives_nothing_away();
        answer.status
    }
}

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
fn people_are_in_each_jurisdiction_what_their_groups_are_there() {
    let issuer = Issuer::with_keys(keys(vec![
        ("rsa", Signer::rsa()),
        ("ed", Signer::ed25519()),
    ]));
    let city = Trusting::start(issuer, "");
    let token = city.issuer.token(&["somebody", "311-audit"]);
    assert_eq!(city.status(BOSTON, &token), 200);
    assert_eq!(city.status(ZURICH, &token), 403, "staff read no audit log");
    for groups in [&["somebody"][..], &[], &["311-AUDIT"]] {
        assert_eq!(
            city.status(BOSTON, &city.issuer.token(groups)),
            403,
            "{groups:?}"
        );
    }
    // The keys are asked for once, whatever comes.
    assert_eq!(city.issuer.hits(), 1);
}

#[test]
fn keys_are_found_again_after_the_provider_has_rotated_them() {
    let issuer = Issuer::with_keys(keys(vec![("1", Signer::rsa())]));
    let mut city = Trusting::start(issuer, "");
    let earlier = city.issuer.token(&["311-audit"]);
    assert_eq!(city.status(BOSTON, &earlier), 200);

    city.issuer.rotate(keys(vec![("2", Signer::ed25519())]));
    let later = city.issuer.token(&["311-audit"]);
    soon("the new key", || city.status(BOSTON, &later) == 200);
    assert_eq!(city.status(BOSTON, &earlier), 401, "its key was taken back");

    // Keys with the same name: what was signed with the old one is not good by the new one.
    city.issuer
        .rotate(keys(vec![("3", Signer::rsa()), ("2", Signer::ed25519())]));
    let newest = city.issuer.token(&["311-audit"]);
    soon("the newest key", || city.status(BOSTON, &newest) == 200);
    assert_eq!(city.status(BOSTON, &later), 401);
}

#[test]
fn tokens_with_made_up_keys_do_not_make_the_server_ask_each_time() {
    let issuer = Issuer::with_keys(keys(vec![("1", Signer::ed25519())]));
    let city = Trusting::start(issuer, "");
    let claims = city.issuer.claims(&["311-audit"]);
    let thief = Signer::ed25519();
    const TOKENS: usize = 100;
    for number in 0..TOKENS {
        let header = with(
            &city.issuer.header(),
            json!({"kid": format!("made up {number}")}),
        );
        let token = thief.sign(&header.to_string(), &claims.to_string());
        assert_eq!(city.status(BOSTON, &token), 401);
    }
    assert!(
        city.issuer.hits() < TOKENS / 2,
        "{} times",
        city.issuer.hits()
    );
}

#[test]
fn while_the_provider_is_away_its_known_keys_count_and_nothing_else_does() {
    let issuer = Issuer::with_keys(keys(vec![("1", Signer::ed25519())]));
    let trap = Trap::set();
    let far = trap.url();
    let broken = [
        "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n".to_owned(),
        format!("HTTP/1.1 302 Found\r\nLocation: {far}\r\nContent-Length: 0\r\n\r\n"),
        ok("<html>sign in</html>"),
        ok(r#"{"keys": "none"}"#),
        ok(&format!(
            r#"{{"keys": [], "x": "{}"}}"#,
            "x".repeat(1 << 20)
        )),
        "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{\"keys\"".to_owned(),
    ];
    issuer.answer_instead(&broken[0]);
    let mut city = Trusting::start(issuer, "");
    let token = city.issuer.token(&["311-audit"]);
    assert_eq!(
        city.status(BOSTON, &token),
        401,
        "no keys, nobody is let in"
    );
    city.issuer.tell_keys();
    soon("the keys", || city.status(BOSTON, &token) == 200);

    for answer in broken {
        city.issuer.answer_instead(&answer);
        let asked = city.issuer.hits();
        let stranger = Signer::ed25519().sign(
            &with(&city.issuer.header(), json!({"kid": "strange"})).to_string(),
            &city.issuer.claims(&["311-audit"]).to_string(),
        );
        soon("another question", || {
            assert_eq!(city.status(BOSTON, &stranger), 401);
            city.issuer.hits() > asked
        });
        assert_eq!(city.status(BOSTON, &token), 200, "{answer}");
    }
    assert_eq!(trap.hits(), 0, "a redirect was followed");
    city.issuer.rotate(keys(vec![("2", Signer::ed25519())]));
    let later = city.issuer.token(&["311-audit"]);
    soon("the new key", || city.status(BOSTON, &later) == 200);
}

#[test]
fn whom_the_operator_revokes_is_refused_whatever_token_he_has() {
    let issuer = Issuer::with_keys(keys(vec![("1", Signer::ed25519())]));
    let city = Trusting::start(issuer, "");
    let token = city.issuer.token(&["311-audit"]);
    assert_eq!(city.status(BOSTON, &token), 200);
    let iss = city.issuer.url();
    let person = ["--issuer", &iss, "--subject", "7f3b2a19"];
    let command = |verb| city.home.run_ok(&[&["staff", verb], &person[..]].concat());
    command("revoke");
    assert_eq!(city.status(BOSTON, &token), 401);
    assert_eq!(city.status(BOSTON, &city.issuer.token(&["311-audit"])), 401);
    let other = with(
        &city.issuer.claims(&["311-audit"]),
        json!({"sub": "another"}),
    );
    assert_eq!(
        city.status(BOSTON, &city.issuer.sign(&city.issuer.header(), &other)),
        200
    );
    assert!(city.home.run_ok(&["staff", "revoked"]).contains("7f3b2a19"));
    command("restore");
    assert_eq!(city.status(BOSTON, &token), 200);
}

#[test]
fn a_token_that_is_wrong_in_one_way_is_refused() {
    let rsa = Signer::rsa();
    let public = rsa.jwk("1");
    let issuer = Issuer::with_keys(keys(vec![("1", rsa), ("es", Signer::p256())]));
    let city = Trusting::start(issuer, "");
    let issuer = &city.issuer;
    let (header, claims, now) = (issuer.header(), issuer.claims(&["311-audit"]), time::now());
    let trap = Trap::set();
    let thief = Signer::rsa();
    let stolen =
        |change: Value| thief.sign(&with(&header, change).to_string(), &claims.to_string());
    let changed = |change: Value| issuer.sign(&header, &with(&claims, change));
    let headed = |change: Value| issuer.sign(&with(&header, change), &claims);
    let hs256 = |secret: &str| {
        let header = with(&header, json!({"alg": "HS256"}));
        Signer::Secret(secret.into()).sign(&header.to_string(), &claims.to_string())
    };
    let p256 = Signer::p256();
    let table = [
        (
            "alg none",
            Signer::Nothing.sign(
                &with(&header, json!({"alg": "none"})).to_string(),
                &claims.to_string(),
            ),
        ),
        (
            "HS256 with the modulus",
            hs256(public["n"].as_str().unwrap_or_default()),
        ),
        ("HS256 with the JWK", hs256(&public.to_string())),
        (
            "RS512, which the file does not name",
            headed(json!({"alg": "RS512"})),
        ),
        (
            "PS256, which the file does not name",
            headed(json!({"alg": "PS256"})),
        ),
        (
            "ES256, which the file does not name",
            p256.sign(
                &with(&header, json!({"alg": "ES256", "kid": "es"})).to_string(),
                &claims.to_string(),
            ),
        ),
        (
            "EdDSA with the name of an RSA key",
            Signer::ed25519().sign(
                &with(&header, json!({"alg": "EdDSA"})).to_string(),
                &claims.to_string(),
            ),
        ),
        ("another key", stolen(json!({}))),
        ("another key in jwk", stolen(json!({"jwk": thief.jwk("1")}))),
        (
            "another key behind jku",
            stolen(json!({"jku": trap.url(), "kid": "mine"})),
        ),
        (
            "another key behind x5u",
            stolen(json!({"x5u": trap.url(), "kid": "mine"})),
        ),
        ("no kid", headed(json!({"kid": null}))),
        (
            "a kid that is an address",
            headed(json!({"kid": trap.url()})),
        ),
        ("another issuer", changed(json!({"iss": trap.url()}))),
        (
            "this server as the issuer",
            changed(json!({"iss": city.server.url()})),
        ),
        (
            "an issuer with a slash more",
            changed(json!({"iss": format!("{}/", issuer.url())})),
        ),
        ("another audience", changed(json!({"aud": "another-app"}))),
        ("no audience", changed(json!({"aud": null}))),
        ("no beginning", changed(json!({"nbf": null}))),
        (
            "not good yet",
            changed(json!({"nbf": now + 600, "exp": now + 900})),
        ),
        (
            "expired",
            changed(json!({"nbf": now - 900, "exp": now - 300})),
        ),
        ("no end", changed(json!({"exp": null}))),
        ("good for a day", changed(json!({"exp": now + 86_400}))),
        ("no subject", changed(json!({"sub": null}))),
        (
            "a subject of many characters",
            changed(json!({"sub": "x".repeat(300)})),
        ),
        (
            "a subject with a line break",
            changed(json!({"sub": "a\nb"})),
        ),
        ("an ID token by its type", headed(json!({"typ": "JWT"}))),
        ("an ID token by its nonce", changed(json!({"nonce": "n"}))),
        ("an ID token by its word", changed(json!({"typ": "ID"}))),
    ];
    assert_eq!(city.status(BOSTON, &issuer.sign(&header, &claims)), 200);
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(what, token)| {
            let got = city.status(BOSTON, token);
            (got != 401).then(|| format!("{what}: {got}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(trap.hits(), 0, "somebody asked for a key");
}

#[test]
fn a_provider_that_knows_neither_rfc_9068_nor_nbf_may_be_taken_as_it_is() {
    let issuer = Issuer::with_keys(keys(vec![("1", Signer::rsa())]));
    let city = Trusting::start(issuer, "type = \"JWT\"\nwithout_not_before = true");
    let issuer = &city.issuer;
    let header = with(&issuer.header(), json!({"typ": "JWT"}));
    let claims = with(&issuer.claims(&["311-audit"]), json!({"nbf": null}));
    let status = |change: Value| city.status(BOSTON, &issuer.sign(&header, &with(&claims, change)));
    assert_eq!(status(json!({})), 200);
    assert_eq!(status(json!({"iat": null})), 401);
    assert_eq!(
        status(json!({"iat": time::now() + 600, "exp": time::now() + 900})),
        401
    );
    for mark in [
        json!({"nonce": "n"}),
        json!({"at_hash": "h"}),
        json!({"typ": "ID"}),
    ] {
        assert_eq!(status(mark.clone()), 401, "{mark}");
    }
}

#[test]
fn a_file_that_would_not_be_safe_is_refused_at_start() {
    let issuer = Issuer::with_keys(keys(vec![("1", Signer::ed25519())]));
    let good = configuration(&issuer, "");
    for (instead_of, this) in [
        ("\"RS256\"", "\"HS256\""),
        ("\"RS256\"", "\"none\""),
        ("\"auditor\"", "\"root\""),
        ("roles_claim", "role_claims"),
    ] {
        let home = Home::new();
        let file = home.write("providers.toml", good.replace(instead_of, this));
        let refused = home.try_serve(&["--identity-providers", &file]);
        let told = refused.err().unwrap_or_default();
        assert!(told.contains("--identity-providers"), "{this}: {told}");
    }
}
