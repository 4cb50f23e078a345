//! What people write: sentences that fit together, a problem, a place, what it is like, a wish.

mod officer;
mod openbare_ruimte;
mod resident;
mod sociaal;
mod veiligheid;

pub(crate) use officer::{
    LeadChange, instruction, lead_reason, motivation, question, residents_note, urgent_reason,
};
pub(crate) use resident::{closing_message, reopening, withdrawal};

use casework::Domain;

use crate::random::Random;

/// One kind of request and the sentences it is made of.
#[derive(Debug)]
pub(crate) struct Kind {
    /// Its name, which stands in the clear.
    pub(crate) name: &'static str,
    /// How often, beside others of its field.
    pub(crate) weight: u64,
    /// What is the matter; `{plek}` is where.
    problems: [&'static str; 3],
    /// How that shows, for each.
    details: [&'static str; 3],
    /// What is wanted, for each.
    wishes: [&'static str; 3],
    /// What granting it costs in euros: least, usual, much, most. None where it costs nothing.
    pub(crate) euros: Option<[u64; 4]>,
}

impl Kind {
    /// One of the kinds of a field.
    pub(crate) fn draw(domain: Domain, random: &mut Random) -> &'static Self {
        let kinds: &[Self] = match domain {
            Domain::Sociaal => &sociaal::KINDS,
            Domain::OpenbareRuimte => &openbare_ruimte::KINDS,
            Domain::Veiligheid => &veiligheid::KINDS,
        };
        &kinds[random.weighted(kinds.iter().map(|kind| kind.weight))]
    }

    /// A request in somebody's own words.
    pub(crate) fn words(&self, spot: &str, random: &mut Random) -> String {
        const HELLO: [&str; 6] = ["Goedemorgen, ", "Beste mensen, ", "Hallo, ", "", "", ""];
        const SINCE: [&str; 7] = [
            " Dit speelt al maanden.",
            " Het is sinds vorige week zo.",
            " Vorig jaar heb ik dit ook al gemeld.",
            " Mijn buren hebben er ook last van.",
            " De hele straat praat erover.",
            "",
            "",
        ];
        const THANKS: [&str; 6] = [
            " Alvast bedankt.",
            " Ik hoor graag van u.",
            " Kunt u laten weten wat u ermee doet?",
            " Met vriendelijke groet.",
            "",
            "",
        ];
        let hello = random.pick(&HELLO);
        let matter = random.index(self.problems.len());
        let problem = self.problems[matter].replace("{plek}", spot);
        let problem = if hello.is_empty() {
            capital(&problem)
        } else {
            problem
        };
        format!(
            "{hello}{problem} {}{} {}{}",
            self.details[matter],
            random.pick(&SINCE),
            self.wishes[matter],
            random.pick(&THANKS),
        )
    }

    /// What granting it would cost, in cents: rounded as people round.
    pub(crate) fn cents(&self, random: &mut Random) -> Option<i64> {
        let [least, usual, much, most] = self.euros?;
        let (low, high) = match random.below(100) {
            0..=54 => (least, usual),
            55..=91 => (usual, much),
            _ => (much, most),
        };
        let euros = random.between(low, high);
        let step = if euros < 500 { 5 } else { 50 };
        i64::try_from((euros / step).max(1) * step * 100).ok()
    }
}

/// A sentence begins with a capital.
fn capital(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + chars.as_str())
        .unwrap_or_default()
}
