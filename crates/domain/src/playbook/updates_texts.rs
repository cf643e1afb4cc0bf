//! The words of the default templates. Facts come from the incident; what nobody filled in leaves no line behind.

use super::Audience;
use crate::incident::Status;

pub(super) const NO_NEWS: &str = "\
{{ title }}: {{ status }}
{{ time }}

There is nothing new yet; we are still on it.
{% if doing %}
What we are doing: {{ doing }}
{% endif %}
{% if next_update %}
Next update: {{ next_update }}
{% endif %}
";

/// One audience and one announced status; other statuses have none and get an empty text.
pub(super) fn template(audience: Audience, status: Status) -> String {
    let Some(lead) = lead(audience, status) else { return String::new() };
    let (head, body) = frame(audience);
    let end = if status == Status::Resolved { RESOLVED } else { "" };
    format!("{head}\n{lead}\n{body}{end}{NEXT}")
}

const NEXT: &str = "\
{% if next_update %}
Next update: {{ next_update }}
{% endif %}
";

/// After resolution: what happened, how it was fixed, what comes next (domain §6).
const RESOLVED: &str = "\
{% if what_happened %}
What happened: {{ what_happened }}
{% endif %}
{% if fix %}
How it was fixed: {{ fix }}
{% endif %}
{% if what_next %}
What comes next: {{ what_next }}
{% endif %}
";

/// The heading of an audience, and the facts it is given.
fn frame(audience: Audience) -> (&'static str, &'static str) {
    match audience {
        Audience::Public => (
            "{{ title }}: {{ status }}\n{{ time }}\n",
            "\
{% if impact %}
What you may notice: {{ impact }}
{% endif %}
{% if workaround %}
What you can do meanwhile: {{ workaround }}
{% endif %}
{% if known %}
What we know: {{ known }}
{% endif %}
{% if doing %}
What we are doing: {{ doing }}
{% endif %}
",
        ),
        Audience::Customers => (
            "{{ title }}: {{ status }}\n{{ time }}\n",
            "\
{% if impact %}
How this affects you: {{ impact }}
{% endif %}
{% if workaround %}
What you can do meanwhile: {{ workaround }}
{% endif %}
{% if known %}
What we know: {{ known }}
{% endif %}
{% if doing %}
What we are doing: {{ doing }}
{% endif %}
",
        ),
        Audience::Internal => (
            "{{ severity }} incident {{ number }}: {{ title }}\n{{ time }}, {{ status }}, {% if status == \"resolved\" %}lasted{% else %}running for{% endif %} {{ duration }}\n",
            "\
{% if impact %}
Impact: {{ impact }}
{% endif %}
{% if services %}
Services: {{ services | join(\", \") }}
{% endif %}
{% if known %}
Known: {{ known }}
{% endif %}
{% if doing %}
Doing: {{ doing }}
{% endif %}
{% if commander %}
Commander: {{ commander }}
{% endif %}
{% if link %}
{{ link }}
{% endif %}
",
        ),
        Audience::Executives => (
            "{{ severity }} ({{ severity_name }}): {{ title }}\n{{ time }}, {{ status }}\n",
            "\
{% if impact %}
Impact on users: {{ impact }}
{% endif %}
Since {{ started_at }} ({{ duration }})
{% if known %}
What we know: {{ known }}
{% endif %}
{% if doing %}
What we are doing: {{ doing }}
{% endif %}
{% if commander %}
In command: {{ commander }}
{% endif %}
",
        ),
        Audience::Managers => (
            "{{ severity }} incident {{ number }}: {{ title }}\n{{ time }}, {{ status }}\n",
            "\
{% if impact %}
Impact: {{ impact }}
{% endif %}
{% if services %}
Services: {{ services | join(\", \") }}
{% endif %}
Since {{ started_at }} ({{ duration }})
{% if known %}
Known: {{ known }}
{% endif %}
{% if doing %}
Doing: {{ doing }}
{% endif %}
{% if commander %}
In command: {{ commander }}
{% endif %}
{% if link %}
{{ link }}
{% endif %}
",
        ),
        Audience::SupportAndSales => (
            "{{ title }}: {{ status }} ({{ severity_name }})\n{{ time }}\n",
            "\
{% if impact %}
What customers experience: {{ impact }}
{% endif %}
{% if workaround %}
What they can do meanwhile: {{ workaround }}
{% endif %}
{% if known %}
What you can tell them: {{ known }}
{% endif %}
{% if doing %}
What we are doing: {{ doing }}
{% endif %}
{% if channel %}
Please send new reports to the incident's channel.
{% endif %}
Please promise no time that is not written here.
",
        ),
    }
}

fn lead(audience: Audience, status: Status) -> Option<&'static str> {
    let (outside, inside) = match status {
        Status::Investigating => (
            "We are looking into this and will tell you what we find.",
            "We are investigating; the cause is not known yet.",
        ),
        Status::Identified => {
            ("We have found the cause and are working to restore service.", "The cause is found.")
        }
        Status::Monitoring => (
            "Service is restored, and we are watching it closely.",
            "A remedy is in place, and we are watching it.",
        ),
        Status::Resolved => {
            ("This is over. We are sorry for the trouble it caused.", "The incident is resolved.")
        }
        Status::Closed | Status::Merged | Status::FalseAlarm => return None,
    };
    Some(if audience.is_outside() { outside } else { inside })
}
