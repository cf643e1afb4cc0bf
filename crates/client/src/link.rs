//! Links into Firebell: `firebell://postmortem/<id of its incident>`, `…/incident/<id>` and `…/page/<id>`, as tickets and
//! chats have them. (An invitation is another kind: [`crate::enrol`].)

use firebell_protocol::window::Place;
use url::Url;

/// Where a link leads; `None`: it is none of these.
pub fn place_of(link: &str) -> Option<Place> {
    let url = Url::parse(link.trim()).ok().filter(|url| url.scheme() == "firebell")?;
    let id = url.path().trim_matches('/');
    match url.host_str()?.to_ascii_lowercase().as_str() {
        "postmortem" => Some(Place::Postmortem { incident: id.parse().ok()? }),
        "incident" => Some(Place::Incident { incident: id.parse().ok()? }),
        "page" => Some(Place::Page { page: id.parse().ok()? }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use firebell_protocol::{IncidentId, PageId};
    use uuid::Uuid;

    #[test]
    fn a_link_leads_to_the_thing_that_it_names_and_to_nothing_else() {
        let id = Uuid::from_u128(7);
        let incident = IncidentId(id);
        let leads = |place: &str| place_of(&format!("firebell://{place}"));
        assert_eq!(leads(&format!("postmortem/{id}")), Some(Place::Postmortem { incident }));
        assert_eq!(leads(&format!("Incident/{id}/")), Some(Place::Incident { incident }));
        assert_eq!(leads(&format!("page/{id}")), Some(Place::Page { page: PageId(id) }));
        for none in
            ["join?server=https://x.example&token=t", "postmortem/", "postmortem/../settings", "settings"]
        {
            assert_eq!(leads(none), None, "{none}");
        }
        assert_eq!(place_of(&format!("https://postmortem/{id}")), None);
    }
}
