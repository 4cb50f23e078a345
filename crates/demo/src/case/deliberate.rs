//! Deciding on the spot, taking it up, or answering: what the register allows makes the difference.

use casework::event::{Ground, NotConsultedReason, Outcome, Residents};
use casework::mandate::{Act, first_failure};
use casework::request::Action;
use casework::{By, Cents, Domain, Function, MandateId, Refusal, Text, day};
use jiff::Timestamp;

use super::Case;
use crate::staff::{Role, function};
use crate::words;
use crate::world::World;

impl Case {
    /// The lead decides, also in vain, or takes it up at once.
    pub(super) fn decide(&mut self, world: &World, at: Timestamp) -> (By, Action) {
        let mut named = None;
        let ground = match self.obstacle(world, at) {
            Some(refusal) => {
                let tries = self.tries(&refusal);
                let drawn = self.random.chance(tries);
                if self.fate.tries.take().unwrap_or(drawn) {
                    let relies = self.random.chance(350) && self.fate.reopens.is_none();
                    named = self.relied_on(world).filter(|_| relies);
                    None
                } else {
                    Some(self.ground_of(&refusal))
                }
            }
            None if self.fate.came_back == 0 && self.random.chance(32) => {
                let grounds = [
                    Ground::Sensitive,
                    Ground::Sensitive,
                    Ground::DeviatesFromPolicy,
                    Ground::DeviatesFromPolicy,
                    Ground::PersonalInterest,
                    Ground::TableDisagrees,
                ];
                Some(*self.random.pick(&grounds))
            }
            None => None,
        };
        match ground {
            Some(ground) => self.escalate(ground),
            None => (self.lead(), self.rule(named, world)),
        }
    }

    pub(super) fn escalate(&mut self, ground: Ground) -> (By, Action) {
        let question = self.text(|random| words::question(ground, random));
        let to = self.organ(ground);
        let action = Action::Escalate {
            to,
            ground,
            question,
        };
        (self.lead(), action)
    }

    /// The city hall decides, or sends it back once.
    pub(super) fn answer(&mut self, world: &World) -> (By, Action) {
        let organ = self.request.escalated.clone().flatten();
        let organ = organ.unwrap_or_else(|| function("college"));
        let by = world.staff.organ(&organ);
        let may = self.fate.came_back == 0;
        let back = self.fate.comes_back.take();
        if may && back.unwrap_or_else(|| self.random.chance(210)) {
            self.fate.came_back += 1;
            let instruction = self.text(words::instruction);
            return (by, Action::Return { instruction });
        }
        let outcome = self.fate.outcome;
        let motivation = self.text(|random| words::motivation(outcome, true, random));
        let action = Action::DecideAsOrgan {
            outcome,
            amount: self.amount(),
            motivation,
        };
        (by, action)
    }

    /// After an instruction the proposal fits what may be decided, if anything may.
    pub(super) fn trim(&mut self, world: &World, at: Timestamp) {
        if let Some(Refusal::AboveCeiling { ceiling, .. }) = self.obstacle(world, at) {
            let percent = i64::try_from(self.random.between(82, 98)).unwrap_or(90);
            self.wish.cents = Some(ceiling.0 / 100 * percent / 500 * 500);
        }
    }

    fn rule(&mut self, mandate: Option<MandateId>, world: &World) -> Action {
        let outcome = self.fate.outcome;
        let motivation = self.text(|random| words::motivation(outcome, false, random));
        let amount = self.amount();
        let shared = amount.is_some_and(|amount| amount >= Cents::euros(400));
        let consulted = self.random.chance(if shared { 860 } else { 430 });
        let (residents, residents_note) = if consulted {
            let count = match self.random.below(10) {
                0..=5 => self.random.between(1, 6),
                6..=8 => self.random.between(7, 25),
                _ => self.random.between(26, 90),
            };
            let note = self.text(|random| words::residents_note(count, random));
            let count = u32::try_from(count).ok();
            (Residents::Yes { count }, note)
        } else {
            (
                Residents::No {
                    reason: self.not_consulted(),
                },
                Text::Withheld,
            )
        };
        Action::Decide {
            function: None,
            outcome,
            amount,
            mandate,
            register: world.register.clone(),
            motivation,
            residents,
            residents_note,
        }
    }

