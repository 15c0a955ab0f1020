use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Polls a future to its end on the spot, without a runtime.
///
/// Nothing that is measured waits for anything, so this is the same small cost for everybody.
///
/// # Panics
/// When the future is still not ready after many polls: then it waits for something that is not there.
pub fn now<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..PATIENCE {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
    panic!("a future that should have been ready waits for something");
}

/// A service that yields once or twice is no reason to stop.
const PATIENCE: usize = 64;
