//! Figures: medians over rounds, and ratios within a round.

use std::time::Duration;

use serde::Serialize;

use crate::drive::Sample;

/// What a goal asks of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Goal {
    /// No less.
    AtLeast(f64),
    /// No more.
    AtMost(f64),
}

impl Goal {
    /// Whether the figure is as asked.
    pub(crate) fn is_reached(self, figure: f64) -> bool {
        match self {
            Self::AtLeast(least) => figure >= least,
            Self::AtMost(most) => figure <= most,
        }
    }
}

/// One case beside another in the same rounds.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Ratio {
    /// The case that is the measure.
    pub(crate) to: String,
    /// Median over the rounds of the ratio within each.
    pub(crate) median: f64,
    /// The lowest of them.
    pub(crate) lowest: f64,
    /// The highest of them.
    pub(crate) highest: f64,
    /// What was aimed at.
    pub(crate) goal: Option<Goal>,
}

/// Something looked at beside the rate, such as a latency or the memory taken.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Aside {
    /// What, with its unit.
    pub(crate) name: &'static str,
    /// How much.
    pub(crate) value: f64,
    /// What was aimed at.
    pub(crate) goal: Option<Goal>,
}

/// One way of doing the thing measured.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Case {
    /// Cases are compared within a group, such as `32 clients`.
    pub(crate) group: String,
    /// Which way.
    pub(crate) name: String,
    /// Median rate over the rounds.
    pub(crate) per_s: f64,
    /// What is counted.
    pub(crate) unit: &'static str,
    /// Beside other cases.
    pub(crate) ratios: Vec<Ratio>,
    /// Other figures.
    pub(crate) asides: Vec<Aside>,
    #[serde(skip)]
    rounds: Vec<f64>,
}

impl Case {
    /// A case from its rounds; latencies are those of all rounds together.
    pub(crate) fn new(
        group: impl Into<String>,
        name: impl Into<String>,
        unit: &'static str,
        samples: &[Sample],
    ) -> Self {
        let rounds: Vec<f64> = samples.iter().map(|sample| sample.per_s).collect();
        let mut latencies: Vec<Duration> = samples
            .iter()
            .flat_map(|sample| sample.latencies.iter().copied())
            .collect();
        latencies.sort_unstable();
        let asides = [("p50 ms", 50), ("p99 ms", 99)]
            .into_iter()
            .filter_map(|(name, percent)| {
                let at = latencies.len().checked_sub(1)? * percent / 100;
                Some(Aside {
                    name,
                    value: latencies[at].as_secs_f64() * 1e3,
                    goal: None,
                })
            })
            .collect();
        Self {
            group: group.into(),
            name: name.into(),
            per_s: median(&rounds),
            unit,
            ratios: Vec::new(),
            asides,
            rounds,
        }
    }

    /// Beside another case of the same rounds.
    #[must_use]
    pub(crate) fn beside(mut self, other: &Self, goal: Option<Goal>) -> Self {
        let each = self.rounds.iter().zip(&other.rounds);
        let ratios: Vec<f64> = each.map(|(ours, other)| ours / other).collect();
        self.ratios.push(Ratio {
            to: other.name.clone(),
            median: median(&ratios),
            lowest: ratios.iter().copied().fold(f64::INFINITY, f64::min),
            highest: ratios.iter().copied().fold(0.0, f64::max),
            goal,
        });
        self
    }

    /// With goals for other figures that it has, by name.
    #[must_use]
    pub(crate) fn aim(mut self, goals: &[(&str, Goal)]) -> Self {
        for aside in &mut self.asides {
            let goal = goals.iter().find(|(name, _)| *name == aside.name);
            aside.goal = goal.map(|(_, goal)| *goal);
        }
        self
    }

    /// With another figure.
    #[must_use]
    pub(crate) fn aside(mut self, name: &'static str, value: f64, goal: Option<Goal>) -> Self {
        self.asides.push(Aside { name, value, goal });
        self
    }
}

/// The middle one; of an even number, the mean of the middle two. 0 of none.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else {
        return 0.0;
    };
    f64::midpoint(values[last / 2], values[values.len() / 2])
}
