//! Query parameters, parsed into types at the door: each error names the parameter, its value and what is right.

use std::{borrow::Cow, fmt::Display, ops::RangeInclusive, str::FromStr};

use axum::{extract::FromRequestParts, http::request::Parts};

use super::problem::{Problem, ProblemKind};
use crate::geodesy::LatLng;

/// The most characters of a query string.
pub const QUERY_CHARS_MAX: usize = 8 * 1024;

/// The parameters of a request: each at most once. What needs no decoding is borrowed from the query string.
#[derive(Debug, Clone, Default)]
pub struct Params<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Params<'a> {
    /// Reads a query string.
    ///
    /// # Errors
    /// A 400 problem when it is too long or names a parameter twice.
    pub fn read(query: &'a str) -> Result<Self, Problem> {
        if query.len() > QUERY_CHARS_MAX {
            let expected = format!("at most {QUERY_CHARS_MAX} characters");
            return Err(Problem::new(ProblemKind::OutOfRange, format!("the query string is too long: give {expected}"))
                .field("query")
                .expected(expected));
        }
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        for (n, (name, value)) in pairs.iter().enumerate() {
            if pairs.iter().take(n).any(|(other, _)| other == name) {
                return Err(Problem::bad_value(name, value, "each parameter once (a list is joined by commas)"));
            }
        }
        Ok(Self(pairs))
    }

    /// Refuses parameters that the route does not have.
    ///
    /// # Errors
    /// A 400 problem that names the parameter and lists the right ones.
    pub fn only(&self, right: &[&str]) -> Result<(), Problem> {
        let Some((name, value)) = self.0.iter().find(|(name, _)| !right.contains(&&**name)) else { return Ok(()) };
        let expected = if right.is_empty() { "no parameters".to_owned() } else { right.join(", ") };
        let shown: String = name.chars().take(64).collect();
        Err(Problem::new(ProblemKind::UnknownParameter, format!("there is no parameter `{shown}` here: use {expected}"))
            .field(shown)
            .value(value)
            .expected(expected))
    }

    /// The text of a parameter, if it was given. An empty value counts as not given.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| &**value).filter(|value| !value.is_empty())
    }

    /// A parameter that parses itself: an id, a word, an instant.
    ///
    /// # Errors
    /// A 400 problem with the parser's own words.
    pub fn parse<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, Problem> {
        self.text(name).map(|value| parse_as(name, value)).transpose()
    }

    /// A comma-separated list, `None` when not given.
    ///
    /// # Errors
    /// A 400 problem for the first item that cannot be read.
    pub fn list<T: FromStr<Err: Display>, C: FromIterator<T>>(&self, name: &str) -> Result<Option<C>, Problem> {
        self.text(name).map(|value| value.split(',').map(|item| parse_as(name, item.trim())).collect()).transpose()
    }

    /// A number in a range, `None` when not given.
    ///
    /// # Errors
    /// A 400 problem that gives the range.
    pub fn number<T: FromStr + PartialOrd + Display>(
        &self,
        name: &str,
        range: RangeInclusive<T>,
        unit: &str,
    ) -> Result<Option<T>, Problem> {
        let Some(value) = self.text(name) else { return Ok(None) };
        let expected = format!("{unit} from {} to {}", range.start(), range.end());
        let number = value.parse::<T>().map_err(|_| Problem::bad_value(name, value, &expected))?;
        if range.contains(&number) { Ok(Some(number)) } else { Err(Problem::out_of_range(name, value, &expected)) }
    }

    /// Yes or no, `None` when not given.
    ///
    /// # Errors
    /// A 400 problem for any other word.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        let yes = |value: &str| value.parse().map_err(|_| Problem::bad_value(name, value, "true or false"));
        self.text(name).map(yes).transpose()
    }

    /// The position in `lat` and `lon`, both needed.
    ///
    /// # Errors
    /// A 400 problem when one is missing, unreadable or out of range.
    pub fn position(&self) -> Result<LatLng, Problem> {
        let one = |name: &str, limit: f64| {
            self.number(name, -limit..=limit, "degrees (WGS-84)")?.ok_or_else(|| {
                let expected = format!("degrees (WGS-84) from -{limit} to {limit}");
                Problem::new(ProblemKind::MissingParameter, format!("{name} is missing: give {expected}")).field(name).expected(expected)
            })
        };
        let (lat, lon): (f64, f64) = (one("lat", 90.0)?, one("lon", 180.0)?);
        LatLng::new(lat, lon).map_err(|error| Problem::new(ProblemKind::OutOfRange, error.to_string()).field("lat"))
    }

    /// The box in `bbox`, `None` when not given.
    ///
    /// # Errors
    /// A 400 problem with the form that is right.
    pub fn bbox(&self) -> Result<Option<[f64; 4]>, Problem> {
        let Some(value) = self.text("bbox") else { return Ok(None) };
        let numbers = value.split(',').map(|part| part.trim().parse::<f64>().ok()).collect::<Option<Vec<_>>>();
        let Some(Ok(corners)) = numbers.map(<[f64; 4]>::try_from) else {
            return Err(Problem::bad_value("bbox", value, BBOX_EXPECTED));
        };
        check_bbox(corners).map(Some)
    }
}

