scopa::scopes! {
    fn hierarchy;
    Read = "crashes read",
}

scopa::scopes! {
    fn empty;
    Empty = "",
}

fn main() {}
