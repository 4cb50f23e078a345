//! `wijk dossier`.

use casework::RequestId;
use clap::Args;
use eventlog::Tenant;
use readmodel::When;
use readmodel::dossier::Dossier;

use crate::args::Global;
use crate::database::Need;
use crate::failure::failed;
use crate::screen;
use crate::session::Session;
use crate::show;

/// Which request.
#[derive(Debug, Args)]
pub(crate) struct DossierArgs {
    /// The request, as its uuid, or as the number an imported case had in its own system.
    request: String,
    /// The system that number is of, as its mapping names it; needed only where several have that number.
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// As it was known then: a time such as 2026-06-30T22:00:00Z, or position:NUMBER.
    #[arg(long, value_name = "MOMENT")]
    as_of: Option<When>,
}

pub(crate) async fn run(global: &Global, args: DossierArgs) -> anyhow::Result<()> {
    let session = Session::open(global, Need::Filled).await?;
    let tenant = session.tenant().await?;
    let (_runner, pool) = session.views(&tenant).await?;
    let view = Dossier::open(&pool, session.vault().clone(), 1).await?;
    let request = match args.request.parse::<RequestId>() {
        Ok(request) => request,
        Err(_) => find(&view, &tenant, &args).await?,
    };
    let dossier = match args.as_of {
        None => view.read(&tenant, request).await?,
        Some(when) => {
            let then = session.as_of(&tenant, when).await?;
            then.dossier(session.vault(), request).await?
        }
    };
    let dossier = dossier.ok_or_else(|| {
        let then = args.as_of.map_or_else(String::new, |when| format!(" as of {when}"));
        failed(
            "unknown-request",
            format!(
                "there is no request {request} of {tenant}{then}; `wijk queue WIJK` lists the open ones"
            ),
        )
    })?;
    if global.json {
        return screen::print_json(&dossier);
    }
    let areas = session.dispatch().area_list(&tenant).await?;
    let text = show::dossier::dossier(&dossier, &areas);
    screen::print(&show::as_of(args.as_of, dossier.position, text))
}

/// The request that a case of another system became.
async fn find(view: &Dossier, tenant: &Tenant, args: &DossierArgs) -> anyhow::Result<RequestId> {
    let number = &args.request;
    let found = match &args.source {
        Some(source) => view.find_imported(tenant, source, number).await?,
        None => view.find_case_number(tenant, number).await?,
    };
    match found.as_slice() {
        [] => Err(failed(
            "unknown-request",
            format!(
                "`{number}` is no request's uuid, and no case of {tenant} was imported under that number"
            ),
        )),
        [only] => Ok(*only),
        several => {
            let ids: Vec<_> = several.iter().map(ToString::to_string).collect();
            Err(failed(
                "several-requests",
                format!(
                    "several cases were imported as `{number}`; say which system with --source, or name the request: {}",
                    ids.join(", ")
                ),
            ))
        }
    }
}
