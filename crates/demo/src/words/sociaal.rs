//! Social affairs and livability.

use super::Kind;

pub(super) const KINDS: [Kind; 8] = [
    Kind {
        name: "ontmoeting",
        weight: 18,
        problems: [
            "wij willen met de bewoners rond {plek} een maandelijkse eettafel beginnen.",
            "in de flat bij {plek} kent bijna niemand elkaar.",
            "sinds het buurthuis dicht is, is er rond {plek} geen plek om samen te komen.",
        ],
        details: [
            "Er hebben zich al vijftien mensen aangemeld.",
            "Vooral ouderen zitten veel alleen.",
            "De kerkzaal is te huur, maar dat kunnen wij niet betalen.",
        ],
        wishes: [
            "Kan de gemeente de huur en de boodschappen bijdragen?",
            "Wie kan ons op weg helpen?",
            "Een ruimte met een keukentje is genoeg.",
        ],
        euros: Some([120, 700, 2_600, 9_000]),
    },
    Kind {
        name: "buurtfeest",
        weight: 14,
        problems: [
            "de straat bij {plek} bestaat volgend jaar vijftig jaar en dat willen wij vieren.",
            "wij organiseren een straatfeest bij {plek}.",
            "rond {plek} willen oude en nieuwe bewoners kennismaken.",
        ],
        details: [
            "Er komen ongeveer tachtig mensen.",
            "Kinderen doen een optreden.",
            "De buurtvereniging legt zelf ook geld in.",
        ],
        wishes: [
            "Wij vragen een bijdrage voor kramen en stroom.",
            "Mag de straat een dag dicht?",
            "Kunt u meedenken over de kosten?",
        ],
        euros: Some([75, 400, 1_200, 3_600]),
    },
    Kind {
        name: "mantelzorg",
        weight: 10,
        problems: [
            "ik zorg al jaren voor mijn man bij {plek} en het wordt mij te veel.",
            "bij {plek} woont een jongen die voor zijn zieke moeder zorgt.",
            "de mantelzorgers rond {plek} weten elkaar niet te vinden.",
        ],
        details: [
            "Ik slaap slecht en kom de deur niet meer uit.",
            "Op school valt hij in slaap.",
            "Iedereen belt een ander loket.",
        ],
        wishes: [
            "Kan er iemand langskomen om mee te denken?",
            "Een ochtend vrij per week zou helpen.",
            "Wij willen een groep beginnen.",
        ],
        euros: Some([0, 300, 1_500, 5_500]),
    },
    Kind {
        name: "jongeren",
        weight: 15,
        problems: [
            "de jongens die bij {plek} hangen, vervelen zich vooral.",
            "er is voor tieners rond {plek} na schooltijd niets.",
            "onze dochter en haar vriendinnen willen bij {plek} een dansgroep.",
        ],
        details: [
            "De jongerenwerker komt hier nog maar een keer in de twee weken.",
            "Ze hebben zelf een plan gemaakt.",
            "De gymzaal staat 's avonds leeg.",
        ],
        wishes: [
            "Kan de zaal open op woensdag?",
            "Wie praat er met hen in plaats van over hen?",
            "Met een klein bedrag kunnen zij beginnen.",
        ],
        euros: Some([90, 650, 3_000, 12_000]),
    },
    Kind {
        name: "eenzaamheid",
        weight: 11,
        problems: [
            "mijn buurvrouw bij {plek} komt sinds de dood van haar man nergens meer.",
            "ik ben vorig jaar bij {plek} komen wonen en spreek soms dagen niemand.",
            "in de seniorenwoningen bij {plek} blijven de gordijnen dicht.",
        ],
        details: [
            "Zij eet slecht en doet niet open.",
            "De bus rijdt niet meer tot hier.",
            "Er waren vroeger koffieochtenden.",
        ],
        wishes: [
            "Kan een vrijwilliger eens aanbellen?",
            "Ik zoek mensen om mee te wandelen.",
            "Kunnen de koffieochtenden terugkomen?",
        ],
        euros: Some([0, 150, 800, 3_200]),
    },
    Kind {
        name: "burenbemiddeling",
        weight: 12,
        problems: [
            "wij hebben al een jaar ruzie met de buren van {plek} over geluid.",
            "er is rond {plek} ruzie over een schutting.",
            "de bovenburen bij {plek} leven 's nachts.",
        ],
        details: [
            "Praten lukt niet meer.",
            "De verhuurder zegt dat het onze zaak is.",
            "De kinderen durven niet meer buiten te spelen.",
        ],
        wishes: [
            "Kan iemand met ons beiden om tafel?",
            "Wij willen geen politie, wij willen rust.",
            "Wat kan de gemeente hierin?",
        ],
        euros: None,
    },
    Kind {
        name: "geldzorgen",
        weight: 9,
        problems: [
            "na de scheiding red ik het bij {plek} niet meer met de rekeningen.",
            "een gezin bij {plek} dreigt het huis uit te moeten.",
            "ik krijg bij {plek} brieven die ik niet begrijp.",
        ],
        details: [
            "De energie is afgesloten geweest.",
            "Er zijn drie kleine kinderen.",
            "Ik schaam mij en heb te lang gewacht.",
        ],
        wishes: [
            "Bij wie kan ik terecht zonder weer opnieuw alles te vertellen?",
            "Kan er deze week iemand bellen?",
            "Graag hulp met een overzicht.",
        ],
        euros: Some([50, 250, 900, 2_500]),
    },
    Kind {
        name: "buurtmoestuin",
        weight: 11,
        problems: [
            "het lege veldje bij {plek} kan een moestuin worden.",
            "wij tuinieren met de buurt bij {plek} en missen water.",
            "de school bij {plek} wil met bewoners een pluktuin beginnen.",
        ],
        details: [
            "Twaalf huishoudens doen mee.",
            "De grond is van de gemeente.",
            "In droge weken sjouwen wij emmers.",
        ],
        wishes: [
            "Mogen wij de grond gebruiken?",
            "Een kraan en een hek zijn genoeg.",
            "Kan de gemeente grond en zaad bijdragen?",
        ],
        euros: Some([100, 800, 2_800, 7_500]),
    },
];
