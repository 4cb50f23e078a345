//! Tells a story without a database and prints what it holds: `cargo run --example story -- 3000`.

use std::collections::BTreeMap;

use casework::Event;
use casework::event::Basis;
use jiff::civil::date;

#[expect(clippy::print_stdout, reason = "an example shows what it found")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let requests = std::env::args()
        .nth(1)
        .map_or(Ok(demo::Plan::REQUESTS), |given| given.parse())?;
    let plan = demo::Plan {
        requests,
        ..demo::Plan::ending(date(2026, 11, 24))
    };
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    let mut halves: BTreeMap<String, u64> = BTreeMap::new();
    for told in demo::Story::new(plan) {
        let told = told?;
        if let Some(code) = told.refusal {
            *kinds.entry(format!("refused {code}")).or_default() += 1;
        }
        for fact in told.facts {
            let day = casework::day::of(fact.at);
            let half = format!("{}-H{}", day.year(), if day.month() <= 6 { 1 } else { 2 });
            *kinds.entry(fact.event.kind().to_owned()).or_default() += 1;
            let what = match &fact.event {
                Event::RequestDecided(event) => match &event.basis {
                    Basis::Mandate { limits, .. } => format!("{half} decided by {}", limits.holder),
                    Basis::Organ { organ } => format!("{half} decided by {organ}"),
                    Basis::Unknown => continue,
                },
                Event::RequestEscalated(event) => format!("{half} escalated {}", event.ground),
                Event::RequestSubmitted(_) => format!("{half} submitted"),
                Event::RequestResolved(_) => format!("{half} resolved"),
                _ => continue,
            };
            *halves.entry(what).or_default() += 1;
        }
    }
    for (what, count) in kinds.into_iter().chain(halves) {
        println!("{count:>8} {what}");
    }
    Ok(())
}
