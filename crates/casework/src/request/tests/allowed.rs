//! Every action in every state, and by everybody: which are allowed, and how the others are refused.

use crate::fixture::*;
use crate::request::{Action, State};
use crate::{By, Cents, Event};

/// What may be done when, by the one whose place it is to do so.
const BY_STATE: &str = "
                 new            submitted          assigned           escalated          decided            resolved           withdrawn
submit           ok             already-submitted  already-submitted  already-submitted  already-submitted  already-submitted  already-submitted
place            not-submitted  ok                 ok                 ok                 already-decided    already-ended      already-ended
assign           not-submitted  ok                 ok                 ok                 ok                 already-ended      already-ended
decide           not-submitted  no-lead            ok                 escalated          already-decided    already-ended      already-ended
escalate         not-submitted  no-lead            ok                 escalated          already-decided    already-ended      already-ended
decide-as-organ  not-submitted  not-escalated      not-escalated      ok                 not-escalated      already-ended      already-ended
return           not-submitted  not-escalated      not-escalated      ok                 not-escalated      already-ended      already-ended
resolve          not-submitted  no-lead            not-decided        escalated          ok                 already-ended      already-ended
reopen           not-submitted  not-ended          not-ended          not-ended          not-ended          ok                 ok
withdraw         not-submitted  ok                 ok                 ok                 ok                 already-ended      already-ended
";

/// Who may do what, each action in a state that allows it. The lead is Anna, wijkregisseur sociaal.
const BY_PERSON: &str = "
                 lead           colleague      intake         college        clerk          requester      stranger
submit           ok             ok             ok             may-not        may-not        ok             may-not
place            ok             ok             ok             may-not        may-not        may-not        may-not
assign           ok             ok             may-not        may-not        may-not        may-not        may-not
decide           ok             not-the-lead   not-the-lead   not-the-lead   not-the-lead   not-the-lead   not-the-lead
escalate         ok             not-the-lead   not-the-lead   not-the-lead   not-the-lead   not-the-lead   not-the-lead
decide-as-organ  not-the-organ  not-the-organ  not-the-organ  ok             not-the-organ  not-the-organ  not-the-organ
return           not-the-organ  not-the-organ  not-the-organ  ok             not-the-organ  not-the-organ  not-the-organ
resolve          ok             not-the-lead   not-the-lead   not-the-lead   not-the-lead   not-the-lead   not-the-lead
reopen           ok             ok             ok             may-not        may-not        ok             may-not
withdraw         ok             ok             ok             may-not        may-not        ok             may-not
";

const STATES: [State; 7] = [
    State::New,
    State::Submitted,
    State::Assigned,
    State::Escalated,
    State::Decided,
    State::Resolved,
    State::Withdrawn,
];

/// A history that ends in the state.
fn in_state(state: State) -> Given {
    let under_way = || given([submitted(), assigned(&anna())]);
    let given = match state {
        State::New => given([]),
        State::Submitted => given([submitted()]),
        State::Assigned => under_way(),
        State::Escalated => under_way().fold(&[escalated_to(Some("college"))]),
        State::Decided => under_way().fold(&[decided()]),
        State::Resolved => under_way().fold(&[decided(), resolved()]),
        State::Withdrawn => under_way().fold(&[withdrawn()]),
    };
    assert_eq!(given.request.state(), state);
    given
}

/// Every action, with the one whose place it is and a state that allows it.
fn actions() -> [(Action, By, State); 10] {
    [
        (submit(), intake(), State::New),
        (place("WK999902", None), intake(), State::Submitted),
        (assign(&bram()), bram(), State::Submitted),
        (
            decide(Cents::euros(100), annas_mandate()),
            anna(),
            State::Assigned,
        ),
        (escalate("burgemeester"), anna(), State::Assigned),
        (decide_as_organ(), college(), State::Escalated),
        (send_back(), college(), State::Escalated),
        (resolve(), anna(), State::Decided),
        (reopen(), resident(), State::Resolved),
        (withdraw(), resident(), State::Assigned),
    ]
}

/// `ok` with at least one fact, or the refusal's code.
fn answer(given: Given, by: By, action: Action) -> String {
    match given.when(by, action).answer {
        Ok(decision) => {
            assert!(!decision.events.is_empty(), "allowed, and nothing happened");
            decision
                .refusal
                .map_or("ok".to_owned(), |refusal| refusal.code().to_owned())
        }
        Err(refusal) => refusal.code().to_owned(),
    }
}

/// A table as cells, its header and first column left out, once these are as expected.
#[track_caller]
fn cells(table: &str, columns: &[&str]) -> Vec<(String, Vec<String>)> {
    let mut lines = table.trim_matches('\n').lines();
    let header: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(header, columns);
    lines
        .map(|line| {
            let mut words = line.split_whitespace().map(str::to_owned);
            (words.next().unwrap(), words.collect())
        })
        .collect()
}

#[test]
fn every_action_in_every_state_is_allowed_or_refused_as_the_table_says() {
    let table = cells(BY_STATE, &STATES.map(State::as_str));
    assert_eq!(table.len(), actions().len());
    for ((name, expected), (action, by, _)) in table.into_iter().zip(actions()) {
        assert_eq!(name, action.name());
        let found = STATES.map(|state| answer(in_state(state), by.clone(), action.clone()));
        assert_eq!(found.as_slice(), expected, "{name}");
    }
}

#[test]
fn every_action_by_everybody_is_allowed_or_refused_as_the_table_says() {
    let people = [
        anna(),
        bram(),
        intake(),
        college(),
        clerk(),
        resident(),
        stranger(),
    ];
    let columns = [
        "lead",
        "colleague",
        "intake",
        "college",
        "clerk",
        "requester",
        "stranger",
    ];
    let table = cells(BY_PERSON, &columns);
    assert_eq!(table.len(), actions().len());
    for ((name, expected), (action, _, state)) in table.into_iter().zip(actions()) {
        assert_eq!(name, action.name());
        let found = people
            .clone()
            .map(|by| answer(in_state(state), by, action.clone()));
        assert_eq!(found.as_slice(), expected, "{name}");
    }
}

#[test]
fn a_withdrawn_request_knows_the_same_actions_as_a_resolved_one() {
    let facts: [Event; 3] = [submitted(), withdrawn(), reopened()];
    assert_eq!(given(facts).request.state(), State::Submitted);
}
