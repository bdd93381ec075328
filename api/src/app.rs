//! Every route in one list, and the order of what is around them.

use crate::{
    answers::answers,
    edge::edge,
    error::ApiError,
    extensions,
    gate::gate,
    georeport,
    operation::{Operation, serve},
    state::State,
};
use actix_web::{
    App, HttpResponse,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::{Compress, from_fn},
    web,
};

/// The base path of the standard's methods.
pub const STANDARD: &str = "/open311/v2";
/// The same with the jurisdiction fixed.
pub const FIXED: &str = "/jurisdictions/{jurisdiction_id}/open311/v2";

/// What is served, by base path: the root of the site last.
pub fn operations() -> [(&'static str, Vec<Operation>); 3] {
    let mut at_root = vec![georeport::discovery()];
    at_root.extend(extensions::operations());
    // The extension is spoken where the standard is.
    let standard = || {
        let mut operations = georeport::operations();
        operations.extend(extensions::service_request_updates::operations());
        operations
    };
    [(STANDARD, standard()), (FIXED, standard()), ("", at_root)]
}

/// The application, as served and as tested.
pub fn app(
    state: State,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    App::new()
        .app_data(web::Data::new(state))
        .wrap(from_fn(answers))
        .wrap(Compress::default())
        .wrap(from_fn(gate))
        .wrap(from_fn(edge))
        .configure(|config| {
            for (base_path, operations) in operations() {
                if base_path.is_empty() {
                    serve(base_path, &operations, config);
                } else {
                    let scope = web::scope(base_path);
                    let configure = |config: &mut _| serve(base_path, &operations, config);
                    config.service(scope.configure(configure));
                }
            }
        })
        .default_service(web::to(unknown_address))
}

async fn unknown_address() -> Result<HttpResponse, ApiError> {
    Err(ApiError::not_found(
        "there is nothing at this address; discovery.xml says what is served here",
    ))
}
