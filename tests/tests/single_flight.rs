//! The single flight under a model checker: in every order that its threads can take their steps.
//!
//! The core's own file is compiled here with loom's lock in place of the one of `std`. Where somebody would wait in
//! vain, loom reports a deadlock. The unit tests of the file run here, too.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use loom::sync::{Mutex, Notify};
use loom::thread;

use crate::flight::{Passenger, Pilot, board};
use crate::sync::model;

#[path = "../../crates/scopa/src/flight.rs"]
mod flight;

/// What `flight.rs` takes from the core.
mod sync {
    // The flight decides nothing by the number of its owners. Loom's `Arc` would make each clone a step: too many.
    pub(crate) use std::sync::{Arc, PoisonError};

    pub(crate) use loom::sync::Mutex;

    /// Checks all orders in which at most three times a thread is stopped that could go on.
    ///
    /// All orders of three threads are too many for every day; `LOOM_MAX_PREEMPTIONS` sets another bound.
    pub(crate) fn model(check: impl Fn() + Send + Sync + 'static) {
        let mut model = loom::model::Builder::new();
        model.preemption_bound.get_or_insert(3);
        model.check(check);
    }
}

#[test]
fn of_those_who_board_at_once_one_is_the_pilot_and_all_have_the_outcome() {
    model(|| {
        let desk = Arc::new(Desk::new());
        let others = [(); 2].map(|()| {
            let desk = desk.clone();
            thread::spawn(move || desk.board())
        });
        let mut boarded = vec![desk.board()];
        boarded.extend(others.map(|other| other.join().unwrap()));

        let mut pilots: Vec<_> = boarded.iter_mut().filter_map(|(_, pilot, _)| pilot.take()).collect();
        assert_eq!(pilots.len(), 1);
        pilots.remove(0).land(Ok(1));
        for (passenger, _, flight) in boarded {
            assert_eq!((wait(passenger), flight), (Some(Ok(1)), 1));
        }
    });
}

#[test]
fn everybody_has_the_outcome_of_the_flight_that_was_boarded() {
    model(|| {
        let desk = Arc::new(Desk::new());
        let others = [(); 2].map(|()| {
            let desk = desk.clone();
            thread::spawn(move || desk.travel(Ok))
        });
        desk.travel(Ok);
        for other in others {
            other.join().unwrap();
        }
    });
}

#[test]
fn a_failure_is_everybodys_and_the_next_boarder_starts_anew() {
    model(|| {
        let desk = Arc::new(Desk::new());
        let other = {
            let desk = desk.clone();
            thread::spawn(move || desk.travel(Err))
        };
        desk.travel(Err);
        other.join().unwrap();
        let flights = desk.flights();
        desk.travel(Ok);
        assert_eq!(desk.flights(), flights + 1);
    });
}

#[test]
fn a_pilot_that_panics_leaves_nobody_waiting() {
    model(|| {
        let desk = Desk::new();
        let ((one, pilot, _), (other, ..)) = (desk.board(), desk.board());
        let pilot = thread::spawn(move || {
            let work = move || {
                let _pilot = pilot;
                resume_unwind(Box::new("lost"));
            };
            assert!(catch_unwind(AssertUnwindSafe(work)).is_err());
        });
        let other = thread::spawn(move || assert_eq!(wait(other), None));
        assert_eq!(wait(one), None);
        other.join().unwrap();
        pilot.join().unwrap();
        desk.travel(Ok);
        assert_eq!(desk.flights(), 2);
    });
}

#[test]
fn a_pilot_that_is_cancelled_leaves_nobody_waiting() {
    model(|| {
        let desk = Arc::new(Desk::new());
        let (passenger, pilot, _) = desk.board();
        let pilot = thread::spawn(move || drop(pilot));
        let late = {
            let desk = desk.clone();
            // On the flight that is lost, or on the next one.
            thread::spawn(move || match desk.board() {
                (passenger, None, 1) => assert_eq!(wait(passenger), None),
                (passenger, Some(pilot), 2) => {
                    pilot.land(Ok(2));
                    assert_eq!(wait(passenger), Some(Ok(2)));
                }
                (_, pilot, flight) => panic!("flight {flight}, with a pilot: {}", pilot.is_some()),
            })
        };
        assert_eq!(wait(passenger), None);
        pilot.join().unwrap();
        late.join().unwrap();
    });
}

