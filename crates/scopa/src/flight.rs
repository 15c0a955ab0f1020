//! One fetch for everybody who waits for it.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::sync::{Arc, Mutex, PoisonError};

/// Does the work of a flight: lands it with an outcome, or loses it when dropped before that.
///
/// A panic and a runtime that shuts down drop it, too, so nobody waits for ever.
pub(crate) struct Pilot<T> {
    flight: Arc<Mutex<Flight<T>>>,
}

/// Waits for the outcome of a flight; `None` when it was lost.
///
/// Any number of clones wait for the same flight, and those that leave it change nothing.
pub(crate) struct Passenger<T> {
    flight: Arc<Mutex<Flight<T>>>,
    /// Where its waker is kept, once it has waited.
    seat: Option<u64>,
}

struct Flight<T> {
    state: State<T>,
    seats: u64,
    /// In the order of the seats: who waits longest is woken first.
    waiting: BTreeMap<u64, Waker>,
}

enum State<T> {
    UnderWay,
    Landed(T),
    Lost,
}

/// Boards the flight in the slot if it is under way, and otherwise starts a new one, which its pilot must carry out.
///
/// The slot is behind a lock of the caller's, who lets it go before the pilot starts.
pub(crate) fn board<T>(slot: &mut Option<Passenger<T>>) -> (Passenger<T>, Option<Pilot<T>>) {
    if let Some(flight) = slot.as_ref().filter(|flight| flight.is_under_way()) {
        return (flight.clone(), None);
    }
    let flight = Flight { state: State::UnderWay, seats: 0, waiting: BTreeMap::new() };
    let flight = Arc::new(Mutex::new(flight));
    let passenger = Passenger { flight: flight.clone(), seat: None };
    *slot = Some(passenger.clone());
    (passenger, Some(Pilot { flight }))
}

impl<T> Pilot<T> {
    /// Gives everybody the outcome.
    pub(crate) fn land(self, outcome: T) {
        end(&self.flight, State::Landed(outcome));
    }
}

impl<T> Drop for Pilot<T> {
    fn drop(&mut self) {
        end(&self.flight, State::Lost);
    }
}

/// Ends a flight that is under way; the first end counts.
fn end<T>(flight: &Mutex<Flight<T>>, state: State<T>) {
    let waiting = {
        let mut flight = flight.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(flight.state, State::UnderWay) {
            return;
        }
        flight.state = state;
        std::mem::take(&mut flight.waiting)
    };
    // Woken without the lock: a waker may poll at once.
    waiting.into_values().for_each(Waker::wake);
}

impl<T> Passenger<T> {
    pub(crate) fn is_under_way(&self) -> bool {
        let flight = self.flight.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(flight.state, State::UnderWay)
    }
}

impl<T: Clone> Future for Passenger<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { flight, seat } = &mut *self;
        let mut flight = flight.lock().unwrap_or_else(PoisonError::into_inner);
        match &flight.state {
            State::Landed(outcome) => return Poll::Ready(Some(outcome.clone())),
            State::Lost => return Poll::Ready(None),
            State::UnderWay => {}
        }
        let seat = *seat.get_or_insert_with(|| {
            flight.seats = flight.seats.wrapping_add(1);
            flight.seats
        });
        let replaced = match flight.waiting.get(&seat) {
            Some(waker) if waker.will_wake(context.waker()) => None,
            _ => flight.waiting.insert(seat, context.waker().clone()),
        };
        // Dropped without the lock: a waker may own a task, and the task another passenger.
        drop(flight);
        drop(replaced);
        Poll::Pending
    }
}

impl<T> Clone for Passenger<T> {
    fn clone(&self) -> Self {
        Self { flight: self.flight.clone(), seat: None }
    }
}

impl<T> Drop for Passenger<T> {
    fn drop(&mut self) {
        if let Some(seat) = self.seat {
            let mut flight = self.flight.lock().unwrap_or_else(PoisonError::into_inner);
            let waker = flight.waiting.remove(&seat);
            // Without the lock, as above.
            drop(flight);
            drop(waker);
        }
    }
}

impl<T> fmt::Debug for Passenger<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passenger")
    }
}

#[cfg(test)]
mod tests {
    use std::task::Wake;

    use super::*;
    use crate::sync::model;

    #[test]
    fn a_passenger_that_leaves_gives_its_seat_back() {
        model(|| {
            let (passenger, _pilot) = board::<()>(&mut None);
            let task = Arc::new(Task);
            for _ in 0..50 {
                assert!(poll(&mut passenger.clone(), &task).is_pending());
            }
            // Nobody but this test has the waker.
            assert_eq!(Arc::strong_count(&task), 1);
        });
    }

    #[test]
    fn a_passenger_has_one_seat_however_often_it_is_polled() {
        model(|| {
            let (mut passenger, _pilot) = board::<()>(&mut None);
            let (one, other) = (Arc::new(Task), Arc::new(Task));
            for task in [&one, &one, &other, &one, &other] {
                assert!(poll(&mut passenger, task).is_pending());
            }
            assert_eq!((Arc::strong_count(&one), Arc::strong_count(&other)), (1, 2));
        });
    }

    #[test]
    fn who_waits_longest_is_woken_first() {
        model(|| {
            let woken = Arc::new(Mutex::new(Vec::new()));
            let (passenger, pilot) = board(&mut None);
            let mut passengers = vec![passenger; 8];
            for (number, passenger) in passengers.iter_mut().enumerate() {
                assert!(poll(passenger, &Arc::new(Numbered { number, woken: woken.clone() })).is_pending());
            }
            pilot.unwrap().land(());
            assert_eq!(*woken.lock().unwrap(), [0, 1, 2, 3, 4, 5, 6, 7]);
        });
    }

    #[test]
    fn the_first_end_counts() {
        model(|| {
            let task = Arc::new(Task);
            let (mut passenger, pilot) = board(&mut None);
            // Landed, and dropped behind it.
            pilot.unwrap().land(1);
            assert_eq!(poll(&mut passenger, &task), Poll::Ready(Some(1)));
            end(&passenger.flight, State::Landed(2));
            assert_eq!(poll(&mut passenger, &task), Poll::Ready(Some(1)));

            let (mut passenger, pilot) = board(&mut None);
            drop(pilot);
            end(&passenger.flight, State::Landed(2));
            assert_eq!(poll(&mut passenger, &task), Poll::Ready(None));
        });
    }

    /// Polls for a task.
    fn poll<T: Clone, W>(passenger: &mut Passenger<T>, task: &Arc<W>) -> Poll<Option<T>>
    where
        W: Wake + Send + Sync + 'static,
    {
        Pin::new(passenger).poll(&mut Context::from_waker(&Waker::from(task.clone())))
    }

    /// Does nothing when it is woken.
    struct Task;

    impl Wake for Task {
        fn wake(self: Arc<Self>) {}
    }

    /// Notes its number when it is woken.
    struct Numbered {
        number: usize,
        woken: Arc<Mutex<Vec<usize>>>,
    }

    impl Wake for Numbered {
        fn wake(self: Arc<Self>) {
            self.woken.lock().unwrap().push(self.number);
        }
    }
}
