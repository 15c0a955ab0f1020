//! The layers over real tower services.

#[cfg(test)]
mod authorize;
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod choose;
#[cfg(test)]
mod common;
#[cfg(test)]
mod grpc;
#[cfg(test)]
mod protect;
#[cfg(test)]
mod readiness;
#[cfg(test)]
mod waiting;
