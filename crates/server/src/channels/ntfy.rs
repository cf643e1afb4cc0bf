//! ntfy: a POST to the topic's address, the words as its body, everything else as headers.

use super::{Message, Subject};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use firebell_domain::Severity;
use firebell_domain::alert::cut;
use url::Url;

/// The push of one message.
pub fn request(
    http: &reqwest::Client,
    url: Url,
    token: Option<&str>,
    message: &Message,
) -> reqwest::RequestBuilder {
    let (title, body, severity) = match &message.about {
        Subject::Page(page) => {
            let title = format!("{} {}", page.severity, cut(&page.title, 200));
            let mut body = page.service.clone();
            if let Some(source) = &page.source {
                body.push_str(&format!(" · {}", cut(source, 200)));
            }
            body.push_str(&format!("\nSince {} UTC", page.started_at.format("%H:%M")));
            if page.firing > 1 {
                body.push_str(&format!(" · {} alerts", page.firing));
            }
            body.push_str(&format!(" · page {}", page.number));
            (title, body, page.severity)
        }
        Subject::Notice(notice) => {
            let title = format!("{} #{} {}", notice.severity, notice.number, cut(&notice.title, 200));
            (title, cut(&notice.words, 1_000), notice.severity)
        }
        Subject::Test => (
            "Firebell: test".to_owned(),
            "This is a test. Pages will reach you here when no desktop of yours answers.".to_owned(),
            Severity::Sev3,
        ),
    };
    // 5 rings through "do not disturb" where the phone allows it.
    let (priority, tag) = match severity {
        // Told, not rung: the phone's own rules hold.
        _ if matches!(message.about, Subject::Notice(_)) => ("3", "information_source"),
        Severity::Sev1 | Severity::Sev2 => ("5", "rotating_light"),
        Severity::Sev3 => ("4", "warning"),
        Severity::Sev4 => ("3", "information_source"),
    };
    let mut request = http
        .post(url)
        .header("Title", header(&title))
        .header("Priority", priority)
        .header("Tags", tag)
        .header("X-Firebell-Id", header(&message.id))
        .header("Content-Type", "text/plain; charset=utf-8");
    let page = if let Subject::Page(page) = &message.about { Some(page) } else { None };
    let runbook = page.and_then(|p| p.runbook.as_deref()).filter(|r| is_header_safe(r));
    let mut actions = Vec::new();
    if let Some(link) = &message.ack_url {
        request = request.header("Click", link);
        actions.push(format!("view, Acknowledge, {link}"));
    }
    if let Some(runbook) = runbook {
        actions.push(format!("view, Runbook, {runbook}"));
    }
    if !actions.is_empty() {
        request = request.header("Actions", actions.join("; "));
    }
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    request.body(body)
}

/// Commas and semicolons separate actions; a link that holds one would be read as two.
fn is_header_safe(link: &str) -> bool {
    link.is_ascii() && !link.contains([',', ';', '"', '\''])
}

/// Headers are ASCII; other letters go as RFC 2047 words, which ntfy reads.
fn header(text: &str) -> String {
    if text.chars().all(|c| c.is_ascii() && !c.is_ascii_control()) && !text.contains("=?") {
        return text.to_owned();
    }
    format!("=?UTF-8?B?{}?=", STANDARD.encode(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_the_world_fit_into_a_header() {
        assert_eq!(header("SEV2 Database down"), "SEV2 Database down");
        assert_eq!(header("Größe"), "=?UTF-8?B?R3LDtsOfZQ==?=");
        assert!(header("a\r\nX-Evil: 1").starts_with("=?UTF-8?B?"));
    }
}
