//! One run against one endpoint: asks, reads, and keeps what was found.

use crate::{
    Event,
    client::{Answer, Asked, Client, Exchange, query},
    document::Document,
    format::Format,
    options::Options,
    reading::{Complaint, read, read_errors},
    record::Record,
    report::{Finding, Outcome, place},
    requirements::{Rule, rule, rules},
    survey::Survey,
};
use std::collections::BTreeMap;

/// How much of a body a finding shows, in characters.
const EXCERPT: usize = 600;

/// Arguments of a request, in order.
pub type Arguments<'a> = &'a [(&'a str, &'a str)];

/// An answer that was asked for as a document.
pub struct Page {
    /// The request and its answer.
    pub exchange: Exchange,
    /// The entries; nothing when the status was no success or the document could not be made out.
    pub records: Option<Vec<Record>>,
}

impl Page {
    /// The HTTP status, 0 when there was no answer.
    pub fn status(&self) -> u16 {
        self.exchange.status().unwrap_or_default()
    }

    /// Whether there is something to judge: a sound failure, or a success that could be made out.
    /// What is wrong with the others has been said.
    pub fn is_readable(&self) -> bool {
        self.exchange.is_sound() && (self.records.is_some() || self.status() != 200)
    }
}

/// One run.
pub struct Session<'a> {
    /// What is to be checked.
    pub options: &'a Options,
    /// What the endpoint was found to have.
    pub survey: Survey,
    /// How many requests were sent.
    pub requests: usize,
    /// Whether a POST was accepted.
    pub filed: bool,
    client: Client,
    base: String,
    findings: Vec<Finding>,
    outcomes: BTreeMap<&'static str, Outcome>,
    on_event: &'a mut dyn FnMut(Event<'_>),
}

