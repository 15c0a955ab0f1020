use crate::kit::scopa;

#[test]
fn help_is_on_the_standard_output_and_names_every_option() {
    for (arguments, named) in [
        (&["--help"][..], &["scopa inspect", "scopa explain"][..]),
        (&["inspect", "--help"], &["--issuer", "--audience", "--discover", "--jwks", "--rfc9068", "--at"]),
        (
            &["mint", "--help"],
            &["--iss", "--aud", "--sub", "--client", "--scope", "--ttl", "--at", "--claim", "--key", "--alg"],
        ),
        (
            &["serve", "--help"],
            &[
                "--listen",
                "--issuer",
                "--audience",
                "--scopes",
                "--hierarchy",
                "--client",
                "--redirect-uri",
                "--ttl",
                "--json",
            ],
        ),
        (&["explain", "-h"], &["--hierarchy", "--held", "--needed"]),
    ] {
        let ran = scopa(arguments);
        assert_eq!((ran.code, &*ran.err), (0, ""), "{arguments:?}");
        for name in named {
            assert!(ran.out.contains(name), "{arguments:?} does not name {name}");
        }
    }
    assert_eq!(scopa(&["--version"]).out, concat!("scopa ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn a_mistake_is_answered_with_what_would_be_right() {
    for (arguments, fix) in [
        (&[][..], "`inspect`"),
        (&["inspct"], "use one of `serve`, `mint`, `inspect`, `explain`"),
        (&["inspect"], "Give it, or `-` for the standard input"),
        (&["inspect", "--isuer"], "`--isuer` is not understood; `scopa inspect --help`"),
        (
            &["inspect", "-", "--issuer", "https://a.example"],
            "Give `--jwks FILE`, `--jwks URL` or `--discover`",
        ),
        (&["inspect", "-", "--discover"], "`--issuer` is missing"),
        (&["inspect", "-", "--discover", "--issuer", "https://a.example"], "`--audience` is missing"),
        (&["inspect", "-", "--at", "noon"], "use 2026-11-27T12:00:00Z"),
        (&["inspect", "-", "--at"], "--at"),
        (&["inspect", "-", "--issuer", "i", "--audience", "a", "--jwks", "/no/such"], "/no/such"),
        (&["inspect", "-", "--issuer", "not a url", "--audience", "a", "--discover"], "issuer"),
        (&["explain"], "`--hierarchy` is missing"),
        (&["explain", "--hierarchy", "/no/such.toml", "--held", "a", "--needed", "b"], "/no/such.toml: "),
        (&["explain", "--hierarchy", "Cargo.lock", "--held", "a", "--needed", "b"], "Cargo.lock: "),
        (&["explain", "--held", "\u{1b}"], "scope"),
    ] {
        let ran = scopa(arguments);
        assert_eq!((ran.code, &*ran.out), (2, ""), "{arguments:?}");
        assert!(ran.err.starts_with("scopa: ") && ran.err.contains(fix), "{arguments:?}: {}", ran.err);
        assert!(!ran.err.contains('\u{1b}'), "{arguments:?}");
    }
}

#[test]
fn a_second_token_is_not_repeated_in_the_error() {
    let ran = scopa(&["inspect", "eyJh.first.token", "eyJh.second.token"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("an argument too many") && !ran.err.contains("second"), "{}", ran.err);
}
