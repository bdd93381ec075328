//! How urgent staff finds a service request, and what that means for when it should be done.

use crate::{ServiceLevel, Violation};

/// How urgent staff finds a service request. The public does not see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Priority {
    /// When there is time.
    Low,
    /// Like most.
    Normal,
    /// Before others.
    High,
    /// At once.
    Urgent,
}

impl Priority {
    /// Every priority.
    pub const ALL: [Self; 4] = [Self::Low, Self::Normal, Self::High, Self::Urgent];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }

    /// The priority of that word, in any case.
    ///
    /// # Errors
    /// When it is none of the four.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        Self::ALL
            .into_iter()
            .find(|one| one.as_str().eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| Violation::new("priority", "is not low, normal, high or urgent"))
    }
}

/// What is promised for one service: a level for most, and others for priorities that have their own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceLevels {
    levels: [Option<ServiceLevel>; Priority::ALL.len()],
}

impl ServiceLevels {
    /// The levels as told one by one; the last word on a priority counts.
    pub fn new(levels: impl IntoIterator<Item = (Priority, ServiceLevel)>) -> Self {
        let mut all = Self::default();
        for (priority, level) in levels {
            all.levels[priority as usize] = Some(level);
        }
        all
    }

    /// The level of a service request of that priority: its own, else the one of [`Priority::Normal`].
    pub fn of(&self, priority: Option<Priority>) -> Option<ServiceLevel> {
        let own = priority.and_then(|priority| self.levels[priority as usize]);
        own.or(self.levels[Priority::Normal as usize])
    }

    /// Every level that was told, with its priority.
    pub fn iter(&self) -> impl Iterator<Item = (Priority, ServiceLevel)> {
        let levels = Priority::ALL.into_iter().zip(self.levels);
        levels.filter_map(|(priority, level)| Some((priority, level?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LevelUnit;

    #[test]
    fn words_are_read_in_any_case() {
        for priority in Priority::ALL {
            let upper = priority.as_str().to_uppercase();
            assert_eq!(Priority::parse(&upper), Ok(priority));
        }
        assert!(Priority::parse("asap").is_err());
    }

    #[test]
    fn a_priority_has_its_own_level_or_the_normal_one() {
        let level = |amount| ServiceLevel::new(amount, LevelUnit::Hours).unwrap();
        let levels =
            ServiceLevels::new([(Priority::Normal, level(48)), (Priority::Urgent, level(4))]);
        assert_eq!(levels.of(None), Some(level(48)));
        assert_eq!(levels.of(Some(Priority::Low)), Some(level(48)));
        assert_eq!(levels.of(Some(Priority::Urgent)), Some(level(4)));
        let urgent = ServiceLevels::new([(Priority::Urgent, level(4))]);
        assert_eq!(urgent.of(None), None, "nothing is promised for the others");
        assert_eq!(levels.iter().count(), 2);
    }
}
