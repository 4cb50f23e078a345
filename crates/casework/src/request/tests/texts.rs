//! What people write: required where it must say something, bounded, and never shown by accident.

use proptest::prelude::*;

use crate::event::{Closing, Ground, NoMessageReason, Outcome, ReopenCause};
use crate::fixture::any::{self, MARK};
use crate::fixture::*;
use crate::mandate::{self, Register};
use crate::request::{Action, Command};
use crate::stored::encode;
use crate::{By, Cents, Channel, Refusal, Text};

const MOST: usize = 5_000;
const MOST_IN_A_LINE: usize = 500;

/// A text that a command can bring.
struct Place {
    /// What the refusal calls it.
    field: &'static str,
    /// Whether it must say something.
    required: bool,
    /// The most characters it may have.
    most: usize,
    /// The command with this text, by whom, and a history that allows it.
    command: Box<dyn Fn(Text) -> (Given, By, Action)>,
}

fn required(field: &'static str, command: impl Fn(Text) -> (Given, By, Action) + 'static) -> Place {
    Place {
        field,
        required: true,
        most: MOST,
        command: Box::new(command),
    }
}

fn optional(
    field: &'static str,
    most: usize,
    command: impl Fn(Text) -> (Given, By, Action) + 'static,
) -> Place {
    Place {
        required: false,
        most,
        ..required(field, command)
    }
}

/// Every text that a command can bring.
fn texts() -> impl Iterator<Item = Place> {
    let submission = [
        required("verzoek", |text| submission_with(0, text)),
        optional("naam", MOST_IN_A_LINE, |text| submission_with(1, text)),
        optional("contact", MOST_IN_A_LINE, |text| submission_with(2, text)),
        optional("plaats", MOST_IN_A_LINE, |text| submission_with(3, text)),
    ];
    let on_the_table = [
        required("reden", |text| assignment_with(true, text)),
        optional("reden", MOST, |text| assignment_with(false, text)),
        required("motivering", |text| decision_with(0, text)),
        optional("bewoners", MOST, |text| decision_with(1, text)),
    ];
    let at_the_city_hall = [
        required("vraag", |question| {
            let to = function("college");
            let ground = Ground::Sensitive;
            let action = Action::Escalate {
                to,
                ground,
                question,
            };
            (given([submitted(), assigned(&anna())]), anna(), action)
        }),
        required("motivering", |motivation| {
            let action = Action::DecideAsOrgan {
                outcome: Outcome::Refused,
                amount: None,
                motivation,
            };
            (at_the_college(), college(), action)
        }),
        required("instructie", |instruction| {
            (at_the_college(), college(), Action::Return { instruction })
        }),
    ];
    let at_the_end = [
        required("bericht", |text| {
            let channel = Channel::Post;
            closing_with(Closing::Message { channel }, text)
        }),
        optional("bericht", MOST, |text| {
            let reason = NoMessageReason::Declined;
            closing_with(Closing::NoMessage { reason }, text)
        }),
        required("toelichting", |explanation| {
            let cause = ReopenCause::NewFacts;
            let given = decided_request().fold(&[resolved()]);
            (given, resident(), Action::Reopen { cause, explanation })
        }),
        required("reden", |reason| {
            (decided_request(), resident(), Action::Withdraw { reason })
        }),
    ];
    submission
        .into_iter()
        .chain(on_the_table)
        .chain(at_the_city_hall)
        .chain(at_the_end)
}

fn submission_with(which: usize, text: Text) -> (Given, By, Action) {
    let mut action = submit();
    if let Action::Submit {
        words,
        name,
        contact,
        place,
        ..
    } = &mut action
    {
        *[words, name, contact, place][which] = text;
    }
    (given([]), resident(), action)
}

fn assignment_with(urgent: bool, reason: Text) -> (Given, By, Action) {
    let action = Action::Assign {
        function: function(SOCIAAL),
        person: None,
        urgent,
        reason,
    };
    (given([submitted()]), anna(), action)
}

fn decision_with(which: usize, text: Text) -> (Given, By, Action) {
    let mut action = decide(Cents(0), annas_mandate());
    if let Action::Decide {
        motivation,
        residents_note,
        ..
    } = &mut action
    {
        *[motivation, residents_note][which] = text;
    }
    (given([submitted(), assigned(&anna())]), anna(), action)
}

fn closing_with(closing: Closing, message: Text) -> (Given, By, Action) {
    (
        decided_request(),
        anna(),
        Action::Resolve { closing, message },
    )
}

fn at_the_college() -> Given {
    given([
        submitted(),
        assigned(&anna()),
        escalated_to(Some("college")),
    ])
}

fn decided_request() -> Given {
    given([submitted(), assigned(&anna()), decided()])
}

