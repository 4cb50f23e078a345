//! What every request in the story meets: the calendar, the staff, and the registers as they stand.

use std::sync::Arc;

use casework::area::Areas;
use casework::mandate::Register;
use casework::norm::Norms;
use casework::{Event, Placement};

use crate::calendar::Calendar;
use crate::place::WIJKEN;
use crate::staff::Staff;

/// The world at a moment.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) calendar: Calendar,
    pub(crate) staff: Staff,
    pub(crate) areas: Areas,
    pub(crate) norms: Arc<Norms>,
    pub(crate) register: Arc<Register>,
    /// Versions of the streams of areas, norms and register.
    pub(crate) versions: [i64; 3],
}

impl World {
    /// Before anything was entered.
    pub(crate) fn new(seed: u64, calendar: Calendar) -> Self {
        Self {
            calendar,
            staff: Staff::new(seed, calendar),
            areas: Areas::default(),
            norms: Arc::default(),
            register: Arc::default(),
            versions: [0; 3],
        }
    }

    /// Folds a fact of a register.
    pub(crate) fn evolve(&mut self, event: &Event) {
        match event {
            Event::WijkListed(_) => {
                self.areas = std::mem::take(&mut self.areas).evolve(event);
                self.versions[0] += 1;
            }
            Event::ServicenormSet(_) => {
                self.norms =
                    Arc::new(Arc::unwrap_or_clone(std::mem::take(&mut self.norms)).evolve(event));
                self.versions[1] += 1;
            }
            _ => {
                let register = Arc::unwrap_or_clone(std::mem::take(&mut self.register));
                self.register = Arc::new(register.evolve(event));
                self.versions[2] += 1;
            }
        }
    }

    /// A wijk as its code, in the edition that is listed now.
    pub(crate) fn placement(&self, wijk: usize) -> Placement {
        self.areas
            .place(Some(WIJKEN[wijk].wijk()))
            .unwrap_or_else(|_| Placement::unknown())
    }
}
