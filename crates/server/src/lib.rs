//! The HTTP API: who is calling, what they ask, and what became of it, as documents.
//!
//! It deliberately knows no SQL and holds no rules of its own beyond who may read what: commands go
//! through `dispatch`, answers come from `readmodel`, and a caller is who their signed token says.
//! Start at [`serve`], then read `http.rs` for the routes and `http/refused.rs` for the status table.

mod app;
mod http;
mod projections;
mod serve;
pub mod token;

pub use app::App;
pub use http::document;
pub use http::{API_VERSION, openapi, router};
pub use serve::{ServeError, serve};
