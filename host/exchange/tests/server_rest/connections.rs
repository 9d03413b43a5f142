//! Many connections, and slow ones: the others are served.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

async fn server(most_connections: usize, header_timeout: Duration) -> TestServer {
    let options = ServerOptions { most_connections, header_timeout, ..ServerOptions::default() };
    TestServer::on(ExchangeClock::stepped(START), Tier::Prestige, FeeModel::None, options).await
}

async fn connect(server: &TestServer) -> TcpStream {
    TcpStream::connect(server.origin.trim_start_matches("http://")).await.expect("a connection")
}

/// Sends `text`; returns all that is answered until the connection ends.
async fn told(mut stream: TcpStream, text: &str) -> String {
    stream.write_all(text.as_bytes()).await.expect("it is open");
    let mut answer = String::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_string(&mut answer)).await;
    let _ = read.expect("it ends by itself");
    answer
}

const STATUS: &str = "GET /trade-api/v2/exchange/status HTTP/1.1\r\nHost: x\r\n\r\n";

#[tokio::test]
async fn a_connection_that_does_not_send_its_headers_in_time_is_closed() {
    let server = server(64, Duration::from_millis(300)).await;
    for text in ["", "G", "GET /trade-api/v2/exchange/status HTTP/1.1\r\nHost: x\r\nX-Slow: "] {
        let answer = told(connect(&server).await, text).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{text}: {answer}");
    }
    // One that has been answered is closed when it asks nothing more.
    let answer = told(connect(&server).await, STATUS).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    // A request that is sent in time is answered however long others wait.
    let _slow = [connect(&server).await, connect(&server).await];
    server.get(Nobody, "/exchange/status").await;
}

#[tokio::test]
async fn connections_beyond_the_limit_are_told_so_until_others_end() {
    let server = server(3, Duration::from_secs(60)).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut stream = connect(&server).await;
        // Answered, so that it certainly has its place.
        stream.write_all(STATUS.as_bytes()).await.expect("it is open");
        let mut first = [0; 15];
        stream.read_exact(&mut first).await.expect("an answer");
        assert_eq!(&first, b"HTTP/1.1 200 OK");
        held.push(stream);
    }
    let closing = STATUS.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    let answer = told(connect(&server).await, &closing).await;
    assert!(answer.starts_with("HTTP/1.1 503 Service Unavailable"), "{answer}");
    assert!(answer.contains("\"details\":\"too many connections: close some, or try again later\""), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    drop(held);
    let mut served = false;
    for _ in 0..100 {
        served = told(connect(&server).await, &closing).await.starts_with("HTTP/1.1 200 OK");
        if served {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(served, "places are given back");
}
