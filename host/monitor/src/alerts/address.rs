//! The rule for addresses that secrets and messages are sent to.

use std::net::IpAddr;

use reqwest::Url;

/// Returns why `text` cannot be the address of a webhook, if anything speaks against it. The text is not repeated.
pub fn address_fault(text: &str) -> Option<String> {
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => return Some(format!("it is no address ({error})")),
    };
    let on_this_machine = url.host_str().is_some_and(|host| {
        let ip: Result<IpAddr, _> = host.trim_matches(['[', ']']).parse();
        host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
    });
    match url.scheme() {
        "https" => None,
        "http" if on_this_machine => None,
        "http" => Some("`http` is not encrypted and reaches only this machine: use `https`".to_owned()),
        _ => Some("it must begin with `https://`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_encrypted_or_on_this_machine() {
        let check = |text: &str, good: bool| assert_eq!(address_fault(text).is_none(), good, "{text}");
        check("https://ntfy.sh/mine", true);
        check("http://127.0.0.1:80/x", true);
        check("http://[::1]/x", true);
        check("http://localhost/x", true);
        check("http://ntfy.sh/mine", false);
        check("ftp://127.0.0.1/x", false);
        check("ntfy.sh/mine", false);
    }
}
