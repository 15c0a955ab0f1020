use bytes::Bytes;
use http_body_util::combinators::{BoxBody, UnsyncBoxBody};
use http_body_util::{BodyExt, Full};

/// A response body that can carry the text of a refusal.
///
/// The body type of the inner service must be one. Implemented for strings, bytes, the bodies of `http-body-util`,
/// and by feature for those of `axum` and `tonic`; for a body of your own it is one line:
///
/// ```
/// use scopa_tower::RefusalBody;
///
/// struct Page(String);
///
/// impl RefusalBody for Page {
///     fn from_text(text: String) -> Self {
///         Self(text)
///     }
/// }
/// assert_eq!(Page::from_text("{}".into()).0, "{}");
/// ```
pub trait RefusalBody {
    /// Makes a body of a whole text, which may be empty.
    fn from_text(text: String) -> Self;
}

macro_rules! bodies {
    ($($(#[$meta:meta])* [$($error:ident)?] $body:ty = |$text:ident| $make:expr;)+) => { $(
        $(#[$meta])*
        impl<$($error: 'static)?> RefusalBody for $body {
            fn from_text($text: String) -> Self {
                $make
            }
        }
    )+ };
}

bodies! {
    [] String = |text| text;
    [] Vec<u8> = |text| text.into_bytes();
    [] Bytes = |text| text.into();
    [] Full<Bytes> = |text| text.into();
    [E] BoxBody<Bytes, E> = |text| Full::from(text).map_err(|never| match never {}).boxed();
    [E] UnsyncBoxBody<Bytes, E> = |text| Full::from(text).map_err(|never| match never {}).boxed_unsync();
    #[cfg(feature = "axum")]
    [] axum_core::body::Body = |text| text.into();
    #[cfg(feature = "tonic")]
    [] tonic::body::Body = |text| tonic::body::Body::new(Full::<Bytes>::from(text));
}
