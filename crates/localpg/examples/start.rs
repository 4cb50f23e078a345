//! Starts (or shares) the project's private server, prints its URL and keeps it until input ends.
//!
//! `cargo run -p localpg --example start -- [--durable] [--fetched] [FOLDER] < /dev/null` measures a start and a stop.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::env;
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::Instant;

use localpg::{Error, Options, Postgres, fetch_binaries};

fn main() -> Result<(), Error> {
    let mut options = Options::default();
    for argument in env::args().skip(1) {
        match argument.as_str() {
            "--durable" => options.durable = true,
            "--fetched" => options.binaries = Some(fetch_binaries()?),
            folder => options.dir = Some(PathBuf::from(folder)),
        }
    }
    let begin = Instant::now();
    let postgres = Postgres::ensure(options)?;
    println!(
        "{} (version {}, {} ms)",
        postgres.url("postgres"),
        postgres.version(),
        begin.elapsed().as_millis()
    );
    let _ = io::stdin().read_to_end(&mut Vec::new());
    let begin = Instant::now();
    drop(postgres);
    println!("let go in {} ms", begin.elapsed().as_millis());
    Ok(())
}
