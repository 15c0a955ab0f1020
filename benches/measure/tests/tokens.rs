//! The tokens are what the report says that they are.

use measure::{Alg, Flaw, Issuer, TokenParts};

#[test]
fn a_token_has_eight_claims_and_the_size_of_a_real_one() {
    for alg in Alg::ALL {
        let issuer = Issuer::new(alg);
        let [one, other] = [issuer.token(), issuer.token()];
        println!("{alg}: {} bytes", one.len());
        assert!((550..=850).contains(&one.len()), "{alg}: {} bytes", one.len());
        assert_eq!(one.len(), other.len());
        assert_ne!(one, other);
    }
}

#[test]
fn flawed_tokens_differ_from_good_ones() {
    let issuer = Issuer::new(Alg::EdDSA);
    for flaw in Flaw::ALL {
        assert_ne!(issuer.flawed(flaw), issuer.token());
    }
    assert_eq!(TokenParts::of(&issuer.token()).signature.len(), 64);
}

#[test]
fn at_the_same_time_the_same_tokens_are_signed() {
    for alg in [Alg::RS256, Alg::EdDSA, Alg::HS256] {
        let [one, other] = [Issuer::at(alg, 1_795_333_600), Issuer::at(alg, 1_795_333_600)];
        assert_eq!(one.tokens(2), other.tokens(2));
    }
}
