//! The municipality's wijken, as a stream: last year's report must not change when a list does.

use std::collections::BTreeMap;

use crate::event::{Event, WijkListed};
use crate::text::{LINE_CHARS_MAX, clear_line};
use crate::{By, Decision, Function, Placement, Refusal, WijkCode, WijkSource};

/// One wijk on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wijk {
    /// Its name.
    pub name: String,
    /// The year of the CBS edition.
    pub edition: i16,
}

/// Every wijk on the list, by code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Areas {
    wijken: BTreeMap<WijkCode, Wijk>,
}

impl Areas {
    /// The kind and id of its stream.
    pub const STREAM: (&'static str, &'static str) = ("area", "wijken");

    /// Puts wijken on the list. What is there already, unchanged, writes nothing.
    pub fn list(&self, by: &By, wijken: Vec<WijkListed>) -> Result<Decision, Refusal> {
        if !by.holds(Function::keeps_the_registers) {
            return Err(Refusal::MayNot {
                needed: "college, burgemeester of mandaatbeheer",
            });
        }
        let mut fresh: BTreeMap<WijkCode, WijkListed> = BTreeMap::new();
        for listed in wijken {
            clear_line("naam", &listed.name, LINE_CHARS_MAX)?;
            if !(1990..=2200).contains(&listed.edition) {
                return Err(Refusal::ImpossibleEdition {
                    edition: listed.edition,
                });
            }
            let known = self.wijken.get(&listed.wijk);
            if known
                .is_none_or(|known| known.name != listed.name || known.edition != listed.edition)
            {
                fresh.insert(listed.wijk.clone(), listed);
            }
        }
        Ok(Decision::events(fresh.into_values().map(Event::from)))
    }

    /// Folds one recorded fact. Facts of other streams change nothing.
    #[must_use]
    pub fn evolve(mut self, event: &Event) -> Self {
        if let Event::WijkListed(listed) = event {
            self.wijken.insert(
                listed.wijk.clone(),
                Wijk {
                    name: listed.name.clone(),
                    edition: listed.edition,
                },
            );
        }
        self
    }

    /// Where a request lies when somebody says so; refused when the code is not on the list.
    pub fn place(&self, wijk: Option<WijkCode>) -> Result<Placement, Refusal> {
        let Some(wijk) = wijk else {
            return Ok(Placement::unknown());
        };
        let Some(known) = self.wijken.get(&wijk) else {
            return Err(Refusal::UnknownWijk { wijk });
        };
        Ok(Placement {
            edition: Some(known.edition),
            wijk: Some(wijk),
            source: WijkSource::Stated,
        })
    }

    /// One wijk of the list.
    pub fn get(&self, wijk: &WijkCode) -> Option<&Wijk> {
        self.wijken.get(wijk)
    }

    /// Every wijk, by code.
    pub fn iter(&self) -> impl Iterator<Item = (&WijkCode, &Wijk)> {
        self.wijken.iter()
    }

    /// Whether nothing was listed yet.
    pub fn is_empty(&self) -> bool {
        self.wijken.is_empty()
    }
}
