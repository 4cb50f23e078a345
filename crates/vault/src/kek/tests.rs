//! The file, the wrapping, and what must not unwrap.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use uuid::{Uuid, uuid};

use super::*;
use crate::Owner;
use crate::golden::{Golden, counting};

const KEY: WrapFor<'static> = WrapFor::Key {
    tenant: "kanaalstad",
    owner: Owner::Person(uuid!("019a3c1e-7b52-7d10-9a4c-000000000007")),
    key_id: uuid!("c2d7a9b4-9f0e-4a3d-b1c6-7e5d4c3b2a19"),
};
const SECRET: WrapFor<'static> = WrapFor::Secret {
    tenant: "kanaalstad",
    purpose: "fingerprint/2026-11",
};

fn golden() -> Golden {
    Golden::read(include_str!("../../testdata/wrap.v1.golden"))
}

fn golden_kek() -> Kek {
    Kek::from_bytes(Zeroizing::new(golden().array("kek")))
}

fn golden_secret() -> [u8; 32] {
    Golden::read(include_str!("../../testdata/field.v1.golden")).array("words.key")
}

#[test]
fn wrapping_is_byte_for_byte_the_golden_file() {
    let (golden, kek, mut fill) = (golden(), golden_kek(), counting());
    let fingerprint = format!("{:08x}", u32::from_be_bytes(golden.array("fingerprint")));
    assert_eq!(kek.fingerprint(), fingerprint);
    assert_eq!(
        kek.wrap_with(KEY, &golden_secret(), &mut fill).unwrap(),
        golden.bytes("key.wrapped")
    );
    assert_eq!(
        kek.wrap_with(SECRET, &golden_secret(), &mut fill).unwrap(),
        golden.bytes("secret.wrapped")
    );
}

#[test]
fn wrapped_bytes_open_for_their_own_row_only() {
    let (kek, wrapped) = (golden_kek(), golden().bytes("key.wrapped").to_vec());
    assert_eq!(kek.unwrap(KEY, &wrapped).as_deref(), Some(&golden_secret()));

    let WrapFor::Key {
        tenant,
        owner,
        key_id,
    } = KEY
    else {
        unreachable!()
    };
    let others = [
        WrapFor::Key {
            tenant: "dijkhaven",
            owner,
            key_id,
        },
        WrapFor::Key {
            tenant,
            owner: Owner::Case(owner.id()),
            key_id,
        },
        WrapFor::Key {
            tenant,
            owner: Owner::Person(Uuid::nil()),
            key_id,
        },
        WrapFor::Key {
            tenant,
            owner,
            key_id: Uuid::nil(),
        },
        SECRET,
    ];
    for other in others {
        assert!(kek.unwrap(other, &wrapped).is_none(), "{other:?}");
    }
    assert!(Kek::generate().unwrap().unwrap(KEY, &wrapped).is_none());
}

#[test]
fn wrapped_bytes_that_were_damaged_do_not_open() {
    let (kek, wrapped) = (golden_kek(), golden().bytes("secret.wrapped").to_vec());
    assert!(kek.unwrap(SECRET, &wrapped).is_some());
    for at in 0..wrapped.len() {
        let mut damaged = wrapped.clone();
        damaged[at] ^= 1;
        assert!(kek.unwrap(SECRET, &damaged).is_none(), "byte {at}");
        assert!(kek.unwrap(SECRET, &wrapped[..at]).is_none(), "cut to {at}");
    }
    assert!(kek.unwrap(SECRET, &[&wrapped[..], &[0]].concat()).is_none());
}

#[test]
fn a_file_is_made_once_private_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kek");
    let made = Kek::load_or_create(&path).unwrap();
    let read = Kek::load_or_create(&path).unwrap();
    assert_eq!(*made.bytes, *read.bytes);
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "no draft is left"
    );
    let from_environment = Kek::from_base64(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(*from_environment.bytes, *made.bytes);
}

#[test]
fn two_files_hold_two_keys() {
    let folder = tempfile::tempdir().unwrap();
    let keks = ["a", "b"].map(|name| Kek::load_or_create(&folder.path().join(name)).unwrap());
    assert_ne!(*keks[0].bytes, *keks[1].bytes);
    assert_ne!(keks[0].fingerprint(), keks[1].fingerprint());
}

#[test]
fn all_that_start_at_once_get_the_same_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kek");
    let start = std::sync::Barrier::new(16);
    let keks: Vec<Kek> = std::thread::scope(|scope| {
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    Kek::load_or_create(&path).unwrap()
                })
            })
            .collect();
        tasks.into_iter().map(|task| task.join().unwrap()).collect()
    });
    assert!(keks.iter().all(|kek| *kek.bytes == *keks[0].bytes));
}

#[test]
fn a_file_that_others_may_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kek");
    Kek::load_or_create(&path).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o601] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = Kek::load_or_create(&path).unwrap_err();
        assert!(
            matches!(error, KekError::ReadableByOthers { mode: found, .. } if found == mode),
            "{error}"
        );
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(Kek::load_or_create(&path).is_ok());
}

#[test]
fn a_file_without_a_key_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kek");
    for text in ["", "not base64!", "c2hvcnQ="] {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(
            matches!(Kek::load_or_create(&path), Err(KekError::InFile { .. })),
            "{text:?}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn a_folder_that_is_missing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("absent").join("kek");
    let error = Kek::load_or_create(&path).unwrap_err();
    assert!(
        matches!(
            &error,
            KekError::Io {
                action: "create",
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("absent/kek"));
}

#[test]
fn text_that_is_no_key_is_refused() {
    assert!(matches!(Kek::from_base64("%%%"), Err(KekError::NotBase64)));
    assert!(matches!(
        Kek::from_base64(""),
        Err(KekError::WrongLength { bytes: 0 })
    ));
    assert!(matches!(
        Kek::from_base64("c2hvcnQ="),
        Err(KekError::WrongLength { bytes: 5 })
    ));
}

#[test]
fn printing_a_kek_shows_its_fingerprint_only() {
    let kek = golden_kek();
    assert_eq!(
        format!("{kek:?}"),
        format!("Kek {{ fingerprint: {:?}, .. }}", kek.fingerprint())
    );
}
