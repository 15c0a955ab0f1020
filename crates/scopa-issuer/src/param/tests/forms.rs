use super::*;

#[test]
fn a_form_is_decoded() {
    for (body, expected) in [
        ("", pairs(&[])),
        ("&", pairs(&[])),
        ("a=1", pairs(&[("a", "1")])),
        ("a=1&b=2", pairs(&[("a", "1"), ("b", "2")])),
        ("&a=1&&b=2&", pairs(&[("a", "1"), ("b", "2")])),
        ("a", pairs(&[("a", "")])),
        ("a=", pairs(&[("a", "")])),
        ("=a", pairs(&[("", "a")])),
        ("a=b=c", pairs(&[("a", "b=c")])),
        ("scope=a+b%20c%2Bd", pairs(&[("scope", "a b c+d")])),
        ("%73cope=%c3%A9", pairs(&[("scope", "\u{e9}")])),
        ("a=\u{e9}", pairs(&[("a", "\u{e9}")])),
        ("a=1;b=2", pairs(&[("a", "1;b=2")])),
        ("a=%00", pairs(&[("a", "\0")])),
    ] {
        assert_eq!(told(Params::from_form(body.as_bytes())).unwrap(), expected, "{body}");
        assert_eq!(told(Params::from_query(body)).unwrap(), expected, "{body}");
    }
}

#[test]
fn a_form_that_cannot_be_decoded_is_refused() {
    let undecodable = "not form-encoded UTF-8";
    assert_refused(
        Params::from_form,
        &[
            (b"a=%zz", undecodable),
            (b"a=%2", undecodable),
            (b"a=%", undecodable),
            (b"%=a", undecodable),
            (b"a=%+1", undecodable),
            (b"a=%ff", undecodable),
            (b"a=\xff", undecodable),
            (b"\xc3=a", undecodable),
            (b"a=%c3&b=%a9", undecodable),
            // An overlong `/`, and half of a pair.
            (b"a=%c0%af", undecodable),
            (b"a=%ed%a0%80", undecodable),
        ],
    );
}

#[test]
fn a_parameter_comes_once() {
    let repeated = "more than once";
    assert_refused(
        Params::from_form,
        &[
            (b"scope=a&scope=a", repeated),
            (b"scope=a&scope=b", repeated),
            (b"scope=&scope=", repeated),
            (b"scope&scope=a", repeated),
            (b"scope=a&client_id=b&%73cope=c", repeated),
            (b"unknown=1&unknown=2", repeated),
            (b"=1&=2", repeated),
        ],
    );
    // Names are told apart by case.
    assert!(Params::from_form(b"scope=a&Scope=b").is_ok());
}

#[test]
fn a_resource_may_come_again() {
    let params = Params::from_form(b"resource=https://a&resource=https%3A%2F%2Fb").unwrap();
    assert_eq!(params.all("resource").collect::<Vec<_>>(), ["https://a", "https://b"]);
}

#[test]
fn the_number_of_parameters_is_bounded() {
    let body = |most: usize| (0..most).map(|at| format!("p{at}=&")).collect::<String>();
    assert!(Params::from_form(body(MOST_PARAMETERS).as_bytes()).is_ok());
    assert_refused(Params::from_form, &[(body(MOST_PARAMETERS + 1).as_bytes(), "too many")]);
    let resources = "resource=a&".repeat(MOST_PARAMETERS + 1);
    assert_refused(Params::from_form, &[(resources.as_bytes(), "too many")]);
}
