//! The dashboard: who can reach it, and whether what they see is encrypted.

use host_monitor::dashboard::check_certificate;

use super::diagnosis::Diagnosis;
use super::patient::Patient;

/// Looks at the section `[dashboard]`.
pub fn look(patient: &Patient) -> Vec<Diagnosis> {
    let settings = &patient.config().dashboard;
    if let Err(error) = settings.check() {
        let cure = "listen on 127.0.0.1, and reach it by a VPN or `ssh -L 8787:127.0.0.1:8787 HOST`";
        return vec![Diagnosis::problem("dashboard_open", error.to_string(), cure)];
    }
    if let Err(error) = check_certificate(settings) {
        let cure = "set dashboard.certificate and dashboard.certificate_key to the PEM files of one certificate";
        return vec![Diagnosis::problem("certificate_unusable", error.to_string(), cure)];
    }
    let listen = settings.listen;
    if !listen.ip().is_loopback() && !settings.has_tls() {
        let finding = format!("the dashboard is served without TLS at {listen}, for a proxy that adds it");
        let cure = "see that only the proxy reaches that port (firewall), or listen on 127.0.0.1 beside it";
        return vec![Diagnosis::warning("dashboard_exposed", finding, cure)];
    }
    let who = match (settings.enabled, listen.ip().is_loopback()) {
        (false, _) => "is not served with a host (dashboard.enabled); `host dashboard` serves it beside",
        (true, true) => "is served to this machine alone",
        (true, false) => "is served with TLS to whoever reaches this machine, and asks them to sign in",
    };
    vec![Diagnosis::ok("dashboard", format!("the dashboard {who}"))]
}
