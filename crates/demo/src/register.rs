//! What the municipality itself decides in the story: wijken, service promises, mandates.

use casework::area::Areas;
use casework::event::WijkListed;
use casework::mandate::{Command, Limits, MandateKind, Register};
use casework::norm::Norms;
use casework::{By, Cents, Decision, Domain, MandateId, Refusal};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::calendar::Calendar;
use crate::place::{VACANT, WIJKEN};
use crate::staff::{Role, function};

/// One act of those who keep the registers.
#[derive(Debug, Clone)]
pub(crate) enum RegisterAct {
    /// Put the wijken on the list, in the edition of a year.
    List(i16),
    /// Promise days for a field.
    Norm(Domain, u16),
    /// Grant or revoke a mandate.
    Mandate(Box<Command>),
}

impl RegisterAct {
    /// The kind and id of the stream it writes.
    pub(crate) fn stream(&self) -> (&'static str, &'static str) {
        match self {
            Self::List(_) => Areas::STREAM,
            Self::Norm(..) => Norms::STREAM,
            Self::Mandate(_) => Register::STREAM,
        }
    }

    /// Asks the rules.
    pub(crate) fn decide(
        self,
        by: &By,
        at: Timestamp,
        (areas, norms, register): (&Areas, &Norms, &Register),
    ) -> Result<Decision, Refusal> {
        match self {
            Self::List(edition) => {
                let listed = WIJKEN.iter().map(|place| WijkListed {
                    wijk: place.wijk(),
                    name: place.name.to_owned(),
                    edition,
                });
                areas.list(by, listed.collect())
            }
            Self::Norm(domain, days) => norms.set(by, domain, days),
            Self::Mandate(command) => register.decide(by, at, *command),
        }
    }
}

/// Everything that is entered, with the day on which, in order.
///
/// Openbare ruimte had its mandate long before. Sociaal has three trials in the year before, one of
/// which is revoked, and its mandate from the reorganisation, but where the function was vacant two
/// months later. Veiligheid has none before, and gets its own in two steps.
pub(crate) fn acts(calendar: Calendar) -> Vec<(Date, RegisterAct)> {
    let begin = calendar.begin;
    let start = calendar.reorganisation;
    let mut acts = vec![
        (begin, RegisterAct::List(begin.year())),
        (begin, RegisterAct::Norm(Domain::Sociaal, 56)),
        (begin, RegisterAct::Norm(Domain::OpenbareRuimte, 28)),
        (begin, RegisterAct::Norm(Domain::Veiligheid, 21)),
        (start, RegisterAct::Norm(Domain::Sociaal, 28)),
        (start, RegisterAct::Norm(Domain::Veiligheid, 14)),
    ];
    let years = (begin.year() + 1)..=calendar.today.year();
    acts.extend(years.map(|year| (jiff::civil::date(year, 1, 1), RegisterAct::List(year))));
    acts.extend(
        [before(begin, start), after(start)]
            .into_iter()
            .flatten()
            .map(|(day, command)| (day, RegisterAct::Mandate(Box::new(command)))),
    );
    // A stable sort: what is entered on one day stays in this order.
    acts.sort_by_key(|(day, _)| *day);
    acts
}

/// The comparison group, and the trials.
fn before(begin: Date, start: Date) -> Vec<(Date, Command)> {
    let ruimte = Role::OpenbareRuimte.function();
    let long_ago = begin.saturating_sub(5.years());
    let outdoors = |name: &str, kind, power: &str, euros| {
        let limits = Limits {
            kind,
            power: power.to_owned(),
            holder: ruimte.clone(),
            ..limits(Domain::OpenbareRuimte, None, euros, long_ago)
        };
        grant(name, limits)
    };
    let trial = |name: &str, wijken: &[usize], from: Date| {
        let limits = Limits {
            holder: Role::Wijkmanager.function(),
            valid_until: start.yesterday().ok(),
            trial: true,
            power: "proef: bijdragen en feitelijke handelingen in de wijk (art. 160 Gemeentewet)"
                .to_owned(),
            ..limits(Domain::Sociaal, Some(wijken), 750, from)
        };
        (before_by(from, 10), grant(name, limits))
    };
    let third = begin.saturating_add(4.months());
    vec![
        (
            begin,
            outdoors(
                "openbare-ruimte-uitvoering",
                MandateKind::Machtiging,
                "onderhoud en kleine aanpassingen van de openbare ruimte",
                2_500,
            ),
        ),
        (
            begin,
            outdoors(
                "openbare-ruimte-opdrachten",
                MandateKind::Volmacht,
                "opdrachten aan aannemers binnen de raamovereenkomst (art. 160 Gemeentewet)",
                10_000,
            ),
        ),
        trial("proef-sociaal-1", &[1, 4], begin.saturating_add(2.months())),
        trial("proef-sociaal-2", &[7], third),
        (
            third.saturating_add(3.months()),
            revoke(
                "proef-sociaal-2",
                third.saturating_add(3.months()),
                "het budget van de proef is op",
            ),
        ),
    ]
}

