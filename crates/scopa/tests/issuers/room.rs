//! Of tenants only so many are known at a time, whoever asks for more.

use std::pin::pin;
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use scopa::{Access, Authenticate, Refusal, Validator};
use scopa_testing::{TestProvider, TokenBuilder};

use crate::customers::{Customers, known, name};
use crate::{Change, Two, accepts, detail, present, reason};

#[test]
fn of_tenants_only_so_many_are_known_at_a_time() {
    let customers = Customers::new(4);
    let validator = customers.validator(2);
    assert_eq!([0, 1].map(|number| customers.status(&validator, number)), [200, 200]);
    // Nobody was idle for long enough to make room, and nobody can tell of the third whether his token is good.
    customers.advance(59);
    let refusal = present(&validator, &customers.token(2)).unwrap_err();
    assert_eq!(refusal.status(), 503);
    assert_eq!(refusal.response().headers()["retry-after"], "5");
    assert_eq!(detail(&refusal), "more than 2 tenants within a minute; raise the bound of `tenants`");
    assert_eq!((known(&validator), customers.fetches()), (vec![name(0), name(1)], vec![1, 1, 0, 0]));
    // Those who are known, and the issuers of the service itself, do not notice.
    assert_eq!(customers.status(&validator, 0), 200);
    assert!(accepts(&validator, &customers.two.staff_token()));

    // The one who was idle for longest makes room, and no other.
    customers.advance(1);
    assert_eq!(customers.status(&validator, 2), 200);
    assert_eq!(known(&validator), [name(0), name(2)]);
    assert_eq!(customers.status(&validator, 1), 503);
    assert_eq!(customers.fetches(), [1, 1, 1, 0]);

    // Who comes back is a new one.
    customers.advance(60);
    assert_eq!(customers.status(&validator, 1), 200);
    assert_eq!(known(&validator), [name(1), name(2)]);
    assert_eq!(customers.fetches(), [1, 2, 1, 0]);
    assert_eq!(customers.asked().last(), Some(&name(1)));
}

#[test]
fn a_tenant_who_is_used_stays() {
    let customers = Customers::new(5);
    let validator = customers.validator(2);
    assert_eq!(customers.status(&validator, 0), 200);
    for number in 1..5 {
        assert_eq!(customers.status(&validator, number), 200);
        for _ in 0..4 {
            customers.advance(20);
            assert_eq!(customers.status(&validator, 0), 200);
        }
    }
    assert_eq!(customers.fetches(), [1, 1, 1, 1, 1]);
}

#[test]
fn forged_tokens_hold_nobodys_place() {
    let customers = Customers::new(3);
    let validator = customers.validator(2);
    for number in [0, 1] {
        assert_eq!(customers.status(&validator, number), 200);
    }
    // Somebody who knows the names keeps on presenting what nobody signed.
    for _ in 0..3 {
        customers.advance(30);
        for number in [0, 1] {
            assert!(!accepts(&validator, &customers.token(number).signed_by_a_stranger()));
        }
    }
    assert_eq!(customers.status(&validator, 2), 200);
}

#[test]
fn an_access_outlives_its_tenants_place() {
    let customers = Customers::new(2);
    let validator = customers.validator(1);
    let access = present(&validator, &customers.token(0).scope("read")).unwrap();
    customers.advance(60);
    assert_eq!(customers.status(&validator, 1), 200);
    assert_eq!(known(&validator), [name(1)]);
    let read = validator.prepare("read").unwrap();
    assert!(validator.owns(&access) && validator.authorize(&access, &read, &[]).is_ok());
}

#[test]
fn made_up_names_cost_neither_memory_nor_a_fetch() {
    let customers = Customers::new(1);
    let validator = customers.validator(2);
    for number in 1..=1000 {
        let token = customers.token(0).issuer(name(number));
        assert_eq!(reason(&validator, &token).code(), "wrong_issuer");
    }
    assert_eq!(customers.asked().len(), 1000);
    assert!(known(&validator).is_empty() && customers.requests() == 0);
    // Nor do they take anybody's place.
    assert_eq!(customers.status(&validator, 0), 200);
}

#[test]
fn whoever_goes_through_all_tenants_causes_few_fetches() {
    const MOST: usize = 3;
    /// Good or forged, the place is the same. How often, and for how many fetches a minute.
    const ATTACKS: [(u64, Change, usize); 5] = [
        (1, |token| token, MOST),
        (1, TokenBuilder::signed_by_a_stranger, MOST),
        (7, |token| token, MOST),
        (60, |token| token, MOST),
        // And each who is there is asked for unknown keys, as often as any issuer is.
        (1, |token| token.header("kid", "unknown"), 3 * MOST),
    ];
    for (pause, change, most_fetches) in ATTACKS {
        let customers = Customers::new(10);
        let validator = customers.validator(MOST);
        let mut minutes = [0; 5];
        for second in (0..300).step_by(usize::try_from(pause).unwrap()) {
            let before: usize = customers.fetches().iter().sum();
            for number in 0..10 {
                let _ = present(&validator, &change(customers.token(number)));
            }
            assert!(known(&validator).len() <= MOST);
            minutes[second / 60] += customers.fetches().iter().sum::<usize>() - before;
            customers.advance(pause);
        }
        assert!(minutes.iter().all(|fetches| *fetches <= most_fetches), "{minutes:?}");
    }
}

#[test]
fn new_tenants_come_in_by_the_minute() {
    let customers = Customers::new(240);
    let validator = customers.validator(4);
    let mut accepted = 0;
    for second in 0..240 {
        accepted += usize::from(customers.status(&validator, second) == 200);
        customers.advance(1);
    }
    let fetches: usize = customers.fetches().iter().sum();
    assert_eq!((fetches, accepted), (4 * 4, 4 * 4));
}

#[test]
fn many_who_need_the_same_new_tenant_make_it_once() {
    const THREADS: usize = 8;
    let two = Two::new();
    let provider = TestProvider::of(two.staff.clone().with_issuer(name(0)));
    let (barrier, http) = (Barrier::new(THREADS), provider.clone());
    let resolve = move |issuer: &str| {
        // Nobody goes on before all of them have found that it is not there.
        barrier.wait();
        Some(Validator::builder(issuer, "https://api.example.com").discover(http.clone()))
    };
    let validator = two.of_staff().tenants(1, resolve).build().unwrap();
    let token = provider.issuer().token().bearer();
    thread::scope(|scope| {
        let ask = || scope.spawn(|| wait(validator.authenticate([token.as_bytes()])).unwrap());
        let callers: Vec<_> = (0..THREADS).map(|_| ask()).collect();
        for caller in callers {
            assert_eq!(caller.join().unwrap().issuer(), name(0));
        }
    });
    assert_eq!(known(&validator), [name(0)]);
    assert_eq!((provider.fetches("/jwks.json"), provider.requests().len()), (1, 2));
}

/// Waits for an outcome that another thread brings.
fn wait(future: Authenticate) -> Result<Access, Refusal> {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(outcome) => return outcome,
            Poll::Pending => thread::park(),
        }
    }
}
