//! One request on its way: what is done next follows from where it stands.

mod act;
mod deliberate;
mod follow;
mod pace;

use casework::event::{Ground, Outcome};
use casework::request::Request;
use casework::{RequestId, Text};

use crate::random::Random;
use crate::wish::Wish;
use crate::words::LeadChange;

/// What is done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// It comes in.
    Submit,
    /// The intake finds out where it belongs.
    Place,
    /// One takes it at once.
    Take,
    /// The table divides, confirms or moves it.
    Divide,
    /// It turns out otherwise after it was divided.
    Move(LeadChange),
    /// The lead decides, or takes it up.
    Decide,
    /// The lead takes it up.
    Escalate(Ground),
    /// The city hall answers.
    Answer,
    /// It is carried out and closed.
    Resolve,
    /// It is opened again.
    Reopen,
    /// Nobody wants it any more.
    Withdraw,
}

/// A request and what is fated for it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// Its number in the story.
    pub(crate) number: u64,
    /// Its id.
    pub(crate) id: RequestId,
    /// What was asked.
    pub(crate) wish: Wish,
    /// What happened, folded by the rules.
    pub(crate) request: Request,
    /// What is done next.
    pub(crate) next: Step,
    random: Random,
    fate: Fate,
}

/// What was drawn for a request, and what was used up of it.
#[derive(Debug, Clone)]
struct Fate {
    /// It turns out otherwise, in this way.
    turns: Option<LeadChange>,
    /// Why the lead changes, for the note.
    change: LeadChange,
    /// The lead stays though the field is another's.
    keeps_lead: bool,
    outcome: Outcome,
    /// A mandate too narrow is found out by trying; None leaves it to chance.
    tries: Option<bool>,
    /// The city hall sends it back once; None leaves it to chance.
    comes_back: Option<bool>,
    /// How often it came back.
    came_back: u32,
    /// It is opened again; None leaves it to chance.
    reopens: Option<bool>,
    reopened: u32,
    /// How long everything takes beside others, in percent.
    pace: i64,
    /// It lies somewhere in between and is forgotten for a while.
    lies: bool,
}

impl Case {
    /// A case with its own chance.
    pub(crate) fn new(number: u64, wish: Wish, mut random: Random) -> Self {
        let turns = match random.below(1_000) {
            0..=34 => Some(LeadChange::Colleague),
            35..=59 => Some(LeadChange::Function),
            _ => None,
        };
        let fate = Fate {
            turns,
            change: LeadChange::Domain,
            keeps_lead: false,
            outcome: outcome(&mut random),
            tries: None,
            comes_back: None,
            came_back: 0,
            reopens: None,
            reopened: 0,
            pace: 100,
            lies: random.chance(28),
        };
        Self {
            number,
            id: RequestId(random.uuid_v7(wish.at)),
            wish,
            request: Request::default(),
            next: Step::Submit,
            random,
            fate,
        }
    }

    /// The request whose dossier is shown: refused by a check, taken up, sent back, decided under
    /// mandate, carried out, not fixed, and decided once more.
    pub(crate) fn fated(mut self) -> Self {
        self.wish.urgent = false;
        self.fate = Fate {
            turns: None,
            outcome: Outcome::Granted,
            tries: Some(true),
            comes_back: Some(true),
            reopens: Some(true),
            pace: 22,
            lies: false,
            ..self.fate
        };
        self
    }

    /// A text of one's own.
    fn text(&mut self, make: impl FnOnce(&mut Random) -> String) -> Text {
        Text::given(make(&mut self.random))
    }
}

fn outcome(random: &mut Random) -> Outcome {
    match random.below(100) {
        0..=56 => Outcome::Granted,
        57..=74 => Outcome::PartlyGranted,
        75..=89 => Outcome::Refused,
        _ => Outcome::Referred,
    }
}
