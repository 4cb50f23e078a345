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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{anna, college, wijk};

    fn listed(code: &str, name: &str, edition: i16) -> WijkListed {
        WijkListed {
            wijk: wijk(code),
            name: name.to_owned(),
            edition,
        }
    }

    fn areas(facts: Vec<WijkListed>) -> Areas {
        facts
            .into_iter()
            .fold(Areas::default(), |areas, fact| areas.evolve(&fact.into()))
    }

    #[test]
    fn a_list_that_is_loaded_again_writes_only_what_is_new() {
        let areas = areas(vec![
            listed("WK999901", "Noord", 2025),
            listed("WK999902", "Zuid", 2025),
            listed("WK999903", "West", 2025),
        ]);
        let again = vec![
            listed("WK999901", "Noord", 2025),
            listed("WK999902", "Zuid aan Zee", 2025),
            listed("WK999903", "West", 2026),
            listed("WK9999NA", "Oost", 2025),
        ];
        let decision = areas.list(&college(), again.clone()).unwrap();
        let fresh = again.into_iter().skip(1).map(Event::from);
        assert_eq!(decision, Decision::events(fresh));
    }

    #[test]
    fn a_list_with_one_impossible_line_is_refused_whole() {
        let list = |line| {
            let lines = vec![listed("WK999901", "Noord", 2025), line];
            Areas::default().list(&college(), lines).unwrap_err()
        };
        assert_eq!(
            list(listed("WK999902", " ", 2025)),
            Refusal::EmptyText { field: "naam" }
        );
        assert_eq!(
            list(listed("WK999902", "Zuid", 1889)),
            Refusal::ImpossibleEdition { edition: 1889 }
        );
    }

    #[test]
    fn only_who_keeps_the_registers_loads_the_list() {
        let refusal = Areas::default().list(&anna(), Vec::new()).unwrap_err();
        assert_eq!(refusal.code(), "may-not");
    }

    #[test]
    fn a_request_is_placed_by_the_edition_the_list_has_now() {
        let moved = areas(vec![
            listed("WK999901", "Noord", 2024),
            listed("WK999901", "Noord", 2025),
        ]);
        assert_eq!(
            moved.place(Some(wijk("WK999901"))),
            Ok(Placement {
                wijk: Some(wijk("WK999901")),
                edition: Some(2025),
                source: WijkSource::Stated,
            })
        );
        assert_eq!(moved.place(None), Ok(Placement::unknown()));
        assert_eq!(
            moved.place(Some(wijk("WK999902"))),
            Err(Refusal::UnknownWijk {
                wijk: wijk("WK999902")
            })
        );
    }
}
