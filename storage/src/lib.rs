//! The only crate that knows SQL.
//!
//! [`Storage`] is the pools; [`JurisdictionStorage`] is the same, bound to one jurisdiction. All
//! queries about a jurisdiction's affairs exist on the latter only, so none can forget whose they are.

mod api_keys;
mod audit;
mod changes;
mod clients;
mod connection;
mod connection_limit;
mod database_roles;
mod durability;
mod error;
mod feed;
mod filing;
mod forward_rules;
mod forwards;
mod geometry;
mod import;
mod jurisdictions;
mod media;
pub mod migrate;
mod mirrors;
mod overdue;
mod pipeline;
pub mod private_cluster;
mod rate_limits;
mod redactions;
mod remotes;
mod response_templates;
mod revoked_subjects;
mod schema;
mod server_identity;
mod service_levels;
mod service_request_updates;
mod service_requests;
mod services;
mod signing_keys;
mod staff_changes;
mod submissions;
#[cfg(feature = "testing")]
pub mod testing;
mod tokens;
mod webhooks;

pub use api_keys::{ApiKeyRow, NewApiKey};
pub use audit::{AuditEntry, AuditEntryRow, By};
pub use changes::{Changes, Matter, Stamp};
pub use clients::{Client, ClientGrant, NewClient, NewGrant};
pub use connection::Storage;
pub use connection_limit::{MissingConnections, missing_connections};
pub use database_roles::DatabaseRoles;
pub use durability::check_durability;
pub use error::StorageError;
pub use feed::{FeedEntry, FeedPage};
pub use filing::Terms;
pub use forward_rules::{ForwardRule, RuleChange};
pub use forwards::{ClaimedForward, Forward, ForwardContent, Replayed, Routed, TurnEnd};
pub use import::{Import, ImportSummary, Repeated};
pub use jurisdictions::NewJurisdiction;
pub use media::StoredPhoto;
pub use mirrors::{ClaimedMirror, MirrorChange, MirrorState, Unseen};
pub use rate_limits::Taken;
pub use redactions::RemovedPhoto;
pub use remotes::{KeyChange, RemoteChange, Removal, UpdatesPoll};
pub use response_templates::{MAX_TEMPLATES, Saved};
pub use revoked_subjects::RevokedSubject;
pub use service_levels::MAX_HOLIDAYS;
pub use service_request_updates::{Append, Appended, View};
pub use service_requests::{
    Extensions, Key, KeyPage, Page, StaffPage, StaffView, StandardRow, Total,
};
pub use services::{ServicesImport, ServicesSummary};
pub use signing_keys::{NewSigningKey, SigningKeyRow};
pub use staff_changes::{Acting, Changed, Changing, Linking, MAX_DUPLICATES, Noting};
pub use submissions::{IdempotencyKey, KeyClaim, NewPhoto, NewServiceRequest, Outcome, Receipt};
pub use tokens::TokenState;
pub use webhooks::{
    Attempt, AttemptRow, Claim, Claimed, Delivery, DeliveryState, Dispatched, DueWebhook, Finished,
    MOST_WEBHOOKS, NewWebhook, Replay, ReplayOf, Webhook, WebhookChange,
};

use domain::JurisdictionId;

/// The storage of one jurisdiction.
#[derive(Clone)]
pub struct JurisdictionStorage {
    storage: Storage,
    jurisdiction_id: JurisdictionId,
}

impl JurisdictionStorage {
    /// The jurisdiction.
    pub fn jurisdiction_id(&self) -> &JurisdictionId {
        &self.jurisdiction_id
    }

    fn id(&self) -> &str {
        self.jurisdiction_id.as_str()
    }
}
