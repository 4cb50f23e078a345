//! Bytes that COPY never writes are refused, and every cut of those that it does is noticed.

use super::*;

const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// A row whose columns hold their own number, but for a null.
fn row() -> Vec<u8> {
    let mut row = 17_i16.to_be_bytes().to_vec();
    for column in 0..17_u8 {
        if column == 11 {
            row.extend((-1_i32).to_be_bytes());
        } else {
            row.extend(i32::from(column).to_be_bytes());
            row.extend(vec![column; usize::from(column)]);
        }
    }
    row
}

#[test]
fn a_header_is_taken_once_it_is_whole() {
    for cut in 0..HEADER.len() {
        assert_eq!(header(&HEADER[..cut]), Ok(Piece::Partial), "{cut}");
    }
    assert_eq!(header(HEADER), Ok(Piece::Header(19)));
    assert_eq!(header(&[HEADER, &row()].concat()), Ok(Piece::Header(19)));
}

#[test]
fn a_header_that_differs_in_any_byte_is_refused() {
    for at in 0..HEADER.len() {
        let mut other = HEADER.to_vec();
        other[at] ^= 1;
        assert!(
            matches!(header(&other), Err(BrokenReplay::Malformed(_))),
            "{at}"
        );
    }
}

#[test]
fn a_row_is_taken_once_it_is_whole() {
    let row = row();
    for cut in 0..row.len() {
        assert_eq!(piece(&row[..cut]), Ok(Piece::Partial), "{cut}");
    }
    let more = [row.as_slice(), row.as_slice()].concat();
    assert_eq!(piece(&more), Ok(Piece::Row(row.len())));
}

#[test]
fn a_row_gives_back_its_columns() {
    let row = row();
    let mut columns = Columns::of(&row);
    for column in 0..17_u8 {
        let bytes = vec![column; usize::from(column)];
        let expected = (column != 11).then_some(bytes.as_slice());
        assert_eq!(columns.bytes_opt().unwrap(), expected);
    }
    assert!(columns.bytes_opt().is_err(), "there is an eighteenth");
}

#[test]
fn the_trailer_is_no_row() {
    assert_eq!(piece(&[0xff]), Ok(Piece::Partial));
    assert_eq!(piece(&[0xff, 0xff]), Ok(Piece::Trailer(2)));
}

#[test]
fn another_number_of_columns_is_refused() {
    for columns in [-2_i16, 0, 16, 18] {
        let mut row = row();
        row[..2].copy_from_slice(&columns.to_be_bytes());
        assert!(
            matches!(piece(&row), Err(BrokenReplay::Malformed(_))),
            "{columns}"
        );
    }
}

#[test]
fn a_length_that_cannot_be_is_refused_without_waiting_for_so_many_bytes() {
    for length in [-2_i32, i32::MIN, i32::MAX, 200_000] {
        let mut row = row();
        row[2..6].copy_from_slice(&length.to_be_bytes());
        assert!(
            matches!(piece(&row), Err(BrokenReplay::Malformed(_))),
            "{length}"
        );
    }
}

#[test]
fn a_column_of_another_width_a_null_or_broken_text_is_refused() {
    let one =
        |length: i32, bytes: &[u8]| [&[0, 1], length.to_be_bytes().as_slice(), bytes].concat();
    assert!(Columns::of(&one(7, &[0; 7])).fixed::<8>().is_err());
    assert!(Columns::of(&one(-1, &[])).fixed::<8>().is_err());
    assert!(Columns::of(&one(-1, &[])).text().is_err());
    assert!(Columns::of(&one(2, &[0xc3, 0x28])).text().is_err());
    assert_eq!(Columns::of(&one(-1, &[])).fixed_opt::<16>(), Ok(None));
    assert_eq!(Columns::of(&one(2, "é".as_bytes())).text(), Ok("é"));
}
