//! One fetch for everybody who waits for it.

use std::collections::HashMap;
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
    waiting: HashMap<u64, Waker>,
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
    let flight = Flight { state: State::UnderWay, seats: 0, waiting: HashMap::new() };
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
        let shared = self.flight.clone();
        let mut flight = shared.lock().unwrap_or_else(PoisonError::into_inner);
        match &flight.state {
            State::Landed(outcome) => return Poll::Ready(Some(outcome.clone())),
            State::Lost => return Poll::Ready(None),
            State::UnderWay => {}
        }
        let seat = self.seat.unwrap_or(flight.seats);
        if self.seat.is_none() {
            self.seat = Some(seat);
            flight.seats = flight.seats.wrapping_add(1);
        }
        match flight.waiting.get(&seat) {
            Some(waker) if waker.will_wake(context.waker()) => {}
            _ => drop(flight.waiting.insert(seat, context.waker().clone())),
        }
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
            flight.waiting.remove(&seat);
        }
    }
}

impl<T> fmt::Debug for Passenger<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passenger")
    }
}
