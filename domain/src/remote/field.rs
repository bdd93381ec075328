//! What may be told of a service request to another endpoint.

use crate::Violation;

/// A part of a service request that leaves only if the operator lets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// What the reporter wrote.
    Description,
    /// lat and long.
    Position,
    /// address_string.
    Address,
    /// address_id: of use where both endpoints know the same register.
    AddressId,
    /// Links to pictures and pages.
    Media,
    /// Answers to the service definition.
    Attributes,
    /// Of the reporter.
    Email,
    /// Of the reporter.
    Phone,
    /// Of the reporter.
    FirstName,
    /// Of the reporter.
    LastName,
}

impl Field {
    /// What leaves when nobody says anything: what the public may read here.
    pub const PUBLIC: [Self; 5] = [
        Self::Description,
        Self::Position,
        Self::Address,
        Self::Media,
        Self::Attributes,
    ];

    /// Who reported. There is no field for device_id and account_id: they mean nothing elsewhere.
    pub const PERSONAL: [Self; 4] = [Self::Email, Self::Phone, Self::FirstName, Self::LastName];

    const ALL: [Self; 10] = [
        Self::Description,
        Self::Position,
        Self::Address,
        Self::AddressId,
        Self::Media,
        Self::Attributes,
        Self::Email,
        Self::Phone,
        Self::FirstName,
        Self::LastName,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Description => "description",
            Self::Position => "position",
            Self::Address => "address",
            Self::AddressId => "address_id",
            Self::Media => "media",
            Self::Attributes => "attributes",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
        }
    }

    /// The field of a word.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(word: &str) -> Result<Self, Violation> {
        let known = Self::ALL
            .into_iter()
            .find(|one| one.as_str() == word.trim());
        known.ok_or_else(|| {
            let all = Self::ALL.map(Self::as_str).join(", ");
            Violation::new("fields", format!("may name {all} only"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_found_by_its_word() {
        for field in Field::ALL {
            assert_eq!(Field::parse(field.as_str()), Ok(field));
        }
        assert!(Field::parse("device_id").is_err());
    }
}
