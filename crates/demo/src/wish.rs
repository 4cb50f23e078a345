//! One request before anybody has it: who asks what, where, and how it comes in.

use casework::event::RequesterKind;
use casework::{Channel, Domain, PersonId};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::calendar::{is_working_day, on};
use crate::place::{Place, WIJKEN};
use crate::random::Random;
use crate::words::Kind;

/// What somebody asks.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) at: Timestamp,
    /// The wijk it lies in, whether or not that is known.
    pub(crate) wijk: usize,
    /// Whether it says so itself.
    pub(crate) says_where: bool,
    /// The field it belongs to.
    pub(crate) domain: Domain,
    /// The field it comes in under.
    pub(crate) filed_as: Option<Domain>,
    pub(crate) kind: &'static Kind,
    pub(crate) channel: Channel,
    pub(crate) requester_kind: RequesterKind,
    pub(crate) requester: Option<PersonId>,
    pub(crate) name: String,
    pub(crate) contact: String,
    pub(crate) spot: String,
    pub(crate) words: String,
    pub(crate) cents: Option<i64>,
    pub(crate) urgent: bool,
}

/// How many residents there are to ask, and in which era.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Town {
    pub(crate) seed: u64,
    pub(crate) requests: u64,
    pub(crate) after: bool,
}

impl Wish {
    /// A wish of a day.
    pub(crate) fn of(day: Date, town: Town, random: &mut Random) -> Self {
        let wijk = Place::draw(random);
        let shares = if town.after {
            [34, 43, 23]
        } else {
            [35, 54, 11]
        };
        let domain = Domain::ALL[random.weighted(shares.into_iter())];
        let working = is_working_day(day);
        let requester_kind = requester_kind(domain, working, random);
        let channel = channel(requester_kind, working, random);
        let kind = Kind::draw(domain, random);
        let spot = WIJKEN[wijk].spot(random);
        let who = Requester::draw(requester_kind, wijk, town, random);
        let filed_as = match random.below(100) {
            0..=79 => Some(domain),
            80..=84 => Some(*random.pick(Domain::ALL)),
            _ if channel == Channel::Internal => Some(domain),
            _ => None,
        };
        let urgent = random.chance(if domain == Domain::Veiligheid {
            110
        } else {
            35
        });
        Self {
            at: arrival(day, channel, random),
            wijk,
            says_where: channel == Channel::Visit
                || requester_kind == RequesterKind::OwnInitiative
                || !random.chance(70),
            domain,
            filed_as,
            words: kind.words(&spot, random),
            cents: kind.cents(random),
            kind,
            channel,
            requester_kind,
            requester: who.person,
            name: who.name,
            contact: who.contact,
            spot,
            urgent,
        }
    }

    /// Whether the requester does things without the intake.
    pub(crate) fn is_digital(&self) -> bool {
        matches!(self.channel, Channel::Web | Channel::App) && self.requester.is_some()
    }
}

fn requester_kind(domain: Domain, working: bool, random: &mut Random) -> RequesterKind {
    let anonymous = if domain == Domain::Veiligheid {
        170
    } else {
        35
    };
    let kinds = [
        (RequesterKind::Resident, 790),
        (RequesterKind::Wijkraad, 60),
        (RequesterKind::Organisation, 75),
        (RequesterKind::OwnInitiative, if working { 45 } else { 0 }),
        (
            RequesterKind::Anonymous,
            if working { anonymous } else { 0 },
        ),
    ];
    kinds[random.weighted(kinds.iter().map(|kind| kind.1))].0
}

fn channel(kind: RequesterKind, working: bool, random: &mut Random) -> Channel {
    let channels: &[(Channel, u64)] = match kind {
        RequesterKind::OwnInitiative => &[(Channel::Internal, 1)],
        RequesterKind::Anonymous => &[(Channel::Phone, 7), (Channel::Post, 3)],
        _ if !working => &[(Channel::Web, 6), (Channel::App, 4)],
        _ => &[
            (Channel::Web, 36),
            (Channel::App, 18),
            (Channel::Phone, 20),
            (Channel::Email, 13),
            (Channel::Desk, 6),
            (Channel::Visit, 5),
            (Channel::Post, 2),
        ],
    };
    channels[random.weighted(channels.iter().map(|channel| channel.1))].0
}

