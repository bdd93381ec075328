//! Asking an endpoint, and posting to it.

use super::{
    answer::{Answer, source},
    error::{RemoteError, unreadable},
    form::{self, Pairs, encoded, segment},
    receipt::{self, RemoteReceipt},
    requests::{self, Listed, Sighting},
    updates::{self, RemoteUpdate},
};
use crate::{
    import::{ServicesItem, each_service},
    outbound::{
        HeaderMap, HeaderName, HeaderValue, LARGE_ANSWER_BYTES, Method, Outbound, OutboundError,
        OutboundRequest, header,
    },
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::{
    HOPS_HEADER, Hops, ImportedServiceRequest, KeyPlace, Remote, Report, ServiceCode,
    ServiceRequestId,
};
use std::time::Duration;

/// A receipt has a few lines.
const RECEIPT_BYTES: usize = 256 << 10;
/// A document that is read as a whole takes some twenty times its size in memory.
const DOCUMENT_BYTES: usize = 2 << 20;
/// How long a POST may take, from the name to the last byte of the answer.
const POST_DEADLINE: Duration = Duration::from_secs(30);
/// The same for a list, which may take a city's server a while.
const LIST_DEADLINE: Duration = Duration::from_secs(45);
/// Of <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// One endpoint, spoken to on behalf of a jurisdiction of ours.
#[derive(Debug, Clone, Copy)]
pub struct RemoteClient<'a> {
    /// Speaks HTTP.
    pub outbound: &'a Outbound,
    /// Whom to.
    pub remote: &'a Remote,
    /// Where times without a zone are meant.
    pub zone: Tz,
}

/// A report that is to be filed there.
#[derive(Debug, Clone, Copy)]
pub struct Filing<'a> {
    /// What it says.
    pub report: &'a Report,
    /// The same for every POST of the same forward.
    pub idempotency_key: &'a str,
    /// The way that it has come, this server included.
    pub hops: &'a Hops,
    /// What it is called here.
    pub origin: &'a str,
}

/// Which service requests are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked<'a> {
    /// Filed in this time, both ends included.
    Filed(DateTime<Utc>, DateTime<Utc>),
    /// Changed since then: for endpoints that know `updated_after`.
    ChangedSince(DateTime<Utc>),
    /// Exactly these.
    Ids(&'a [ServiceRequestId]),
}

