//! The views: what they hold, how they follow, and that a rebuild gives the same.
