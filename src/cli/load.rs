//! Temporary: the city's files until the loader is there.
use std::path::Path;
use crate::model::*;
pub fn load(dir: &Path) -> Result<(Vec<Organisation>, Vec<Zone>, Vec<UnitSpec>), String> {
    let orgs = serde_json::from_slice(&std::fs::read(dir.join("organisations.json")).map_err(|e| e.to_string())?).map_err(|e| e.to_string())?;
    let units = std::fs::read_to_string(dir.join("units.ndjson")).map_err(|e| e.to_string())?.lines().map(|l| serde_json::from_str(l).map_err(|e| e.to_string())).collect::<Result<Vec<UnitSpec>, _>>()?;
    let mut zones = vec![];
    for layer in Layer::ALL {
        for f in crate::server::city::features(dir, layer.as_str()).map_err(|e| e.to_string())? {
            let p = &f["properties"];
            let shape = if *layer == Layer::Posts { serde_json::json!({"type":"Circle","center":f["geometry"]["coordinates"],"radius_m":p["reach_m"]}) } else { f["geometry"].clone() };
            zones.push(serde_json::from_value(serde_json::json!({"id":p["id"],"layer":layer,"name":{"zh":p["name_zh"],"en":p["name_en"]},"org":p["org"],"shape":shape})).map_err(|e| e.to_string())?);
        }
    }
    Ok((orgs, zones, units))
}