impl RemoteClient<'_> {
    /// The services, each with its definition if the list holds that too, and how many entries could
    /// not be read.
    ///
    /// # Errors
    /// When there is no answer to work with.
    pub async fn services(&self) -> Result<(Vec<ServicesItem>, usize), RemoteError> {
        self.service_items("/services".to_owned()).await
    }

    /// The definition of a service.
    ///
    /// # Errors
    /// When there is no answer to work with.
    pub async fn definition(
        &self,
        service_code: &ServiceCode,
    ) -> Result<Option<ServicesItem>, RemoteError> {
        let path = format!("/services/{}", segment(service_code.as_str()));
        let (items, _refused) = self.service_items(path).await?;
        Ok(items.into_iter().next())
    }

    /// The service requests that are asked for, page by page, 1 first.
    ///
    /// # Errors
    /// When there is no answer to work with.
    pub async fn requests(
        &self,
        asked: Asked<'_>,
        page: u32,
        now: DateTime<Utc>,
    ) -> Result<Listed<ImportedServiceRequest>, RemoteError> {
        let (path, mut query) = self.asked(asked);
        query.push(("extensions".to_owned(), "true".to_owned()));
        if page > 1 {
            query.push(("page".to_owned(), page.to_string()));
        }
        let answer = self.list(&path, query).await?;
        let has_next = answer.has_next;
        let listed = requests::read(answer.success(&self.secrets())?, self.zone, now)?;
        Ok(Listed { has_next, ..listed })
    }

    /// What has become of these, as far as the endpoint tells.
    ///
    /// # Errors
    /// When there is no answer to work with.
    pub async fn sightings(
        &self,
        ids: &[ServiceRequestId],
    ) -> Result<Listed<Sighting>, RemoteError> {
        let (path, query) = self.asked(Asked::Ids(ids));
        let answer = self.list(&path, query).await?;
        let mut listed = requests::read_sightings(answer.success(&self.secrets())?, self.zone)?;
        // What nobody asked for is nobody's business.
        listed
            .entries
            .retain(|one| ids.contains(&one.service_request_id));
        Ok(listed)
    }

    /// Files a report.
    ///
    /// # Errors
    /// When there is no receipt; [`RemoteError::posting`] tells whether it may have been filed.
    pub async fn file(&self, filing: Filing<'_>) -> Result<RemoteReceipt, RemoteError> {
        let Remote {
            jurisdiction_id,
            dialect,
            ..
        } = self.remote;
        let mut query = Pairs::new();
        let mut pairs = Pairs::new();
        if let Some(id) = jurisdiction_id {
            let pair = ("jurisdiction_id".to_owned(), id.clone());
            if dialect.jurisdiction_in_query {
                query.push(pair.clone());
            }
            pairs.push(pair);
        }
        let mut headers = HeaderMap::new();
        match dialect.key {
            KeyPlace::Form => self.add_key(&mut pairs),
            KeyPlace::Query => self.add_key(&mut query),
            KeyPlace::Header => self.add_bearer(&mut headers)?,
        }
        pairs.extend(form::report(filing.report, dialect, filing.origin));
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8"),
        );
        headers.insert(
            HeaderName::from_static(IDEMPOTENCY_KEY),
            value(filing.idempotency_key)?,
        );
        let hops = HeaderName::try_from(HOPS_HEADER).map_err(not_sent)?;
        headers.insert(hops, value(&filing.hops.to_string())?);
        let answer = self
            .send(OutboundRequest {
                headers,
                body: Bytes::from(encoded(&pairs)),
                max_answer_bytes: RECEIPT_BYTES,
                deadline: POST_DEADLINE,
                ..OutboundRequest::new(Method::POST, self.address("/requests", &query))
            })
            .await?;
        let reporter = &filing.report.reporter;
        let personal = [
            &reporter.email,
            &reporter.phone,
            &reporter.first_name,
            &reporter.last_name,
        ];
        let mut secrets = self.secrets();
        secrets.extend(personal.into_iter().flatten().map(String::as_str));
        receipt::read(answer.success(&secrets)?)
    }

    /// What a token has become.
    ///
    /// # Errors
    /// When there is no answer to work with; 404 may mean "not yet".
    pub async fn token(&self, token: &str) -> Result<RemoteReceipt, RemoteError> {
        let path = format!("/tokens/{}", segment(token));
        let answer = self.get(&path, Pairs::new(), RECEIPT_BYTES).await?;
        receipt::read(answer.success(&self.secrets())?)
    }

    /// What happened from `start` to `end`.
    ///
    /// # Errors
    /// When there is no answer to work with.
    pub async fn updates(
        &self,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Result<Listed<RemoteUpdate>, RemoteError> {
        let query = self.range("start_date", start, "end_date", end);
        let answer = self.get("/servicerequestupdates", query, DOCUMENT_BYTES);
        updates::read(answer.await?.success(&self.secrets())?, self.zone)
    }

    async fn service_items(&self, path: String) -> Result<(Vec<ServicesItem>, usize), RemoteError> {
        let answer = self.get(&path, Pairs::new(), DOCUMENT_BYTES).await?;
        let read = each_service(source(answer.success(&self.secrets())?)?).map_err(unreadable)?;
        let all = read.len();
        let items: Vec<ServicesItem> = read.into_iter().flatten().collect();
        let refused = all - items.len();
        Ok((items, refused))
    }

    /// Path and query.
    fn asked(&self, asked: Asked<'_>) -> (String, Pairs) {
        let list = "/requests".to_owned();
        match asked {
            Asked::Filed(start, end) => (list, self.range("start_date", start, "end_date", end)),
            Asked::ChangedSince(start) => {
                (list, vec![("updated_after".to_owned(), self.date(start))])
            }
            Asked::Ids([one]) => (format!("{list}/{}", segment(one.as_str())), Pairs::new()),
            Asked::Ids(ids) => {
                let ids: Vec<&str> = ids.iter().map(ServiceRequestId::as_str).collect();
                let ids = ("service_request_id".to_owned(), ids.join(","));
                (list, vec![ids])
            }
        }
    }

    fn range(&self, from: &str, start: DateTime<Utc>, to: &str, end: DateTime<Utc>) -> Pairs {
        [(from, start), (to, end)]
            .map(|(name, at)| (name.to_owned(), self.date(at)))
            .into()
    }

    fn date(&self, at: DateTime<Utc>) -> String {
        form::date(at, self.remote.dialect.dates, self.zone)
    }

    async fn list(&self, path: &str, query: Pairs) -> Result<Answer, RemoteError> {
        self.get(path, query, LARGE_ANSWER_BYTES).await
    }

    async fn get(&self, path: &str, query: Pairs, most: usize) -> Result<Answer, RemoteError> {
        let Remote {
            jurisdiction_id,
            dialect,
            ..
        } = self.remote;
        let mut all = Pairs::new();
        all.extend(
            jurisdiction_id
                .iter()
                .map(|id| ("jurisdiction_id".to_owned(), id.clone())),
        );
        all.extend(query);
        let mut headers = HeaderMap::new();
        match dialect.key {
            _ if !dialect.keyed_reads => {}
            KeyPlace::Header => self.add_bearer(&mut headers)?,
            KeyPlace::Form | KeyPlace::Query => self.add_key(&mut all),
        }
        self.send(OutboundRequest {
            headers,
            max_answer_bytes: most,
            deadline: LIST_DEADLINE,
            ..OutboundRequest::new(Method::GET, self.address(path, &all))
        })
        .await
    }

    async fn send(&self, request: OutboundRequest) -> Result<Answer, RemoteError> {
        let answer = self
            .outbound
            .send(request)
            .await
            .map_err(RemoteError::from)?;
        let header = |name| answer.headers.get(name)?.to_str().ok();
        let is_next = |link: &str| link.contains("rel=\"next\"") || link.contains("rel=next");
        Ok(Answer {
            status: answer.status,
            retry_after: header(header::RETRY_AFTER).map(str::to_owned),
            has_next: header(header::LINK).is_some_and(is_next),
            body: answer.body.clone(),
        })
    }

    fn address(&self, path: &str, query: &[(String, String)]) -> String {
        let Remote {
            base_url, dialect, ..
        } = self.remote;
        let suffix = if dialect.json { "json" } else { "xml" };
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{base_url}{path}.{suffix}{mark}{}", encoded(query))
    }

    fn add_key(&self, pairs: &mut Pairs) {
        let key = self.remote.api_key.iter();
        pairs.extend(key.map(|key| ("api_key".to_owned(), key.reveal().to_owned())));
    }

    fn add_bearer(&self, headers: &mut HeaderMap) -> Result<(), RemoteError> {
        if let Some(key) = &self.remote.api_key {
            let mut bearer = value(&format!("Bearer {}", key.reveal()))?;
            bearer.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, bearer);
        }
        Ok(())
    }

    /// What nobody may read in a note about an answer.
    fn secrets(&self) -> Vec<&str> {
        let key = self.remote.api_key.iter();
        key.map(|key| key.reveal()).collect()
    }
}

fn value(text: &str) -> Result<HeaderValue, RemoteError> {
    HeaderValue::from_str(text).map_err(not_sent)
}

fn not_sent(problem: impl std::fmt::Display) -> RemoteError {
    RemoteError::NotSent(problem.to_string())
}

impl From<OutboundError> for RemoteError {
    fn from(error: OutboundError) -> Self {
        match error.may_have_arrived() {
            true if matches!(error, OutboundError::TooLarge { .. }) => Self::TooLarge,
            true => Self::NoAnswer(error.to_string()),
            false => Self::NotSent(error.to_string()),
        }
    }
}
