use super::*;

const SMALL: &str = r#"
source = "small"
[columns]
case = "case:nr"
activity = "wat"
time = "tijd"
[[fact]]
fact = "submitted"
activities = ["binnen"]
"#;

#[track_caller]
fn wrong(change: impl Fn(&str) -> String) -> String {
    Mapping::parse("small", &change(SMALL))
        .unwrap_err()
        .to_string()
}

#[track_caller]
fn with(more: &str) -> String {
    wrong(|small| format!("{small}{more}"))
}

#[test]
fn every_built_in_mapping_is_found_by_its_name_and_is_sound() {
    for (name, _) in BUILT_IN {
        let mapping = Mapping::find(name).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            &mapping.source, name,
            "people look for a source by this name"
        );
    }
}

#[test]
fn a_path_works_too_and_a_name_that_is_nothing_lists_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("own.toml");
    std::fs::write(&path, SMALL).unwrap();
    assert_eq!(
        Mapping::find(path.to_str().unwrap()).unwrap().source,
        "small"
    );
    let error = Mapping::find("reciept").unwrap_err().to_string();
    assert!(
        error.contains("`reciept`") && error.contains("receipt, bpic-2015"),
        "{error}"
    );
    let error = Mapping::find(folder.path().to_str().unwrap())
        .unwrap_err()
        .to_string();
    assert!(error.contains("cannot read"), "{error}");
}

#[test]
fn a_typo_is_an_error_that_names_the_key_and_the_line() {
    let error = wrong(|small| small.replace("activities", "activites"));
    assert!(
        error.contains("line 9") && error.contains("`activites`") && error.contains("`activities`"),
        "{error}"
    );
    let error = wrong(|small| small.replace("\"submitted\"", "\"submited\""));
    assert!(
        error.contains("line 8") && error.contains("`submited`") && error.contains("`submitted`"),
        "{error}"
    );
    let error = with("[wijk]\ncolum = \"w\"\n");
    assert!(
        error.contains("line 11") && error.contains("`colum`"),
        "{error}"
    );
    let error = with("[domain]\nvalue = \"openbare ruimte\"\n");
    assert!(
        error.contains("line 11") && error.contains("`openbare-ruimte`"),
        "{error}"
    );
    let error = wrong(|small| small.replace("time = ", "# time = "));
    assert!(error.contains("missing field `time`"), "{error}");
}

/// Tables that cannot be meant, and what the error says.
const UNMEANT: &[(&str, &str)] = &[
    (
        "[[fact]]\nfact = \"decided\"\n",
        "fact 2 (decided): without `activities` or `when`",
    ),
    (
        "[[fact]]\nfact = \"escalated\"\nactivities = [\"x\"]\n",
        "fact 2 (escalated): it needs `ground`",
    ),
    (
        "[[fact]]\nfact = \"mandate-stated\"\nactivities = [\"x\"]\n",
        "it needs `under_mandate`",
    ),
    (
        "[[fact]]\nfact = \"reopened\"\nactivities = [\"x\"]\n",
        "it needs `cause`",
    ),
    (
        "[[fact]]\nfact = \"resolved\"\nactivities = [\"x\"]\nground = \"appeal\"\n",
        "`ground` says nothing",
    ),
    (
        "[[fact]]\nfact = \"resolved\"\nof_case = true\n",
        "needs `time = \"case:…\"`",
    ),
    (
        "[[fact]]\nfact = \"resolved\"\nof_case = true\ntime = \"tijd\"\n",
        "needs `time = \"case:…\"`",
    ),
    (
        "[[fact]]\nfact = \"assigned\"\nof_case = true\nchanges_of = \"x\"\n",
        "either `of_case` or `changes_of`",
    ),
    (
        "[[fact]]\nfact = \"assigned\"\nactivities = [\"a\"]\nchanges_of = \"x\"\n",
        "no place for `activities`",
    ),
    (
        "[[fact]]\nfact = \"assigned\"\nactivities = [\"a\"]\ntext = \"x\"\n",
        "`text` says nothing",
    ),
    (
        "[[fact]]\nfact = \"decided\"\nactivities = [\" \"]\n",
        "an activity is empty",
    ),
    (
        "[[fact]]\nfact = \"decided\"\nwhen = { x = [] }\n",
        "has no values",
    ),
    (
        "[domain]\nvalue = \"sociaal\"\ncolumn = \"x\"\n",
        "domain: give either `value`, or `column`",
    ),
    (
        "[function]\nvalue = \"Hoofd Wijken\"\n",
        "function: `Hoofd Wijken` is not a function",
    ),
    (
        "[wijk]\ncolumn = \"x\"\ntemplate = \"WK9999\"\n",
        "template `WK9999` needs one {}",
    ),
    (
        "[times]\nzone = \"Europe/Haarlem\"\n",
        "times.zone `Europe/Haarlem`",
    ),
    ("[times]\nprecision = \"day\"\n", "times.zone is needed"),
    (
        "[[ignore]]\nreason = \" \"\nactivities = [\"x\"]\n",
        "ignore 1: give a reason",
    ),
    (
        "[term]\ncolumn = \"case:\"\nclock = \"wettelijk\"\n",
        "names no column",
    ),
];

