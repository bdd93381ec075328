//! The words that the standard allows in a field, as schemas: they are those of the domain.

use crate::extensions::events::event_type;
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, Type},
    },
};

/// `words!(Name, words, "what they say")`: a schema that allows these words only.
macro_rules! words {
    ($name:ident, $words:expr, $description:literal) => {
        #[doc = $description]
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some($words))
                    .description(Some($description))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

words!(
    Status,
    domain::Status::ALL.map(domain::Status::as_str),
    "open: it has been reported; closed: it has been resolved."
);
words!(
    ServiceType,
    domain::ServiceType::ALL.map(domain::ServiceType::as_str),
    "realtime: an id at once; batch: a token; blackbox: neither."
);
words!(
    Datatype,
    domain::Datatype::ALL.map(domain::Datatype::as_str),
    "What an answer looks like."
);
words!(
    Sort,
    domain::Sort::ALL.map(|(word, _)| word),
    "A minus stands for descending."
);
words!(
    DetailedStatus,
    domain::DetailedStatus::ALL.map(domain::DetailedStatus::as_str),
    "The status in the words of the Service Request Updates extension."
);
words!(
    EventType,
    domain::UpdateKind::ALL.map(event_type),
    "What sort of thing happened."
);
words!(
    ClosingReason,
    domain::ClosingReason::ALL.map(domain::ClosingReason::as_str),
    "Why a service request was closed; not_told: whoever closed it did not say."
);
words!(
    ForwardState,
    domain::ForwardState::ALL.map(domain::ForwardState::as_str),
    "pending: to be posted; posted: a POST has left and nobody knows what became of it; token: the remote gave a token; confirmed: the remote has it; uncertain: only people can find out; dead: given up."
);
words!(
    EventKind,
    domain::UpdateKind::ALL.map(domain::UpdateKind::as_str),
    "What sort of thing happened."
);
words!(
    WebhookState,
    ["active", "disabled"],
    "active: events are sent; disabled: they are not, and wait."
);
words!(
    DisabledReason,
    domain::DisabledReason::ALL.map(domain::DisabledReason::as_str),
    "by_hand: somebody did it; gone: the receiver answered 410; failing: nothing could be delivered for 120 hours."
);
words!(
    DeliveryState,
    storage::DeliveryState::ALL.map(storage::DeliveryState::as_str),
    "pending: it is attempted, or waits for its turn; delivered: the receiver answered 2xx; dead: it is tried no more by itself."
);
words!(
    AttemptError,
    [
        "refused",
        "unreachable",
        "tls",
        "timeout",
        "too_large",
        "broken"
    ],
    "refused: the address is not allowed; unreachable: nobody is there; tls: no TLS connection; timeout: no answer in time; too_large: the answer is too long; broken: the connection ended early, or what came was not HTTP."
);
words!(
    Priority,
    domain::Priority::ALL.map(domain::Priority::as_str),
    "How urgent staff find it."
);
words!(
    RedactedPart,
    domain::RedactedPart::ALL.map(domain::RedactedPart::as_str),
    "A part of a service request that can be taken out: address is where in words, in the register and by postal code; media are the pictures and pages of its updates too; status_notes are why the status is what it is, in its updates and duplicates too; notes is what an imported source told."
);
words!(
    LevelUnit,
    domain::LevelUnit::ALL.map(domain::LevelUnit::as_str),
    "hours of the clock; working_hours in which the jurisdiction works; working_days on which it does."
);
