use super::Reason;
use super::back_end::MAX_RSA_BITS;

/// The two numbers of an RSA public key, found fit to verify with (RFC 8017 §3.1).
pub(super) struct RsaNumbers {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl RsaNumbers {
    /// Checks the modulus and the exponent, both unsigned and big-endian.
    pub(super) fn new(modulus: &[u8], exponent: &[u8]) -> Result<Self, Reason> {
        let (modulus, exponent) = (significant(modulus), significant(exponent));

        // RFC 7518 §3.3 and §3.5: a key of size 2048 bits or larger MUST be used.
        let bits = bit_length(modulus);
        if !(MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits) {
            return Err(
                format!("the modulus has {bits} bits, expected {MIN_RSA_BITS} to {MAX_RSA_BITS}").into()
            );
        }
        if !is_odd(modulus) {
            return Err("the modulus is even, so it is not a product of two large primes".into());
        }
        if !is_odd(exponent) || exponent == [1] || bit_length(exponent) > MAX_EXPONENT_BITS {
            return Err("the exponent must be odd, at least 3 and below 2^33; 65537 (`AQAB`) is usual".into());
        }
        if has_roca_fingerprint(modulus) {
            return Err("the modulus comes from the flawed generator of CVE-2017-15361 (ROCA), \
                        and its private key can be computed: make a new key pair"
                .into());
        }
        Ok(Self { modulus: modulus.to_vec(), exponent: exponent.to_vec() })
    }

    /// Returns the modulus `n`, big-endian, without leading zeros.
    pub(super) fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// Returns the exponent `e`, big-endian, without leading zeros.
    pub(super) fn exponent(&self) -> &[u8] {
        &self.exponent
    }
}

/// Cuts leading zero bytes: DER puts one there, and RFC 7518 §6.3.1.1 knows of JWK writers that do.
fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// Returns how many bits a number without leading zero bytes has.
fn bit_length(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|last| last & 1 == 1)
}

/// Tells whether a modulus was made as in CVE-2017-15361: modulo each small prime it is a power of 65537.
///
/// The detector of Nemec, Sys, Svenda, Klinec and Matyas, "The Return of Coppersmith's Attack" (ACM CCS
/// 2017). By chance fewer than one modulus in 2^27 looks so.
fn has_roca_fingerprint(modulus: &[u8]) -> bool {
    ROCA_PRIMES.into_iter().all(|prime| is_power_of_65537(remainder(modulus, prime), prime))
}

/// Returns the big-endian `number` modulo `prime`.
fn remainder(number: &[u8], prime: u32) -> u32 {
    number.iter().fold(0, |rest, &byte| (rest * 256 + u32::from(byte)) % prime)
}

/// Tells whether `residue` lies in the subgroup that 65537 generates modulo `prime`.
fn is_power_of_65537(residue: u32, prime: u32) -> bool {
    let generator = 65537 % prime;
    let powers = std::iter::successors(Some(1), |power| Some(power * generator % prime));
    powers.take(prime as usize).any(|power| power == residue)
}

const MIN_RSA_BITS: usize = 2048;

/// What both back ends take: larger exponents only make verifying slow.
const MAX_EXPONENT_BITS: usize = 33;

/// The primes of the published detector.
const ROCA_PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
    107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

#[cfg(test)]
mod tests {
    use super::super::fixtures::{ROCA_N, RSA_N, base64url};
    use super::*;

    const E: &[u8] = &[1, 0, 1];

    fn modulus(first: u8, bytes: usize) -> Vec<u8> {
        let mut modulus = vec![0xff; bytes];
        modulus[0] = first;
        modulus
    }

    fn reason(modulus: &[u8], exponent: &[u8]) -> Option<String> {
        RsaNumbers::new(modulus, exponent).err().map(Reason::into_owned)
    }

    #[test]
    fn the_modulus_has_2048_bits_or_more_and_no_more_than_the_back_end_takes() {
        let most = MAX_RSA_BITS / 8;
        let cases = [
            (modulus(0xff, 0x100), None),
            (modulus(0x80, 0x100), None),
            (modulus(0x01, 0x101), None),
            (modulus(0xff, most), None),
            (modulus(0x7f, 0x100), Some("has 2047 bits")),
            (modulus(0xff, 128), Some("has 1024 bits")),
            (modulus(0x01, most + 1), Some("expected 2048 to")),
            (modulus(0xff, 2048), Some("has 16384 bits")),
            (vec![0; 300], Some("has 0 bits")),
            (vec![], Some("has 0 bits")),
        ];
        for (modulus, expected) in cases {
            match (reason(&modulus, E), expected) {
                (None, None) => {}
                (Some(reason), Some(expected)) => assert!(reason.contains(expected), "{reason}"),
                (found, _) => panic!("{} bytes: {found:?}, expected {expected:?}", modulus.len()),
            }
        }
    }

    #[test]
    fn leading_zeros_are_not_counted() {
        let short = [vec![0; 64], modulus(0xff, 0xf8)].concat();
        assert!(reason(&short, E).unwrap().contains("has 1984 bits"));

        let padded = [vec![0], modulus(0xff, 0x100)].concat();
        let numbers = RsaNumbers::new(&padded, &[0, 1, 0, 1]).unwrap();
        assert_eq!((numbers.modulus(), numbers.exponent()), (&padded[1..], E));
    }

    #[test]
    fn an_even_modulus_is_refused() {
        let mut even = modulus(0xff, 0x100);
        even[0xff] = 0xfe;
        assert!(reason(&even, E).unwrap().contains("even"));
    }

    #[test]
    fn the_exponent_is_odd_and_from_3_to_33_bits() {
        let cases: [(&[u8], bool); 11] = [
            (&[3], true),
            (&[17], true),
            (E, true),
            (&[0xff, 0xff, 0xff, 0xff], true),
            (&[1, 0xff, 0xff, 0xff, 0xff], true),
            (&[], false),
            (&[0], false),
            (&[1], false),
            (&[0, 0, 1], false),
            (&[1, 0, 0], false),
            (&[2, 0, 0, 0, 1], false),
        ];
        for (exponent, is_good) in cases {
            assert_eq!(reason(&modulus(0xff, 0x100), exponent).is_none(), is_good, "{exponent:?}");
        }
    }

    #[test]
    fn a_modulus_with_the_roca_weakness_is_refused() {
        assert!(reason(&base64url(ROCA_N), E).unwrap().contains("CVE-2017-15361"));
        assert_eq!(reason(&base64url(RSA_N), E), None);
    }

    #[test]
    fn the_subgroups_of_the_published_detector_come_out() {
        // The first of its bit masks: bit r is set where the residue r is suspect.
        for (prime, mask) in [(3, 6), (5, 30), (7, 126), (11, 1026), (13, 5658), (17, 107_286), (19, 199_410)]
        {
            let residues = (0..prime).filter(|&residue| is_power_of_65537(residue, prime));
            assert_eq!(residues.fold(0, |mask, residue| mask | 1 << residue), mask, "{prime}");
        }
    }
}
