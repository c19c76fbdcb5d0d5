//! A browser as far as signing in needs one: it keeps cookies by server, and goes where it is sent.

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
};

use crate::common::{Answer, try_send};

/// More than any sign-in has.
const STEPS_MAX: usize = 20;

/// Cookies, by server.
#[derive(Default)]
pub(crate) struct Browser {
    jars: HashMap<SocketAddr, BTreeMap<String, String>>,
}

/// The server and the target of an address.
fn split(url: &str) -> (SocketAddr, &str) {
    let rest = url.strip_prefix("http://").unwrap_or_else(|| panic!("{url}"));
    let (host, target) = rest.split_at(rest.find('/').unwrap());
    (host.parse().unwrap(), target)
}

/// A parameter of an address.
pub(crate) fn param(url: &str, name: &str) -> Option<String> {
    let query = url.split_once('?')?.1;
    form_urlencoded::parse(query.as_bytes()).find(|(other, _)| other == name).map(|(_, value)| value.into_owned())
}

impl Browser {
    /// The cookie of a server.
    pub(crate) fn cookie(&self, server: SocketAddr, name: &str) -> Option<&str> {
        self.jars.get(&server)?.get(name).map(String::as_str)
    }

    /// One request, as a browser sends a link or a form.
    pub(crate) fn ask(&mut self, url: &str, form: Option<&str>) -> Answer {
        let (server, target) = split(url);
        let jar = self.jars.entry(server).or_default();
        let cookies = jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        let mut headers = vec![("Accept", "text/html")];
        if !cookies.is_empty() {
            headers.push(("Cookie", cookies.as_str()));
        }
        if form.is_some() {
            headers.push(("Content-Type", "application/x-www-form-urlencoded"));
        }
        let method = if form.is_some() { "POST" } else { "GET" };
        let answer = try_send(server, method, target, &headers, form.unwrap_or_default().as_bytes())
            .unwrap_or_else(|error| panic!("{url}: {error}"));
        for (_, set) in answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")) {
            // A value is at random, and may have any word of the rules in it.
            let (cookie, rules) = set.split_once(';').unwrap_or((set.as_str(), ""));
            let (name, value) = cookie.split_once('=').unwrap();
            let is_gone = value.is_empty() || rules.contains("Max-Age=0") || rules.contains("1970");
            if is_gone {
                jar.remove(name)
            } else {
                jar.insert(name.to_owned(), value.to_owned())
            };
        }
        answer
    }

    /// Goes to an address; gives the next one.
    pub(crate) fn next(&mut self, url: &str, form: Option<&str>) -> String {
        let answer = self.ask(url, form);
        let to = answer.header("location").unwrap_or_else(|| panic!("{url}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)));
        assert!((300..400).contains(&answer.status), "{url}: {}", answer.status);
        if to.starts_with('/') { format!("http://{}{to}", split(url).0) } else { to.to_owned() }
    }

    /// Signs in at the provider's own pages as `login`, and gives the address to which the provider sends the browser back.
    pub(crate) fn sign_in_there(&mut self, there: &str, login: &str) -> String {
        let provider = split(there).0;
        let mut url = there.to_owned();
        for _ in 0..STEPS_MAX {
            if split(&url).0 != provider {
                return url;
            }
            let answer = self.ask(&url, None);
            url = match answer.header("location") {
                Some(to) if to.starts_with('/') => format!("http://{provider}{to}"),
                Some(to) => to.to_owned(),
                None => {
                    let page = String::from_utf8_lossy(&answer.body);
                    assert_eq!(answer.status, 200, "{page}");
                    let form = if page.contains("name=\"login\"") {
                        format!("prompt=login&login={login}&password=any")
                    } else {
                        "prompt=consent".to_owned()
                    };
                    self.next(&url, Some(&form))
                }
            };
        }
        panic!("the provider sends the browser in circles: {url}");
    }
}
