use scopa::{Access, FromPath, Refusal};

fn made<T: Default>() -> T {
    T::default()
}

fn main() {
    let _access = Access {};
    let _access: Access = made();
    let _caller: scopa_axum::Authorized = made();
    let _refusal: Refusal = made();
    let _value = FromPath;
}
