use std::any::TypeId;
use std::cmp::Ordering;
use std::sync::OnceLock;

use super::policy::Policy;
use super::requirement::Requirement;

/// Prepared policies, by the types that stand for them.
///
/// Grows with the number of types in the program and gives nothing back before it goes as a whole, so that a policy
/// can be borrowed for as long: without a lock, and without a count that all threads would write to.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    root: Link,
}

type Link = OnceLock<Box<Node>>;

/// A node of a search tree. It needs no balance: the numbers of types are as good as random.
#[derive(Debug)]
struct Node {
    requirement: TypeId,
    policy: Policy,
    lower: Link,
    higher: Link,
}

impl Kept {
    /// Returns the policy that was kept for a type.
    pub(crate) fn find<R: Requirement>(&self) -> Option<&Policy> {
        let mut link = &self.root;
        loop {
            match link.get()?.step(TypeId::of::<R>()) {
                Ok(policy) => return Some(policy),
                Err(next) => link = next,
            }
        }
    }

    /// Keeps the policy of a type, unless there is one already, and returns what is kept.
    pub(crate) fn keep<R: Requirement>(&self, policy: &Policy) -> &Policy {
        let requirement = TypeId::of::<R>();
        let new = || Node { requirement, policy: policy.clone(), lower: Link::new(), higher: Link::new() };
        let mut link = &self.root;
        loop {
            match link.get_or_init(|| Box::new(new())).step(requirement) {
                Ok(policy) => return policy,
                Err(next) => link = next,
            }
        }
    }
}

impl Node {
    /// Returns the policy, or where to look for that of another type.
    fn step(&self, wanted: TypeId) -> Result<&Policy, &Link> {
        match wanted.cmp(&self.requirement) {
            Ordering::Equal => Ok(&self.policy),
            Ordering::Less => Err(&self.lower),
            Ordering::Greater => Err(&self.higher),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Numbered<const N: usize>;

    impl<const N: usize> Requirement for Numbered<N> {
        fn policy() -> Policy {
            Policy::from(format!("s{N}"))
        }
    }

    macro_rules! each {
        ($kept:ident, $($number:literal)+) => {
            [$((
                $kept.keep::<Numbered<$number>>(&<Numbered<$number>>::policy()),
                $kept.find::<Numbered<$number>>(),
            )),+]
        };
    }

    #[test]
    fn each_type_finds_the_policy_that_was_kept_for_it() {
        let kept = Kept::default();
        assert!(kept.find::<Numbered<0>>().is_none());
        for (number, (policy, found)) in each!(kept, 0 1 2 3 4 5 6 7 8 9 10 11 12).into_iter().enumerate() {
            assert_eq!(policy.to_string(), format!("s{number}"));
            assert!(found.is_some_and(|found| std::ptr::eq(found, policy)), "{policy}");
        }
        assert!(kept.find::<Numbered<13>>().is_none());
    }

    #[test]
    fn the_first_of_two_policies_stays_also_among_threads() {
        let kept = Kept::default();
        let first = kept.keep::<Numbered<0>>(&Policy::from("first"));
        assert!(std::ptr::eq(first, kept.keep::<Numbered<0>>(&Policy::from("second"))));
        let keep = || std::ptr::from_ref(kept.keep::<Numbered<1>>(&Policy::from("s1"))).addr();
        let mut kept_by_all = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(keep)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        kept_by_all.dedup();
        assert_eq!(kept_by_all.len(), 1);
    }
}
