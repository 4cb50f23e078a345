//! The municipality that does not exist: its wijken and their streets.

use casework::WijkCode;

use crate::random::Random;

/// Its name, wherever one is shown.
pub const MUNICIPALITY: &str = "Voorbeeldstad (fictief)";

/// The slug its log goes by, where the caller has no reason to choose another.
pub const TENANT: &str = "voorbeeldstad";

/// One wijk of it.
#[derive(Debug)]
pub(crate) struct Place {
    /// Its code: 9901 is the number of no municipality.
    pub(crate) code: &'static str,
    /// Its name, marked.
    pub(crate) name: &'static str,
    /// How many requests come from it, beside others.
    pub(crate) weight: u64,
    /// How long work takes here before and after the reorganisation, in percent.
    pub(crate) pace: [i64; 2],
    /// Its streets and squares.
    pub(crate) streets: [&'static str; 8],
    /// The day on which its table meets, from Monday as 0.
    pub(crate) meets: i8,
}

impl Place {
    /// Its code, checked.
    ///
    /// # Panics
    /// Never: the codes are constants, and a test makes each of them.
    pub(crate) fn wijk(&self) -> WijkCode {
        WijkCode::new(self.code).expect("a constant code")
    }

    /// A wijk, the busier the more often.
    pub(crate) fn draw(random: &mut Random) -> usize {
        random.weighted(WIJKEN.iter().map(|place| place.weight))
    }

    /// An address, a corner or a spot: where exactly something is the matter.
    pub(crate) fn spot(&self, random: &mut Random) -> String {
        let street = random.pick(&self.streets);
        match random.below(10) {
            0..=5 => format!("{street} {}", random.between(1, 168)),
            6 | 7 => format!("de hoek van {street} en {}", random.pick(&self.streets)),
            8 => format!("{street} nabij nummer {}", random.between(2, 140)),
            _ => format!("het achterpad van {street}"),
        }
    }
}

/// The wijk whose queue is shown, and where the request lies whose dossier is.
pub(crate) const SHOWN: usize = 3;

/// Where the successor of the wijkmanager came two months late.
pub(crate) const VACANT: usize = 6;

/// All wijken, by code.
pub(crate) const WIJKEN: [Place; 10] = [
    Place {
        code: "WK990101",
        name: "Zilverkade (fictief)",
        weight: 13,
        pace: [100, 80],
        streets: [
            "Zilverplein",
            "Kopergang",
            "Tinsteeg",
            "Loodpad",
            "Smeltstraat",
            "Gieterij",
            "Muntwal",
            "Ertskade",
        ],
        meets: 1,
    },
    Place {
        code: "WK990102",
        name: "Vlinderhoek (fictief)",
        weight: 9,
        pace: [90, 85],
        streets: [
            "Citroenvlinderplein",
            "Atalantalaan",
            "Blauwtjespad",
            "Rupsendreef",
            "Kapellehof",
            "Pophof",
            "Dagpauwstraat",
            "Zandoogjeweg",
        ],
        meets: 2,
    },
    Place {
        code: "WK990103",
        name: "Kastanjehof (fictief)",
        weight: 12,
        pace: [120, 95],
        streets: [
            "Bolsterplein",
            "Kaarsenlaan",
            "Noothof",
            "Bladgang",
            "Takstraat",
            "Schaduwdreef",
            "Wortelpad",
            "Kroonlaan",
        ],
        meets: 3,
    },
    Place {
        code: "WK990104",
        name: "Westerschans (fictief)",
        weight: 14,
        pace: [115, 75],
        streets: [
            "Ravelijnplein",
            "Bolwerkstraat",
            "Kazematpad",
            "Lunettelaan",
            "Grachtzoom",
            "Poterneweg",
            "Bastionhof",
            "Redoutestraat",
        ],
        meets: 1,
    },
    Place {
        code: "WK990105",
        name: "Havenbocht (fictief)",
        weight: 10,
        pace: [95, 90],
        streets: [
            "Bolderplein",
            "Meertouwstraat",
            "Kielgang",
            "Zwaardpad",
            "Stuurboordkade",
            "Lijkade",
            "Fokkemast",
            "Dekzwabberhof",
        ],
        meets: 2,
    },
    Place {
        code: "WK990106",
        name: "Lindenkamp (fictief)",
        weight: 8,
        pace: [85, 80],
        streets: [
            "Bloesemplein",
            "Honingstraat",
            "Bastgang",
            "Imkerpad",
            "Korflaan",
            "Zwermhof",
            "Raatstraat",
            "Stuifmeelweg",
        ],
        meets: 4,
    },
    Place {
        code: "WK990107",
        name: "Korenveld (fictief)",
        weight: 11,
        pace: [130, 125],
        streets: [
            "Schovenplein",
            "Halmstraat",
            "Aarpad",
            "Dorsgang",
            "Sikkelweg",
            "Kafstraat",
            "Garfhof",
            "Stoppellaan",
        ],
        meets: 3,
    },
    Place {
        code: "WK990108",
        name: "Parelduin (fictief)",
        weight: 6,
        pace: [80, 78],
        streets: [
            "Schelpplein",
            "Helmgraspad",
            "Wadlaan",
            "Kokkelstraat",
            "Zilvermeeuwhof",
            "Vloedlijn",
            "Strandloperpad",
            "Mosselgang",
        ],
        meets: 4,
    },
    Place {
        code: "WK990109",
        name: "Nieuwland-Zuid (fictief)",
        weight: 12,
        pace: [105, 88],
        streets: [
            "Polderplein",
            "Sluispad",
            "Dijkgraafstraat",
            "Baggerlaan",
            "Maaiveld",
            "Drooglegging",
            "Kwelstraat",
            "Peilweg",
        ],
        meets: 1,
    },
    Place {
        code: "WK990110",
        name: "Klokkenakker (fictief)",
        weight: 9,
        pace: [110, 105],
        streets: [
            "Beiaardplein",
            "Klepelstraat",
            "Galmgang",
            "Luidpad",
            "Uurwerklaan",
            "Slinger",
            "Carillonhof",
            "Wijzerweg",
        ],
        meets: 2,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_one_and_every_name_is_marked() {
        for place in &WIJKEN {
            assert_eq!(place.wijk().municipality(), "9901");
            assert!(place.name.ends_with("(fictief)"));
        }
    }
}