impl<'a> Session<'a> {
    /// A run that has asked nothing yet.
    pub fn new(options: &'a Options, on_event: &'a mut dyn FnMut(Event<'_>)) -> Self {
        Self {
            options,
            survey: Survey::default(),
            requests: 0,
            filed: false,
            client: Client::new(options.timeout, options.pace),
            base: base(&options.url).to_owned(),
            findings: Vec::new(),
            outcomes: BTreeMap::new(),
            on_event,
        }
    }

    /// The base address, without a slash at its end.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Tells who watches.
    pub fn tell(&mut self, event: Event<'_>) {
        (self.on_event)(event);
    }

    /// The address of a method, with the jurisdiction and arguments.
    pub fn url(&self, path: &str, format: Format, arguments: Arguments<'_>) -> String {
        let mut pairs = Vec::new();
        if let Some(jurisdiction) = &self.options.jurisdiction
            && !arguments.iter().any(|(name, _)| *name == "jurisdiction_id")
        {
            pairs.push(("jurisdiction_id", jurisdiction.as_str()));
        }
        pairs.extend(arguments);
        let mark = if pairs.is_empty() { "" } else { "?" };
        format!(
            "{}/{path}.{}{mark}{}",
            self.base,
            format.suffix(),
            query(&pairs)
        )
    }

    /// Asks without looking at what comes.
    pub fn send(&mut self, asked: Asked) -> Exchange {
        self.send_as(asked, false)
    }

    /// Asks without looking at what comes; `compressed` says whether the answer may be.
    pub fn send_as(&mut self, asked: Asked, compressed: bool) -> Exchange {
        self.tell(Event::Asking(&asked.url));
        self.requests += 1;
        self.client.send(asked, compressed)
    }

    /// Asks for a document by the path of its method, and looks at all that can be said of any
    /// answer.
    pub fn get(
        &mut self,
        document: Document,
        path: &str,
        format: Format,
        arguments: Arguments<'_>,
    ) -> Page {
        let url = self.url(path, format, arguments);
        self.get_at(document, url, format)
    }

    /// Asks for what must be refused: only a failure is read, whatever else comes is of no document.
    pub fn get_in_vain(&mut self, path: &str, format: Format, arguments: Arguments<'_>) -> Page {
        let exchange = self.send(Asked::get(self.url(path, format, arguments)));
        match exchange.status() {
            Some(200..300) => Page {
                exchange,
                records: None,
            },
            _ => self.page(Document::Errors, format, exchange),
        }
    }

    /// As [`Self::get`], by address.
    pub fn get_at(&mut self, document: Document, url: String, format: Format) -> Page {
        let mut exchange = self.send(Asked::get(url));
        let locked = matches!(exchange.status(), Some(401 | 403));
        self.hold("no-key-needed", !locked, &exchange, || {
            "a method that reads wants an API key".to_owned()
        });
        if locked && let Some(key) = &self.options.api_key {
            let url = &exchange.asked.url;
            let mark = if url.contains('?') { '&' } else { '?' };
            let url = format!("{url}{mark}{}", query(&[("api_key", key)]));
            exchange = self.send(Asked::get(url));
        }
        self.page(document, format, exchange)
    }

    /// Sends a form.
    pub fn post(&mut self, path: &str, format: Format, form: String) -> Page {
        let asked = Asked {
            method: "POST",
            url: format!("{}/{path}.{}", self.base, format.suffix()),
            form: Some(form),
        };
        let exchange = self.send(asked);
        self.filed |= matches!(exchange.status(), Some(200..300));
        self.page(Document::Posted, format, exchange)
    }

    fn page(&mut self, document: Document, format: Format, exchange: Exchange) -> Page {
        self.hold(
            "no-server-error",
            exchange.is_sound(),
            &exchange,
            || match &exchange.outcome {
                Ok(answer) => format!("the answer is a failure of the server: {}", answer.status),
                Err(fault) => format!("there is no whole answer: {fault}"),
            },
        );
        let records = match &exchange.outcome {
            Ok(answer) if (200..300).contains(&answer.status) => {
                let reading = read(document, format, answer);
                self.weigh(reading.rules, reading.complaints, &exchange);
                reading.records
            }
            Ok(answer)
                if (400..500).contains(&answer.status) && ![401, 429].contains(&answer.status) =>
            {
                let reading = read_errors(format, answer);
                self.weigh(reading.rules, reading.complaints, &exchange);
                None
            }
            _ => None,
        };
        Page { exchange, records }
    }

    fn weigh(
        &mut self,
        looked_at: Vec<&'static str>,
        complaints: Vec<Complaint>,
        exchange: &Exchange,
    ) {
        for rule in looked_at {
            self.keep(rule);
        }
        for complaint in complaints {
            self.find(complaint, exchange);
        }
    }

    /// Says that the rule was looked at, and what is wrong if it is not kept.
    pub fn hold(
        &mut self,
        rule: &'static str,
        kept: bool,
        exchange: &Exchange,
        problem: impl FnOnce() -> String,
    ) {
        self.hold_for(rule, "", kept, exchange, problem);
    }

    /// As [`Self::hold`], for a rule that can be broken for several reasons.
    pub fn hold_for(
        &mut self,
        rule: &'static str,
        subject: &str,
        kept: bool,
        exchange: &Exchange,
        problem: impl FnOnce() -> String,
    ) {
        if kept {
            self.keep(rule);
        } else {
            let subject = subject.to_owned();
            self.find(
                Complaint {
                    rule,
                    subject,
                    problem: problem(),
                },
                exchange,
            );
        }
    }

    /// Says why a rule was not looked at; what is known of it already stays.
    pub fn leave(&mut self, rule: &'static str, reason: &str) {
        self.outcomes
            .entry(rule)
            .or_insert_with(|| Outcome::NotChecked(reason.to_owned()));
    }

    /// Whether there is a finding for the rule.
    pub fn is_broken(&self, rule: &str) -> bool {
        self.outcomes.get(rule) == Some(&Outcome::Broken)
    }

    fn keep(&mut self, rule: &'static str) {
        match self.outcomes.get_mut(rule) {
            Some(Outcome::Kept | Outcome::Broken) => {}
            Some(outcome) => *outcome = Outcome::Kept,
            None => {
                self.outcomes.insert(rule, Outcome::Kept);
            }
        }
    }

    /// Keeps a finding: a new one, or one more sight of a known one.
    fn find(&mut self, complaint: Complaint, exchange: &Exchange) {
        let Some(rule) = rule(complaint.rule) else {
            return;
        };
        self.outcomes.insert(rule.id, Outcome::Broken);
        let format = format_of(&exchange.asked.url);
        let known = |finding: &&mut Finding| {
            finding.rule == rule.id && finding.subject == complaint.subject
        };
        if let Some(finding) = self.findings.iter_mut().find(known) {
            finding.seen += 1;
            if !finding.formats.contains(&format) {
                finding.formats.push(format);
            }
            return;
        }
        let finding = Finding {
            rule: rule.id,
            grade: rule.grade,
            subject: complaint.subject,
            problem: shown(&complaint.problem),
            formats: vec![format],
            asked: self.asked(&exchange.asked),
            came: shown(&came(exchange)),
            seen: 1,
        };
        if self.is_wanted(rule) {
            (self.on_event)(Event::Found(&finding));
        }
        self.findings.push(finding);
    }

    /// What was asked, without the API key.
    fn asked(&self, asked: &Asked) -> String {
        let mut shown = format!("{} {}", asked.method, without_password(&asked.url));
        if let Some(form) = &asked.form {
            shown.push('\n');
            shown.push_str(form);
        }
        match &self.options.api_key {
            Some(key) if !key.is_empty() => shown.replace(
                &format!("api_key={}", crate::client::encoded(key)),
                "api_key=…",
            ),
            _ => shown,
        }
    }

    /// Whether the operator asked for this rule.
    pub fn is_wanted(&self, rule: &Rule) -> bool {
        self.options
            .only
            .as_ref()
            .is_none_or(|only| only == rule.id || only == rule.check)
    }

    /// What was found, and what is known of each rule.
    pub fn close(self) -> (Vec<Finding>, Vec<(&'static Rule, Outcome)>) {
        let mut verdicts: Vec<(&Rule, Outcome)> = Vec::new();
        for rule in rules().iter().filter(|rule| self.is_wanted(rule)) {
            let why = match self.is_broken("no-server-error") {
                true => "the endpoint failed, or gave no occasion",
                false => "the endpoint gave no occasion",
            };
            let nothing = || Outcome::NotChecked(why.to_owned());
            let outcome = self.outcomes.get(rule.id).cloned().unwrap_or_else(nothing);
            verdicts.push((rule, outcome));
        }
        let mut findings = self.findings;
        findings.retain(|finding| verdicts.iter().any(|(rule, _)| rule.id == finding.rule));
        findings.sort_by_key(|finding| (finding.grade, place(finding.rule)));
        (findings, verdicts)
    }
}

/// The base of the methods, of an address that people copy from a browser.
fn base(url: &str) -> &str {
    let url = url.trim_end_matches('/');
    let documents = ["services", "requests", "discovery"];
    let named = documents.iter().find_map(|name| {
        let path = url.strip_suffix(".xml").or(url.strip_suffix(".json"))?;
        path.strip_suffix(name)?.strip_suffix('/')
    });
    named.unwrap_or(url)
}

/// An address as it may be shown: `user:password@` is left out.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest
        .get(..authority)
        .and_then(|authority| authority.rfind('@'))
    {
        Some(at) => format!("{scheme}://…{}", rest.get(at..).unwrap_or_default()),
        None => url.to_owned(),
    }
}

/// A stranger's text as it may be shown: no character of it drives a terminal or turns the text
/// around.
fn shown(text: &str) -> String {
    let is_harmless = |each: char| {
        let turns = matches!(each, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
        matches!(each, '\n' | '\t') || !(each.is_control() || turns)
    };
    let mut shown = String::with_capacity(text.len());
    for each in text.chars() {
        match each {
            '\r' => {}
            each if is_harmless(each) => shown.push(each),
            each => shown.extend(each.escape_unicode()),
        }
    }
    shown
}

/// The format that an address asks for.
fn format_of(url: &str) -> Format {
    match url
        .split('?')
        .next()
        .is_some_and(|path| path.ends_with(".json"))
    {
        true => Format::Json,
        false => Format::Xml,
    }
}

/// The status and the beginning of the body.
fn came(exchange: &Exchange) -> String {
    match &exchange.outcome {
        Err(fault) => fault.clone(),
        Ok(Answer {
            status,
            content_type,
            body,
            ..
        }) => {
            let text = String::from_utf8_lossy(body);
            let excerpt: String = text.chars().take(EXCERPT).collect();
            let more = if excerpt.len() < text.len() {
                " …"
            } else {
                ""
            };
            format!("{status} {content_type}\n{excerpt}{more}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_was_copied_from_a_browser_leads_to_its_base() {
        for url in [
            "https://city.example/open311/v2",
            "https://city.example/open311/v2/",
            "https://city.example/open311/v2/services.xml",
            "https://city.example/open311/v2/discovery.json",
        ] {
            assert_eq!(base(url), "https://city.example/open311/v2", "{url}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        let url = "https://user:p@ss@city.example/v2/requests/a@b.xml";
        let shown = "https://…@city.example/v2/requests/a@b.xml";
        assert_eq!(without_password(url), shown);
        assert_eq!(
            without_password("http://city.example/a@b"),
            "http://city.example/a@b"
        );
    }

    #[test]
    fn nothing_that_a_stranger_answers_drives_a_terminal() {
        let told = shown("a\u{1b}]0;b\u{7} \u{202e}c\r\nd\u{9b}\tä");
        assert_eq!(told, "a\\u{1b}]0;b\\u{7} \\u{202e}c\nd\\u{9b}\tä");
    }
}
