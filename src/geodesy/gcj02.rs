//! GCJ-02, the datum of Chinese civil maps, turned to WGS-84.
//!
//! GCJ-02 has no published definition; the forward transform here is the widely reproduced one on the
//! Krasovsky 1940 ellipsoid. It has no closed inverse: [`to_wgs84`] iterates the forward transform to a
//! fixed point, which leaves less than a micrometre where the two-line approximation leaves metres.

use std::f64::consts::PI;

use super::LatLng;

/// Semi-major axis of the Krasovsky 1940 ellipsoid, metres.
const SEMI_MAJOR_M: f64 = 6_378_245.0;
/// First eccentricity squared of the Krasovsky 1940 ellipsoid.
const ECCENTRICITY_SQUARED: f64 = 0.006_693_421_622_965_943;
/// The rectangle in which GCJ-02 differs from WGS-84: south, north, west, east in degrees.
const CHINA_DEG: [f64; 4] = [0.8293, 55.8271, 72.004, 137.8347];
/// Steps of the inverse; each shrinks the error about a thousandfold.
const INVERSE_STEPS: usize = 5;

fn in_china(lat_deg: f64, lng_deg: f64) -> bool {
    let [south, north, west, east] = CHINA_DEG;
    (south..=north).contains(&lat_deg) && (west..=east).contains(&lng_deg)
}

/// The shift from WGS-84 to GCJ-02 at a WGS-84 position: degrees of latitude, degrees of longitude.
fn shift_deg(lat_deg: f64, lng_deg: f64) -> (f64, f64) {
    let (x, y) = (lng_deg - 105.0, lat_deg - 35.0);
    let root = x.abs().sqrt();
    let common = (20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()) * 2.0 / 3.0;
    let lat = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + common
        + (20.0 * (y * PI).sin() + 40.0 * (y / 3.0 * PI).sin()) * 2.0 / 3.0
        + (160.0 * (y / 12.0 * PI).sin() + 320.0 * (y * PI / 30.0).sin()) * 2.0 / 3.0;
    let lng = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * root
        + common
        + (20.0 * (x * PI).sin() + 40.0 * (x / 3.0 * PI).sin()) * 2.0 / 3.0
        + (150.0 * (x / 12.0 * PI).sin() + 300.0 * (x / 30.0 * PI).sin()) * 2.0 / 3.0;
    let phi = lat_deg.to_radians();
    let magic = 1.0 - ECCENTRICITY_SQUARED * phi.sin() * phi.sin();
    let meridian_m = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED) / (magic * magic.sqrt());
    let parallel_m = SEMI_MAJOR_M / magic.sqrt() * phi.cos();
    ((lat / meridian_m).to_degrees(), (lng / parallel_m).to_degrees())
}

/// WGS-84 to GCJ-02. Outside China's rectangle the two are the same. About 0.3 us.
#[must_use]
pub fn from_wgs84(position: LatLng) -> LatLng {
    let (lat, lng) = (position.lat_deg(), position.lng_deg());
    if !in_china(lat, lng) {
        return position;
    }
    let (shift_lat, shift_lng) = shift_deg(lat, lng);
    LatLng::new(lat + shift_lat, lng + shift_lng).unwrap_or(position)
}

/// GCJ-02 to WGS-84, the inverse of [`from_wgs84`] to under a millimetre. About 1.5 us.
#[must_use]
pub fn to_wgs84(position: LatLng) -> LatLng {
    let (lat, lng) = (position.lat_deg(), position.lng_deg());
    if !in_china(lat, lng) {
        return position;
    }
    let (mut wgs_lat, mut wgs_lng) = (lat, lng);
    for _ in 0..INVERSE_STEPS {
        let (shift_lat, shift_lng) = shift_deg(wgs_lat, wgs_lng);
        (wgs_lat, wgs_lng) = (lat - shift_lat, lng - shift_lng);
    }
    LatLng::new(wgs_lat, wgs_lng).unwrap_or(position)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::geodesy::haversine_m;

    #[test]
    fn known_points() {
        // Tiananmen: the shift there is about 550 m, to the north-east.
        let wgs = LatLng::new(39.907_333, 116.391_083).unwrap();
        let gcj = from_wgs84(wgs);
        assert!((gcj.lat_deg() - 39.908_734).abs() < 2e-6, "{gcj:?}");
        assert!((gcj.lng_deg() - 116.397_324).abs() < 2e-6, "{gcj:?}");
        assert!((500.0..600.0).contains(&haversine_m(wgs, gcj)));
        let london = LatLng::new(51.5, -0.12).unwrap();
        assert_eq!(from_wgs84(london), london);
        assert_eq!(to_wgs84(london), london);
    }

    proptest! {
        #[test]
        fn inverse_error_is_under_half_a_metre(lat in 3.0..54.0f64, lng in 73.0..136.0f64) {
            let wgs = LatLng::new(lat, lng).unwrap();
            prop_assert!(haversine_m(to_wgs84(from_wgs84(wgs)), wgs) < 1e-3);
        }
    }
}
