//! Public space.

use super::Kind;

pub(super) const KINDS: [Kind; 10] = [
    Kind {
        name: "verlichting",
        weight: 13,
        problems: [
            "de straatlantaarn bij {plek} doet het niet meer.",
            "bij {plek} is het 's avonds aardedonker.",
            "de lampen rond {plek} knipperen de hele nacht.",
        ],
        details: [
            "Kinderen fietsen hier naar sport en zijn slecht te zien.",
            "Er staan drie lantaarns en er brandt er nog een.",
            "Het licht schijnt nu recht onze slaapkamer in.",
        ],
        wishes: [
            "Graag zou ik zien dat er nieuwe lampen in komen.",
            "Kan er een lantaarn bij?",
            "Is een feller armatuur mogelijk, of juist een kap?",
        ],
        euros: Some([80, 350, 1_800, 9_500]),
    },
    Kind {
        name: "groenonderhoud",
        weight: 17,
        problems: [
            "de struiken bij {plek} groeien over de stoep heen.",
            "het plantsoen bij {plek} is een wildernis geworden.",
            "een boom bij {plek} laat grote takken vallen.",
        ],
        details: [
            "Met de rollator kom je er niet meer langs.",
            "Het uitzicht op de kruising is weg.",
            "Er ligt ook zwerfafval tussen.",
        ],
        wishes: [
            "Wilt u laten snoeien?",
            "Wij willen het best zelf bijhouden als de gemeente gereedschap levert.",
            "Kan er iets lagers geplant worden?",
        ],
        euros: Some([60, 300, 1_500, 14_000]),
    },
    Kind {
        name: "bestrating",
        weight: 14,
        problems: [
            "de tegels bij {plek} liggen scheef door boomwortels.",
            "er zit een diepe kuil in de weg bij {plek}.",
            "na het werk aan de leiding is {plek} slordig dichtgelegd.",
        ],
        details: [
            "Mijn moeder is er gestruikeld.",
            "Bij regen staat er een plas van tien meter.",
            "Rolstoelen en kinderwagens moeten over de rijbaan.",
        ],
        wishes: [
            "Kan dit herstraat worden?",
            "Graag een aflopende stoeprand erbij.",
            "Wilt u komen kijken voor er iemand valt?",
        ],
        euros: Some([120, 600, 3_000, 22_000]),
    },
    Kind {
        name: "spelen",
        weight: 10,
        problems: [
            "de schommel op het speelplein bij {plek} is kapot.",
            "er is bij {plek} niets te doen voor kinderen boven de acht.",
            "de zandbak bij {plek} wordt als kattenbak gebruikt.",
        ],
        details: [
            "De ketting hangt er los bij.",
            "Er wonen hier meer dan veertig kinderen.",
            "Ouders durven de jongsten er niet meer te laten spelen.",
        ],
        wishes: [
            "Wij hebben met de straat een lijstje met wensen gemaakt.",
            "Kan er een doel of een klimrek komen?",
            "Graag herstel voor de zomervakantie.",
        ],
        euros: Some([90, 900, 4_500, 28_000]),
    },
    Kind {
        name: "bankje",
        weight: 7,
        problems: [
            "bij {plek} is nergens een plek om te zitten.",
            "het bankje bij {plek} is doorgerot.",
            "ouderen lopen van {plek} naar de winkel en kunnen onderweg niet rusten.",
        ],
        details: [
            "De afstand is te groot voor wie slecht loopt.",
            "Er ligt alleen nog een betonnen poot.",
            "Het is de enige zonnige plek van de buurt.",
        ],
        wishes: [
            "Een bankje met leuning zou genoeg zijn.",
            "Kan er een zitplaats komen, liefst met schaduw?",
            "Wij onderhouden het graag mee.",
        ],
        euros: Some([350, 900, 1_900, 4_800]),
    },
    Kind {
        name: "afval",
        weight: 15,
        problems: [
            "naast de ondergrondse container bij {plek} staat elke week grofvuil.",
            "de container bij {plek} zit vaker vol dan niet.",
            "er waait zwerfvuil van de snackbar naar {plek}.",
        ],
        details: [
            "Er komen ratten op af.",
            "In de zomer is de stank niet te harden.",
            "Mensen zetten hun zakken er dan maar naast.",
        ],
        wishes: [
            "Kan er vaker geleegd worden?",
            "Is een afvalbak met deksel mogelijk?",
            "Wij willen met de straat opruimen als u grijpers brengt.",
        ],
        euros: Some([0, 200, 1_200, 7_500]),
    },
    Kind {
        name: "parkeren",
        weight: 9,
        problems: [
            "bij {plek} staan auto's tot op de hoek geparkeerd.",
            "na zes uur is er rond {plek} geen plek meer te vinden.",
            "bestelbusjes van een bedrijf staan al weken bij {plek}.",
        ],
        details: [
            "De vuilniswagen kan er niet door.",
            "Hulpdiensten zouden vastlopen.",
            "De thuiszorg moet straten verderop staan.",
        ],
        wishes: [
            "Kunnen er kruisen of paaltjes op de hoek?",
            "Graag een paar vakken erbij.",
            "Wij denken aan een laad- en losplek.",
        ],
        euros: Some([150, 700, 2_800, 16_000]),
    },
    Kind {
        name: "verkeer",
        weight: 8,
        problems: [
            "er wordt veel te hard gereden langs {plek}.",
            "de oversteek bij {plek} is onoverzichtelijk.",
            "sluipverkeer neemt de route langs {plek}.",
        ],
        details: [
            "De basisschool ligt om de hoek.",
            "Vorige maand was er een aanrijding.",
            "Niemand houdt zich hier aan dertig.",
        ],
        wishes: [
            "Is een drempel mogelijk?",
            "Kunt u een smiley neerzetten en meten?",
            "Een zebrapad zou al helpen.",
        ],
        euros: Some([250, 1_600, 7_000, 45_000]),
    },
    Kind {
        name: "wateroverlast",
        weight: 4,
        problems: [
            "bij elke bui stroomt het water van de straat onze kelder in bij {plek}.",
            "de kolken bij {plek} zitten verstopt.",
            "de sloot achter {plek} staat tot de rand.",
        ],
        details: [
            "De brandweer is twee keer komen pompen.",
            "Het water komt via de voordeur.",
            "Bladeren liggen er sinds de herfst op.",
        ],
        wishes: [
            "Kunnen de kolken gezogen worden?",
            "Mogen wij tegels inwisselen voor groen, met hulp?",
            "Graag iemand die meekijkt.",
        ],
        euros: Some([100, 500, 4_000, 38_000]),
    },
    Kind {
        name: "honden",
        weight: 3,
        problems: [
            "het gras bij {plek} ligt vol hondenpoep.",
            "honden lopen los rond {plek}.",
            "de uitlaatstrook bij {plek} is opgeheven zonder bericht.",
        ],
        details: [
            "De kleuters spelen er.",
            "Een aangelijnde hond is gebeten.",
            "Nu laat iedereen zijn hond op de stoep uit.",
        ],
        wishes: [
            "Kan er een bak met zakjes komen?",
            "Wij pleiten voor een omheind losloopveld.",
            "Een duidelijk bord zou schelen.",
        ],
        euros: Some([40, 250, 1_400, 9_000]),
    },
];
