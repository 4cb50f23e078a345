//! Who may read what. Who may do what is for the rules of `casework` to say.

use casework::{By, Function};

/// What can be read, beside what everyone who signed in may read: mandates and wijken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Queues.
    Queue,
    /// Any dossier, and where any request stands.
    Dossier,
    /// Reports.
    Report,
}

impl Reading {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 3] = [Self::Queue, Self::Dossier, Self::Report];

    /// What it is called.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Queue => "wachtrijen",
            Self::Dossier => "dossiers",
            Self::Report => "rapportages",
        }
    }

    /// Who may, for who may not.
    pub(crate) fn readers(self) -> &'static str {
        match self {
            Self::Queue => {
                "intake, wijkregisseur, gebiedstafel, college, burgemeester, mandaatbeheer of rekenkamer"
            }
            Self::Dossier => {
                "intake, wijkregisseur, gebiedstafel, college, burgemeester, mandaatbeheer, rekenkamer, privacy of archief, of als aan wie het verzoek is voorgelegd"
            }
            Self::Report => {
                "intake, wijkregisseur, gebiedstafel, college, burgemeester, mandaatbeheer, rekenkamer, evaluatie, privacy of archief"
            }
        }
    }
}

/// What a function means for reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Receives and handles requests.
    Wijk,
    /// Answers escalations and keeps the registers.
    CityHall,
    /// Audits how was decided.
    Audit,
    /// Evaluates, from figures alone.
    Evaluation,
    /// Erases, exports and destroys.
    Privacy,
    /// Any other: only what it was asked about.
    Other,
}

fn role(function: &Function) -> Role {
    if function.receives() {
        return Role::Wijk;
    }
    if function.keeps_the_registers() {
        return Role::CityHall;
    }
    match function.as_str() {
        "rekenkamer" => Role::Audit,
        "evaluatie" => Role::Evaluation,
        "privacy" | "archief" => Role::Privacy,
        _ => Role::Other,
    }
}

/// Whether somebody may read, in any of their functions. Residents have none, and so may not.
pub(crate) fn may_read(by: &By, reading: Reading) -> bool {
    by.staff().is_some()
        && by.holds(|function| match (role(function), reading) {
            (Role::Wijk | Role::CityHall | Role::Audit, _)
            | (Role::Evaluation, Reading::Report)
            | (Role::Privacy, Reading::Dossier | Reading::Report) => true,
            (Role::Evaluation | Role::Privacy | Role::Other, _) => false,
        })
}

#[cfg(test)]
mod tests {
    use casework::{Actor, PersonId};
    use uuid::Uuid;

    use super::*;

    fn staff(functions: &[&str]) -> By {
        By {
            actor: Actor::Staff("anna".parse().unwrap()),
            functions: functions.iter().map(|name| name.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn each_function_reads_what_the_table_says_and_nothing_else() {
        // Queue, dossier, report.
        let table = [
            ("intake", [true, true, true]),
            ("gebiedstafel", [true, true, true]),
            ("wijkregisseur-sociaal", [true, true, true]),
            ("wijkregisseur-openbare-ruimte", [true, true, true]),
            ("wijkregisseur-veiligheid", [true, true, true]),
            ("college", [true, true, true]),
            ("burgemeester", [true, true, true]),
            ("mandaatbeheer", [true, true, true]),
            ("rekenkamer", [true, true, true]),
            ("evaluatie", [false, false, true]),
            ("privacy", [false, true, true]),
            ("archief", [false, true, true]),
            ("directeur-stadsbeheer", [false, false, false]),
            ("wijkregisseurs", [false, false, false]),
        ];
        for (function, expected) in table {
            let may = Reading::ALL.map(|reading| may_read(&staff(&[function]), reading));
            assert_eq!(may, expected, "{function}");
        }
    }

    #[test]
    fn staff_without_a_function_and_residents_read_none_of_it() {
        let resident = By {
            actor: Actor::Person(PersonId(Uuid::from_u128(1))),
            functions: staff(&["college"]).functions,
        };
        let software = By {
            actor: Actor::System("import".to_owned()),
            ..resident.clone()
        };
        for by in [staff(&[]), resident, software] {
            for reading in Reading::ALL {
                assert!(!may_read(&by, reading), "{by:?} {reading:?}");
            }
        }
    }

    #[test]
    fn one_function_that_may_is_enough() {
        assert!(may_read(
            &staff(&["directeur-stadsbeheer", "evaluatie"]),
            Reading::Report
        ));
        assert!(!may_read(
            &staff(&["directeur-stadsbeheer", "evaluatie"]),
            Reading::Queue
        ));
    }
}
