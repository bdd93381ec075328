//! Every route in one list, and the order of what is around them.

use crate::{
    edge::edge,
    error::ApiError,
    extensions::{front_page, health, media, metrics},
    georeport,
    state::State,
};
use actix_web::{
    App, HttpResponse,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::{Compress, from_fn},
    web,
};

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
        .wrap(Compress::default())
        .wrap(from_fn(edge))
        .service(georeport::discovery())
        .service(web::scope("/open311/v2").configure(georeport::routes))
        .service(
            web::scope("/jurisdictions/{jurisdiction_id}/open311/v2").configure(georeport::routes),
        )
        .service(georeport::reads(
            "/media/{jurisdiction_id}/{media_id}.jpg",
            web::get().to(media::get_photo),
            web::head().to(media::get_photo),
        ))
        .service(georeport::reads(
            "/health/live",
            web::get().to(health::live),
            web::head().to(health::live),
        ))
        .service(georeport::reads(
            "/health/ready",
            web::get().to(health::ready),
            web::head().to(health::ready),
        ))
        .service(georeport::reads(
            "/metrics",
            web::get().to(metrics::get_metrics),
            web::head().to(metrics::get_metrics),
        ))
        .service(georeport::reads(
            "/",
            web::get().to(front_page::get_front_page),
            web::head().to(front_page::get_front_page),
        ))
        .default_service(web::to(unknown_address))
}

async fn unknown_address() -> Result<HttpResponse, ApiError> {
    Err(ApiError::not_found(
        "there is nothing at this address; discovery.xml says what is served here",
    ))
}
