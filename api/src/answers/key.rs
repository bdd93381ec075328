//! Which requests may be answered alike.

/// The arguments on which the answers depend that are kept. Whatever else is sent, the answer is made
/// anew: an unknown argument may be a key, and stands in links.
const KNOWN: [&str; 16] = [
    "jurisdiction_id",
    "service_request_id",
    "service_code",
    "start_date",
    "end_date",
    "status",
    "updated_after",
    "updated_before",
    "lat",
    "long",
    "radius",
    "bbox",
    "q",
    "sort",
    "page",
    "page_size",
];

/// Nobody asks for the like twice.
const LONGEST: usize = 2_048;

/// The same for requests that differ in the order of their arguments and in empty ones only. `None`:
/// their answer is not kept.
pub fn key_of(path: &str, query: &str) -> Option<String> {
    let is_ours = path.starts_with("/open311/") || path.starts_with("/jurisdictions/");
    if !is_ours || path.len() + query.len() > LONGEST {
        return None;
    }
    let mut key = String::with_capacity(path.len() + query.len() + 1);
    key.push_str(path);
    if query.is_empty() {
        return Some(key);
    }
    let mut pairs: Vec<&str> = Vec::with_capacity(KNOWN.len());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if !KNOWN.contains(&name) {
            return None;
        }
        if !value.is_empty() {
            pairs.push(pair);
        }
    }
    pairs.sort_unstable();
    for pair in pairs {
        key.push('&');
        key.push_str(pair);
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_arguments_and_empty_ones_make_no_difference() {
        let path = "/open311/v2/requests.json";
        let one = key_of(path, "status=open&page_size=50&q=").unwrap();
        assert_eq!(key_of(path, "&page_size=50&status=open").unwrap(), one);
        assert_ne!(key_of(path, "page_size=50&status=closed").unwrap(), one);
        assert_ne!(
            key_of("/open311/v2/requests.xml", "page_size=50&status=open").unwrap(),
            one
        );
    }

    #[test]
    fn what_has_an_argument_that_no_answer_depends_on_is_not_kept() {
        let path = "/open311/v2/requests.json";
        for query in [
            "api_key=x",
            "status=open&api_key=x",
            "extensions=true",
            "statu%73=open",
        ] {
            assert_eq!(key_of(path, query), None, "{query}");
        }
        assert_eq!(key_of("/api/v1/events", ""), None);
        assert_eq!(key_of(path, &"status=open&".repeat(200)), None);
    }
}
