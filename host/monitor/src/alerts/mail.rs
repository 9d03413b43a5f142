//! Mail by SMTP. The connection is encrypted as configured, or there is none: nothing is sent on a weaker one.

use std::time::Duration;

use host_system::capped;
use lettre::message::{Mailbox, MessageBuilder, header::ContentType};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::error::{AlertError, SendError};
use super::message::{Message, MessageKind, plain};
use super::secret::Secret;
use super::settings::{MailSettings, Security};

/// Most letters of a server's answer that are kept.
const LONGEST_ANSWER: usize = 200;

/// A mail server and the people who get mail.
#[derive(Debug)]
pub struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

impl Mail {
    /// Prepares mail; nothing is connected yet.
    ///
    /// # Errors
    /// The certificates cannot be read, or an address is not valid.
    pub fn new(settings: &MailSettings, password: &Secret, timeout: Duration) -> Result<Mail, AlertError> {
        let address = |key: &str, text: &str| {
            let invalid = |error: lettre::address::AddressError| {
                AlertError::setting(format!("alerts.mail.{key}"), error.to_string())
            };
            text.parse::<Mailbox>().map_err(invalid)
        };
        let tls = match settings.security {
            Security::None => Tls::None,
            Security::Tls => Tls::Wrapper(tls(settings)?),
            // Not `Opportunistic`: whoever sits in between could take the offer of TLS out.
            Security::Starttls => Tls::Required(tls(settings)?),
        };
        let port = match (settings.port, settings.security) {
            (0, Security::Tls) => 465,
            (0, Security::Starttls | Security::None) => 587,
            (port, _) => port,
        };
        let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.server);
        let transport = transport.port(port).tls(tls).timeout(Some(timeout));
        let transport = match settings.user.as_str() {
            "" => transport,
            user => transport.credentials(Credentials::new(user.to_owned(), password.expose().to_owned())),
        };
        Ok(Mail {
            transport: transport.build(),
            from: address("from", &settings.from)?,
            to: settings.to.iter().map(|to| address("to", to)).collect::<Result<_, _>>()?,
        })
    }

    /// Sends `message`. The id makes the same mail out of two tries, for whoever sorts them.
    ///
    /// # Errors
    /// The server cannot be reached or does not take it.
    pub async fn send(&self, message: &Message, id: &str) -> Result<(), SendError> {
        let builder: MessageBuilder = lettre::Message::builder()
            .from(self.from.clone())
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .subject(&message.subject)
            .header(ContentType::TEXT_PLAIN);
        let builder = self.to.iter().fold(builder, |builder, to| builder.to(to.clone()));
        let builder = match message.kind {
            MessageKind::Critical => builder.raw_header(lettre::message::header::HeaderValue::new(
                lettre::message::header::HeaderName::new_from_ascii_str("Importance"),
                "high".to_owned(),
            )),
            MessageKind::Warning | MessageKind::Summary | MessageKind::Test => builder,
        };
        let mail = builder.body(message.text.clone()).map_err(|error| SendError::permanent(error.to_string()))?;
        self.transport.send(mail).await.map(|_| ()).map_err(|error| refusal(&error))
    }
}

fn tls(settings: &MailSettings) -> Result<TlsParameters, AlertError> {
    let mut builder = TlsParameters::builder(settings.server.clone());
    if !settings.ca_file.as_os_str().is_empty() {
        let unusable = |why: String| AlertError::Certificates { path: settings.ca_file.clone(), why };
        let pem = capped::read(&settings.ca_file, capped::SETTINGS).map_err(|error| unusable(error.to_string()))?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| unusable(error.to_string()))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(|error| AlertError::Connections(error.to_string()))
}

fn refusal(error: &lettre::transport::smtp::Error) -> SendError {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.contains(&said) {
            text += &format!(": {said}");
        }
        source = cause.source();
    }
    SendError { text: plain(&text, LONGEST_ANSWER), permanent: error.is_permanent(), retry_after: None }
}
