//! wijk
fn main() {}
