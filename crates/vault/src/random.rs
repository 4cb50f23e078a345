//! Randomness as an argument, so that golden files can be made with fixed bytes.

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};

/// The operating system gave no random bytes; nothing was sealed or made.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct RandomUnavailable;

/// Fills a buffer with random bytes.
pub(crate) type Fill<'a> = &'a mut dyn FnMut(&mut [u8]) -> Result<(), RandomUnavailable>;

/// The only source used outside tests.
pub(crate) fn system(buffer: &mut [u8]) -> Result<(), RandomUnavailable> {
    SystemRandom::new()
        .fill(buffer)
        .map_err(|_| RandomUnavailable)
}
