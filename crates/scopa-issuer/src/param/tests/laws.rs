use proptest::prelude::*;

use super::super::media_type::MediaType;
use super::*;

/// Names that are told apart.
fn some_pairs(most: usize) -> impl Strategy<Value = Vec<(String, String)>> {
    let names = proptest::collection::hash_set("\\PC{0,12}|[a-z_]{1,20}", 0..=most);
    names.prop_flat_map(|names| {
        let names: Vec<String> = names.into_iter().filter(|name| name != RESOURCE).collect();
        let values = proptest::collection::vec(any::<String>(), names.len());
        (Just(names), values).prop_map(|(names, values)| names.into_iter().zip(values).collect())
    })
}

proptest! {
    #[test]
    fn nothing_that_is_sent_leads_to_a_panic(bytes: Vec<u8>, text: String, boundary in "[ -~]{0,3}") {
        let _ = Params::from_form(&bytes);
        let _ = Params::from_query(&text);
        let _ = Params::from_json(&bytes);
        let _ = Params::from_json(text.as_bytes());
        let _ = Params::from_multipart(&boundary, &bytes);
        let _ = MediaType::parse(&text);
    }

    #[test]
    fn what_nearly_is_multipart_leads_to_no_panic(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just("--X"), Just("\r\n"), Just("--"), Just("Content-Disposition: form-data; name=\"a\""), Just("a"),
                Just("\""), Just("; filename=x"), Just(":"), Just("\n"),
            ],
            0..24,
        ),
    ) {
        let _ = Params::from_multipart("X", pieces.concat().as_bytes());
    }

    #[test]
    fn a_form_comes_back(pairs in some_pairs(20)) {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        prop_assert_eq!(told(Params::from_form(body.as_bytes())), Ok(pairs));
    }

    #[test]
    fn an_object_comes_back(pairs in some_pairs(20)) {
        let object: serde_json::Map<_, _> =
            pairs.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        let mut read = told(Params::from_json(&serde_json::to_vec(&object).unwrap())).unwrap();
        let mut pairs = pairs;
        read.sort();
        pairs.sort();
        prop_assert_eq!(read, pairs);
    }

    #[test]
    fn parts_come_back(value in any::<String>().prop_filter("no boundary", |text| !text.contains("\r\n--X"))) {
        let body = format!("--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{value}\r\n--X--\r\n");
        prop_assert_eq!(told(Params::from_multipart("X", body.as_bytes())), Ok(pairs(&[("a", &value)])));
    }

    #[test]
    fn a_quoted_parameter_comes_back(value in "[ -~]{0,30}") {
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
        let text = format!("a/b; c=\"{quoted}\" ; d=e");
        let read = MediaType::parse(&text).unwrap();
        prop_assert_eq!(read.parameter("c"), Some(&*value));
        prop_assert_eq!(read.parameter("d"), Some("e"));
    }
}