#[test]
fn a_passenger_that_leaves_changes_nothing_for_the_others() {
    model(|| {
        let (stays, pilot) = board(&mut None);
        let (mut leaves, later) = (stays.clone(), stays.clone());
        let pilot = thread::spawn(move || pilot.unwrap().land(Ok(1)));
        // It asks once, and is gone.
        let leaves = thread::spawn(move || poll(&mut leaves, &Task::new()).is_pending());
        assert_eq!(wait(stays), Some(Ok(1)));
        leaves.join().unwrap();
        pilot.join().unwrap();
        assert_eq!(wait(later.clone()), Some(Ok(1)));
    });
}

#[test]
fn the_task_that_polled_last_is_the_one_that_is_woken() {
    model(|| {
        let (mut passenger, pilot) = board(&mut None);
        let pilot = thread::spawn(move || pilot.unwrap().land(Ok(1)));
        let (first, last) = (Task::new(), Task::new());
        if poll(&mut passenger, &first).is_pending() && poll(&mut passenger, &last).is_pending() {
            assert_eq!(wait_as(&last, passenger), Some(Ok(1)));
            assert_eq!(first.woken.load(Ordering::Relaxed), 0);
        }
        pilot.join().unwrap();
    });
}

#[test]
fn a_waker_may_use_the_flight_when_it_is_woken_and_when_it_is_dropped() {
    model(|| {
        let (passenger, pilot) = board(&mut None);
        let pilot = thread::spawn(move || pilot.unwrap().land(Ok(1)));
        let mut moved = passenger.clone();
        // The first is replaced, the second is dropped with its seat, the third is woken.
        let _ = poll(&mut moved, &Owner::new(&passenger));
        let _ = poll(&mut moved, &Owner::new(&passenger));
        drop(moved);
        let mut stays = passenger.clone();
        let _ = poll(&mut stays, &Owner::new(&passenger));
        pilot.join().unwrap();
        assert_eq!(wait(passenger), Some(Ok(1)));
    });
}

/// The number of a flight, as its success or as its failure.
type Outcome = Result<usize, usize>;

/// A slot that counts its flights.
struct Desk {
    slot: Mutex<(Option<Passenger<Outcome>>, usize)>,
}

impl Desk {
    fn new() -> Self {
        Self { slot: Mutex::new((None, 0)) }
    }

    /// Boards a flight and tells its number.
    fn board(&self) -> (Passenger<Outcome>, Option<Pilot<Outcome>>, usize) {
        let mut slot = self.slot.lock().unwrap();
        let (passenger, pilot) = board(&mut slot.0);
        slot.1 += usize::from(pilot.is_some());
        (passenger, pilot, slot.1)
    }

    /// Boards a flight, carries it out if it is a new one, and has the outcome of this flight and no other.
    fn travel(&self, outcome: fn(usize) -> Outcome) {
        let (passenger, pilot, flight) = self.board();
        if let Some(pilot) = pilot {
            pilot.land(outcome(flight));
        }
        assert_eq!(wait(passenger), Some(outcome(flight)));
    }

    fn flights(&self) -> usize {
        self.slot.lock().unwrap().1
    }
}

/// Waits as a task of its own.
fn wait(passenger: Passenger<Outcome>) -> Option<Outcome> {
    wait_as(&Task::new(), passenger)
}

fn wait_as(task: &Arc<Task>, mut passenger: Passenger<Outcome>) -> Option<Outcome> {
    loop {
        match poll(&mut passenger, task) {
            Poll::Ready(outcome) => return outcome,
            // May return for no reason, once: then the same task polls again.
            Poll::Pending => task.notify.wait(),
        }
    }
}

fn poll<W>(passenger: &mut Passenger<Outcome>, task: &Arc<W>) -> Poll<Option<Outcome>>
where
    W: Wake + Send + Sync + 'static,
{
    Pin::new(passenger).poll(&mut Context::from_waker(&Waker::from(task.clone())))
}

/// A task that waits.
struct Task {
    notify: Notify,
    woken: AtomicUsize,
}

impl Task {
    fn new() -> Arc<Self> {
        Arc::new(Self { notify: Notify::new(), woken: AtomicUsize::new(0) })
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.woken.fetch_add(1, Ordering::Relaxed);
        self.notify.notify();
    }
}

/// A task that its waker owns, with all it waits for, and that polls as soon as it is woken.
struct Owner {
    passenger: Mutex<Passenger<Outcome>>,
}

impl Owner {
    fn new(passenger: &Passenger<Outcome>) -> Arc<Self> {
        let mut passenger = passenger.clone();
        let _ = poll(&mut passenger, &Task::new());
        Arc::new(Self { passenger: Mutex::new(passenger) })
    }
}

impl Wake for Owner {
    fn wake(self: Arc<Self>) {
        let outcome = poll(&mut self.passenger.lock().unwrap(), &Task::new());
        assert_eq!(outcome, Poll::Ready(Some(Ok(1))));
    }
}
