use super::*;

#[test]
fn the_built_in_register_is_sound_and_a_typo_has_a_line() {
    let register = StatedRegister::find("chicago-register").unwrap();
    assert!(register.commands().len() > 3);
    let text = "from = \"2014-01-01\"\noutcome = \"granted\"\nnot_consulted = \"urgent\"\nedition = 2014\n\
                [wijken]\nWK990101 = \"Ward 1\"\n";
    StatedRegister::parse("own", text).unwrap();
    let wrong = |change: (&str, &str)| {
        let error = StatedRegister::parse("own", &text.replace(change.0, change.1)).unwrap_err();
        error.to_string()
    };
    assert!(wrong(("edition", "editie")).contains("line 4"));
    assert!(wrong(("granted", "unknown")).contains("state what"));
    assert!(wrong(("WK990101 = \"Ward 1\"", "")).contains("at least one"));
    assert!(wrong(("WK990101", "Ward1")).contains("CBS code"));
    let error = StatedRegister::find("no-such-register").unwrap_err();
    assert!(error.to_string().contains("no-such-register"), "{error}");
}
