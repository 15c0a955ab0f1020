//! A route as a router names it, to say which are public.

/// One method of a route: `POST /hook`, or `/health` for reading it.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    method: Option<Box<str>>,
    path: Box<str>,
}

impl Route {
    pub(crate) fn parse(text: &str) -> Self {
        match text.split_once(' ') {
            Some((method, path)) => Self { method: Some(method.into()), path: path.into() },
            None => Self { method: None, path: text.into() },
        }
    }

    /// Tells whether the router matched this route, for a request of this method.
    pub(crate) fn is(&self, method: &str, path: &str) -> bool {
        let right_method = match self.method.as_deref() {
            // RFC 9110 §9.3.2: what HEAD answers is what GET would, without the content. A route that changes something
            // is only open when its method is named: behind one path, frameworks can have several routes.
            None | Some("GET") => matches!(method, "GET" | "HEAD"),
            Some(own) => own == method,
        };
        right_method && *self.path == *path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_compared_as_text() {
        for (route, method, path, expected) in [
            ("/health", "GET", "/health", true),
            ("/health", "HEAD", "/health", true),
            ("/health", "DELETE", "/health", false),
            ("GET /health", "GET", "/health", true),
            ("GET /health", "HEAD", "/health", true),
            ("GET /health", "POST", "/health", false),
            ("POST /health", "GET", "/health", false),
            ("get /health", "GET", "/health", false),
            ("GET  /health", "GET", "/health", false),
            ("/users/{id}", "GET", "/users/{id}", true),
            ("/users/{id}", "GET", "/users/7", false),
            ("/health", "GET", "/health/", false),
            ("/health", "GET", "/Health", false),
            ("", "GET", "/", false),
        ] {
            assert_eq!(Route::parse(route).is(method, path), expected, "{route} {method} {path}");
        }
    }
}
