//! What the demo shows: a queue, a dossier, a report, and how to go on.

use std::fmt::Write as _;
use std::net::SocketAddr;

use casework::By;
use casework::{Actor, Function, WijkCode};
use demo::{Employee, MUNICIPALITY, Seeded};
use eventlog::Tenant;
use jiff::SignedDuration;
use readmodel::dossier::Dossier;
use readmodel::evaluation::{Evaluation, Period};
use readmodel::queue::{Page, Queue};
use server::document::QueuePage;
use server::token::{self, Identity, TokenKey};

use crate::failure::failed;
use crate::screen;
use crate::session::{Session, token_key_file};
use crate::show;

/// Requests of the queue that are shown.
const QUEUE_ROWS: i64 = 12;

/// How long the tokens are worth something.
const TOKEN_HOURS: i64 = 12;

/// The queue, the dossier and the report.
pub(super) async fn print(session: &Session, seeded: &Seeded, requests: u64) -> anyhow::Result<()> {
    let tenant = Tenant::new(demo::TENANT)?;
    let (_runner, pool) = session.views(&tenant).await?;
    let areas = session.dispatch().area_list(&tenant).await?;
    let json = session.global().json;
    let page = Page {
        offset: 0,
        limit: if json { QueuePage::ROWS } else { QUEUE_ROWS },
    };
    let queue = Queue::open(&pool, 1)
        .await?
        .page(&tenant, Some(&seeded.wijk), page)
        .await?;
    let dossier = Dossier::open(&pool, session.vault().clone(), 1)
        .await?
        .read(&tenant, seeded.request)
        .await?
        .ok_or_else(|| {
            failed(
                "unknown-request",
                "the demo's own request is not in its views",
            )
        })?;
    let period: Period = seeded.half_year.parse()?;
    let report = Evaluation::open(&pool, 1)
        .await?
        .report(&tenant, &period)
        .await?;
    if json {
        screen::print_json(&QueuePage::of(queue, 1))?;
        screen::print_json(&dossier)?;
        return screen::print_json(&report);
    }
    let text = [
        title(&format!("{MUNICIPALITY}: alles hierin is verzonnen")),
        screen::wrapped(
            "",
            &format!(
                "{requests} verzoeken, {} gebeurtenissen, twee halfjaren voor en twee na de reorganisatie.",
                seeded.events
            ),
        ),
        title("Een wachtrij (fictief)"),
        show::queue::page(&queue, &areas),
        title("Een dossier (fictief)"),
        show::dossier::dossier(&dossier, &areas),
        title("Een rapportage (fictief)"),
        show::report::report(&report, &areas),
    ];
    screen::print(&text.concat())
}

fn title(text: &str) -> String {
    let line = "━".repeat(usize::from(screen::width()).saturating_sub(text.chars().count() + 4));
    format!("\n━━ {text} {line}\n\n")
}

/// What to type next, once the demo has ended.
pub(super) fn print_next(seeded: &Seeded, stays: bool) -> anyhow::Result<()> {
    let mut text = title("En nu");
    if stays {
        text.push_str(&commands(seeded));
        text.push_str("The demo's data stay in the data folder until the next demo; `demo --drop` throws them away.\n");
    } else {
        text.push_str("The demo's database has been dropped; without --once it stays while the demo is served.\n");
    }
    screen::print(&text)
}

fn commands(seeded: &Seeded) -> String {
    // As it was started itself: from a clone that is `target/release/wijk`.
    let wijk = std::env::args().next().unwrap_or_else(|| "wijk".to_owned());
    let (code, request, erased) = (&seeded.wijk, seeded.request, seeded.erased_request);
    let before = &seeded.half_year_before;
    format!(
        "  {wijk} queue {code}\n  {wijk} dossier {request}\n  {wijk} report {before} --wijk {code}\n  {wijk} dossier {erased}   (someone who was erased)\n\n"
    )
}

/// Tokens of a few people, and calls to make with them.
pub(super) fn print_calls(
    session: &Session,
    seeded: &Seeded,
    address: SocketAddr,
) -> anyhow::Result<()> {
    if session.global().json {
        screen::note(&format!("Serving http://{address}/v1 until Ctrl-C."));
        return Ok(());
    }
    let key = TokenKey::load_or_create(&token_key_file(session.global())?)?;
    let mut text = title("En nu");
    text.push_str("In another terminal, in this folder:\n\n");
    text.push_str(&commands(seeded));
    let _infallible = writeln!(
        text,
        "Over HTTP, each as one of the people of {MUNICIPALITY} (tokens for {TOKEN_HOURS} hours):\n"
    );
    for (who, name) in people(seeded) {
        let token = issue(session, &key, who)?;
        let functions: Vec<_> = who.functions.iter().map(Function::as_str).collect();
        let _infallible = writeln!(
            text,
            "# {} ({})\n{name}={token}\n",
            who.staff,
            functions.join(", ")
        );
    }
    let base = format!("http://{address}/v1");
    let _infallible = writeln!(
        text,
        "curl -H \"Authorization: Bearer $REGISSEUR\" {base}/wachtrijen/{wijk}\n\
         curl -H \"Authorization: Bearer $REGISSEUR\" {base}/verzoeken/{request}/dossier\n\
         curl -H \"Authorization: Bearer $COLLEGE\" {base}/rapportages/{period}\n\
         curl -H \"Authorization: Bearer $INTAKE\" -H 'Content-Type: application/json' {base}/verzoeken \\\n  \
         -d '{{\"wijk\":\"{wijk}\",\"domein\":\"sociaal\",\"kanaal\":\"phone\",\"soortVerzoeker\":\"anonymous\",\"verzoek\":\"Een bankje bij het plein (fictief)\"}}'\n\n\
         Serving {base} until Ctrl-C; the whole API is in {base}/openapi.json.",
        wijk = seeded.wijk,
        request = seeded.request,
        period = seeded.half_year,
    );
    screen::print(&text)
}

/// One person for each part: who receives, who decides in the wijk that is shown, and an organ.
fn people(seeded: &Seeded) -> Vec<(&Employee, &'static str)> {
    [
        ("intake", "INTAKE"),
        ("wijkregisseur-sociaal", "REGISSEUR"),
        ("college", "COLLEGE"),
    ]
    .into_iter()
    .filter_map(|(function, name)| Some((find(&seeded.staff, function, &seeded.wijk)?, name)))
    .collect()
}

fn find<'a>(staff: &'a [Employee], function: &str, wijk: &WijkCode) -> Option<&'a Employee> {
    staff.iter().find(|employee| {
        let there = employee.wijken.is_empty() || employee.wijken.contains(wijk);
        there
            && employee
                .functions
                .iter()
                .any(|held| held.as_str() == function)
    })
}

fn issue(session: &Session, key: &TokenKey, who: &Employee) -> anyhow::Result<String> {
    let identity = Identity {
        tenant: Tenant::new(demo::TENANT)?,
        by: By {
            actor: Actor::Staff(who.staff.clone()),
            functions: who.functions.clone(),
        },
    };
    let now = session.dispatch().now();
    Ok(token::issue(
        key,
        &identity,
        now,
        SignedDuration::from_hours(TOKEN_HOURS),
    )?)
}
