use std::fmt::Write as _;

use scopa_systems::Outcome;
use serde_json::{Value, json};

use crate::service::{Application, Service};

/// Has both APIs at hand, by a token that opens them.
struct Apis {
    service: Service,
    token: String,
}

impl Apis {
    async fn start(name: &str) -> Outcome<Self> {
        let service = Service::start(name).await?;
        let token = service.tokens(&service.application().await?, None).await?.access;
        Ok(Self { service, token })
    }

    /// Asks in GraphQL.
    async fn ask(&self, question: &str) -> Outcome<Value> {
        let call = self.service.http.post("/graphql").bearer(&self.token).json(&json!({"query": question}));
        let answer = call.send().await?.expect(200)?;
        assert!(answer.body().len() < 64 * 1024, "{} bytes for {question}", answer.body().len());
        answer.json()
    }

    async fn is_answered(&self, question: &str) -> Outcome<bool> {
        let answer = self.ask(question).await?;
        assert_eq!(answer["data"].is_null(), answer["errors"].is_array(), "{answer}");
        Ok(!answer["data"].is_null())
    }
}

#[tokio::test]
async fn texts_are_not_longer_than_lists_can_bear() -> Outcome {
    let apis = Apis::start("texts").await?;
    let draft = |name: usize, description: usize| json!({"name": "ä".repeat(name), "description": "ä".repeat(description), "service": 1});
    let send = async |method: &str, path: &str, draft: &Value| {
        apis.service.http.request(method, path).bearer(&apis.token).json(draft).send().await
    };
    send("POST", "/api/v1/heartbeats/", &draft(200, 2000)).await?.expect(201)?;
    for draft in [draft(0, 0), draft(201, 0), draft(1, 2001)] {
        for (method, path) in [("POST", "/api/v1/heartbeats/"), ("PUT", "/api/v1/heartbeats/1/")] {
            send(method, path, &draft).await?.expect_error(400, "invalid_request")?;
        }
    }
    for _ in 1..100 {
        send("POST", "/api/v1/heartbeats/", &draft(1, 0)).await?.expect(201)?;
    }
    send("POST", "/api/v1/heartbeats/", &draft(1, 0)).await?.expect_error(409, "invalid_request")?;
    Ok(())
}

#[tokio::test]
async fn a_question_costs_what_it_can_show() -> Outcome {
    let apis = Apis::start("cost").await?;
    let all = "id publicPrimaryKey name description service states";
    assert!(apis.is_answered(&format!("{{ me heartbeats {{ {all} }} incidents {{ id summary }} }}")).await?);
    // The same list under another name is another list.
    assert!(apis.is_answered("{ a: heartbeats { name } b: heartbeats { name } }").await?);
    assert!(!apis.is_answered(&format!("{{ a: heartbeats {{ {all} }} b: heartbeats {{ {all} }} }}")).await?);
    let names = (0..11).fold(String::new(), |mut names, n| {
        let _ = write!(names, "a{n}: heartbeats {{ name }} ");
        names
    });
    assert!(!apis.is_answered(&format!("{{ {names} }}")).await?);
    assert!(!apis.is_answered(&format!("{{ ...F }} fragment F on Query {{ {names} }}")).await?);
    let names = (0..11).fold(String::new(), |mut names, n| {
        let _ = write!(names, "a{n}: name ");
        names
    });
    assert!(!apis.is_answered(&format!("{{ heartbeats {{ {names} }} }}")).await?);
    Ok(())
}

#[tokio::test]
async fn fragments_and_the_schema_do_not_make_a_short_question_long() -> Outcome {
    let apis = Apis::start("fragments").await?;
    for (depth, spreads) in [(40, 2), (28, 2), (25, 10), (6, 60), (8, 3)] {
        // Each fragment so many times in the one before it.
        let mut nested = "{ ...F0 }".to_owned();
        for n in 1..=depth {
            let spreads = format!("...F{n} ").repeat(spreads);
            let _ = write!(nested, " fragment F{} on Query {{ {spreads} }}", n - 1);
        }
        let _ = write!(nested, " fragment F{depth} on Query {{ me }}");
        assert!(!apis.is_answered(&nested).await?, "{depth} {spreads}");
    }
    let spread = |times: usize| format!("{{ {} }} fragment F on Query {{ me }}", "...F ".repeat(times));
    assert!(apis.is_answered(&spread(16)).await? && !apis.is_answered(&spread(17)).await?);
    assert!(!apis.is_answered("{ ...F } fragment F on Query { ...F }").await?);
    assert!(apis.is_answered("{ __typename ...F heartbeats { ...H } } fragment F on Query { me } fragment H on Heartbeat { id }").await?);

    // Lists within lists: 170 KB of answer.
    let mut schema = "name".to_owned();
    for _ in 0..4 {
        schema =
            format!("name fields {{ name type {{ {schema} ofType {{ {schema} ofType {{ {schema} }} }} }} }}");
    }
    let schema = format!("{{ __schema {{ types {{ {schema} }} }} }}");
    for question in ["{ __type(name: \"Query\") { name } }", &schema] {
        let answer = apis.ask(question).await?;
        assert!(answer["data"].as_object().unwrap().values().all(Value::is_null), "{answer}");
    }
    Ok(())
}

#[tokio::test]
async fn who_guesses_secrets_has_to_wait() -> Outcome {
    let service = Service::start("guessing").await?;
    let client = service.application().await?;
    let wrong = Application { secret: "guess".into(), ..client.clone() };
    let mut guesses = 0;
    let waits = loop {
        let answer = service.introspect(&wrong, "x").await?;
        guesses += 1;
        if answer.status() == 429 {
            break answer.expect_error(429, "temporarily_unavailable")?;
        }
        answer.expect_error(401, "invalid_client")?;
        assert!(guesses < 100, "nobody stops them");
    };
    let seconds: u64 = waits.field("retry-after").ok_or("no Retry-After")?.parse()?;
    assert_eq!(waits.fields("cache-control"), ["no-store"]);
    service.clock.advance(std::time::Duration::from_secs(seconds));
    service.introspect(&client, "x").await?.expect(200)?;
    Ok(())
}

#[tokio::test]
async fn a_question_that_is_nested_too_deeply_is_refused_before_it_is_read() -> Outcome {
    let apis = Apis::start("nested").await?;
    for (before, open, inside, close, after) in
        [("me(x: ", "[", "1", "]", ")"), ("me(x: ", "{a:", "1", "}", ")"), ("", "a { ", "id", " }", "")]
    {
        // Nearly as much as a body may hold.
        let times = 15_000 / (open.len() + close.len());
        let deep = format!("{{ {before}{}{inside}{}{after} }}", open.repeat(times), close.repeat(times));
        assert!(!apis.is_answered(&deep).await?, "{open}");
    }
    // The program is still there.
    assert!(apis.is_answered("{ me }").await?);
    Ok(())
}
