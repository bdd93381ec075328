//! `cargo run -p openapi`: writes `openapi/openapi.json`, `openapi/routes.txt` and the table of
//! permissions in `ARCHITECTURE.md`.

use std::{error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::write(folder.join("openapi.json"), openapi::openapi_json()?)?;
    fs::write(folder.join("routes.txt"), openapi::routes_txt()?)?;
    let architecture = folder.join("../ARCHITECTURE.md");
    let text = fs::read_to_string(&architecture)?;
    fs::write(architecture, openapi::with_permissions(&text)?)?;
    Ok(())
}
