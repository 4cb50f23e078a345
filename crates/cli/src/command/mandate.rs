//! `wijk mandate`: who may decide what, up to how much, where and when.

use casework::event::Scope;
use casework::mandate::{Command, Limits, MandateKind};
use casework::{Cents, Domain, Function, MandateId, WijkCode, day};
use clap::{Args, Subcommand};
use dispatch::RegisterCommand;
use jiff::civil::Date;
use server::document::{MandateDocument, MandatesPage};

use crate::args::Global;
use crate::by::{self, ByArgs};
use crate::database::Need;
use crate::failure::mistyped;
use crate::screen::{self, AIR};
use crate::session::Session;
use crate::words;

/// Characters of an entry's id in the list, at most; a longer one is broken.
const ID_MAX: u16 = 26;

/// What can be done with the mandate register.
#[derive(Debug, Subcommand)]
pub(crate) enum MandateCommand {
    /// Grant a new entry.
    Grant(Box<GrantArgs>),
    /// End an entry before its time. Decisions taken under it keep their basis.
    Revoke(RevokeArgs),
    /// Show all entries.
    List,
}

/// A new entry.
#[derive(Debug, Args)]
pub(crate) struct GrantArgs {
    /// Its id, never used before, such as sociaal-2026.
    entry: MandateId,
    /// The function that gets it, such as wijkregisseur-sociaal.
    #[arg(long, value_name = "FUNCTION")]
    holder: Function,
    /// What may be decided, in words, with its basis in law.
    #[arg(long, value_name = "TEXT")]
    power: String,
    /// The first day in force, such as 2026-01-01.
    #[arg(long, value_name = "DAY")]
    from: Date,
    /// The last day in force; open-ended without it.
    #[arg(long, value_name = "DAY")]
    until: Option<Date>,
    /// The wijken it holds in, with commas between or repeated; all without it.
    #[arg(long, value_name = "WIJK", value_delimiter = ',')]
    wijken: Vec<WijkCode>,
    /// The domains it holds in, with commas between or repeated; all without it.
    #[arg(long, value_name = "DOMAIN", value_delimiter = ',')]
    domains: Vec<Domain>,
    /// The most one decision may cost, in euros, such as 500 or 499,95; no ceiling without it.
    #[arg(long, value_name = "EUROS")]
    ceiling: Option<String>,
    /// mandaat (public law), volmacht (private law) or machtiging (factual acts).
    #[arg(long, default_value = "mandaat")]
    kind: MandateKind,
    /// The organ that grants it.
    #[arg(long, value_name = "FUNCTION", default_value = "college")]
    grantor: Function,
    /// It is a trial (proef), which evaluations show apart.
    #[arg(long)]
    trial: bool,
    /// The decision it is granted by, such as a Gemeenteblad number.
    #[arg(long, value_name = "TEXT")]
    reference: Option<String>,
    #[command(flatten)]
    by: ByArgs,
    /// In which functions; college, burgemeester and mandaatbeheer keep the registers.
    #[arg(long, value_name = "FUNCTION", default_value = "mandaatbeheer")]
    function: Vec<Function>,
}

/// The end of an entry.
#[derive(Debug, Args)]
pub(crate) struct RevokeArgs {
    /// The entry.
    entry: MandateId,
    /// Why. It is public.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The first day without it [default: today].
    #[arg(long, value_name = "DAY")]
    from: Option<Date>,
    #[command(flatten)]
    by: ByArgs,
    /// In which functions; college, burgemeester and mandaatbeheer keep the registers.
    #[arg(long, value_name = "FUNCTION", default_value = "mandaatbeheer")]
    function: Vec<Function>,
}

pub(crate) async fn run(global: &Global, command: MandateCommand) -> anyhow::Result<()> {
    match command {
        MandateCommand::Grant(args) => grant(global, *args).await,
        MandateCommand::Revoke(args) => revoke(global, args).await,
        MandateCommand::List => list(global).await,
    }
}

async fn grant(global: &Global, args: GrantArgs) -> anyhow::Result<()> {
    let limits = Limits {
        kind: args.kind,
        grantor: args.grantor,
        power: args.power,
        holder: args.holder,
        wijken: scope(args.wijken),
        domains: scope(args.domains),
        ceiling_cents: args.ceiling.as_deref().map(euros).transpose()?,
        valid_from: args.from,
        valid_until: args.until,
        trial: args.trial,
        reference: args.reference,
    };
    let session = Session::open(global, Need::Filled).await?;
    let dispatch = session.dispatch();
    let call = args
        .by
        .call(&session.tenant().await?, &dispatch, &args.function)?;
    let done = format!("Granted {} to {}.", args.entry, limits.holder);
    let command = Command::Grant {
        entry: args.entry,
        limits,
    };
    let receipt = dispatch
        .register(&call, RegisterCommand::Mandate(command))
        .await?;
    by::show(&call, &receipt, &done, global.json)
}

