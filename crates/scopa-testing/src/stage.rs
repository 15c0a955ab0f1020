use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use scopa::{BoxFuture, Clock};

use crate::clock::ManualClock;

/// Carries out tasks without a runtime: at once as far as they go, and then when the test lets time pass.
#[derive(Clone)]
pub(crate) struct Stage {
    clock: ManualClock,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    tasks: Vec<Task>,
    sleepers: Vec<(Duration, Waker)>,
    is_shut_down: bool,
}

struct Task {
    future: BoxFuture<'static, ()>,
    flag: Arc<Flag>,
}

/// Raised when a task has something to do.
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Stage {
    pub(crate) fn new(clock: ManualClock) -> Self {
        Self { clock, inner: Arc::default() }
    }

    /// Starts a task, and carries it out as far as it goes now.
    pub(crate) fn spawn(&self, future: BoxFuture<'static, ()>) {
        if self.inner().is_shut_down {
            return;
        }
        let task = Task { future, flag: Arc::new(Flag(AtomicBool::new(true))) };
        if let Some(task) = task.run() {
            self.inner().tasks.push(task);
        }
    }

    /// Lets time pass, and carries out what that wakes.
    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
        let now = self.clock.elapsed();
        let due: Vec<Waker> = {
            let mut inner = self.inner();
            let (due, later) =
                std::mem::take(&mut inner.sleepers).into_iter().partition(|(end, _)| *end <= now);
            inner.sleepers = later;
            let due: Vec<(Duration, Waker)> = due;
            due.into_iter().map(|(_, waker)| waker).collect()
        };
        due.into_iter().for_each(Waker::wake);
        self.run();
    }

    /// Carries out all tasks as far as they go.
    pub(crate) fn run(&self) {
        loop {
            let (ready, waiting): (Vec<Task>, Vec<Task>) = {
                let tasks = std::mem::take(&mut self.inner().tasks);
                tasks.into_iter().partition(|task| task.flag.0.load(Ordering::SeqCst))
            };
            self.inner().tasks.extend(waiting);
            if ready.is_empty() {
                return;
            }
            for task in ready {
                // Without the lock: a task may start others.
                let task = task.run();
                self.inner().tasks.extend(task);
            }
        }
    }

    /// Drops all tasks where they stand, as a runtime that shuts down does.
    pub(crate) fn drop_tasks(&self) {
        let tasks = std::mem::take(&mut self.inner().tasks);
        drop(tasks);
    }

    /// Drops all tasks, and those that come.
    pub(crate) fn shut_down(&self) {
        self.inner().is_shut_down = true;
        self.drop_tasks();
    }

    pub(crate) fn start_up(&self) {
        self.inner().is_shut_down = false;
    }

    pub(crate) fn sleep(&self, time: Duration) -> Sleep {
        Sleep { stage: self.clone(), end: self.clock.elapsed().saturating_add(time) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Task {
    /// Carries it out until it waits; `None` when it has ended.
    fn run(mut self) -> Option<Self> {
        let waker = Waker::from(self.flag.clone());
        while self.flag.0.swap(false, Ordering::SeqCst) {
            let poll = || self.future.as_mut().poll(&mut Context::from_waker(&waker));
            // A runtime lets the task die of its panic, and nobody else.
            if catch_unwind(AssertUnwindSafe(poll)).is_ok_and(|polled| polled.is_pending()) {
                continue;
            }
            return None;
        }
        Some(self)
    }
}

/// Ends when the test has let enough time pass.
pub(crate) struct Sleep {
    stage: Stage,
    end: Duration,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.end <= self.stage.clock.elapsed() {
            return Poll::Ready(());
        }
        let mut inner = self.stage.inner();
        if !inner.sleepers.iter().any(|(end, waker)| *end == self.end && waker.will_wake(context.waker())) {
            inner.sleepers.push((self.end, context.waker().clone()));
        }
        Poll::Pending
    }
}