#[test]
fn a_text_that_must_say_something_is_refused_when_it_is_blank() {
    for Place {
        field,
        required,
        command,
        ..
    } in texts()
    {
        for blank in [Text::Withheld, Text::Given(" \t\n".to_owned())] {
            let (given, by, action) = command(blank);
            let name = action.name();
            let answer = given.when(by, action).answer;
            if required {
                assert_eq!(answer, Err(Refusal::EmptyText { field }), "{name}");
            } else {
                assert_eq!(answer.unwrap().refusal, None, "{name} {field}");
            }
        }
    }
}

#[test]
fn a_text_may_be_as_long_as_the_log_takes_and_no_longer() {
    for Place {
        field,
        most,
        command,
        ..
    } in texts()
    {
        // Characters and not bytes are counted.
        let (given, by, action) = command(text(&"ë".repeat(most)));
        let name = action.name();
        assert_eq!(
            given.when(by, action).answer.unwrap().refusal,
            None,
            "{name}"
        );
        let (given, by, action) = command(text(&"ë".repeat(most + 1)));
        let too_long = Refusal::TextTooLong {
            field,
            given: most + 1,
            most,
        };
        assert_eq!(given.when(by, action).answer, Err(too_long), "{name}");
    }
}

#[test]
fn the_largest_event_a_command_can_bring_fits_in_the_log() {
    let widest = "\u{1F333}";
    let mut limits = limits();
    limits.power = "\u{1}".repeat(1_000);
    limits.reference = Some("\u{1}".repeat(500));
    let positions = ('0'..='9').chain('A'..='Z');
    let codes = positions.clone().flat_map(|tens| {
        positions
            .clone()
            .map(move |ones| format!("WK9999{tens}{ones}"))
    });
    limits.wijken = Some(codes.take(1_000).map(|code| wijk(&code)).collect());
    let granted = Register::default().decide(
        &college(),
        now(),
        mandate::Command::Grant {
            entry: entry("sociaal-2026"),
            limits: limits.clone(),
        },
    );
    assert!(granted.is_ok(), "no register would hold it: {granted:?}");
    let mut action = decide(Cents(0), register([("sociaal-2026", limits)]));
    if let Action::Decide {
        motivation,
        residents_note,
        ..
    } = &mut action
    {
        *motivation = text(&widest.repeat(MOST));
        *residents_note = text(&widest.repeat(MOST));
    }
    let decision = given([submitted(), assigned(&anna())])
        .when(anna(), action)
        .answer
        .unwrap();
    let stored = encode(&decision.events[0], REQUEST).unwrap();
    let clear = stored.payload.to_string().len();
    let secret: usize = stored.secrets.iter().map(|secret| secret.value.len()).sum();
    // The envelope and the wrapping of two encrypted fields take less than 2,000 bytes.
    assert!(clear + secret + 2_000 <= 65_535, "{clear} and {secret}");
    assert!(secret >= 40_000);
}

#[test]
fn debug_output_of_a_command_never_shows_a_text() {
    for Place { command, .. } in texts() {
        let (_, by, action) = command(text(MARK));
        let name = action.name();
        let command = Command {
            request: REQUEST,
            by,
            at: now(),
            action,
        };
        let shown = format!("{command:?} {command:#?}");
        assert!(!shown.contains(MARK), "{name} shows its text");
        assert!(shown.contains("Text::Given(..)"), "{name}");
    }
}

proptest! {
    #[test]
    fn debug_output_of_an_event_never_shows_a_text(event in any::event()) {
        let shown = format!("{event:?} {event:#?} {:?}", encode(&event, REQUEST).unwrap());
        prop_assert!(!shown.contains(MARK));
    }

    #[test]
    fn no_text_of_any_event_stays_in_its_clear_part(event in any::event()) {
        let shown = format!("{event:?}");
        prop_assert!(!shown.contains("Text::Withheld"), "the generator forgot a text: {}", shown);
        let given = shown.matches("Text::Given(..)").count();
        let stored = encode(&event, REQUEST).unwrap();
        prop_assert!(!stored.payload.to_string().contains(MARK));
        prop_assert_eq!(stored.secrets.len(), given);
        prop_assert!(stored.secrets.iter().all(|secret| secret.value.starts_with(MARK)));
        prop_assert!(stored.secrets.is_sorted_by(|one, next| one.field < next.field));
    }
}

#[test]
fn a_refusal_never_repeats_what_was_written() {
    for Place { most, command, .. } in texts() {
        let (given, by, action) = command(text(&format!("{MARK} {}", "x".repeat(most))));
        let refusal = given.when(by, action).answer.unwrap_err();
        assert!(!format!("{refusal} {refusal:?}").contains(MARK));
    }
}
