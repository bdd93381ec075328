//! What staff note: for everybody, or for each other.

use super::{Acting, Changed};
use crate::{JurisdictionStorage, NewPhoto, StorageError, schema::service_request_update};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain::{NewUpdate, NoteDraft, ServiceRequestId, Violation};

/// A note.
#[derive(Debug, Clone)]
pub struct Noting<'a> {
    /// On which service request.
    pub service_request_id: &'a ServiceRequestId,
    /// What.
    pub note: &'a NoteDraft,
    /// Photos that are in the object store already, in the order sent.
    pub photos: &'a [NewPhoto],
    /// By which its author knows it, if he may send it again.
    pub source_update_id: Option<&'a str>,
    /// The jurisdiction's own time.
    pub time_zone: Tz,
    /// By whom.
    pub acting: Acting<'a>,
}

impl JurisdictionStorage {
    async fn find_note(
        &self,
        connection: &mut AsyncPgConnection,
        id: &ServiceRequestId,
        acting: &Acting<'_>,
        source_update_id: &str,
    ) -> QueryResult<Option<Earlier>> {
        use service_request_update::dsl;
        dsl::service_request_update
            .filter(dsl::jurisdiction_id.eq(self.id()))
            .filter(dsl::author.eq(acting.author))
            .filter(dsl::source_update_id.eq(source_update_id))
            .filter(dsl::service_request_id.eq(id.as_str()))
            .select(Earlier::as_select())
            .first(connection)
            .await
            .optional()
    }

    /// Notes something in the history of a service request.
    ///
    /// # Errors
    /// As every write.
    pub async fn note_on_service_request(
        &self,
        noting: &Noting<'_>,
    ) -> Result<Changed, StorageError> {
        let Noting {
            service_request_id: id,
            note,
            photos,
            source_update_id,
            time_zone,
            acting,
        } = noting;
        self.act(async |connection| {
            let family = self.lock(connection, &[id]).await?;
            let of = match family.acted_on(id, acting, None) {
                Ok(of) => of,
                Err(refused) => return Ok(Some(refused)),
            };
            if let Some(source) = source_update_id
                && let Some(earlier) = self.find_note(connection, id, acting, source).await?
            {
                return Ok(Some(if earlier.is(note) {
                    let version = earlier.version;
                    Changed::Unchanged { version }
                } else {
                    Changed::KeyReused
                }));
            }
            let template = match &note.response_template {
                None => None,
                Some(name) => match self.find_response_template(connection, name).await? {
                    Some(template) => Some(template),
                    None => return Ok(Some(unknown_template().into())),
                },
            };
            let template = template.as_ref();
            let told = note.to_update(of, template, acting.author, *time_zone, acting.now);
            let update = match told {
                Ok(update) => NewUpdate {
                    source_update_id: source_update_id.map(str::to_owned),
                    ..update
                },
                Err(violation) => return Ok(Some(violation.into())),
            };
            let noted = self
                .append_as(connection, id, &update, photos, acting)
                .await?;
            Ok(Some(noted))
        })
        .await
    }
}

/// What its author has noted under a key before.
#[derive(Queryable, Selectable)]
#[diesel(table_name = service_request_update, check_for_backend(diesel::pg::Pg))]
struct Earlier {
    version: i32,
    is_public: bool,
    description: Option<String>,
}

impl Earlier {
    /// Whether it is this one. The text that a template gave may have been changed since.
    fn is(&self, note: &NoteDraft) -> bool {
        let is_filled = note.response_template.is_some();
        self.is_public == note.is_public && (is_filled || self.description == note.description)
    }
}

/// No text has the name that was sent.
pub(super) fn unknown_template() -> Violation {
    let problem = "is not the name of a text of this jurisdiction";
    Violation::new("response_template", problem)
}
