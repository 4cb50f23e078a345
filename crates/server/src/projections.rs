//! Keeps the views of every municipality up to date while the server runs.

use std::collections::HashSet;
use std::time::Duration;

use eventlog::Tenant;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::App;

/// How soon a municipality that was added by another process is followed.
const LOOK: Duration = Duration::from_secs(1);

/// Follows every log until `stopping` is true, then answers once no batch is under way any more.
pub(crate) async fn follow_all(app: App, mut stopping: watch::Receiver<bool>) {
    let mut followed: HashSet<Tenant> = HashSet::new();
    let mut tasks = JoinSet::new();
    while !*stopping.borrow_and_update() {
        match app.dispatch().log().tenants().await {
            Ok(tenants) => {
                for tenant in tenants {
                    if followed.insert(tenant.clone()) {
                        tasks.spawn(follow(app.clone(), tenant, stopping.clone()));
                    }
                }
            }
            Err(error) => {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(
                    error,
                    "the municipalities could not be listed; trying again"
                );
            }
        }
        // A stop ends the wait; nobody left who could stop it ends the loop.
        if let Ok(Err(_)) = tokio::time::timeout(LOOK, stopping.changed()).await {
            break;
        }
    }
    while tasks.join_next().await.is_some() {}
}

/// Follows one log until the server stops; not even a defect in the views ends it for good.
async fn follow(app: App, tenant: Tenant, stopping: watch::Receiver<bool>) {
    loop {
        let (app, its, mut stopping) = (app.clone(), tenant.clone(), stopping.clone());
        let running = tokio::spawn(async move {
            let stop = async move {
                // An error means that the server itself is gone, which is a stop as well.
                let _stopped_either_way = stopping.wait_for(|stop| *stop).await;
            };
            app.runner().run(&its, stop).await;
        });
        match running.await {
            Ok(()) => return,
            Err(panicked) => {
                tracing::error!(%panicked, %tenant, "following the log broke off; it begins anew");
                tokio::time::sleep(LOOK).await;
            }
        }
    }
}