async fn revoke(global: &Global, args: RevokeArgs) -> anyhow::Result<()> {
    let session = Session::open(global, Need::Filled).await?;
    let dispatch = session.dispatch();
    let call = args
        .by
        .call(&session.tenant().await?, &dispatch, &args.function)?;
    let from = args.from.unwrap_or_else(|| day::of(dispatch.now()));
    let done = format!("Revoked {} from {from} on.", args.entry);
    let command = Command::Revoke {
        entry: args.entry,
        from,
        reason: args.reason,
    };
    let receipt = dispatch
        .register(&call, RegisterCommand::Mandate(command))
        .await?;
    by::show(&call, &receipt, &done, global.json)
}

async fn list(global: &Global) -> anyhow::Result<()> {
    let session = Session::open(global, Need::Filled).await?;
    let tenant = session.tenant().await?;
    let register = session.dispatch().mandate_register(&tenant).await?;
    let results: Vec<_> = register
        .iter()
        .map(|(id, entry)| MandateDocument::of(id, entry))
        .collect();
    if global.json {
        return screen::print_json(&MandatesPage {
            count: results.len(),
            next: None,
            previous: None,
            results,
        });
    }
    if results.is_empty() {
        return screen::print("The register is empty; grant an entry with `wijk mandate grant`.\n");
    }
    let mut table = screen::table(&[
        "Mandaat",
        "Gemandateerde",
        "Domein",
        "Wijken",
        ">Plafond €",
        "Geldig",
        "Bijzonder",
    ]);
    for mandate in &results {
        table.add_row(row(mandate));
    }
    let longest = results
        .iter()
        .map(|mandate| mandate.entry.as_str().len())
        .max();
    let longest = u16::try_from(longest.unwrap_or_default()).unwrap_or(ID_MAX);
    screen::fix(
        &mut table,
        AIR,
        (0..).zip([longest.clamp(7, ID_MAX), 13, 10, 9, 9, 10, 11]),
    );
    screen::print(&screen::lines(&table))
}

fn row(mandate: &MandateDocument) -> [String; 7] {
    let limits = &mandate.limits;
    let all = || "alle".to_owned();
    let domains = limits.domains.as_ref().map_or_else(all, |domains| {
        let words: Vec<_> = domains
            .iter()
            .map(|domain| words::domain(*domain))
            .collect();
        words.join(", ")
    });
    let wijken = limits
        .wijken
        .as_ref()
        .map_or_else(all, |wijken| match wijken.as_slice() {
            [one, two, _, rest @ ..] if !rest.is_empty() => {
                format!("{one}, {two} en {} andere", rest.len() + 1)
            }
            few => few
                .iter()
                .map(WijkCode::as_str)
                .collect::<Vec<_>>()
                .join(", "),
        });
    let mut remarks = vec![limits.kind.to_string()];
    if limits.trial {
        remarks.push("proef".to_owned());
    }
    if let Some(revoked) = &mandate.revoked {
        remarks.push(format!("ingetrokken per {}", revoked.from));
    }
    [
        mandate.entry.to_string(),
        limits.holder.as_str().replace('-', " "),
        domains,
        wijken,
        words::or_dash(
            limits
                .ceiling
                .map(|cents| words::amount(cents).replace("€ ", "")),
        ),
        format!(
            "{} t/m {}",
            limits.valid_from,
            limits
                .valid_until
                .map_or_else(|| "...".to_owned(), |until| until.to_string())
        ),
        remarks.join(", "),
    ]
}

/// What was listed; nothing listed is everything.
fn scope<T: Ord>(listed: Vec<T>) -> Scope<T> {
    (!listed.is_empty()).then(|| listed.into_iter().collect())
}

/// Reads an amount: whole euros, or with two decimals after a comma or a point.
fn euros(text: &str) -> anyhow::Result<Cents> {
    let wrong = || {
        mistyped(
            "invalid-amount",
            format!(
                "`{text}` is no amount in euros; write it like 500 or 499,95, without separators"
            ),
        )
    };
    let (whole, cents) = text.split_once([',', '.']).unwrap_or((text, "00"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || cents.len() != 2 || !digits(cents) {
        return Err(wrong());
    }
    let whole: i64 = whole.parse().map_err(|_| wrong())?;
    let cents: i64 = cents.parse().map_err(|_| wrong())?;
    let total = whole
        .checked_mul(100)
        .and_then(|all| all.checked_add(cents));
    total.map(Cents).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_they_are_written_here() {
        assert_eq!(euros("500").unwrap(), Cents(50_000));
        assert_eq!(euros("499,95").unwrap(), Cents(49_995));
        assert_eq!(euros("0.05").unwrap(), Cents(5));
    }

    #[test]
    fn what_could_mean_another_amount_is_refused() {
        for text in [
            "",
            "1.000",
            "1,5",
            "-5",
            "€ 5",
            "1.000,00",
            "5,",
            "99999999999999999999",
        ] {
            let error = euros(text).unwrap_err();
            assert!(error.to_string().contains("499,95"), "{text}: {error}");
        }
    }
}
