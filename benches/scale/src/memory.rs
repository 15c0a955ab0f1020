use std::fs;

use measure::{Alg, Issuer, Report, Table, allocations, nanoseconds};
use scopa::{KeySet, Validator};

use crate::ask::{authenticate, request};
use crate::cache::{Cache, scopes, secret, validator};
use crate::forge::Forge;

/// What a token takes in memory that is kept: the token, what was found out about it, its share of the table, and what
/// the allocator adds.
pub(crate) fn report(report: &mut Report) {
    let rsa = Issuer::new(Alg::RS256);
    let rsa_keys = KeySet::from_jwks(&rsa.jwks()).expect("a JWK Set");
    let forge = Forge::new();
    let few = if report.quick() { 2_000 } else { 9_000 };

    let mut table = Table::new(["tokens", "allocated, bytes", "of the process (RSS), bytes", "kept"]);
    let mut row = |key: &str, name: &str, Taken { allocated, resident, kept }| {
        report.set(format!("scale.{key}"), allocated);
        table.row([
            name.into(),
            nanoseconds(allocated),
            nanoseconds(resident),
            format!("{:.2} %", 100.0 * kept),
        ]);
    };
    let hmac = fill(secret(), 90_000, |number| forge.token(number, "s1 s2 s3 s4 openid", 850));
    row("memory_per_token_bytes", "HS256, 850 bytes", hmac);
    row("memory_per_token_bytes.RS256", "RS256, 849 bytes", fill(rsa_keys, few, |_| rsa.token()));
    report.table("Memory for each token that is kept", &table);
}

struct Taken {
    allocated: f64,
    resident: f64,
    kept: f64,
}

/// Fills nine tenths of a cache, and returns what that took for each token in it.
fn fill(keys: KeySet, count: usize, token: impl Fn(usize) -> String) -> Taken {
    // What is set up once and does not grow with the tokens.
    drop(build(keys.clone(), Cache::Off));
    give_back();
    let (allocated, resident) = (allocated(), resident());
    let validator = build(keys, Cache::Room(count * 10 / 9));
    let mut sample = Vec::new();
    for number in 0..count {
        let request = request(&token(number));
        drop(authenticate(&validator, &request));
        if number % (count / SAMPLE) == 0 {
            sample.push(request);
        }
    }
    let of_sample = sample.len();
    let is_kept = |request| allocations(|| authenticate(&validator, request)).0.allocations == 0;
    let kept = sample.iter().filter(|request| is_kept(request)).count() as f64 / of_sample as f64;
    drop(sample);
    let tokens = kept * count as f64;
    Taken {
        allocated: (self::allocated() - allocated) / tokens,
        resident: (self::resident() - resident) / tokens,
        kept,
    }
}

fn build(keys: KeySet, cache: Cache) -> Validator {
    validator(keys, scopes(100), cache)
}

/// Has the allocator give back what it keeps, so that it is not taken from there.
fn give_back() {
    #[expect(unsafe_code, reason = "a function of the C library that takes a number")]
    // SAFETY: it touches free memory only, under the allocator's own lock.
    unsafe {
        libc::malloc_trim(0)
    };
}

/// Returns the bytes that the allocator has given out, with what it adds to each piece.
fn allocated() -> f64 {
    #[expect(unsafe_code, reason = "a function of the C library that takes nothing")]
    // SAFETY: it reads the allocator's own numbers, under its own lock.
    let numbers = unsafe { libc::mallinfo2() };
    (numbers.uordblks + numbers.hblkhd) as f64
}

/// Returns the bytes of memory that the process has.
fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kibibytes.map_or(f64::NAN, |kibibytes| kibibytes * 1024.0)
}

const SAMPLE: usize = 500;