#[test]
fn what_is_well_written_and_cannot_be_meant_is_an_error_that_names_its_part() {
    for (more, expected) in UNMEANT {
        let error = with(more);
        assert!(error.contains(expected), "{more}: {error}");
        assert!(error.contains("mapping `small`"), "{error}");
    }
    assert!(
        wrong(|small| small.replace("\"small\"", "\"Small Town\"")).contains("source `Small Town`")
    );
    assert!(
        wrong(|small| small.split("[[fact]]").next().unwrap().to_owned()).contains("no [[fact]]")
    );
    assert!(wrong(|small| format!("delimiter = \"€\"\n{small}")).contains("delimiter"));
    let twice = "[[fact]]\nfact = \"resolved\"\nof_case = true\ntime = \"case:a\"\n";
    assert!(with(&format!("{twice}{twice}")).contains("a second fact of the case has this name"));
}

#[test]
fn a_value_comes_from_a_table_or_is_listed_when_the_table_does_not_have_it() {
    let mut case = Attributes::default();
    case.push("kanaal", "Balie".to_owned());
    let lookup = |values: &[(&str, Channel)], otherwise| Lookup::Column {
        column: Column::parse("case:kanaal"),
        values: values
            .iter()
            .map(|(words, channel)| ((*words).to_owned(), *channel))
            .collect(),
        otherwise,
    };
    let of = |lookup: Lookup<Channel>| lookup.of(&case, None, &["EMPTY".to_owned()]);
    assert_eq!(
        of(lookup(&[("Balie", Channel::Desk)], None)),
        Ok(Some(Channel::Desk))
    );
    assert_eq!(
        of(lookup(&[("Post", Channel::Post)], Some(Channel::Web))),
        Ok(Some(Channel::Web))
    );
    let unlisted = of(lookup(&[("Post", Channel::Post)], None)).unwrap_err();
    assert_eq!(
        (unlisted.column.as_str(), unlisted.value.as_str()),
        ("case:kanaal", "Balie")
    );
    assert_eq!(
        Function::from_words("Division of Electrical Operations  CDOT")
            .unwrap()
            .as_str(),
        "division-of-electrical-operations-cdot"
    );
    assert_eq!(Function::from_words("---"), None);
}

#[test]
fn a_template_pads_numbers() {
    assert_eq!(
        Template::parse("WK9901{:02}").unwrap().fill("7"),
        "WK990107"
    );
    assert_eq!(
        Template::parse("WK9901{:02}").unwrap().fill("50"),
        "WK990150"
    );
    assert_eq!(Template::parse("{}").unwrap().fill("WK039203"), "WK039203");
    for text in ["", "{", "{:2}", "{:0}", "{}{}", "{:0x}", "}{"] {
        assert!(Template::parse(text).is_err(), "{text}");
    }
}
