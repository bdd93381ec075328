//! `cargo run -p openapi`: writes `openapi/openapi.json` and `openapi/routes.txt`.

use std::{error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::write(folder.join("openapi.json"), openapi::openapi_json()?)?;
    fs::write(folder.join("routes.txt"), openapi::routes_txt()?)?;
    Ok(())
}
