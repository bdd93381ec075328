# The server without a database: give it one with DATABASE_URL. docker-compose.yml brings PostGIS.

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --profile dist --locked -p api

FROM debian:bookworm-slim
# /data belongs to the user of the server, and a new volume takes that over.
RUN useradd --uid 8311 --user-group --no-create-home --shell /usr/sbin/nologin georeport \
    && install -d -o georeport -g georeport /data
COPY --from=build /src/target/dist/georeport /usr/local/bin/georeport
COPY LICENSE LICENSE-APACHE LICENSE-MIT /usr/share/doc/georeport/
USER georeport
WORKDIR /data
ENV GEOREPORT_LISTEN=0.0.0.0:8311 \
    GEOREPORT_DATA_DIR=/data \
    GEOREPORT_LOG_FORMAT=json
EXPOSE 8311
VOLUME /data
# bash opens the connection itself, so that no further program is needed in the image.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8311 && printf 'GET /health/ready HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r line <&3 && [[ $line == *' 200 '* ]]"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["georeport"]
CMD ["serve"]
