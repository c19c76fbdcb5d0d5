//! A mobile terminal over the OsmAnd protocol: one request a fix, as the phone apps send it.

use std::{fmt::Write, net::SocketAddr};

use hyper::{StatusCode, body::Bytes};
use tokio::sync::mpsc;

use super::{Door, DoorError, HttpLink, Order, Shared, within};
use crate::{
    model::DeviceId,
    sim::fleet::{Degrees, SimFix},
};

/// Metres a second in one knot.
const MPS_PER_KNOT: f64 = 1852.0 / 3600.0;
/// So many fixes in a row that are refused end a connection.
const REFUSALS_MAX: u32 = 30;

/// One phone.
#[derive(Debug)]
pub struct Phone {
    unit: usize,
    device: DeviceId,
    /// Sends JSON by POST, as the Traccar Client does; else a query by GET, as OsmAnd does.
    json: bool,
    server: SocketAddr,
    link: Option<HttpLink>,
    /// Kept to be used again.
    text: String,
}

impl Phone {
    /// A phone that carries fixes of `unit` to `server`.
    #[must_use]
    pub const fn new(unit: usize, device: DeviceId, json: bool, server: SocketAddr) -> Self {
        Self { unit, device, json, server, link: None, text: String::new() }
    }
}

/// The query of a fix, behind the path.
fn write_query(out: &mut String, device: &DeviceId, fix: &SimFix) {
    let (lat, lng) = (Degrees(fix.lat_udeg), Degrees(fix.lng_udeg));
    let (knots, time) = (fix.speed_mps / MPS_PER_KNOT, fix.time.unix_ms());
    let alarm = if fix.alarm { "&alarm=sos" } else { "" };
    out.clear();
    // Writing into a string cannot fail.
    let _ = write!(
        out,
        "/osmand?id={device}&lat={lat}&lon={lng}&timestamp={time}&speed={knots:.2}&bearing={:.1}&accuracy={:.1}{alarm}",
        fix.heading_deg, fix.accuracy_m
    );
}

/// The JSON of a fix.
fn write_json(out: &mut String, device: &DeviceId, fix: &SimFix) {
    let (lat, lng) = (Degrees(fix.lat_udeg), Degrees(fix.lng_udeg));
    let alarm = if fix.alarm { r#","event":"sos""# } else { "" };
    out.clear();
    let _ = write!(
        out,
        r#"{{"location":{{"timestamp":"{}","coords":{{"latitude":{lat},"longitude":{lng},"accuracy":{:.1},"speed":{:.2},"heading":{:.1}}},"is_moving":{}{alarm}}},"device_id":"{device}"}}"#,
        fix.time,
        fix.accuracy_m,
        fix.speed_mps,
        fix.heading_deg,
        fix.speed_mps > 0.0
    );
}

impl Door for Phone {
    type Order = Order;

    fn name(&self) -> String {
        self.device.to_string()
    }

    async fn open(&mut self, shared: &Shared) -> Result<(), DoorError> {
        let stream = shared.connect(self.server).await?;
        self.link = Some(within(HttpLink::new(stream, self.server, shared.token.as_deref())).await??);
        Ok(())
    }

    async fn serve(&mut self, shared: &Shared, orders: &mut mpsc::Receiver<Order>) -> Result<(), DoorError> {
        let mut refusals = 0;
        while let Some(order) = orders.recv().await {
            // A phone that has nothing to say says nothing.
            let Order::Fix(fix) = order else { continue };
            // A server closes what was idle for a while: a phone then connects again when it has something to say.
            if self.link.as_ref().is_none_or(HttpLink::is_closed) {
                self.open(shared).await?;
            }
            let link = self.link.as_mut().ok_or(DoorError::Closed)?;
            shared.note(self.unit, &fix, fix.time.unix_ms());
            let status = if self.json {
                write_json(&mut self.text, &self.device, &fix);
                let body = Bytes::copy_from_slice(self.text.as_bytes());
                within(link.status("POST", b"/osmand", Some(body))).await??
            } else {
                write_query(&mut self.text, &self.device, &fix);
                within(link.status("GET", self.text.as_bytes(), None)).await??
            };
            if status == StatusCode::OK {
                shared.stats.accepted.add(1);
                refusals = 0;
            } else {
                shared.stats.refused.add(1);
                refusals += 1;
                if refusals >= REFUSALS_MAX {
                    return Err(DoorError::Refused(format!("{refusals} fixes in a row, the last with {status}")));
                }
            }
        }
        Ok(())
    }

    fn close(&mut self) {
        self.link = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ingest::osmand::{parse_json, parse_query},
        model::Timestamp,
    };

    #[test]
    fn the_server_reads_what_a_phone_writes() {
        let device: DeviceId = "mdt-F-0001".parse().unwrap();
        let fix = SimFix {
            time: Timestamp::from_unix_ms(1_800_000_000_120),
            lat_udeg: 22_800_001,
            lng_udeg: 108_300_002,
            speed_mps: 1.25,
            heading_deg: 359.9,
            accuracy_m: 4.0,
            alarm: true,
        };
        let mut text = String::new();
        write_query(&mut text, &device, &fix);
        let query = parse_query(text.strip_prefix("/osmand?").unwrap()).unwrap();
        write_json(&mut text, &device, &fix);
        for message in [query, parse_json(text.as_bytes()).unwrap()] {
            let report = message.report.unwrap();
            assert_eq!((message.device.as_str(), message.sos, report.time), ("mdt-F-0001", true, fix.time));
            assert_eq!((report.lat_deg, report.lng_deg), (22.800001, 108.300002));
            assert!((report.speed_mps.unwrap() - 1.25).abs() < 0.01 && report.heading_deg.unwrap() < 360.0);
        }
    }
}
