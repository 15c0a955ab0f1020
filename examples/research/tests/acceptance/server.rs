use std::time::Duration;

use example_research::T1;
use scopa_systems::{LONGEST, Outcome};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::kit::{Service, one};

#[tokio::test]
async fn when_it_stops_what_is_under_way_is_answered_and_nothing_new_is_taken() -> Outcome {
    let mut service = Service::start("stop").await?;
    let address = service.http.origin().trim_start_matches("http://").to_owned();
    let app = service.machine(&["rest_api:write"], &[T1]).await?;
    let token = service.token(&app, &format!("{} rest_api:write", one())).await?;
    let mut stream = timeout(LONGEST, TcpStream::connect(&address)).await??;
    let body = r#"{"text": "late"}"#;
    let head = format!(
        "POST /v1/teams/{T1}/notes HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    // It was let in, and its body is waited for.
    let mut told = [0; 25];
    timeout(LONGEST, stream.read_exact(&mut told)).await??;
    assert!(told.starts_with(b"HTTP/1.1 100 Continue"));
    drop(service.stop.take());
    // The port is given up before the end of what is under way.
    timeout(LONGEST, async {
        while TcpStream::connect(&address).await.is_ok() {
            tokio::task::yield_now().await
        }
    })
    .await?;
    assert!(!service.served.is_finished());
    stream.write_all(body.as_bytes()).await?;
    let mut answer = String::new();
    timeout(LONGEST, stream.read_to_string(&mut answer)).await??;
    assert!(answer.starts_with("HTTP/1.1 201 Created"), "{answer}");
    timeout(LONGEST, &mut service.served).await??;
    Ok(())
}

#[tokio::test]
async fn who_does_not_go_on_with_a_request_is_let_go() -> Outcome {
    let service = Service::start("slow").await?;
    // From here on the clock of the runtime goes on when nothing else is left to do.
    tokio::time::pause();
    let address = service.http.origin().trim_start_matches("http://").to_owned();
    let say = async |said: &str| -> Outcome<String> {
        let mut stream = TcpStream::connect(&address).await?;
        stream.write_all(said.as_bytes()).await?;
        let mut answer = String::new();
        // Not for ever, should nobody close it.
        timeout(LONGEST, stream.read_to_string(&mut answer)).await??;
        Ok(answer)
    };
    // A head that does not come to its end.
    for head in ["GET /v1/ping HTTP/1.1\r\n", "GET /v1/ping HTTP/1.1\r\nHost: x\r\nA"] {
        let began = Instant::now();
        let answer = say(head).await?;
        assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
    // A body that does not.
    let head = "Host: x\r\nContent-Length: 100\r\nConnection: close\r\n";
    let form = "Content-Type: application/x-www-form-urlencoded\r\n\r\ngrant_type=";
    let answer = say(&format!("POST /v1/oauth/token HTTP/1.1\r\n{head}{form}")).await?;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    Ok(())
}

#[tokio::test]
async fn what_is_no_http_is_answered_or_closed_and_the_service_goes_on() -> Outcome {
    let service = Service::start("noise").await?;
    let address = service.http.origin().trim_start_matches("http://").to_owned();
    for noise in [
        &b"\r\n\r\n"[..],
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/9\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\n\r\n",
    ] {
        let mut stream = timeout(LONGEST, TcpStream::connect(&address)).await??;
        stream.write_all(noise).await?;
        stream.shutdown().await?;
        let mut answer = Vec::new();
        // A reset is as good.
        let _ = timeout(LONGEST, stream.read_to_end(&mut answer)).await?;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 400"), "{answer:?}");
    }
    let token = format!("Bearer {}", service.admin);
    let call = service.http.get("/v1/ping").header("authorization", &token).header("authorization", &token);
    call.send().await?.expect_error(400, "invalid_request")?;
    service.http.get("/v1/ping").bearer(&service.admin).send().await?.expect(200)?;
    let head = service.http.request("HEAD", "/v1/ping").bearer(&service.admin).send().await?.expect(200)?;
    assert!(head.body().is_empty());
    service.http.request("HEAD", "/v1/ping").send().await?.expect(401)?;
    Ok(())
}

#[tokio::test]
async fn who_asks_and_never_reads_the_answers_is_cut_off() -> Outcome {
    let service = Service::start("unread").await?;
    let document = service.http.get("/openapi.json").send().await?.expect(200)?;
    let address = service.http.origin().trim_start_matches("http://").to_owned();
    let mut stream = timeout(LONGEST, TcpStream::connect(&address)).await??;
    let many = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1000);
    timeout(LONGEST, stream.write_all(&many)).await??;
    // Until all buffers are full. Then nothing is left to do, and the clock of the runtime goes on.
    tokio::time::pause();
    tokio::time::sleep(Duration::from_secs(700)).await;
    tokio::time::resume();
    let (mut read, mut piece) = (0, vec![0; 1 << 20]);
    // To the end, or to a reset: it comes before all answers have.
    while let Ok(length @ 1..) = timeout(LONGEST, stream.read(&mut piece)).await? {
        read += length;
    }
    assert!(read < document.body().len() * 1000, "{read} bytes");
    Ok(())
}

#[tokio::test]
async fn there_are_so_many_connections_and_the_next_waits_for_a_place() -> Outcome {
    let service = Service::start("places").await?;
    let address = service.http.origin().trim_start_matches("http://").to_owned();
    let mut taken = Vec::new();
    for _ in 0..256 {
        taken.push(timeout(LONGEST, TcpStream::connect(&address)).await??);
    }
    let mut next = timeout(LONGEST, TcpStream::connect(&address)).await??;
    next.write_all(b"GET /v1/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    // From here the clock of the runtime goes on when nothing else is left to do.
    tokio::time::pause();
    assert!(timeout(Duration::from_secs(1), next.read_to_string(&mut answer)).await.is_err());
    tokio::time::resume();
    taken.pop();
    timeout(LONGEST, next.read_to_string(&mut answer)).await??;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    Ok(())
}
