use measure::{Alg, Issuer, Samples, allocations, time};

use crate::bare::bare;
use crate::candidate::{Candidate, Host, Who};
use crate::floor;
use crate::ours::SCOPA;
use crate::target::Target;

/// All who are measured with one algorithm, in turns.
pub(crate) struct Contest {
    issuer: Issuer,
    lanes: Vec<Lane>,
}

/// What a lane stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Raw verification with aws-lc-rs.
    Floor,
    /// Raw verification by aws-lc-rs of a signature in the form of X9.62, made before.
    X962,
    /// Raw verification with ed25519-dalek, as most peers call it.
    Dalek,
    /// The same by its `verify_strict`.
    DalekStrict,
    /// A host without any check.
    Bare(Host),
    /// Somebody's check, in a form and a host.
    Check(Who, &'static str, Host),
}

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Rounds with tokens that nobody has seen.
    pub(crate) first_sight: usize,
    /// Rounds with one token again and again.
    pub(crate) repeat: usize,
    /// Other tokens that whoever remembers tokens has seen before.
    pub(crate) fill: usize,
}

/// What one lane took.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) role: Role,
    /// Nanoseconds a request, for each round, with a token that was never seen.
    pub(crate) first_sight: Samples,
    /// The same with a known token.
    pub(crate) repeat: Samples,
    /// Allocations a request: with a new token, and with a known one.
    pub(crate) allocations: [f64; 2],
}

struct Lane {
    role: Role,
    target: Box<dyn Target>,
    /// How many requests are timed at once.
    chunk: usize,
}

impl Contest {
    /// Brings together the floor, the bare hosts and the candidates, who have passed their check.
    pub(crate) fn new(issuer: Issuer, candidates: Vec<Candidate>) -> Self {
        let mut lanes = vec![Lane::new(Role::Floor, floor::aws_lc_rs(&issuer))];
        if issuer.alg() == Alg::ES256 {
            lanes.push(Lane::new(Role::X962, floor::x962(&issuer)));
        }
        if issuer.alg() == Alg::EdDSA {
            lanes.push(Lane::new(Role::Dalek, floor::dalek(&issuer)));
            lanes.push(Lane::new(Role::DalekStrict, floor::dalek_strict(&issuer)));
        }
        let hosts = Host::ALL.into_iter();
        for host in hosts.filter(|host| candidates.iter().any(|candidate| candidate.host == *host)) {
            lanes.push(Lane::new(Role::Bare(host), bare(host)));
        }
        for Candidate { who, form, host, target } in candidates {
            lanes.push(Lane::new(Role::Check(who, form, host), target));
        }
        Self { issuer, lanes }
    }

    /// Runs all rounds.
    pub(crate) fn run(mut self, size: Size) -> Vec<Row> {
        self.fill(size.fill);
        let first_sight = self.first_sight(size.first_sight);
        let repeat = self.repeat(size.repeat);
        let allocations = self.allocations();
        let figures = first_sight.into_iter().zip(repeat).zip(allocations);
        let rows = self.lanes.into_iter().zip(figures);
        rows.map(|(lane, ((first_sight, repeat), allocations))| Row {
            role: lane.role,
            first_sight,
            repeat,
            allocations,
        })
        .collect()
    }

    /// Gives scopa tokens to remember, as in a service that runs. With more than it can hold, each new token takes the
    /// place of another from then on.
    fn fill(&mut self, mut count: usize) {
        while count > 0 {
            let tokens = self.issuer.tokens(count.min(256));
            count -= tokens.len();
            let ours = |lane: &&mut Lane| matches!(lane.role, Role::Check(SCOPA, ..));
            self.lanes.iter_mut().filter(ours).for_each(|lane| lane.accept(&tokens));
        }
    }

    /// In each round every lane takes the same new tokens once, after some others that wake its code and memory.
    fn first_sight(&mut self, rounds: usize) -> Vec<Samples> {
        let trial = self.issuer.tokens(POOL);
        for lane in &mut self.lanes {
            lane.calibrate(&trial);
        }
        // Where a check takes a microsecond, waking up would be seen: fewer rounds, each of more chunks.
        let pools = if self.issuer.alg() == Alg::HS256 { 3 } else { 1 };
        let mut samples = vec![Samples::default(); self.lanes.len()];
        for round in 0..UNCOUNTED + rounds / pools {
            let (warming, tokens) = (self.issuer.tokens(WARMING), self.issuer.tokens(pools * POOL));
            for turn in turns(round, self.lanes.len()) {
                let taken = self.lanes[turn].time(&warming, &tokens);
                if round >= UNCOUNTED {
                    samples[turn].push(taken);
                }
            }
        }
        samples
    }

