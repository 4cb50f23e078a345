//! What each figure means, as the report itself says it. Changing a meaning raises [`VERSION`].

use crate::document::Definition;

/// Version of the definitions below.
pub const VERSION: &str = "2026.1";

/// Whom the figures are about.
pub(super) const POPULATION: &str = "Verzoeken met een gebeurtenis voor het einde van de periode. Elk cijfer telt een verzoek \
hoogstens eenmaal, tenzij er gebeurtenissen staat. Een verzoek hoort bij de wijk en het domein die het had aan het einde van de \
periode, of bij zijn laatste afsluiting als die eerder was en het niet is heropend. Geteld wordt naar wanneer iets gebeurde, in \
Nederlandse dagen; wat later bekend wordt verandert dus ook eerdere perioden. Correcties staan op de plaats van wat zij corrigeren.";

/// One meaning for each member of the figures.
pub(super) const DEFINITIONS: &[Definition] = &[
    meaning(
        "ontvangen",
        "verzoeken waarvan de eerste indiening in de periode viel",
    ),
    meaning("besloten", "verzoeken met een besluit in de periode"),
    meaning(
        "afgehandeld",
        "verzoeken die in de periode zijn afgehandeld, ook als zij daarna zijn heropend",
    ),
    meaning(
        "ingetrokken",
        "verzoeken die in de periode zijn ingetrokken",
    ),
    meaning("heropend", "verzoeken die in de periode zijn heropend"),
    meaning(
        "openAanEinde",
        "verzoeken die bij het einde van de periode niet waren afgehandeld of ingetrokken, of daarna waren heropend; \
         hun leeftijd loopt van de eerste indiening tot het einde van de periode, of tot wat het log het laatst vernam als dat eerder was",
    ),
    meaning(
        "totToewijzing",
        "tijd van de eerste indiening tot de eerste toewijzing, van verzoeken waarvan die toewijzing in de periode viel",
    ),
    meaning(
        "totBesluit",
        "tijd van de eerste indiening tot het eerste besluit, van verzoeken waarvan dat besluit in de periode viel",
    ),
    meaning(
        "totAfhandeling",
        "tijd van de eerste indiening tot de laatste afhandeling in de periode die niet in de periode door een heropening ongedaan is gemaakt",
    ),
    meaning(
        "uitkomsten",
        "besloten verzoeken naar de uitkomst van het laatste besluit in de periode; de tijd is die tot het eerste besluit, \
         naar de uitkomst van dat eerste besluit",
    ),
    meaning(
        "onderMandaat",
        "besloten verzoeken naar het laatste besluit in de periode: ja als het een mandaat noemt, nee als het orgaan besloot, en anders \
         naar de verklaring die er in de geschiedenis aan voorafging; onbekend als die er niet is",
    ),
    meaning(
        "geescaleerd",
        "verzoeken die in de periode naar het stadhuis gingen; per grond kan een verzoek vaker dan eens meetellen",
    ),
    meaning(
        "geweigerdeBesluiten",
        "gebeurtenissen: pogingen tot besluit in de periode waarbij een toets van het mandaat niet slaagde",
    ),
    meaning(
        "n, uitgesloten",
        "hoeveel tijden gemeten zijn, en hoeveel niet omdat er geen indiening is of een die later viel",
    ),
    meaning(
        "mediaanDagen, p90Dagen",
        "kwantielen door lineaire interpolatie (type 7) over hele seconden, in dagen van 24 uur, naar boven afgerond vanaf de helft op 0,1",
    ),
];

const fn meaning(figure: &'static str, meaning: &'static str) -> Definition {
    Definition { figure, meaning }
}
