//! The operations on a request: each is a sub-resource, to do one and to list those that were done.

use axum::Json;
use axum::extract::State;
use casework::RequestId;

use super::bodies::{
    AfsluitingInvoer, BesluitInvoer, EscalatieInvoer, HeropeningInvoer, IntrekkingInvoer,
    PlaatsingInvoer, TerugzendingInvoer, ToewijzingInvoer,
};
use super::caller::Caller;
use super::document::{ReceiptDocument, StepsPage};
use super::incoming::{Incoming, Params, Segment};
use super::outgoing::Accepted;
use super::problem::Problem;
use super::requests::{act, read_dossier};
use crate::App;

/// One operation: `POST` does it, `GET` lists the steps of these kinds.
macro_rules! operation {
    (
        $path:literal, $post:ident $post_id:literal $post_summary:literal: |$body:ident: $input:ident| $intent:expr,
        $get:ident $get_id:literal $get_summary:literal: [$($kind:literal),+]
    ) => {
        #[doc = concat!("`POST /v1", $path, "`")]
        #[utoipa::path(
            post,
            path = $path,
            tag = "Handelingen",
            operation_id = $post_id,
            summary = $post_summary,
            params(("id" = uuid::Uuid, Path, description = "Het verzoek")),
            request_body = $input,
            responses((status = 200, description = "Gedaan", body = ReceiptDocument)),
        )]
        pub(super) async fn $post(
            State(app): State<App>,
            Segment(id): Segment<RequestId>,
            incoming: Incoming,
        ) -> Result<Accepted, Problem> {
            let (call, $body) = incoming.read::<$input>()?;
            act(&app, &call, id, $intent).await
        }

        #[doc = concat!("`GET /v1", $path, "`")]
        #[utoipa::path(
            get,
            path = $path,
            tag = "Handelingen",
            operation_id = $get_id,
            summary = $get_summary,
            params(
                ("id" = uuid::Uuid, Path, description = "Het verzoek"),
                ("vanafPositie" = Option<i64>, Query, description = "Wacht tot het antwoord van deze positie is"),
            ),
            responses((status = 200, description = "De stappen", body = StepsPage)),
        )]
        pub(super) async fn $get(
            State(app): State<App>,
            caller: Caller,
            Segment(id): Segment<RequestId>,
            params: Params,
        ) -> Result<Json<StepsPage>, Problem> {
            list(&app, &caller, id, params, &[$($kind),+]).await.map(Json)
        }
    };
}

operation!(
    "/verzoeken/{id}/toewijzingen",
    assign "verzoekToewijzen" "Wijst een verzoek toe aan wie het trekt": |body: ToewijzingInvoer| body.into_intent(),
    assignments "toewijzingenLezen" "Geeft wie het verzoek trok": ["request-assigned"]
);
operation!(
    "/verzoeken/{id}/besluiten",
    decide "overVerzoekBeslissen" "Beslist over een verzoek, onder mandaat of als het orgaan aan wie het is voorgelegd": |body: BesluitInvoer| body.into_intent()?,
    decisions "besluitenLezen" "Geeft de besluiten, ook pogingen die zijn geweigerd": ["request-decided", "decision-refused"]
);
operation!(
    "/verzoeken/{id}/escalaties",
    escalate "verzoekEscaleren" "Legt een verzoek voor aan het stadhuis": |body: EscalatieInvoer| body.into_intent(),
    escalations "escalatiesLezen" "Geeft de escalaties": ["request-escalated"]
);
operation!(
    "/verzoeken/{id}/terugzendingen",
    send_back "escalatieTerugzenden" "Zendt een escalatie terug met een instructie": |body: TerugzendingInvoer| body.into_intent(),
    returns "terugzendingenLezen" "Geeft de terugzendingen": ["escalation-returned"]
);
operation!(
    "/verzoeken/{id}/afsluitingen",
    resolve "verzoekAfsluiten" "Sluit een uitgevoerd verzoek af": |body: AfsluitingInvoer| body.into_intent()?,
    resolutions "afsluitingenLezen" "Geeft de afsluitingen": ["request-resolved"]
);
operation!(
    "/verzoeken/{id}/heropeningen",
    reopen "verzoekHeropenen" "Opent een afgesloten verzoek weer": |body: HeropeningInvoer| body.into_intent(),
    reopenings "heropeningenLezen" "Geeft de heropeningen": ["request-reopened"]
);
operation!(
    "/verzoeken/{id}/intrekkingen",
    withdraw "verzoekIntrekken" "Trekt een verzoek in": |body: IntrekkingInvoer| body.into_intent(),
    withdrawals "intrekkingenLezen" "Geeft de intrekkingen": ["request-withdrawn"]
);
operation!(
    "/verzoeken/{id}/plaatsingen",
    place "verzoekPlaatsen" "Zegt in welke wijk en welk domein een verzoek thuishoort": |body: PlaatsingInvoer| body.into_intent()?,
    placements "plaatsingenLezen" "Geeft de plaatsingen": ["request-placed"]
);

async fn list(
    app: &App,
    caller: &Caller,
    id: RequestId,
    params: Params,
    kinds: &[&str],
) -> Result<StepsPage, Problem> {
    let asked = params.read(&["vanafPositie"])?;
    let dossier = read_dossier(app, caller, id, asked.from_position).await?;
    let mut results = dossier.steps;
    results.retain(|step| kinds.contains(&step.kind.as_str()));
    Ok(StepsPage {
        count: results.len(),
        next: None,
        previous: None,
        results,
        version: dossier.state.version,
        position: dossier.position,
    })
}