/// The three, each from when the story says.
fn after(start: Date) -> Vec<(Date, Command)> {
    let year = start.year();
    let all_but_vacant: Vec<usize> = (0..WIJKEN.len()).filter(|wijk| *wijk != VACANT).collect();
    let sociaal = |name: String, wijken: &[usize], euros, from: Date| {
        let limits = Limits {
            holder: Role::Sociaal.function(),
            power: "bijdragen aan bewonersinitiatieven en feitelijke handelingen (art. 160 Gemeentewet)"
                .to_owned(),
            ..limits(Domain::Sociaal, Some(wijken), euros, from)
        };
        (before_by(from, 25), grant(&name, limits))
    };
    let veiligheid = |name: String, wijken: &[usize], from: Date| {
        let limits = Limits {
            kind: MandateKind::Mandaat,
            grantor: function("burgemeester"),
            holder: Role::Veiligheid.function(),
            power: "maatregelen bij overlast en onveiligheid, sluiting uitgezonderd (art. 172 Gemeentewet)"
                .to_owned(),
            ..limits(Domain::Veiligheid, Some(wijken), 2_000, from)
        };
        (before_by(from, 20), grant(&name, limits))
    };
    let second = start.saturating_add(1.month());
    let filled = start.saturating_add(2.months());
    let shut = start.saturating_add(4.months());
    let wider = start.saturating_add(5.months());
    let old = format!("sociaal-{year}");
    vec![
        sociaal(old.clone(), &all_but_vacant, 2_000, start),
        sociaal(
            format!("sociaal-{year}-korenveld"),
            &[VACANT],
            2_000,
            filled,
        ),
        veiligheid(format!("veiligheid-{year}"), &[0, 1, 2, 3, 4, 5], start),
        veiligheid(format!("veiligheid-{year}-2"), &[6, 7, 8, 9], second),
        // One entry is revoked and given back in a narrower form, another is widened.
        (
            shut,
            revoke(
                &format!("veiligheid-{year}-2"),
                shut.saturating_add(5.days()),
                "de burgemeester wil eerst een werkwijze voor deze wijken",
            ),
        ),
        veiligheid(
            format!("veiligheid-{year}-3"),
            &[6, 7, 8],
            shut.saturating_add(1.month()),
        ),
        (
            wider,
            revoke(
                &old,
                wider.saturating_add(14.days()),
                "vervangen door een ruimer mandaat",
            ),
        ),
        sociaal(
            format!("sociaal-{year}-ruimer"),
            &all_but_vacant,
            3_500,
            wider.saturating_add(14.days()),
        ),
    ]
}

/// So many days before.
fn before_by(day: Date, days: i32) -> Date {
    day.saturating_sub(days.days())
}

fn limits(domain: Domain, wijken: Option<&[usize]>, euros: i64, from: Date) -> Limits {
    let number = 1_000 + i32::from(from.day_of_year()) * 7;
    Limits {
        kind: MandateKind::Machtiging,
        grantor: function("college"),
        power: String::new(),
        holder: function("college"),
        wijken: wijken.map(|places| places.iter().map(|place| WIJKEN[*place].wijk()).collect()),
        domains: Some([domain].into()),
        ceiling_cents: Some(Cents::euros(euros)),
        valid_from: from,
        valid_until: None,
        trial: false,
        reference: Some(format!("Gemeenteblad {}, {number} (fictief)", from.year())),
    }
}

fn grant(name: &str, limits: Limits) -> Command {
    Command::Grant {
        entry: entry(name),
        limits,
    }
}

fn revoke(name: &str, from: Date, reason: &str) -> Command {
    Command::Revoke {
        entry: entry(name),
        from,
        reason: reason.to_owned(),
    }
}

/// An entry's id.
///
/// # Panics
/// Never: every name here is a slug.
pub(crate) fn entry(name: &str) -> MandateId {
    MandateId::new(name).expect("a slug")
}
