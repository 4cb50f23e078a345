//! What the bodies of commands say, and the commands they become.
//!
//! The texts are the descriptions in the API's own document, whose language is Dutch (API-17).

use std::collections::BTreeSet;

use casework::domain::{Channel, Domain};
use casework::event::{
    Closing, Ground, NoMessageReason, NotConsultedReason, Outcome, ReopenCause, RequesterKind,
    Residents,
};
use casework::mandate::{Command, Limits, MandateKind};
use casework::request::Action;
use casework::{By, Cents, Function, MandateId, PersonId, StaffId, Text, WijkCode};
use dispatch::{Intent, Ruling, Submission};
use jiff::civil::Date;
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use super::member::{Member, body};
use super::problem::{InvalidParam, Problem};

body! {
    /// Een verzoek uit de wijk.
    VerzoekInvoer {
        /// De wijk of buurt waar het om gaat; weggelaten wacht het verzoek bij de intake.
        wijk as "wijk": Option<WijkCode>,
        /// Het domein, als dat bekend is.
        domein as "domein": Option<Domain>,
        /// De soort, in de woorden van de gemeente: hoogstens vier woorden, alleen letters.
        soort as "soort": Option<String>,
        /// Hoe het binnenkwam.
        kanaal as "kanaal": Channel,
        /// Van wat voor verzoeker het komt.
        soort_verzoeker as "soortVerzoeker": RequesterKind,
        /// De persoon van wie het komt; wie als inwoner is aangemeld hoeft dit niet te noemen.
        verzoeker as "verzoeker": Option<PersonId>,
        /// Wat er wordt gevraagd, in de woorden van de verzoeker.
        verzoek as "verzoek": Text,
        /// De naam van de verzoeker, hoogstens 500 tekens.
        naam as "naam": Option<Text>,
        /// Hoe de verzoeker te bereiken is, hoogstens 500 tekens.
        contact as "contact": Option<Text>,
        /// De precieze plek, hoogstens 500 tekens.
        plaats as "plaats": Option<Text>,
    }
}

impl VerzoekInvoer {
    pub(super) fn into_intent(self, by: &By) -> Intent {
        Intent::Submit(Submission {
            wijk: self.wijk,
            domain: self.domein,
            request_kind: self.soort,
            channel: self.kanaal,
            requester_kind: self.soort_verzoeker,
            // Who comes from outside speaks for themselves, also when they give no name.
            requester: self.verzoeker.or_else(|| by.person()),
            words: self.verzoek,
            name: self.naam.unwrap_or_default(),
            contact: self.contact.unwrap_or_default(),
            place: self.plaats.unwrap_or_default(),
        })
    }
}

body! {
    /// Wie een verzoek trekt.
    ToewijzingInvoer {
        /// De functie die trekt.
        functie as "functie": Function,
        /// De persoon in die functie, als er een wordt genoemd.
        persoon as "persoon": Option<StaffId>,
        /// Met spoed naar zich toe getrokken, voor de gebiedstafel bijeen is; dan is een reden nodig.
        spoed as "spoed": Option<bool>,
        /// Waarom.
        reden as "reden": Option<Text>,
    }
}

impl ToewijzingInvoer {
    pub(super) fn into_intent(self) -> Intent {
        Intent::Plain(Action::Assign {
            function: self.functie,
            person: self.persoon,
            urgent: self.spoed.unwrap_or(false),
            reason: self.reden.unwrap_or_default(),
        })
    }
}

/// On what a decision rests, in the words of the dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grounds {
    /// An entry of the mandate register.
    Mandate,
    /// The organ itself.
    Organ,
}

impl Member for Grounds {
    fn schema() -> Schema {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(["mandate", "organ"]))
            .default(Some("mandate".into()))
            .into()
    }

    fn read(value: &Value, at: &str, invalid: &mut Vec<InvalidParam>) -> Option<Self> {
        match value.as_str() {
            Some("mandate") => Some(Self::Mandate),
            Some("organ") => Some(Self::Organ),
            _ => {
                let reason = "kies uit: mandate, organ";
                invalid.push(InvalidParam::new(at, "unknown-value", reason));
                None
            }
        }
    }
}

body! {
    /// Een besluit.
    BesluitInvoer {
        /// Waarop het rust: mandate (onder mandaat) of organ (door het orgaan zelf, na een escalatie).
        grondslag as "grondslag": Option<Grounds>,
        /// Wat het wordt.
        uitkomst as "uitkomst": Outcome,
        /// Wat het kost, in eurocenten.
        bedrag as "bedragCenten": Option<Cents>,
        /// In welke functie wordt beslist; weggelaten de functie die trekt. Alleen onder mandaat.
        functie as "functie": Option<Function>,
        /// Het mandaat; weggelaten wordt gezocht wat past. Alleen onder mandaat.
        mandaat as "mandaat": Option<MandateId>,
        /// Waarom.
        motivering as "motivering": Text,
        /// Wat bewoners ermee te maken hadden. Nodig onder mandaat, en alleen dan.
        bewoners as "bewoners": Option<BewonersInvoer>,
    }
}

