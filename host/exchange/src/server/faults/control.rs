//! `/simulation/faults`: reads, replaces and clears the plan while the exchange runs.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::fault::Chance;
use super::plan::FaultPlan;
use super::preset::{PRESETS, preset};
use super::state::{FaultReport, Faults};

/// A preset, which can be sent instead of a plan.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PresetRequest {
    preset: String,
    #[serde(default = "usual")]
    chance: Chance,
    #[serde(default)]
    seed: u64,
}

const fn usual() -> Chance {
    Chance::new(0.05)
}

/// `GET` shows the plan and its counts, `PUT` starts another plan (a [`FaultPlan`], or `{"preset", "chance",
/// "seed"}`), `DELETE` ends all faults. Each returns a [`FaultReport`].
pub fn routes<S: Clone + Send + Sync + 'static>(faults: &Faults) -> Router<S> {
    Router::new().route("/simulation/faults", get(show).put(set).delete(clear)).with_state(faults.clone())
}

async fn show(State(faults): State<Faults>) -> Json<FaultReport> {
    Json(faults.report())
}

async fn set(State(faults): State<Faults>, body: Bytes) -> Response {
    match read(&body) {
        Ok(plan) => {
            faults.set(plan);
            Json(faults.report()).into_response()
        }
        Err(why) => {
            let error = json!({ "error": { "code": "bad_request", "message": "no plan of faults", "details": why } });
            (StatusCode::BAD_REQUEST, Json(error)).into_response()
        }
    }
}

async fn clear(State(faults): State<Faults>) -> Json<FaultReport> {
    faults.set(FaultPlan::default());
    Json(faults.report())
}

fn read(body: &[u8]) -> Result<FaultPlan, String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if value.get("preset").is_none() {
        // Parsed from the text, so that the error names the line.
        return serde_json::from_slice(body).map_err(|error| error.to_string());
    }
    let named: PresetRequest = serde_json::from_value(value).map_err(|error| error.to_string())?;
    let unknown = || format!("no preset `{}`: there are {}", named.preset, PRESETS.join(" and "));
    Ok(preset(&named.preset, named.chance).ok_or_else(unknown)?.with_seed(named.seed))
}
