//! How long sealing, parsing and opening one 300-byte field takes: `cargo run --release -p vault --example seal_cost`.

use std::error::Error;
use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use uuid::Uuid;
use vault::Key;
use vault::field::{self, Context};
use zeroize::Zeroizing;

const ROUNDS: u32 = 200_000;

fn main() -> Result<(), Box<dyn Error>> {
    let key = Key::from_bytes(Uuid::from_u128(1), Zeroizing::new([7; 32]));
    let context = Context {
        tenant: "kanaalstad",
        stream_kind: "request",
        stream_id: "019a3c1e-0000-7000-8000-000000000001",
        event_id: Uuid::from_u128(2),
        kind: "request-submitted",
        schema: 1,
    };
    let value = [b'w'; 300];
    let column = field::seal(&context, &[("words", &key, &value)])?;
    let sealed = field::parse(&column)?.remove(0);
    field::open(&context, &sealed, &key)?;

    let sealing = time(|| drop(black_box(field::seal(&context, &[("words", &key, &value)]))));
    let parsing = time(|| drop(black_box(field::parse(black_box(&column)))));
    let opening = time(|| drop(black_box(field::open(&context, black_box(&sealed), &key))));
    writeln!(
        std::io::stdout(),
        "300-byte field, column of {} bytes, best of 5 x {ROUNDS}: seal {sealing:?}, parse {parsing:?}, open {opening:?}",
        column.len()
    )?;
    Ok(())
}

/// Time of one round, the best of five series: what disturbs a machine only ever adds.
fn time(mut round: impl FnMut()) -> Duration {
    let series = (0..5).map(|_| {
        let start = Instant::now();
        (0..ROUNDS).for_each(|_| round());
        start.elapsed() / ROUNDS
    });
    series.min().unwrap_or_default()
}
