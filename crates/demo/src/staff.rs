//! Who works for the municipality: which person fills which function in which wijk, and when.

use std::collections::{BTreeMap, BTreeSet};

use casework::{Actor, By, Domain, Function, StaffId, WijkCode};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::calendar::Calendar;
use crate::place::{VACANT, WIJKEN};
use crate::random::Random;

/// Someone of the municipality, for a token that lets a visitor act in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Employee {
    /// Who, as an opaque id.
    pub staff: StaffId,
    /// The functions held on the last day of the story.
    pub functions: BTreeSet<Function>,
    /// The wijken they are held in; empty for all.
    pub wijken: BTreeSet<WijkCode>,
}

/// The contact points of a wijk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Until the reorganisation.
    Wijkmanager,
    /// All along.
    OpenbareRuimte,
    /// Since the reorganisation, the wijkmanager's successor.
    Sociaal,
    /// Since the reorganisation, new.
    Veiligheid,
}

impl Role {
    /// Whose field it is.
    pub(crate) fn of(domain: Domain, after: bool) -> Self {
        match (domain, after) {
            (Domain::OpenbareRuimte, _) => Self::OpenbareRuimte,
            (Domain::Sociaal | Domain::Veiligheid, false) => Self::Wijkmanager,
            (Domain::Sociaal, true) => Self::Sociaal,
            (Domain::Veiligheid, true) => Self::Veiligheid,
        }
    }

    /// Its function.
    pub(crate) fn function(self) -> Function {
        function(match self {
            Self::Wijkmanager => "wijkmanager",
            Self::OpenbareRuimte => "wijkregisseur-openbare-ruimte",
            Self::Sociaal => "wijkregisseur-sociaal",
            Self::Veiligheid => "wijkregisseur-veiligheid",
        })
    }
}

/// A function by its name.
///
/// # Panics
/// Never: every name here is a constant slug.
pub(crate) fn function(name: &str) -> Function {
    Function::new(name).expect("a constant slug")
}

/// Somebody leaves, and somebody else comes: the function, the wijk, and months since the reorganisation.
const CHANGES: [(Role, usize, i32); 4] = [
    (Role::OpenbareRuimte, 8, -7),
    (Role::OpenbareRuimte, 2, 2),
    (Role::Sociaal, 5, 4),
    (Role::Sociaal, VACANT, 2),
];

/// A change of person in a function.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// The first day of the new one.
    pub(crate) from: Date,
    /// The function.
    pub(crate) role: Role,
    /// Where.
    pub(crate) wijk: usize,
    /// Who was it.
    pub(crate) old: StaffId,
}

/// The staff of the story.
#[derive(Debug, Clone)]
pub(crate) struct Staff {
    seed: u64,
    calendar: Calendar,
}

impl Staff {
    /// Their ids depend on the seed only.
    pub(crate) fn new(seed: u64, calendar: Calendar) -> Self {
        Self { seed, calendar }
    }

    /// Who fills a function in a wijk on a day.
    pub(crate) fn holder(&self, role: Role, wijk: usize, on: Date) -> StaffId {
        let generation = CHANGES
            .iter()
            .filter(|change| (change.0, change.1) == (role, wijk) && self.day(change.2) <= on)
            .count();
        match (role, wijk, generation) {
            // A vacancy: next door fills in.
            (Role::Sociaal, VACANT, 0) => self.id(4, VACANT + 1, 0),
            // Many old faces return.
            (Role::Sociaal, even, 0) if even % 2 == 0 => self.id(1, even, 0),
            (Role::Wijkmanager, ..) => self.id(1, wijk, 0),
            (Role::OpenbareRuimte, ..) => self.id(2, wijk, generation),
            (Role::Sociaal, ..) => self.id(4, wijk, generation),
            // One for two wijken.
            (Role::Veiligheid, ..) => self.id(5, wijk / 2, generation),
        }
    }

    /// The one who leads in a function, as the giver of a command.
    pub(crate) fn by(&self, role: Role, wijk: usize, on: Date) -> By {
        by(self.holder(role, wijk, on), [role.function()])
    }

