//! Tokens: who a caller is, signed. The server believes nothing else.
//!
//! Signed with HMAC-SHA-256 under a key that only this installation has, since it issues and checks
//! them itself; tokens of an identity provider come with a public key and their own check.

mod key;

pub use key::{TokenKey, TokenKeyError};

use std::collections::BTreeSet;

use casework::{Actor, By, Function};
use eventlog::Tenant;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};

/// Who issues them.
const ISSUER: &str = "wijk";

/// What they are for.
const AUDIENCE: &str = "wijk-api";

/// Whom a token speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The municipality.
    pub tenant: Tenant,
    /// Who, in which functions.
    pub by: By,
}

/// What a token says, as it travels.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    /// `staff:…` or `person:…`.
    sub: String,
    tenant: String,
    #[serde(default)]
    functions: BTreeSet<Function>,
    /// Seconds since 1970.
    iat: i64,
    /// Seconds since 1970; from this second on it is worth nothing.
    exp: i64,
}

/// Why a token is not one, or cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not three parts of which the first says how it is signed.
    #[error("this is no signed token")]
    Malformed,
    /// Signed in another way, or not at all.
    #[error("the token is not signed with HS256")]
    Algorithm,
    /// Signed by someone else, or changed since.
    #[error("the token's signature is not of this installation")]
    Signature,
    /// Too old.
    #[error("the token expired at {at}")]
    Expired {
        /// Since when.
        at: Timestamp,
    },
    /// Issued for something else.
    #[error("the token was issued by or for something else")]
    Foreign,
    /// A claim is missing, or says what it cannot say.
    #[error("the token's claims do not say who is calling: {reason}")]
    Claims {
        /// Which, and what is wrong. Never quotes the token.
        reason: &'static str,
    },
    /// It could not be signed.
    #[error("the token could not be signed")]
    Signing,
}

/// Issues a token that is good for `lifetime` from `now` on.
///
/// The software itself needs none, and people outside the municipality hold no functions: both are
/// refused.
pub fn issue(
    key: &TokenKey,
    identity: &Identity,
    now: Timestamp,
    lifetime: SignedDuration,
) -> Result<String, TokenError> {
    check(&identity.by)?;
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: identity.by.actor.to_string(),
        tenant: identity.tenant.to_string(),
        functions: identity.by.functions.clone(),
        iat: now.as_second(),
        exp: now.as_second().saturating_add(lifetime.as_secs()),
    };
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, key.encoding())
        .map_err(|_| TokenError::Signing)
}

/// Reads a token that is worth something at `now`.
pub fn verify(key: &TokenKey, token: &str, now: Timestamp) -> Result<Identity, TokenError> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // Compared below with the clock that everything else goes by.
    validation.validate_exp = false;
    let claims = jsonwebtoken::decode::<Claims>(token, key.decoding(), &validation)
        .map_err(|error| explain(error.kind()))?
        .claims;
    if claims.exp <= now.as_second() {
        let at = Timestamp::from_second(claims.exp).unwrap_or(Timestamp::MIN);
        return Err(TokenError::Expired { at });
    }
    let tenant =
        Tenant::new(&claims.tenant).map_err(|_| TokenError::Claims { reason: "tenant" })?;
    let by = By {
        actor: actor(&claims.sub).ok_or(TokenError::Claims { reason: "sub" })?,
        functions: claims.functions,
    };
    check(&by)?;
    Ok(Identity { tenant, by })
}

/// Reads a subject, `staff:…` or `person:…`.
fn actor(subject: &str) -> Option<Actor> {
    let (kind, id) = subject.split_once(':')?;
    match kind {
        "staff" => id.parse().ok().map(Actor::Staff),
        "person" => id.parse().ok().map(Actor::Person),
        _ => None,
    }
}

fn check(by: &By) -> Result<(), TokenError> {
    match by.actor {
        Actor::Staff(_) => Ok(()),
        Actor::Person(_) if by.functions.is_empty() => Ok(()),
        Actor::Person(_) => Err(TokenError::Claims {
            reason: "a person outside the municipality holds no functions",
        }),
        Actor::System(_) => Err(TokenError::Claims {
            reason: "the software itself does not sign in",
        }),
    }
}

fn explain(kind: &ErrorKind) -> TokenError {
    match kind {
        ErrorKind::InvalidSignature => TokenError::Signature,
        ErrorKind::InvalidAlgorithm
        | ErrorKind::InvalidAlgorithmName
        | ErrorKind::UnsupportedAlgorithm => TokenError::Algorithm,
        ErrorKind::InvalidIssuer | ErrorKind::InvalidAudience => TokenError::Foreign,
        ErrorKind::MissingRequiredClaim(_) => TokenError::Claims {
            reason: "iss, aud, sub and exp are required",
        },
        _ => TokenError::Malformed,
    }
}

#[cfg(test)]
mod tests;
