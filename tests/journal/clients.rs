//! Clients that load a server with commands, one after the other each, and know what must be true.

use std::{collections::HashMap, net::SocketAddr, path::Path, sync::mpsc::Sender};

use serde_json::{Value, json};

use citygate::engine::ORDERS_ENDED_MAX;

use crate::common::{Server, try_send};

/// How many there are.
pub(crate) const CLIENTS: usize = 6;

/// One client: it owns one unit and one zone, and asks for one thing at a time, each under a key of its own.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    name: usize,
    /// The number of the command that is asked for next, or again.
    next: usize,
    /// The keys of the commands that were acknowledged.
    acknowledged: Vec<String>,
    orders: usize,
    crew: Option<usize>,
    radius: Option<usize>,
}

/// What a command asks for.
enum Asked {
    Crew(usize),
    Order,
    Zone(usize),
}

impl Client {
    pub(crate) fn all() -> Vec<Self> {
        let client = |name| Self { name, next: 0, acknowledged: Vec::new(), orders: 0, crew: None, radius: None };
        (0..CLIENTS).map(client).collect()
    }

    fn unit(&self) -> String {
        format!("owned-{}", self.name)
    }

    fn zone(&self) -> String {
        format!("fence-{}", self.name)
    }

    /// Registers the client's unit, under a key.
    pub(crate) fn register(&self, server: &Server) {
        let unit = json!({"callsign": self.unit(), "kind": "patrol_car", "org": server.top(), "status": "available"});
        let headers = [("Content-Type", "application/json"), ("Idempotency-Key", &*format!("register-{}", self.name))];
        let answer = server.send("PUT", &format!("/v1/units/{}", self.unit()), &headers, unit.to_string().as_bytes());
        assert_eq!(answer.status, 201, "{}", answer.json());
    }

    /// Asks for one command. Whether it was acknowledged: not when the server was gone.
    pub(crate) fn ask(&mut self, http: SocketAddr) -> bool {
        let (n, key) = (self.next, format!("c{}-{}", self.name, self.next));
        let place = json!({"lat": 22.8 + self.name as f64 * 0.01, "lon": 108.3});
        let (method, path, body, asked) = match n % 4 {
            0 => {
                let order = json!({"unit": self.unit(), "purpose": "move_up", "to": place, "replace": true});
                ("POST", "/v1/orders".to_owned(), json!({"orders": [order]}), Asked::Order)
            }
            1 => {
                let shape = json!({"type": "Circle", "center": [108.3, 22.8], "radius_m": 100 + n});
                let zone = json!({"layer": "beats", "name": {"zh": "界", "en": "fence"}, "shape": shape});
                ("PUT", format!("/v1/zones/{}", self.zone()), zone, Asked::Zone(100 + n))
            }
            _ => ("PATCH", format!("/v1/units/{}", self.unit()), json!({"crew": n % 1_000}), Asked::Crew(n % 1_000)),
        };
        let headers = [("Content-Type", "application/json"), ("Idempotency-Key", &*key)];
        let Ok(answer) = try_send(http, method, &path, &headers, body.to_string().as_bytes()) else { return false };
        // A disk that fails refuses; what is refused is asked for again.
        if answer.status == 503 {
            return false;
        }
        assert!([200, 201].contains(&answer.status), "{method} {path}: {}", answer.json());
        match asked {
            Asked::Crew(crew) => self.crew = Some(crew),
            Asked::Zone(radius) => self.radius = Some(radius),
            Asked::Order => {
                assert_eq!(answer.json()["orders"].as_array().unwrap().len(), 1, "{}", answer.json());
                self.orders += 1;
            }
        }
        self.acknowledged.push(key);
        self.next += 1;
        true
    }

    /// Asks on and on until the server is gone; tells of each acknowledgement.
    pub(crate) fn go_on(mut self, http: SocketAddr, told: &Sender<()>) -> Self {
        while self.ask(http) {
            let _ = told.send(());
        }
        self
    }
}

/// The rows of a journal by the text of their key.
pub(crate) fn rows_by_key(state: &Path) -> HashMap<String, Vec<Value>> {
    let mut bytes = Vec::new();
    citygate::journal::export(state, 1, &mut bytes).unwrap().unwrap();
    let mut found: HashMap<String, Vec<Value>> = HashMap::new();
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let row: Value = serde_json::from_slice(line).unwrap();
        if let Some(key) = row["key"].as_str() {
            found.entry(key.split(' ').next().unwrap().to_owned()).or_default().push(row);
        }
    }
    found
}

/// How many acknowledged commands a journal does not have.
pub(crate) fn lost(clients: &[Client], state: &Path) -> usize {
    let rows = rows_by_key(state);
    clients.iter().flat_map(|client| &client.acknowledged).filter(|key| !rows.contains_key(*key)).count()
}

/// All that must be true of a server that answers, after every client has had its last command acknowledged.
pub(crate) fn check(clients: &[Client], server: &Server, state: &Path) {
    citygate::journal::verify(state).unwrap();
    let rows = rows_by_key(state);
    for (key, rows) in &rows {
        assert_eq!(rows.len(), 1, "{key} was done twice: {rows:?}");
    }
    for client in clients {
        for key in &client.acknowledged {
            assert!(rows.contains_key(key), "{key} was acknowledged and is lost");
        }
        let unit = server.ask(&format!("/v1/units/{}", client.unit()));
        assert_eq!(unit["crew"].as_u64().unwrap() as usize, client.crew.unwrap_or(0), "{unit}");
        if let Some(radius) = client.radius {
            let zone = server.ask(&format!("/v1/zones/{}", client.zone()));
            assert_eq!(zone["shape"]["radius_m"].as_f64().unwrap() as usize, radius, "{zone}");
        }
        let orders = server.ask(&format!("/v1/orders?state=all&unit={}", client.unit()));
        let orders = orders["orders"].as_array().unwrap();
        // The server keeps the last orders that ended, the journal all.
        let of_unit = format!("\"{}\"", client.unit());
        let given =
            rows.values().flatten().filter(|row| row["event"] == "order_issued" && row["body"].to_string().contains(&of_unit)).count();
        assert_eq!(given, client.orders, "each order was given once");
        assert!(orders.len() == given || rows.len() > ORDERS_ENDED_MAX, "{} of {given} orders are known", orders.len());
        assert!(orders.iter().filter(|order| order["state"] != "ended").count() <= 1);
    }
}

/// What the server says of everything that commands change.
pub(crate) fn said(server: &Server) -> Vec<Value> {
    let mut said: Vec<Value> = ["/v1/zones?limit=10000", "/v1/orders?state=all", "/v1/roads/closures"].map(|path| server.ask(path)).into();
    let mut units = server.ask("/v1/units?limit=10000");
    for unit in units["features"].as_array_mut().unwrap() {
        unit["properties"]["etag"] = server.get(&format!("/v1/units/{}", unit["id"].as_str().unwrap())).header("etag").unwrap().into();
    }
    said.push(units);
    said.iter_mut().filter_map(Value::as_object_mut).for_each(|answer| drop(answer.remove("server_time")));
    said
}
