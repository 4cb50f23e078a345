//! How far something has come: one line that changes on a terminal, a few plain ones elsewhere.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};

/// Shows progress on stderr.
pub(crate) struct Shower {
    how: How,
    last: Mutex<Last>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// A program reads the answer: nothing is shown.
    Silent,
    /// A line a tenth.
    Lines,
    /// One line, written over.
    Terminal,
}

#[derive(Default)]
struct Last {
    what: String,
    percent: Option<i64>,
}

impl Shower {
    pub(crate) fn new(json: bool) -> Self {
        let how = match (json, io::stderr().is_terminal()) {
            (true, _) => How::Silent,
            (false, true) => How::Terminal,
            (false, false) => How::Lines,
        };
        Self {
            how,
            last: Mutex::default(),
        }
    }

    /// So much of so much is done, at so many a second.
    pub(crate) fn show(&self, what: &str, (done, of): (i64, i64), per_second: Option<f64>) {
        let percent = if of > 0 {
            (i128::from(done) * 100 / i128::from(of))
                .try_into()
                .unwrap_or(100)
        } else {
            100
        };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let new = match self.how {
            How::Silent => false,
            How::Terminal => last.what != what || last.percent != Some(percent),
            How::Lines => {
                last.what != what || last.percent.is_none_or(|last| last / 10 < percent / 10)
            }
        };
        if !new {
            return;
        }
        what.clone_into(&mut last.what);
        last.percent = Some(percent);
        let speed = per_second
            .filter(|per_second| *per_second >= 1.0)
            .map_or_else(String::new, |per_second| format!(", {per_second:.0}/s"));
        let line = format!("{what}: {done} of {of} events, {percent}%{speed}");
        let mut err = io::stderr().lock();
        // Nobody to show it to is no reason to stop.
        let _nobody_looks = match self.how {
            How::Terminal => write!(err, "\r\x1b[2K{line}").and_then(|()| err.flush()),
            _ => writeln!(err, "{line}"),
        };
    }

    /// Leaves the terminal as the next line wants it.
    pub(crate) fn end(&self) {
        if self.how == How::Terminal {
            let mut err = io::stderr().lock();
            let _nobody_looks = write!(err, "\r\x1b[2K").and_then(|()| err.flush());
        }
    }
}
