//! Faults of the WebSocket: of its upgrade, and of its messages.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::{Exchange, run};

const PATH: &str = "/trade-api/ws/v2";

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

pub async fn connect(exchange: &Exchange) -> Result<Socket, Error> {
    let mut request = format!("ws://{}{PATH}", exchange.address).into_client_request()?;
    for (name, value) in exchange.signed("GET", PATH, 0) {
        request.headers_mut().insert(name, value.parse().expect("a header"));
    }
    Ok(connect_async(request).await?.0)
}

/// Subscribes to ann's fills and lets her buy three times. Returns the orders whose fills arrived, those that she
/// placed, and whether the connection ended.
async fn received_fills(fault: Value) -> (Vec<String>, Vec<String>, bool) {
    let rule = json!({ "endpoint": "websocket", "fault": fault, "at": [1] });
    let exchange = Exchange::with(json!([rule])).await;
    let mut socket = connect(&exchange).await.expect("a connection");
    let subscribe = json!({ "id": 1, "cmd": "subscribe", "params": { "channels": ["fill"] } });
    socket.send(Message::text(subscribe.to_string())).await.expect("sent");
    let answer = socket.next().await.expect("an answer").expect("a message");
    assert!(answer.to_string().contains("subscribed"), "{answer}");
    let mut bought = Vec::new();
    for id in ["a", "b", "c"] {
        let answer = exchange.buy("ONE", id, 44).await.expect("an answer");
        let answer: Value = answer.json().await.expect("JSON");
        bought.push(answer["order_id"].as_str().expect("an id").to_owned());
    }
    let (mut received, mut is_over) = (Vec::new(), false);
    // The last fill always arrives, unless the connection ends before.
    while received.last() != bought.last() && !is_over {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => {
                let message: Value = serde_json::from_str(&text).expect("JSON");
                received.push(message["msg"]["order_id"].as_str().expect("a fill").to_owned());
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => is_over = true,
        }
    }
    let name = fault["kind"].as_str().expect("a name");
    assert_eq!(exchange.injected().await, json!({ name: 1 }));
    (received, bought, is_over)
}

#[test]
fn messages_are_duplicated_reordered_lost_and_cut_off() {
    let check = |kind: &str, expect: &[usize], ends: bool| {
        let (received, bought, is_over) = run(received_fills(json!({ "kind": kind })));
        let places: Vec<Option<usize>> =
            received.iter().map(|id| bought.iter().position(|other| other == id)).collect();
        let expect: Vec<Option<usize>> = expect.iter().map(|place| Some(*place)).collect();
        assert_eq!((places, is_over), (expect, ends), "{kind}");
    };
    check("duplicated_fills", &[0, 0, 1, 2], false);
    check("reordered_fills", &[1, 0, 2], false);
    check("lost_messages", &[1, 2], false);
    check("disconnect", &[], true);
}

#[test]
fn an_upgrade_fails_like_any_request() {
    run(async {
        let fault = json!({ "kind": "status", "status": 503 });
        let exchange = Exchange::with(json!([{ "endpoint": "websocket", "fault": fault, "at": [1] }])).await;
        match connect(&exchange).await {
            Err(Error::Http(answer)) => assert_eq!(answer.status(), 503),
            other => panic!("{other:?}"),
        }
        connect(&exchange).await.expect("the second one is let in");
    });
}
