//! What officers write: motivations, questions to the city hall, instructions, notes.

use casework::Domain;
use casework::event::{Ground, Outcome};

use crate::random::Random;

/// Why it was decided so.
pub(crate) fn motivation(outcome: Outcome, organ: bool, random: &mut Random) -> String {
    let reason: &[&str] = match outcome {
        Outcome::Granted => &[
            "De klacht is ter plaatse gezien en klopt; uitvoering kan met de eigen ploeg.",
            "Bewoners dragen zelf bij en het onderhoud is geregeld.",
            "Het past in het wijkplan en kan voor een klein deel van het wijkbudget.",
            "Uitstel maakt het herstel alleen duurder.",
            "Het lost een knelpunt op dat bij drie eerdere meldingen ook speelde.",
            "De betrokken partners zijn het eens over aanpak en rolverdeling.",
        ],
        Outcome::PartlyGranted => &[
            "Het herstel kan nu; de uitbreiding wacht op het groot onderhoud.",
            "De helft van de kosten komt uit het wijkbudget, de rest legt de vereniging in.",
            "Een proef van een half jaar is verantwoord, een vaste voorziening nog niet.",
            "Toezicht komt er op de drukke avonden, niet elke avond.",
        ],
        Outcome::Refused => &[
            "De metingen geven geen aanleiding; het aantal voertuigen is gewoon voor deze straat.",
            "De ondergrond ligt vol kabels en laat dit niet toe.",
            "Direct omwonenden zijn in meerderheid tegen.",
            "Dit valt onder de verhuurder en kan niet uit gemeenschapsgeld.",
        ],
        Outcome::Referred | Outcome::Unknown => &[
            "De woningcorporatie is eigenaar en heeft de zaak overgenomen.",
            "Het wijkteam heeft al contact met dit gezin en pakt het op.",
            "De provincie beheert deze weg; de melding is daar bekend onder ons kenmerk.",
            "De politie onderzoekt dit; wij blijven aanspreekpunt voor de melder.",
        ],
    };
    let by = if organ {
        "Op voorstel van de wijk beslist. "
    } else {
        ""
    };
    format!("{by}{}", random.pick(reason))
}

/// What is asked of the city hall.
pub(crate) fn question(ground: Ground, random: &mut Random) -> String {
    let asked: &[&str] = match ground {
        Ground::NoMandate => &[
            "Voor dit verzoek heb ik geen mandaat; wilt u beslissen of aangeven welke afdeling dit doet?",
            "Kan de afdeling instemmen met dit voorstel? Bewoners wachten op antwoord.",
            "Graag een besluit; ik kan de bewoners nu niets toezeggen.",
        ],
        Ground::AboveCeiling => &[
            "Het voorstel kost meer dan ik mag beslissen; kan het bedrag eenmalig worden toegekend?",
            "Twee offertes liggen boven mijn grens; welke mag ik laten uitvoeren?",
        ],
        Ground::OutsideWijk | Ground::OutsideDomain => &[
            "Het verzoek raakt een gebied waarvoor mijn mandaat niet geldt; wilt u beslissen?",
            "Wie is hiervoor bevoegd? De bewoner verwacht een antwoord van ons beiden.",
        ],
        Ground::DeviatesFromPolicy => &[
            "Dit wijkt af van het beheerplan, maar de reden is goed; staat u de afwijking toe?",
            "Het beleid laat dit niet toe, de buurt draagt het wel; wat is uw oordeel?",
        ],
        Ground::Sensitive => &[
            "Dit ligt gevoelig door eerdere incidenten; wilt u zelf beslissen?",
            "Er is persaandacht; graag een besluit op bestuurlijk niveau.",
        ],
        _ => &[
            "Ik ben bij deze zaak persoonlijk betrokken; wilt u het besluit nemen?",
            "De tafel is het niet eens over de trekker; wilt u die aanwijzen en beslissen?",
        ],
    };
    (*random.pick(asked)).to_owned()
}

/// What the city hall wants done first.
pub(crate) fn instruction(random: &mut Random) -> String {
    const ASKED: [&str; 6] = [
        "Vraag een tweede offerte en blijf binnen het wijkbudget.",
        "Peil eerst het draagvlak bij de direct omwonenden.",
        "Stem af met de woningcorporatie over een bijdrage en beslis dan zelf.",
        "Begin klein: voer de eerste fase uit en kom terug met de ervaringen.",
        "Leg vast wie het beheer doet; daarna is het akkoord.",
        "Ga in gesprek met beide partijen en zoek een oplossing zonder kosten.",
    ];
    (*random.pick(&ASKED)).to_owned()
}

/// Who was spoken with, and what they wanted.
pub(crate) fn residents_note(count: u64, random: &mut Random) -> String {
    const HOW: [&str; 5] = [
        "aan de deur",
        "tijdens een schouw",
        "op een bewonersavond",
        "via de buurtapp",
        "in het wijkcafé",
    ];
    const WANTED: [&str; 6] = [
        "De meesten zijn voor, mits er geen parkeerplaats verdwijnt.",
        "Men wil vooral dat het onderhoud geregeld is.",
        "Twee bewoners zagen liever een andere plek; die is gekozen.",
        "Jongeren vroegen om iets voor hun leeftijd; dat is meegenomen.",
        "Iedereen steunt het voorstel.",
        "Een minderheid vreest geluid; er komt een evaluatie na drie maanden.",
    ];
    format!(
        "{count} bewoners gesproken {}. {}",
        random.pick(&HOW),
        random.pick(&WANTED)
    )
}

/// Why somebody could not wait for the table.
pub(crate) fn urgent_reason(domain: Option<Domain>, random: &mut Random) -> String {
    let reasons: &[&str] = match domain {
        Some(Domain::Veiligheid) => &[
            "Er is vanavond kans op een confrontatie.",
            "Melder wordt bedreigd en moet vandaag iemand spreken.",
            "Brandgevaar in het portiek.",
        ],
        Some(Domain::Sociaal) => &[
            "Huisuitzetting dreigt deze week.",
            "Er is zorg over een kind in dit gezin.",
        ],
        Some(Domain::OpenbareRuimte) | None => &[
            "De put ligt open naast het schoolplein.",
            "Een tak hangt los boven het fietspad.",
            "Het water staat in de kelder.",
        ],
    };
    (*random.pick(reasons)).to_owned()
}

/// Why the lead changed.
pub(crate) fn lead_reason(why: LeadChange, random: &mut Random) -> String {
    let reasons: &[&str] = match why {
        LeadChange::Domain => &[
            "Bij nader inzien gaat het om een ander vakgebied.",
            "Na het huisbezoek blijkt er iets anders aan de hand dan gemeld.",
        ],
        LeadChange::Colleague => &[
            "Overgenomen door een collega wegens ziekte.",
            "De collega van de wijk hiernaast heeft al contact met de melder.",
        ],
        LeadChange::Function => &[
            "De tafel vindt dat het zwaartepunt bij een ander ligt.",
            "Melder heeft een goed contact met deze regisseur en wil dat houden.",
        ],
        LeadChange::Leaving => &["Overdracht: de vorige trekker heeft een andere functie."],
        LeadChange::Reorganisation => &["Overdracht bij de start van de gebiedstafel."],
    };
    (*random.pick(reasons)).to_owned()
}

/// Occasions for a change of lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeadChange {
    /// It belongs to another field.
    Domain,
    /// Somebody else in the same function.
    Colleague,
    /// Another function, though the field stays.
    Function,
    /// Somebody leaves.
    Leaving,
    /// The function itself ends.
    Reorganisation,
}
