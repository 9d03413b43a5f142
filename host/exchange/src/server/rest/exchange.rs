//! `exchange/…`: trading status, announcements, schedule, and freshness of the data.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use host_core::Timestamp;
use serde_json::{Value, json};

use crate::server::app::App;
use crate::server::wire::decimal::time;
use crate::venue::{Announcement, MaintenanceWindow};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/exchange/status", get(status))
        .route("/exchange/announcements", get(announcements))
        .route("/exchange/schedule", get(schedule))
        .route("/exchange/user_data_timestamp", get(user_data_timestamp))
}

async fn status(State(app): State<App>) -> Json<Value> {
    let (status, reopens) = app.exchange.with_venue(|venue, _| (venue.status(), venue.reopens()));
    let (is_active, trades) = (status.exchange_active(), status.trading_active());
    let mut view = json!({
        "exchange_active": is_active,
        "trading_active": trades,
        "exchange_index_statuses": [{
            "exchange_index": 0,
            "description": "",
            "exchange_active": is_active,
            "trading_active": trades,
            "intra_exchange_transfers_active": false,
        }],
    });
    let late = app.exchange.clock().behind();
    if late.is_late() {
        // Not the venue's: an exchange that is simulated too fast for its machine says so where clients look.
        view["behind_seconds"] = json!(late.span.as_seconds());
    }
    if let Some(reopens) = reopens {
        view["exchange_estimated_resume_time"] = json!(time(reopens));
    }
    Json(view)
}

/// All are active: none is ever taken down.
async fn announcements(State(app): State<App>) -> Json<Value> {
    let row = |announcement: &Announcement| {
        json!({
            "type": announcement.kind.as_str(),
            "message": announcement.message,
            "delivery_time": time(announcement.delivered),
            "status": "active",
        })
    };
    let rows: Vec<Value> = app.exchange.with_venue(|venue, _| venue.announcements().iter().map(row).collect());
    Json(json!({ "announcements": rows }))
}

/// Open around the clock but for the maintenance that is planned; pauses appear only in the status.
async fn schedule(State(app): State<App>) -> Json<Value> {
    let row =
        |window: MaintenanceWindow| json!({ "start_datetime": time(window.from), "end_datetime": time(window.until) });
    let windows: Vec<Value> = app.exchange.with_venue(|venue, _| venue.maintenance().map(row).collect());
    let all_day = json!([{ "open_time": "00:00", "close_time": "00:00" }]);
    let mut week = json!({ "start_time": time(Timestamp(0)), "end_time": "2200-12-01T00:00:00Z" });
    for day in ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] {
        week[day] = all_day.clone();
    }
    Json(json!({ "schedule": { "standard_hours": [week], "maintenance_windows": windows } }))
}

/// Members' data are always current.
async fn user_data_timestamp(State(app): State<App>) -> Json<Value> {
    Json(json!({ "as_of_time": time(app.exchange.clock().now()) }))
}