body! {
    /// Wat bewoners met een besluit te maken hadden.
    BewonersInvoer {
        /// Of zij zijn geraadpleegd.
        geraadpleegd as "geraadpleegd": bool,
        /// Met hoeveel er is gesproken, als dat is geteld.
        aantal as "aantal": Option<u32>,
        /// Waarom niet, als zij niet zijn geraadpleegd.
        reden as "reden": Option<NotConsultedReason>,
        /// Wie zijn geraadpleegd en wat zij wilden; nodig als zij zijn geraadpleegd.
        toelichting as "toelichting": Option<Text>,
    }
}

impl BesluitInvoer {
    pub(super) fn into_intent(self) -> Result<Intent, Problem> {
        match self.grondslag.unwrap_or(Grounds::Mandate) {
            Grounds::Mandate => self.under_mandate(),
            Grounds::Organ => self.by_organ(),
        }
    }

    fn under_mandate(self) -> Result<Intent, Problem> {
        let bewoners = self.bewoners.ok_or_else(|| {
            let reason = "onder mandaat is nodig wat bewoners ermee te maken hadden";
            Problem::invalid_one("bewoners", "required", reason)
        })?;
        Ok(Intent::Decide(Ruling {
            function: self.functie,
            outcome: self.uitkomst,
            amount: self.bedrag,
            mandate: self.mandaat,
            motivation: self.motivering,
            residents: bewoners.residents()?,
            residents_note: bewoners.toelichting.unwrap_or_default(),
        }))
    }

    fn by_organ(self) -> Result<Intent, Problem> {
        refuse_given(
            [
                ("functie", self.functie.is_some()),
                ("mandaat", self.mandaat.is_some()),
                ("bewoners", self.bewoners.is_some()),
            ],
            "dit hoort bij een besluit onder mandaat, niet bij een van het orgaan zelf",
        )?;
        Ok(Intent::Plain(Action::DecideAsOrgan {
            outcome: self.uitkomst,
            amount: self.bedrag,
            motivation: self.motivering,
        }))
    }
}

impl BewonersInvoer {
    fn residents(&self) -> Result<Residents, Problem> {
        if self.geraadpleegd {
            let given = [("bewoners.reden", self.reden.is_some())];
            refuse_given(given, "dit hoort erbij als bewoners niet zijn geraadpleegd")?;
            return Ok(Residents::Yes { count: self.aantal });
        }
        let given = [
            ("bewoners.aantal", self.aantal.is_some()),
            ("bewoners.toelichting", self.toelichting.is_some()),
        ];
        refuse_given(given, "dit hoort erbij als bewoners wel zijn geraadpleegd")?;
        let reason = self.reden.ok_or_else(|| {
            Problem::invalid_one(
                "bewoners.reden",
                "required",
                "zeg waarom bewoners niet zijn geraadpleegd",
            )
        })?;
        Ok(Residents::No { reason })
    }
}

/// Refuses members that say something where they mean nothing.
fn refuse_given<const N: usize>(members: [(&str, bool); N], reason: &str) -> Result<(), Problem> {
    let given: Vec<InvalidParam> = members
        .into_iter()
        .filter(|(_, given)| *given)
        .map(|(name, _)| InvalidParam::new(name, "not-applicable", reason))
        .collect();
    if given.is_empty() {
        Ok(())
    } else {
        Err(Problem::invalid(given))
    }
}

body! {
    /// Een vraag aan het stadhuis.
    EscalatieInvoer {
        /// Het orgaan of de functie aan wie het wordt voorgelegd, zoals college.
        naar as "naar": Function,
        /// Waarom.
        grond as "grond": Ground,
        /// Wat er wordt gevraagd.
        vraag as "vraag": Text,
    }
}

impl EscalatieInvoer {
    pub(super) fn into_intent(self) -> Intent {
        Intent::Plain(Action::Escalate {
            to: self.naar,
            ground: self.grond,
            question: self.vraag,
        })
    }
}

body! {
    /// Een escalatie die teruggaat met een instructie.
    TerugzendingInvoer {
        /// Wat er moet gebeuren.
        instructie as "instructie": Text,
    }
}

impl TerugzendingInvoer {
    pub(super) fn into_intent(self) -> Intent {
        Intent::Plain(Action::Return {
            instruction: self.instructie,
        })
    }
}

body! {
    /// Hoe een uitgevoerd verzoek wordt afgesloten: met kanaal en bericht, of met de reden dat niemand bericht krijgt.
    AfsluitingInvoer {
        /// Hoe de verzoeker bericht kreeg.
        kanaal as "kanaal": Option<Channel>,
        /// Het bericht.
        bericht as "bericht": Option<Text>,
        /// Waarom niemand bericht kreeg.
        reden as "reden": Option<NoMessageReason>,
    }
}