/// Residents write when they have time, most in the evening; what staff enter comes in office hours.
fn arrival(day: Date, channel: Channel, random: &mut Random) -> Timestamp {
    const HOURS: [u64; 24] = [
        2, 1, 0, 0, 0, 1, 2, 5, 8, 9, 8, 7, 7, 7, 7, 7, 7, 7, 8, 10, 10, 9, 6, 3,
    ];
    let minute = if matches!(channel, Channel::Web | Channel::App) {
        let hour = random.weighted(HOURS.into_iter());
        hour as u64 * 60 + random.below(60)
    } else {
        random.between(520, 1_040)
    };
    on(day, i64::try_from(minute).unwrap_or_default()) + moment(random)
}

/// Somewhere within a minute.
pub(crate) fn moment(random: &mut Random) -> jiff::SignedDuration {
    let micros = i64::try_from(random.below(60_000_000)).unwrap_or_default();
    jiff::SignedDuration::from_micros(micros)
}

/// Who asks.
struct Requester {
    person: Option<PersonId>,
    name: String,
    contact: String,
}

impl Requester {
    fn draw(kind: RequesterKind, wijk: usize, town: Town, random: &mut Random) -> Self {
        let wijk_number = wijk as u64;
        match kind {
            RequesterKind::Resident => {
                // A few write often, most once in their lives.
                let often = random.chance(160);
                let many = if often {
                    town.requests / 300 + 2
                } else {
                    town.requests * 3
                };
                let number = random.below(many);
                Self::resident(&mut Random::new(&[town.seed, 1, wijk_number, number]))
            }
            RequesterKind::Wijkraad => {
                let mut own = Random::new(&[town.seed, 2, wijk_number]);
                let name = WIJKEN[wijk].name.trim_end_matches(" (fictief)");
                Self::body(format!("Wijkraad {name}"), &mut own)
            }
            RequesterKind::Organisation => {
                const NAMES: [&str; 5] = [
                    "Stichting Samen Onder Dak",
                    "Basisschool De Springplank",
                    "Huurdersvereniging De Drempel",
                    "Winkeliersvereniging Rond het Plein",
                    "Sportclub Vooruitgang Door Wrijving",
                ];
                let which = random.index(NAMES.len());
                let mut own = Random::new(&[town.seed, 3, wijk_number, which as u64]);
                Self::body(NAMES[which].to_owned(), &mut own)
            }
            RequesterKind::OwnInitiative | RequesterKind::Anonymous | RequesterKind::Unknown => {
                Self {
                    person: None,
                    name: String::new(),
                    contact: String::new(),
                }
            }
        }
    }

    /// Names put together, addresses in a domain that is reserved for examples.
    fn resident(own: &mut Random) -> Self {
        const INITIALS: [&str; 14] = [
            "A.", "B.", "C.J.", "D.", "E.", "F.M.", "G.", "H.", "J.", "K.", "L.", "M.A.", "S.",
            "Y.",
        ];
        const FRONT: [&str; 18] = [
            "Appel",
            "Zilver",
            "Wolken",
            "Storm",
            "Kwartel",
            "Berken",
            "Rook",
            "Mist",
            "Honing",
            "Dauw",
            "Kraaien",
            "Vlas",
            "Turf",
            "Hagel",
            "Sluis",
            "Klaver",
            "Ooievaars",
            "Schemer",
        ];
        const BACK: [&str; 16] = [
            "hout", "akker", "veld", "dijk", "brink", "horst", "stra", "maker", "weide", "zoom",
            "berg", "poort", "ven", "kamp", "goed", "tuin",
        ];
        let person = Some(person(own));
        let initial = own.pick(&INITIALS);
        let family = format!("{}{}", own.pick(&FRONT), own.pick(&BACK));
        let number = own.below(10_000);
        let contact = if own.chance(700) {
            let initial = initial.to_lowercase().replace('.', "");
            format!("{initial}.{}{number}@example.org", family.to_lowercase())
        } else {
            // 06-0 numbers are not given out.
            format!("06-0000{number:04}")
        };
        Self {
            person,
            name: format!("{initial} {family}"),
            contact,
        }
    }

    fn body(name: String, own: &mut Random) -> Self {
        let number = own.below(10_000);
        Self {
            person: Some(person(own)),
            name,
            contact: format!("secretariaat{number}@example.org"),
        }
    }
}

/// An id that looks random, as ids of people must.
fn person(own: &mut Random) -> PersonId {
    PersonId(uuid::Builder::from_random_bytes(own.bytes()).into_uuid())
}