    fn not_consulted(&mut self) -> NotConsultedReason {
        match self.wish.domain {
            Domain::Veiligheid => *self.random.pick(&[
                NotConsultedReason::Confidential,
                NotConsultedReason::Confidential,
                NotConsultedReason::Urgent,
            ]),
            _ => *self.random.pick(&[
                NotConsultedReason::RequesterOnly,
                NotConsultedReason::NoEffectOnOthers,
                NotConsultedReason::NoEffectOnOthers,
                NotConsultedReason::Urgent,
            ]),
        }
    }

    /// What stands in the way of deciding it here and now, by the register as it stands.
    fn obstacle(&self, world: &World, at: Timestamp) -> Option<Refusal> {
        let function = self.request.lead.as_ref()?.function.clone()?;
        let act = Act {
            on: day::of(at),
            function: &function,
            wijk: self.request.placement.wijk.as_ref(),
            domain: self.request.domain,
            amount: self.amount(),
        };
        match world.register.find(None, &act) {
            Ok((_, _, checks)) => first_failure(&checks),
            Err(refusal) => Some(refusal),
        }
    }

    fn amount(&self) -> Option<Cents> {
        let cents = self.wish.cents?;
        match self.fate.outcome {
            Outcome::Granted => Some(Cents(cents)),
            Outcome::PartlyGranted => Some(Cents(cents / 1_000 * 600)),
            Outcome::Refused | Outcome::Referred | Outcome::Unknown => None,
        }
    }

    /// Who is asked at the city hall.
    fn organ(&self, ground: Ground) -> Function {
        let bestuur = matches!(
            ground,
            Ground::Sensitive | Ground::DeviatesFromPolicy | Ground::AboveCeiling
        );
        function(match self.request.domain {
            Some(Domain::Veiligheid) => "burgemeester",
            _ if bestuur => "college",
            Some(Domain::OpenbareRuimte) => "directeur-stadsbeheer",
            Some(Domain::Sociaal) | None => "directeur-sociaal-domein",
        })
    }

    /// The ground that what stands in the way comes to.
    pub(super) fn ground_of(&self, refusal: &Refusal) -> Ground {
        match refusal {
            // A trial elsewhere is no mandate of one's own.
            Refusal::OutsideWijk { .. } | Refusal::OutsideDomain { .. } if self.is_outpost() => {
                Ground::NoMandate
            }
            Refusal::AboveCeiling { .. } => Ground::AboveCeiling,
            Refusal::OutsideWijk { .. } => Ground::OutsideWijk,
            Refusal::OutsideDomain { .. } => Ground::OutsideDomain,
            _ => Ground::NoMandate,
        }
    }

    /// How often, in a thousand, somebody finds out about an obstacle by trying.
    fn tries(&self, refusal: &Refusal) -> u64 {
        match self.ground_of(refusal) {
            // The wijkmanager knows better.
            Ground::NoMandate if self.is_outpost() => 40,
            Ground::AboveCeiling => 420,
            _ => 580,
        }
    }

    /// Whether a wijkmanager has it.
    fn is_outpost(&self) -> bool {
        let function = self
            .request
            .lead
            .as_ref()
            .and_then(|lead| lead.function.as_ref());
        function == Some(&Role::Wijkmanager.function())
    }

    /// An entry of one's own function for this wijk, whether or not it is still in force: what somebody
    /// relies on who has not looked it up.
    fn relied_on(&self, world: &World) -> Option<MandateId> {
        let function = self.request.lead.as_ref()?.function.as_ref()?;
        let wijk = self.request.placement.wijk.as_ref()?;
        let mut entries = world.register.iter();
        let own = entries.find(|(_, entry)| {
            let within = entry.limits.wijken.as_ref();
            entry.limits.holder == *function && within.is_none_or(|wijken| wijken.contains(wijk))
        });
        own.map(|(entry, _)| entry.clone())
    }
}
