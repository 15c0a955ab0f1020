use std::fs;
use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use http::HeaderMap;
use measure::{Report, Samples, Table, median_ratio, nanoseconds, ratio};
use scopa::Validator;

use crate::ask::{authenticate, request};
use crate::cache::{Cache, scopes, secret, validator};
use crate::forge::Forge;

/// What two threads get done that share a validator, and one alone.
pub(crate) fn report(report: &mut Report) {
    let validator = validator(secret(), scopes(100), Cache::Room(20_000));
    let forge = Forge::new();
    let requests: Vec<HeaderMap> =
        (0..10_000).map(|caller| request(&forge.token(caller, "s1 s2 s3 s4 openid", 850))).collect();
    requests.iter().for_each(|request| drop(authenticate(&validator, request)));

    let mut table = Table::new([
        "tokens",
        "1 thread, requests/s",
        "2 threads, requests/s",
        "ratio",
        "ratio of requests in a second of work",
    ]);
    for (key, requests) in [("threads", &requests[..1]), ("threads.10000", &requests[..])] {
        let (mut one, mut two) = (Paces::default(), Paces::default());
        for _ in 0..if report.quick() { 11 } else { 31 } {
            one.push(run(&validator, requests, 1));
            two.push(run(&validator, requests, 2));
        }
        let [more, more_work] = [(&two.by_clock, &one.by_clock), (&two.by_work, &one.by_work)]
            .map(|(two, one)| median_ratio(two, one));
        report.set(format!("scale.{key}.2_over_1"), more);
        report.set(format!("scale.{key}.2_over_1_by_work"), more_work);
        table.row([
            nanoseconds(requests.len() as f64),
            nanoseconds(one.by_clock.median()),
            nanoseconds(two.by_clock.median()),
            ratio(more),
            ratio(more_work),
        ]);
    }
    report.table("Threads (HS256, repeated, one token or 10,000 in turn)", &table);
}

/// How many requests were judged in a second.
#[derive(Debug, Default)]
struct Pace {
    /// A second of the clock.
    by_clock: f64,
    /// A second that each thread worked: what they would do if nothing else ran on the machine.
    by_work: f64,
}

#[derive(Debug, Default)]
struct Paces {
    by_clock: Samples,
    by_work: Samples,
}

impl Paces {
    fn push(&mut self, pace: Pace) {
        self.by_clock.push(pace.by_clock);
        self.by_work.push(pace.by_work);
    }
}

/// Lets so many threads judge requests for a while.
fn run(validator: &Validator, requests: &[HeaderMap], threads: usize) -> Pace {
    let (start, stop) = (Barrier::new(threads + 1), AtomicBool::new(false));
    let work = |first: usize| {
        start.wait();
        let before = worked();
        let (mut done, mut at) = (0, first);
        while !stop.load(Ordering::Relaxed) {
            for _ in 0..BATCH {
                black_box(authenticate(validator, &requests[at]));
                at = if at + 1 == requests.len() { 0 } else { at + 1 };
            }
            done += BATCH;
        }
        (done as f64, done as f64 / (worked() - before))
    };
    let work = &work;
    thread::scope(|scope| {
        let begin = |thread| scope.spawn(move || work(thread * requests.len() / threads));
        let workers: Vec<_> = (0..threads).map(begin).collect();
        start.wait();
        let began = Instant::now();
        thread::sleep(PERIOD);
        stop.store(true, Ordering::Relaxed);
        let mut pace = Pace::default();
        for worker in workers {
            let (done, by_work) = worker.join().expect("a worker that ends");
            pace.by_clock += done;
            pace.by_work += by_work;
        }
        pace.by_clock /= began.elapsed().as_secs_f64();
        pace
    })
}

/// Returns the seconds that this thread has worked so far; NaN where the system does not tell.
fn worked() -> f64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|number| number.parse::<f64>().ok());
    nanoseconds.map_or(f64::NAN, |nanoseconds| nanoseconds / 1e9)
}

const BATCH: usize = 64;
const PERIOD: Duration = Duration::from_millis(100);