impl AfsluitingInvoer {
    pub(super) fn into_intent(self) -> Result<Intent, Problem> {
        let missing = |name: &str| {
            let reason = "noem kanaal en bericht, of alleen de reden dat niemand bericht kreeg";
            Problem::invalid_one(name, "required", reason)
        };
        let (closing, message) = match (self.reden, self.kanaal, self.bericht) {
            (Some(reason), None, None) => (Closing::NoMessage { reason }, Text::Withheld),
            (None, Some(channel), Some(message)) => (Closing::Message { channel }, message),
            (None, Some(_), None) => return Err(missing("bericht")),
            (None, None, _) => return Err(missing("kanaal")),
            (Some(_), channel, message) => {
                let given = [
                    ("kanaal", channel.is_some()),
                    ("bericht", message.is_some()),
                ];
                refuse_given(
                    given,
                    "dit kan niet samen met de reden dat niemand bericht kreeg",
                )?;
                return Err(missing("reden"));
            }
        };
        Ok(Intent::Plain(Action::Resolve { closing, message }))
    }
}

body! {
    /// Waarom een afgesloten verzoek weer open gaat.
    HeropeningInvoer {
        /// De aanleiding.
        aanleiding as "aanleiding": ReopenCause,
        /// Wat er aan de hand is.
        toelichting as "toelichting": Text,
    }
}

impl HeropeningInvoer {
    pub(super) fn into_intent(self) -> Intent {
        Intent::Plain(Action::Reopen {
            cause: self.aanleiding,
            explanation: self.toelichting,
        })
    }
}

body! {
    /// Waarom een verzoek wordt ingetrokken.
    IntrekkingInvoer {
        /// Waarom.
        reden as "reden": Text,
    }
}

impl IntrekkingInvoer {
    pub(super) fn into_intent(self) -> Intent {
        Intent::Plain(Action::Withdraw { reason: self.reden })
    }
}

body! {
    /// Waar een verzoek thuishoort; minstens een van beide.
    PlaatsingInvoer {
        /// De wijk of buurt; weggelaten blijft die zoals zij was.
        wijk as "wijk": Option<WijkCode>,
        /// Het domein; weggelaten blijft dat zoals het was.
        domein as "domein": Option<Domain>,
    }
}

impl PlaatsingInvoer {
    pub(super) fn into_intent(self) -> Result<Intent, Problem> {
        if self.wijk.is_none() && self.domein.is_none() {
            return Err(Problem::invalid_one(
                "wijk",
                "required",
                "noem een wijk, een domein of beide",
            ));
        }
        Ok(Intent::Place {
            wijk: self.wijk,
            domain: self.domein,
        })
    }
}

body! {
    /// Een mandaat dat wordt verleend.
    MandaatInvoer {
        /// Zijn id, vrij te kiezen en nooit eerder gebruikt.
        mandaat as "mandaat": MandateId,
        /// De juridische soort.
        soort as "soort": MandateKind,
        /// Het orgaan dat het verleent.
        verlener as "verlener": Function,
        /// De bevoegdheid, met haar grondslag in de wet; hoogstens 1000 tekens.
        bevoegdheid as "bevoegdheid": String,
        /// De functie die het krijgt.
        houder as "houder": Function,
        /// De wijken waar het geldt; weggelaten alle.
        wijken as "wijken": Option<BTreeSet<WijkCode>>,
        /// De domeinen waarvoor het geldt; weggelaten alle.
        domeinen as "domeinen": Option<BTreeSet<Domain>>,
        /// Wat een besluit hoogstens mag kosten, in eurocenten; weggelaten is er geen plafond.
        plafond as "plafondCenten": Option<Cents>,
        /// De eerste dag dat het geldt.
        van as "geldigVan": Date,
        /// De laatste dag dat het geldt; weggelaten is er geen einde.
        tot_en_met as "geldigTotEnMet": Option<Date>,
        /// Of het een proef is.
        proef as "proef": Option<bool>,
        /// Het besluit waarbij het is verleend, zoals een nummer van het Gemeenteblad.
        kenmerk as "kenmerk": Option<String>,
    }
}

impl MandaatInvoer {
    pub(super) fn into_command(self) -> Command {
        Command::Grant {
            entry: self.mandaat,
            limits: Limits {
                kind: self.soort,
                grantor: self.verlener,
                power: self.bevoegdheid,
                holder: self.houder,
                wijken: self.wijken,
                domains: self.domeinen,
                ceiling_cents: self.plafond,
                valid_from: self.van,
                valid_until: self.tot_en_met,
                trial: self.proef.unwrap_or(false),
                reference: self.kenmerk,
            },
        }
    }
}

body! {
    /// De intrekking van een mandaat.
    MandaatIntrekkingInvoer {
        /// De eerste dag dat het niet meer geldt; niet voor vandaag.
        ingangsdatum as "ingangsdatum": Date,
        /// Waarom; dit is openbaar.
        reden as "reden": String,
    }
}

impl MandaatIntrekkingInvoer {
    pub(super) fn into_command(self, entry: MandateId) -> Command {
        Command::Revoke {
            entry,
            from: self.ingangsdatum,
            reason: self.reden,
        }
    }
}
