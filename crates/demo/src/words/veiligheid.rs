//! Safety, serious nuisance, crime.

use super::Kind;

pub(super) const KINDS: [Kind; 7] = [
    Kind {
        name: "overlast",
        weight: 24,
        problems: [
            "elke avond is het tot diep in de nacht onrustig bij {plek}.",
            "een groep maakt de omgeving van {plek} onveilig.",
            "er wordt met flessen gegooid bij {plek}.",
        ],
        details: [
            "Wie er iets van zegt, wordt uitgescholden.",
            "Bewoners lopen een blokje om.",
            "De wijkagent kent de groep, maar wie doet er iets?",
        ],
        wishes: [
            "Kan er gezamenlijk toezicht komen?",
            "Wij willen een gesprek met u en de politie.",
            "Graag een plan, geen losse surveillance.",
        ],
        euros: Some([0, 400, 1_800, 8_000]),
    },
    Kind {
        name: "drugshandel",
        weight: 13,
        problems: [
            "er wordt openlijk gedeald bij {plek}.",
            "bij {plek} stoppen de hele avond auto's voor een minuut.",
            "in de garagebox bij {plek} ruikt het naar hennep.",
        ],
        details: [
            "Ik durf mijn naam er niet bij te zetten als de buren dat lezen.",
            "Kentekens heb ik genoteerd.",
            "Kinderen vinden zakjes in de struiken.",
        ],
        wishes: [
            "Wilt u dit vertrouwelijk behandelen?",
            "Kan er opgetreden worden zonder dat men weet van wie dit komt?",
            "Licht en zicht zouden al helpen.",
        ],
        euros: Some([0, 500, 2_200, 11_000]),
    },
    Kind {
        name: "inbraak",
        weight: 14,
        problems: [
            "in de rij bij {plek} is drie keer ingebroken.",
            "de achterpaden bij {plek} zijn een vrije doorgang voor inbrekers.",
            "er lopen vreemden langs de deuren bij {plek} die aan klinken voelen.",
        ],
        details: [
            "De poort sluit niet.",
            "Wij hebben een buurtapp, maar niemand belt door.",
            "Ouderen doen niet meer open.",
        ],
        wishes: [
            "Kan er een slot op de poort?",
            "Graag een avond over preventie.",
            "Wij vragen borden en betere verlichting op het pad.",
        ],
        euros: Some([60, 450, 1_600, 5_200]),
    },
    Kind {
        name: "vernieling",
        weight: 16,
        problems: [
            "het bushokje bij {plek} is weer aan diggelen.",
            "op de school bij {plek} worden elk weekend ruiten ingegooid.",
            "er is brand gesticht in de container bij {plek}.",
        ],
        details: [
            "Het glas lag er zondag nog.",
            "Het is de vierde keer dit jaar.",
            "Er stonden auto's vlakbij.",
        ],
        wishes: [
            "Kan er een tijdelijke camera komen?",
            "Wij willen dat de daders meehelpen herstellen.",
            "Graag snel opruimen, anders volgt meer.",
        ],
        euros: Some([100, 600, 2_400, 9_500]),
    },
    Kind {
        name: "woonoverlast",
        weight: 15,
        problems: [
            "de bewoner van {plek} schreeuwt nachten lang en bedreigt ons.",
            "in de woning bij {plek} wisselen de bewoners elke week.",
            "er is steeds vechten op de trap bij {plek}.",
        ],
        details: [
            "De corporatie zegt dat er een dossier is.",
            "Mijn kind slaapt bij oma.",
            "Hij is in de war en krijgt geen hulp.",
        ],
        wishes: [
            "Wie neemt de leiding, de zorg of de politie?",
            "Kan de burgemeester iets opleggen?",
            "Wij vragen een gesprek met alle betrokkenen.",
        ],
        euros: Some([0, 300, 1_500, 6_000]),
    },
    Kind {
        name: "vuurwerk",
        weight: 8,
        problems: [
            "al weken knalt het elke avond bij {plek}.",
            "bij {plek} wordt illegaal vuurwerk verkocht.",
            "de prullenbakken rond {plek} worden opgeblazen.",
        ],
        details: [
            "De hond durft niet meer naar buiten.",
            "Er is een jongen gewond geraakt.",
            "Het huis trilt ervan.",
        ],
        wishes: [
            "Kan er rond de jaarwisseling toezicht zijn?",
            "Haal de bakken tijdelijk weg.",
            "Kan de jeugd iets anders aangeboden krijgen?",
        ],
        euros: Some([0, 200, 900, 4_000]),
    },
    Kind {
        name: "verward-gedrag",
        weight: 10,
        problems: [
            "een man dwaalt 's nachts rond {plek} en praat in zichzelf.",
            "mijn buurman bij {plek} zet de hele gang vol spullen.",
            "een vrouw slaapt in het portiek van {plek}.",
        ],
        details: [
            "Hij is niet gevaarlijk, maar het gaat niet goed.",
            "Bij brand kan er niemand uit.",
            "Zij weigert hulp van de opvang.",
        ],
        wishes: [
            "Kan er zorg bij voor het misgaat?",
            "Wie is hiervoor het aanspreekpunt?",
            "Graag iemand die vasthoudt en terugbelt.",
        ],
        euros: Some([0, 150, 900, 3_500]),
    },
];