/// What a box must be.
pub const BBOX_EXPECTED: &str =
    "west,south,east,north in degrees (WGS-84): -180 to 180 and -90 to 90, south not above north; west above east crosses the antimeridian";

/// Checks the corners of a box: west, south, east, north in degrees.
///
/// # Errors
/// A 400 problem with the form that is right.
pub fn check_bbox(corners: [f64; 4]) -> Result<[f64; 4], Problem> {
    let [west, south, east, north] = corners;
    let fits = LatLng::new(south, west).is_ok() && LatLng::new(north, east).is_ok() && south <= north;
    if fits { Ok(corners) } else { Err(Problem::out_of_range("bbox", &format!("{west},{south},{east},{north}"), BBOX_EXPECTED)) }
}

/// Parses one value.
///
/// # Errors
/// A 400 problem with the parser's own words.
pub fn parse_as<T: FromStr<Err: Display>>(name: &str, value: &str) -> Result<T, Problem> {
    value.parse::<T>().map_err(|error| {
        let words = error.to_string();
        // The parsers of the model say what is right after a colon.
        let expected = words.rsplit_once(": ").map_or_else(|| words.clone(), |(_, right)| right.to_owned());
        Problem::new(ProblemKind::BadValue, format!("{name}: {words}")).field(name).value(value).expected(expected)
    })
}

impl<S: Sync> FromRequestParts<S> for Params<'static> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Params(pairs) = Params::read(parts.uri.query().unwrap_or_default())?;
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Ok(Self(pairs.into_iter().map(|(name, value)| (owned(name), owned(value))).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{KindSet, UnitId, UnitKind};

    fn params(query: &str) -> Params<'_> {
        Params::read(query).unwrap()
    }

    fn field(problem: &Problem) -> String {
        problem.document().field.unwrap().to_owned()
    }

    #[test]
    fn lists_and_words() {
        let kinds = params("kind=foot,patrol_car").list::<UnitKind, KindSet>("kind").unwrap().unwrap();
        assert!(kinds.contains(UnitKind::Foot) && kinds.contains(UnitKind::PatrolCar) && !kinds.contains(UnitKind::Drone));
        assert!(params("kind=").list::<UnitKind, KindSet>("kind").unwrap().is_none());
        let problem = params("kind=foot,tank").list::<UnitKind, KindSet>("kind").unwrap_err();
        assert!(problem.detail().contains("`tank`") && problem.document().expected.unwrap().contains("patrol_car"), "{problem:?}");
        assert!(params("id=a%20b").parse::<UnitId>("id").is_err());
    }

    #[test]
    fn numbers_have_ranges() {
        let k = |query| params(query).number("k", 1..=1000usize, "a whole number");
        assert_eq!(k("k=1000").unwrap(), Some(1000));
        assert_eq!(k("").unwrap(), None);
        assert_eq!(k("k=1001").unwrap_err().kind(), ProblemKind::OutOfRange);
        assert_eq!(k("k=0").unwrap_err().kind(), ProblemKind::OutOfRange);
        assert_eq!(k("k=-1").unwrap_err().kind(), ProblemKind::BadValue);
        assert_eq!(k("k=ten").unwrap_err().document().expected.unwrap(), "a whole number from 1 to 1000");
        assert!(params("max_m=NaN").number("max_m", 0.0..=1e6, "metres").is_err());
    }

    #[test]
    fn flags_are_true_or_false() {
        assert_eq!(params("urgent=false").flag("urgent").unwrap(), Some(false));
        assert_eq!(params("").flag("urgent").unwrap(), None);
        assert_eq!(params("urgent=yes").flag("urgent").unwrap_err().document().expected, Some("true or false"));
    }

    #[test]
    fn positions_and_boxes() {
        assert_eq!(params("lat=22.8&lon=108.3").position().unwrap(), LatLng::new(22.8, 108.3).unwrap());
        assert_eq!(field(&params("lat=22.8").position().unwrap_err()), "lon");
        assert_eq!(field(&params("lat=91&lon=0").position().unwrap_err()), "lat");
        assert_eq!(params("bbox=170,-10,-170,10").bbox().unwrap(), Some([170.0, -10.0, -170.0, 10.0]));
        for bad in ["1,2,3", "1,2,3,4,5", "a,b,c,d", "0,10,0,-10", "0,0,181,1", "NaN,0,1,1"] {
            assert_eq!(field(&params(&format!("bbox={bad}")).bbox().unwrap_err()), "bbox", "{bad}");
        }
    }

    #[test]
    fn unknown_and_repeated_parameters_are_named() {
        let problem = params("k=3&limt=4").only(&["k", "limit"]).unwrap_err();
        assert_eq!(field(&problem), "limt");
        assert_eq!(problem.document().expected.unwrap(), "k, limit");
        assert!(Params::read("k=1&k=2").is_err());
        assert!(Params::read(&format!("a={}", "b".repeat(QUERY_CHARS_MAX))).is_err());
    }
}