    /// Those who divide the work of a wijk: since the reorganisation its own table, through one of the
    /// three; before, a coordinator at the city hall in what is now the table's function.
    pub(crate) fn table(&self, wijk: usize, on: Date) -> By {
        let table = function("gebiedstafel");
        if on >= self.calendar.reorganisation {
            let id = self.holder(Role::Sociaal, wijk, on);
            by(id, [table, Role::Sociaal.function()])
        } else {
            by(self.id(6, wijk % 2, 0), [table, function("intake")])
        }
    }

    /// One of the three at the intake.
    pub(crate) fn intake(&self, random: &mut Random) -> By {
        by(self.id(7, random.index(3), 0), [function("intake")])
    }

    /// The one who speaks for an organ or a directorate of the city hall.
    pub(crate) fn organ(&self, organ: &Function) -> By {
        let place = ORGANS.iter().position(|name| *name == organ.as_str());
        by(self.id(8, place.unwrap_or_default(), 0), [organ.clone()])
    }

    /// The one who keeps the registers.
    pub(crate) fn registrar(&self) -> By {
        by(self.id(9, 0, 0), [function("mandaatbeheer")])
    }

    /// The privacy officer.
    pub(crate) fn privacy(&self) -> By {
        by(self.id(9, 1, 0), [function("privacy")])
    }

    /// Who leaves when, within the story.
    pub(crate) fn changes(&self) -> Vec<Change> {
        CHANGES
            .iter()
            .map(|(role, wijk, months)| {
                let from = self.day(*months);
                let before = from.yesterday().unwrap_or(from);
                Change {
                    from,
                    role: *role,
                    wijk: *wijk,
                    old: self.holder(*role, *wijk, before),
                }
            })
            .collect()
    }

    /// Everyone on the last day, each once, with all functions held.
    pub(crate) fn everyone(&self) -> Vec<Employee> {
        let today = self.calendar.today;
        let mut known: BTreeMap<StaffId, Employee> = BTreeMap::new();
        let mut add = |by: By, wijk: Option<WijkCode>| {
            let Some(staff) = by.staff().cloned() else {
                return;
            };
            let employee = known.entry(staff.clone()).or_insert_with(|| Employee {
                staff,
                functions: BTreeSet::new(),
                wijken: BTreeSet::new(),
            });
            employee.functions.extend(by.functions);
            employee.wijken.extend(wijk);
        };
        for (wijk, place) in WIJKEN.iter().enumerate() {
            add(self.table(wijk, today), Some(place.wijk()));
            for role in [Role::OpenbareRuimte, Role::Sociaal, Role::Veiligheid] {
                add(self.by(role, wijk, today), Some(place.wijk()));
            }
        }
        for desk in 0..3 {
            add(by(self.id(7, desk, 0), [function("intake")]), None);
        }
        for organ in ORGANS {
            add(self.organ(&function(organ)), None);
        }
        add(self.registrar(), None);
        add(self.privacy(), None);
        known.into_values().collect()
    }

    fn day(&self, months: i32) -> Date {
        self.calendar.reorganisation.saturating_add(months.months())
    }

    /// An id that says nothing but that it is made up.
    fn id(&self, group: u64, number: usize, generation: usize) -> StaffId {
        let parts = [self.seed, 0x57aff, group, number as u64, generation as u64];
        let drawn = Random::new(&parts).below(0x100_0000);
        StaffId::new(&format!("demo-{drawn:06x}")).expect("letters, digits and a hyphen")
    }
}

/// Those who answer at the city hall.
const ORGANS: [&str; 4] = [
    "college",
    "burgemeester",
    "directeur-sociaal-domein",
    "directeur-stadsbeheer",
];

/// The giver of a command.
fn by<const N: usize>(staff: StaffId, functions: [Function; N]) -> By {
    By {
        actor: Actor::Staff(staff),
        functions: functions.into(),
    }
}

/// The Dutch day of a moment, for looking up who holds what.
pub(crate) fn day_of(at: Timestamp) -> Date {
    casework::day::of(at)
}
