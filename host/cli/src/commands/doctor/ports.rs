//! Ports and sockets: the dashboard's address, and the socket by which `host kill` reaches a host.

use std::net::TcpListener;

use host_live::account_dir::{AccountDir, LONGEST_SOCKET, is_there};
use host_live::control::client::{NoAnswer, ask};
use host_live::control::protocol::Request;

use super::diagnosis::Diagnosis;
use super::patient::Patient;
use super::remedy::Remedy;

const GROUP: &str = "ports";

/// Looks at the dashboard's port and the account's socket.
pub fn look(patient: &Patient) -> Vec<Diagnosis> {
    let mut found: Vec<Diagnosis> = patient.folder.iter().filter_map(|folder| socket(folder, patient)).collect();
    found.extend(port(patient));
    if found.is_empty() {
        found.push(match patient.is_running() {
            true => Diagnosis::ok(GROUP, "the host answers at its socket"),
            false => Diagnosis::ok(GROUP, format!("{} is free", patient.config().dashboard.listen)),
        });
    }
    found
}

fn port(patient: &Patient) -> Option<Diagnosis> {
    let listen = patient.config().dashboard.listen;
    // A host that runs has the port itself.
    if patient.is_running() {
        return None;
    }
    let error = TcpListener::bind(listen).err()?;
    let finding = format!("the dashboard's address {listen} cannot be listened on: {error}");
    let cure =
        format!("set dashboard.listen to a free port of this machine; `ss -ltnp` shows who has {}", listen.port());
    Some(match patient.config().dashboard.enabled {
        true => Diagnosis::problem("port_unusable", finding, cure),
        // Nobody asked for one, and `host dashboard` may be what has it.
        false => Diagnosis::warning("port_unusable", finding, cure),
    })
}

fn socket(folder: &AccountDir, patient: &Patient) -> Option<Diagnosis> {
    let socket = folder.socket();
    if socket.as_os_str().len() > LONGEST_SOCKET {
        let finding = format!("the path of the host's socket is longer than the system allows: {}", socket.display());
        let cure = "set live.folder to a shorter path: `host kill` and `host status` cannot reach a host there";
        return Some(Diagnosis::problem("socket_too_long", finding, cure));
    }
    if patient.is_running() {
        return match ask(folder, &Request::Status, &mut |_| {}) {
            Err(NoAnswer::Hung(why)) => {
                let finding = format!("a host trades the account, and does not answer: {why}");
                let cure = "`host kill` works without it; then end the host's process and start it again";
                Some(Diagnosis::problem("host_silent", finding, cure))
            }
            _ => None,
        };
    }
    let finding = format!("{} is left of a host that was killed", socket.display());
    let stale = Diagnosis::warning("socket_stale", finding, format!("rm {}", socket.display()));
    is_there(&socket).then(|| stale.cured_by(Remedy::RemoveSocket(socket)))
}
