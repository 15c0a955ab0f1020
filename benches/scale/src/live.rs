use std::hint::black_box;

use http::HeaderMap;
use measure::{Report, Samples, Table, allocations, median_ratio, nanoseconds, ratio, time};
use scopa::Validator;

use crate::ask::{authenticate, request};
use crate::cache::{Cache, scopes, secret, validator};
use crate::forge::Forge;
use crate::turns::{Turn, rounds};

/// What a repeated token costs when there are many that come again, in any order.
pub(crate) fn report(report: &mut Report) {
    let crowds = [1, 10_000, 1_000_000].map(Crowd::new);
    let blocks = if report.quick() { 400 } else { 1_000 };
    let mut turns: Vec<Turn<'_>> = crowds.iter().map(|crowd| crowd.turn(blocks)).collect();
    let samples = rounds(if report.quick() { 11 } else { 21 }, &mut turns);

    let mut table = Table::new(["live tokens", "repeated, ns", "ratio to 10,000", "kept"]);
    for (crowd, samples_of_it) in crowds.iter().zip(&samples) {
        let kept = crowd.kept();
        report.set(format!("scale.live.{}.repeat_ns", crowd.size), samples_of_it.median());
        report.set(format!("scale.live.{}.kept", crowd.size), kept);
        let to_middle = median_ratio(samples_of_it, &samples[1]);
        table.row([
            nanoseconds(crowd.size as f64),
            nanoseconds(samples_of_it.median()),
            ratio(to_middle),
            format!("{:.2} %", 100.0 * kept),
        ]);
    }
    let over = |one: &Samples, other: &Samples| median_ratio(one, other);
    report.set("scale.live.1000000_over_10000", over(&samples[2], &samples[1]));
    report.set("scale.live.10000_over_1", over(&samples[1], &samples[0]));
    report.table("Live tokens (HS256, 850 bytes, in random order)", &table);
}

/// A validator that has seen the tokens of this many callers.
struct Crowd {
    size: usize,
    validator: Validator,
    forge: Forge,
}

impl Crowd {
    fn new(size: usize) -> Self {
        let room = size.next_power_of_two().max(10_000);
        let crowd = Self {
            size,
            validator: validator(secret(), scopes(100), Cache::Room(room)),
            forge: Forge::new(),
        };
        (0..size).for_each(|caller| drop(authenticate(&crowd.validator, &crowd.request(caller))));
        crowd
    }

    fn request(&self, caller: usize) -> HeaderMap {
        request(&self.forge.token(caller, "s1 s2 s3 s4 openid", 850))
    }

    /// Requests come as they do from a network: just written to memory, a few at a time.
    fn turn(&self, blocks: usize) -> Turn<'_> {
        let mut random = Random(self.size as u64);
        Box::new(move || {
            let mut block = || {
                let requests: Vec<HeaderMap> =
                    (0..BLOCK).map(|_| self.request(random.below(self.size))).collect();
                time(|| {
                    for request in &requests {
                        black_box(authenticate(&self.validator, request));
                    }
                })
            };
            // The turns of others have left their memory in the processor's caches.
            (0..WARM_UP).for_each(|_| _ = block());
            let blocks: Samples = (0..blocks).map(|_| block()).collect();
            // The block in the middle: one that was interrupted says nothing.
            blocks.median() / BLOCK as f64
        })
    }

    /// Returns which part of the tokens are kept: one that is not is read anew, which asks for memory.
    fn kept(&self) -> f64 {
        let mut random = Random(7);
        let kept = |_: &usize| {
            let request = self.request(random.below(self.size));
            allocations(|| authenticate(&self.validator, &request)).0.allocations == 0
        };
        (0..SAMPLE).filter(kept).count() as f64 / SAMPLE as f64
    }
}

/// A sequence without an order that a processor could guess (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}

const BLOCK: usize = 16;
const WARM_UP: usize = 100;
const SAMPLE: usize = 20_000;
