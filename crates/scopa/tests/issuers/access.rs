//! An access is good for the validator that made it, whichever of its issuers the token is of.

use scopa::{Access, Guard, Validator};
use scopa_testing::TokenBuilder;

use crate::{Two, present, reason_of};

fn both(two: &Two) -> [TokenBuilder; 2] {
    [two.staff_token().scope("read"), two.partner_token().scope("read")]
}

#[test]
fn a_validator_owns_the_access_of_each_of_its_issuers() {
    let two = Two::new();
    let (validator, other) = (two.validator(), two.validator());
    let policy = validator.prepare("read").unwrap();
    for token in both(&two) {
        let access = present(&validator, &token).unwrap();
        assert!(validator.owns(&access) && validator.clone().owns(&access.with_permissions(["OWNER"])));
        assert!(validator.authorize(&access, &policy, &[]).is_ok());
        // The very same settings are another validator all the same.
        assert!(!other.owns(&access));
        let refusal = other.authorize(&access, &policy, &[]).unwrap_err();
        assert_eq!(reason_of(&refusal).code(), "foreign_access");
    }
}

#[test]
fn a_validator_of_one_of_the_issuers_does_not_own_it() {
    let two = Two::new();
    let (validator, staff) = (two.validator(), two.of_staff().build().unwrap());
    let access = present(&validator, &two.staff_token()).unwrap();
    assert!(!staff.owns(&access) && !validator.owns(&present(&staff, &two.staff_token()).unwrap()));
}

#[test]
fn a_guard_further_in_takes_the_word_of_one_further_out_for_every_issuer() {
    let two = Two::new();
    let validator = two.validator();
    let (outer, inner) = (Guard::new(validator.clone()), Guard::new(validator).require("read").unwrap());
    for token in both(&two) {
        let field = token.bearer();
        let access = admitted(&outer, None, &field);
        // The inner one does not look at the token again: it has none.
        let again = admitted_known(&inner, &access);
        assert_eq!((again.issuer(), again.token_id()), (access.issuer(), access.token_id()));
        assert_eq!(admitted(&inner, Some(&access), "").token_id(), access.token_id());
    }
}

#[test]
fn a_nested_api_of_one_issuer_judges_the_token_itself() {
    let two = Two::new();
    let outer = Guard::new(two.validator());
    let only_staff = Guard::new(two.of_staff().build().unwrap());
    let judge = |token: &TokenBuilder| {
        let field = token.bearer();
        let access = admitted(&outer, None, &field);
        only_staff.admit(Some(&access), [field.as_bytes()], |_| None).now_or_later().unwrap()
    };
    let [staff, partner] = both(&two);
    assert!(only_staff.validator().owns(&judge(&staff).unwrap().unwrap()));
    assert_eq!(reason_of(&judge(&partner).unwrap_err()).code(), "bad_signature");
}

#[test]
fn a_validator_shows_its_issuers() {
    let two = Two::new();
    let shown = |validator: Validator| format!("{validator:?}");
    assert!(shown(two.validator()).contains(r#"["https://id.example.com", "https://partners.example.com"]"#));
    assert!(shown(two.of_staff().build().unwrap()).contains(r#"["https://id.example.com"]"#));
}

fn admitted(guard: &Guard, known: Option<&Access>, field: &str) -> Access {
    guard.admit(known, [field.as_bytes()], |_| None).now_or_later().unwrap().unwrap().unwrap()
}

fn admitted_known(guard: &Guard, known: &Access) -> Access {
    guard.admit_known(Some(known), [], |_| None).unwrap().unwrap().clone()
}
