//! Reads the golden files, and gives the fixed randomness they were made with.

use std::collections::HashMap;

use crate::random::RandomUnavailable;

/// Every draw takes the next bytes of 00 01 02 … ff 00 ….
pub(crate) fn counting() -> impl FnMut(&mut [u8]) -> Result<(), RandomUnavailable> {
    let mut next = 0u8;
    move |buffer| {
        for byte in buffer {
            *byte = next;
            next = next.wrapping_add(1);
        }
        Ok(())
    }
}

pub(crate) struct Golden(HashMap<&'static str, Vec<u8>>);

impl Golden {
    pub(crate) fn read(text: &'static str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        Self(
            lines
                .map(|line| line.split_once(' ').unwrap())
                .map(|(label, hex)| (label, from_hex(hex)))
                .collect(),
        )
    }

    #[track_caller]
    pub(crate) fn bytes(&self, label: &str) -> &[u8] {
        self.0
            .get(label)
            .unwrap_or_else(|| panic!("the golden file has {label}"))
    }

    #[track_caller]
    pub(crate) fn array<const N: usize>(&self, label: &str) -> [u8; N] {
        self.bytes(label).try_into().unwrap()
    }
}

fn from_hex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2));
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}
