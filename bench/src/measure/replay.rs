//! The whole log, typed and counted per wijk.

use anyhow::ensure;

use super::Effort;
use crate::drive::{Sample, rate};
use crate::figures::{Case, Goal};
use crate::one_replay::{OneReplay, Outcome, Tally, Way};
use crate::server::Server;

/// Who reads, with how many workers.
const CASES: [(Way, i64, &str); 4] = [
    (Way::Raw, 1, "raw COPY"),
    (Way::Ours, 1, "ours"),
    (Way::Raw, 2, "raw COPY, 2 workers"),
    (Way::Ours, 2, "ours, 2 workers"),
];

pub(crate) async fn run(server: &Server, effort: &Effort) -> anyhow::Result<Vec<Case>> {
    let database = server.history(effort.history_events).await?;
    let mut samples = CASES.map(|_| Vec::new());
    let mut peaks = [0.0_f64; CASES.len()];
    let mut expected: Option<Tally> = None;
    // The first one warms the cache of the system and is not counted.
    OneReplay::spawn(database.url(), Way::Raw, 1).await?;
    for round in 0..effort.long_rounds {
        for turn in 0..CASES.len() {
            let at = (round + turn) % CASES.len();
            let (way, workers, _) = CASES[at];
            let outcome = OneReplay::spawn(database.url(), way, workers).await?;
            check(&outcome, effort)?;
            let first = expected.get_or_insert_with(|| outcome.tally.clone());
            ensure!(*first == outcome.tally, "two replays saw different things");
            peaks[at] = peaks[at].max(outcome.peak_mib);
            samples[at].push(Sample {
                per_s: rate(
                    effort.history_events,
                    std::time::Duration::from_secs_f64(outcome.seconds),
                ),
                latencies: Vec::new(),
            });
        }
    }
    let group = format!("{} events", effort.history_events);
    let case = |at: usize, goal: Option<Goal>| {
        Case::new(&group, CASES[at].2, "events/s", &samples[at]).aside("peak MiB", peaks[at], goal)
    };
    let small = Some(Goal::AtMost(64.0));
    let [raw, ours, raw_2, ours_2] = [case(0, None), case(1, small), case(2, None), case(3, small)];
    let ours_2 = ours_2
        .beside(&ours, Some(Goal::AtLeast(1.4)))
        .beside(&raw_2, None);
    Ok(vec![
        ours.beside(&raw, Some(Goal::AtLeast(0.85))),
        raw.clone(),
        ours_2,
        raw_2.beside(&raw, None),
    ])
}

fn check(outcome: &Outcome, effort: &Effort) -> anyhow::Result<()> {
    let tally = &outcome.tally;
    ensure!(
        usize::try_from(tally.events)? == effort.history_events,
        "a replay of {} events had {}",
        effort.history_events,
        tally.events
    );
    ensure!(
        tally.out_of_order == 0,
        "{} events were out of order",
        tally.out_of_order
    );
    Ok(())
}
