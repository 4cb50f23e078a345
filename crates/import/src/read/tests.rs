use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

fn layout(case: &str) -> Layout {
    Layout {
        format: None,
        case: Column::parse(case),
        delimiter: b',',
        records: Some("notes".to_owned()),
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn read(name: &str, bytes: &[u8]) -> Result<Vec<Record>, ReadError> {
    read_with(name, bytes, &layout("case:concept:name"))
}

fn read_with(name: &str, bytes: &[u8], layout: &Layout) -> Result<Vec<Record>, ReadError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let mut records = Vec::new();
    read_records(&path, layout, &mut |record| {
        records.push(record);
        Ok(())
    })?;
    Ok(records)
}

#[track_caller]
fn error(name: &str, bytes: &[u8]) -> String {
    read(name, bytes).unwrap_err().to_string()
}

const XES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0">
  <global scope="event"><string key="org:group" value="UNKNOWN"/></global>
  <int key="meta:cases" value="2"><int key="inner" value="3"/></int>
  <trace>
    <string key="concept:name" value="A &amp; B"/>
    <string key="empty" value=""/>
    <event>
      <string key="concept:name" value="T02"/>
      <date key="time:timestamp" value="2011-10-11T13:45:40.276+02:00"/>
      <int key="n" value="007"/><float key="f" value="1.50"/><boolean key="b" value="true"/><id key="i" value="X-1"/>
      <string key="outer" value="o"><string key="inner" value="i"/></string>
      <list key="people"><values><string key="who" value="x"/><string key="who" value="y"/></values></list>
    </event>
  </trace>
  <trace><string key="concept:name" value="no events"/></trace>
</log>
"#;

#[test]
fn an_event_log_keeps_values_as_raw_text_whatever_their_type_and_depth() {
    let records = read("log.xes", XES.as_bytes()).unwrap();
    assert_eq!(records.len(), 2);
    let event: Vec<_> = records[0].attributes.as_ref().unwrap().iter().collect();
    assert_eq!(
        event,
        [
            ("b", "true"),
            ("concept:name", "T02"),
            ("f", "1.50"),
            ("i", "X-1"),
            ("n", "007"),
            ("outer", "o"),
            ("outer/inner", "i"),
            ("people/who", "x"),
            ("people/who#2", "y"),
            ("time:timestamp", "2011-10-11T13:45:40.276+02:00"),
        ]
    );
    assert_eq!(records[0].case, "A & B");
    assert_eq!(
        records[0].case_attributes.iter().len(),
        1,
        "empty values say nothing"
    );
    assert_eq!(records[1].attributes, None);
}

#[test]
fn byte_order_marks_namespaces_and_gzip_change_nothing() {
    let plain = read("log.xes", XES.as_bytes()).unwrap();
    let values = |records: &[Record]| -> Vec<_> {
        records
            .iter()
            .map(|r| (r.case.clone(), r.attributes.clone()))
            .collect()
    };
    let marked = [&[0xef, 0xbb, 0xbf], XES.as_bytes()].concat();
    assert_eq!(values(&read("log.xes", &marked).unwrap()), values(&plain));
    let spaced = XES.replace("<log ", r#"<log xmlns="http://www.xes-standard.org/" "#);
    assert_eq!(
        values(&read("log.xes", spaced.as_bytes()).unwrap()),
        values(&plain)
    );
    let prefixed = XES
        .replace("<log ", r#"<x:log xmlns:x="http://www.xes-standard.org/" "#)
        .replace("</log>", "</x:log>")
        .replace("<trace>", "<x:trace>")
        .replace("</trace>", "</x:trace>");
    assert_eq!(
        values(&read("log.xes", prefixed.as_bytes()).unwrap()),
        values(&plain)
    );
    assert_eq!(
        read("log.xes.gz", &gzip(&marked)).unwrap(),
        read("log.xes", &marked).unwrap()
    );
    // Packed by its content, whatever its name; and in several members, as bgzip and cat make them.
    let (front, back) = XES.as_bytes().split_at(300);
    assert_eq!(
        read("log.xes", &[gzip(front), gzip(back)].concat()).unwrap(),
        plain
    );
}

#[test]
fn a_file_that_was_cut_off_is_an_error_that_says_where() {
    for cut in [
        XES.len() - 8,
        XES.find("T02").unwrap(),
        XES.find("</event>").unwrap(),
    ] {
        let message = error("log.xes", &XES.as_bytes()[..cut]);
        assert!(
            message.contains("cut off") && message.contains(&format!("byte {cut}")),
            "{message}"
        );
    }
    let packed = gzip(XES.as_bytes());
    let message = error("log.xes.gz", &packed[..packed.len() - 20]);
    assert!(message.contains("cut off"), "{message}");
    let message = error("log.json", br#"[{"concept:name": "a", "notes": [{"a"#);
    assert!(
        message.contains("element 1") && message.contains("cut off"),
        "{message}"
    );
}

#[test]
fn a_broken_gzip_file_is_an_error_that_says_so() {
    let mut packed = gzip(XES.as_bytes());
    let middle = packed.len() / 2;
    packed[middle] ^= 0xff;
    packed[middle + 1] ^= 0xff;
    let message = error("log.xes.gz", &packed);
    assert!(message.contains("gzip file is broken"), "{message}");
    let trailing = [gzip(XES.as_bytes()), b"rubbish".to_vec()].concat();
    let message = error("log.xes.gz", &trailing);
    assert!(message.contains("gzip file is broken"), "{message}");
}

#[test]
fn what_is_no_event_log_is_refused() {
    assert!(error("log.xes", b"<html></html>").contains("<html> where the <log>"));
    assert!(error("log.xes", b"").contains("no <log>"));
    assert!(error("log.xes", b"<log></trace></log>").contains("byte"));
    assert!(
        error(
            "log.xes",
            b"<log><trace><string key='concept:name' value='&bomb;'/></trace></log>"
        )
        .contains("bomb")
    );
    assert!(
        error("log.xes", b"<log><trace></trace></log>")
            .contains("no value for `case:concept:name`")
    );
    assert!(error("log.xes", &[0xff, 0xfe, 0x3c, 0x00]).contains("UTF-16"));
    assert!(error("log.txt", b"").contains("none of .xes, .csv or .json"));
    let late = XES.replace("</event>\n", "</event><string key=\"late\" value=\"x\"/>\n");
    assert!(error("log.xes", late.as_bytes()).contains("`late` of a trace after its events"));
}

#[test]
fn one_value_that_is_far_too_large_is_an_error_and_not_a_full_memory() {
    let size = usize::try_from(crate::input::RECORD_BYTES_MAX).unwrap() + 100_000;
    let huge = "x".repeat(size);
    let xes = XES.replace("T02", &huge);
    assert!(error("log.xes.gz", &gzip(xes.as_bytes())).contains("one record takes more than"));
    let csv = format!("case:concept:name,a\n1,2\n1,{huge}\n");
    let message = error("log.csv", csv.as_bytes());
    assert!(message.contains("one record takes more than"), "{message}");
    let json = format!(r#"[{{"concept:name": "a"}}, {{"concept:name": "{huge}"}}]"#);
    let message = error("log.json", json.as_bytes());
    assert!(
        message.contains("element 2") && message.contains("one record takes more"),
        "{message}"
    );
}

#[test]
fn a_table_gives_the_same_records_as_an_event_log() {
    let csv = "\u{feff}case:concept:name,case:empty,concept:name,time:timestamp\n\
               A & B,,T02,\"2011\nx\"\nA & B,,\"T\"\"03\",\n";
    let records = read("log.csv", csv.as_bytes()).unwrap();
    assert_eq!(records.len(), 2);
    assert_eq!(records[0].case, "A & B");
    assert_eq!(
        records[0].case_attributes.iter().collect::<Vec<_>>(),
        [("concept:name", "A & B")]
    );
    assert_eq!(
        records[0]
            .attributes
            .as_ref()
            .unwrap()
            .iter()
            .collect::<Vec<_>>(),
        [("concept:name", "T02"), ("time:timestamp", "2011\nx")]
    );
    assert_eq!(
        records[1].attributes.as_ref().unwrap().get("concept:name"),
        Some("T\"03")
    );
    assert_eq!(records[1].place, Place::Line(4));
    assert!(Arc::ptr_eq(
        &records[0].case_attributes,
        &records[1].case_attributes
    ));
}

use std::sync::Arc;

#[test]
fn a_table_that_is_not_one_is_an_error_with_its_line() {
    let message = error("log.csv", b"case:concept:name,a\n1,2\n1,2,3\n");
    assert!(
        message.contains("line 3") && message.contains("3 values") && message.contains("2 columns"),
        "{message}"
    );
    let message = error("log.csv", b"case:concept:name,a\r\n1,\"2\n3\"\r\n1,2,3\r\n");
    assert!(message.contains("line 4"), "{message}");
    assert!(error("log.csv", b"").contains("must name the columns"));
    assert!(error("log.csv", b"a,b\n1,2\n").contains("no column `case:concept:name`"));
    assert!(error("log.csv", b"a,a\n").contains("`a` twice"));
    assert!(error("log.csv", b"case:concept:name,\n").contains("no name"));
    assert!(error("log.csv", b"case:concept:name,a\n,2\n").contains("line 2: no value"));
    assert!(
        error("log.csv", b"case:concept:name,a\n1,\xff\n")
            .contains("line 2: the value of `a` is not UTF-8")
    );
    let message = error("log.csv", b"case:concept:name,a\n1,2\n1,\"three\n1,4\n");
    assert!(
        message.contains("line 3") && message.contains("never closed"),
        "{message}"
    );
}

#[test]
fn a_semicolon_may_separate_the_columns() {
    let mut layout = layout("nr");
    layout.delimiter = b';';
    let records = read_with("log.csv", b"nr;wat\n7;a,b\n", &layout).unwrap();
    assert_eq!(
        records[0].attributes.as_ref().unwrap().get("wat"),
        Some("a,b")
    );
}

#[test]
fn an_array_of_cases_gives_their_notes_and_of_a_name_twice_the_first_value() {
    let json = br#"[
      {"concept:name": "14-1", "lat": 41.75, "twice": "2010-11-15", "twice": true, "none": null,
       "extended": {"ward": "21", "tags": ["a", "b"]},
       "notes": [{"type": "opened", "extended": {"agency": "X"}}, {"type": "closed"}]},
      {"concept:name": "14-2", "notes": []},
      {"concept:name": "14-3"}
    ]"#;
    let records = read("log.json", json).unwrap();
    let shape: Vec<_> = records
        .iter()
        .map(|r| (r.case.as_str(), r.attributes.is_some()))
        .collect();
    assert_eq!(
        shape,
        [
            ("14-1", true),
            ("14-1", true),
            ("14-2", false),
            ("14-3", false)
        ]
    );
    assert_eq!(
        records[0].case_attributes.iter().collect::<Vec<_>>(),
        [
            ("concept:name", "14-1"),
            ("extended/tags/0", "a"),
            ("extended/tags/1", "b"),
            ("extended/ward", "21"),
            ("lat", "41.75"),
            ("twice", "2010-11-15"),
            ("twice#2", "true"),
        ]
    );
    assert_eq!(
        records[0]
            .attributes
            .as_ref()
            .unwrap()
            .get("extended/agency"),
        Some("X")
    );
    assert!(error("log.json", b"{}").contains("an array of cases"));
    assert!(error("log.json", b"[1]").contains("element 1: not an object"));
    assert!(error("log.json", b"[] x").contains("trailing"));
}
