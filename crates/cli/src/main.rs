//! `wijk`: the one program that shows, serves, fills and looks after a municipality's log.
//!
//! It deliberately holds no rules and no SQL of the log: commands go through `dispatch`, answers come
//! from `readmodel`, and a command here only says which and prints what came of it.
//! Start at [`args`] (what can be typed), then [`session`] (which database, whose log), then [`command`].

mod args;
mod by;
mod command;
mod database;
mod failure;
mod private;
mod progress;
mod screen;
mod session;
mod show;
mod signal;
mod words;

use std::error::Error;
use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use clap::error::ErrorKind;

use args::Args;
use failure::Failure;

/// How long work that cannot be interrupted, such as starting the private server, may still take after a signal.
const LINGER_MAX: Duration = Duration::from_secs(15);

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return usage(&error),
    };
    start_tracing();
    let json = args.global.json;
    let answer = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => {
            let answer = runtime.block_on(command::run(args));
            runtime.shutdown_timeout(LINGER_MAX);
            answer
        }
        Err(error) => Err(error.into()),
    };
    match answer {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.chain().any(<dyn Error>::is::<screen::Enough>) => ExitCode::SUCCESS,
        Err(error) => Failure::of(&error).report(json),
    }
}

/// Help and version are asked for; anything else is told as every other failure is.
fn usage(error: &clap::Error) -> ExitCode {
    let asked = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    let json = std::env::args_os().any(|argument| argument == "--json");
    if asked || !json {
        // A closed pipe is the only way this can fail, and then nobody reads it.
        let _nobody_reads = error.print();
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    }
    let text = error.render().to_string();
    // What follows is how to type it, which a program does not need.
    let text = text.split("\n\n").next().unwrap_or(&text);
    let text = text.trim_start_matches("error: ").trim();
    Failure::usage(text.to_owned()).report(json)
}

/// What goes on inside, on stderr: only what is wrong, unless `WIJK_LOG` asks for more. That a connection of a pool
/// ends with the private server is not wrong.
fn start_tracing() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("WIJK_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,sqlx=error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
}
