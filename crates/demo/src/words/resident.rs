//! What residents write later on, and what is written to them.

use casework::event::{Outcome, ReopenCause};

use crate::random::Random;

/// The message that a request is closed.
pub(crate) fn closing_message(outcome: Outcome, random: &mut Random) -> String {
    const HELLO: [&str; 3] = ["Beste melder,", "Geachte heer, mevrouw,", "Hallo,"];
    let told: &[&str] = match outcome {
        Outcome::Granted => &[
            "Goed nieuws: het is uitgevoerd. Kijkt u gerust en laat weten of het zo goed is.",
            "Wij hebben gedaan wat u vroeg. Dank voor uw geduld.",
            "Het werk is vanmorgen afgerond.",
            "De bijdrage is overgemaakt. Veel plezier ermee.",
        ],
        Outcome::PartlyGranted => &[
            "Een deel van uw wens is uitgevoerd; de rest komt terug bij het groot onderhoud.",
            "Wij proberen het een half jaar en bellen u dan.",
        ],
        Outcome::Refused => &[
            "Wij kunnen uw wens niet uitvoeren. De uitleg hebben wij met u besproken.",
            "Helaas gaat dit niet door. Bent u het er niet mee eens, dan horen wij dat graag.",
        ],
        Outcome::Referred | Outcome::Unknown => &[
            "Uw verzoek ligt nu bij de partij die hierover gaat. Wij houden contact.",
            "De corporatie neemt contact met u op. Hoort u niets, bel ons dan.",
        ],
    };
    format!("{} {}", random.pick(&HELLO), random.pick(told))
}

/// Why it has to be opened again.
pub(crate) fn reopening(cause: ReopenCause, random: &mut Random) -> String {
    let told: &[&str] = match cause {
        ReopenCause::NotFixed => &[
            "Het is maar half gedaan: na een week was het weer zoals eerst.",
            "Er is niemand geweest, terwijl het als afgehandeld staat.",
            "De reparatie heeft de eerste regenbui niet overleefd.",
        ],
        ReopenCause::NewFacts => &[
            "Er zijn nu meer huizen getroffen dan toen ik schreef.",
            "De eigenaar van het terrein blijkt toch mee te willen werken.",
        ],
        ReopenCause::Disputed => &[
            "Ik ben het niet eens met de afwijzing: de telling was in de vakantie.",
            "U heeft de verkeerde buren gesproken.",
        ],
        ReopenCause::ClosedByMistake => &["Deze melding is per abuis afgesloten met een andere."],
    };
    (*random.pick(told)).to_owned()
}

/// Why it is no longer wanted.
pub(crate) fn withdrawal(waited: bool, random: &mut Random) -> String {
    let told: &[&str] = if waited {
        &[
            "Na al die maanden hoeft het niet meer.",
            "Wij hebben het zelf maar opgelost.",
            "Ik ben inmiddels verhuisd.",
        ]
    } else {
        &[
            "De buurman heeft het al gemaakt.",
            "Het is overgewaaid, u hoeft niets te doen.",
            "Ik had het dubbel gemeld.",
        ]
    };
    (*random.pick(told)).to_owned()
}