    /// In each round every lane takes the one token as often as fits into about two milliseconds.
    fn repeat(&mut self, rounds: usize) -> Vec<Samples> {
        let token = self.issuer.token();
        let warming = vec![token.clone(); WARMING];
        for lane in &mut self.lanes {
            lane.calibrate(&vec![token.clone(); POOL]);
        }
        let mut samples = vec![Samples::default(); self.lanes.len()];
        for round in 0..UNCOUNTED + rounds {
            for turn in turns(round, self.lanes.len()) {
                let lane = &mut self.lanes[turn];
                let taken = lane.time(&warming, &vec![token.clone(); lane.chunk * REPEATS]);
                if round >= UNCOUNTED {
                    samples[turn].push(taken);
                }
            }
        }
        samples
    }

    fn allocations(&mut self) -> Vec<[f64; 2]> {
        let new = self.issuer.tokens(COUNTED);
        let known = vec![self.issuer.token(); COUNTED];
        self.lanes.iter_mut().map(|lane| [&new, &known].map(|tokens| lane.allocations(tokens))).collect()
    }
}

impl Lane {
    fn new(role: Role, target: Box<dyn Target>) -> Self {
        Self { role, target, chunk: 1 }
    }

    /// Returns nanoseconds a token: the median of some chunks, so that a few that were interrupted do not count. The
    /// requests of a chunk are made just before it, as those of a server are.
    fn time(&mut self, warming: &[String], tokens: &[String]) -> f64 {
        self.accept(warming);
        self.chunks(tokens).median()
    }

    fn chunks(&mut self, tokens: &[String]) -> Samples {
        let mut taken = Samples::default();
        for chunk in tokens.chunks(self.chunk) {
            self.target.load(chunk);
            let mut accepted = 0;
            let nanoseconds = time(|| accepted = self.target.run());
            self.verify(accepted, chunk.len());
            taken.push(nanoseconds / chunk.len() as f64);
        }
        taken
    }

    /// Chooses chunks that take about [`CHUNK_NS`].
    fn calibrate(&mut self, tokens: &[String]) {
        self.chunk = CHUNKS[0];
        let taken = self.chunks(tokens).minimum();
        // A divisor of the pool, so that all chunks are alike.
        let fits = |chunk: &usize| *chunk as f64 * taken <= CHUNK_NS;
        self.chunk = CHUNKS.into_iter().rfind(fits).unwrap_or(CHUNKS[0]);
    }

    /// Returns allocations a token. The first of the tokens is not counted, so that a known one is known.
    fn allocations(&mut self, tokens: &[String]) -> f64 {
        let (first, others) = tokens.split_at(1);
        self.accept(first);
        self.target.load(others);
        let (count, accepted) = allocations(|| self.target.run());
        self.verify(accepted, others.len());
        count.allocations as f64 / others.len() as f64
    }

    fn accept(&mut self, tokens: &[String]) {
        self.target.load(tokens);
        let accepted = self.target.run();
        self.verify(accepted, tokens.len());
    }

    /// Whoever refuses a good token in the middle of a contest has not done the work.
    fn verify(&self, accepted: usize, expected: usize) {
        assert_eq!(accepted, expected, "{:?} refused a good token", self.role);
    }
}

/// Returns the order of a round: each begins with another lane, every second goes backwards.
fn turns(round: usize, lanes: usize) -> Vec<usize> {
    let mut turns: Vec<usize> = (0..lanes).map(|turn| (turn + round) % lanes).collect();
    if round % 2 == 1 {
        turns.reverse();
    }
    turns
}

/// New tokens that a lane takes in a round.
const POOL: usize = 48;

/// Tokens before them, not timed.
const WARMING: usize = 8;

/// How long a chunk is to take: long beside the clock, short beside a slice of the scheduler.
const CHUNK_NS: f64 = 150_000.0;

/// Sizes of chunks: the divisors of [`POOL`].
const CHUNKS: [usize; 10] = [1, 2, 3, 4, 6, 8, 12, 16, 24, POOL];

/// Chunks with a known token that a lane takes in a round.
const REPEATS: usize = 12;

/// Rounds at the start that are not counted.
const UNCOUNTED: usize = 3;

/// Tokens whose allocations are counted.
const COUNTED: usize = 33;
