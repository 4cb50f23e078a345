//! Everything that needs Postgres or HTTP.
