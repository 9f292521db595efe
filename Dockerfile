# The image of the server: the program, the libraries it loads, certificates and
# time zones; no shell, no package manager. Build it with Docker or Podman:
#
#   docker build -t ccproxy .
#
# It holds the certificates of Amazon RDS and Aurora, which no Debian package has, as
# /etc/ssl/rds-ca.pem. They come from AWS, or from a file rds-ca.pem beside this one;
# the build ends unless they have the checksum below. AWS adds certificates now and
# then: look at the new ones, and give theirs.
#
#   docker build -t ccproxy --build-arg RDS_CA_SHA256=... .
#
# An empty RDS_CA_URL leaves them out, for SQLite and databases with public
# certificates.
ARG DEBIAN=debian:12-slim

FROM ${DEBIAN} AS build
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update && apt-get install -y --no-install-recommends \
    build-essential cmake ninja-build pkg-config ca-certificates curl tzdata \
    libcivetweb-dev libcurl4-openssl-dev libjansson-dev libpq-dev libsqlite3-dev \
    libssl-dev zlib1g-dev
WORKDIR /src
COPY . .
RUN cmake --preset release && cmake --build build --target ccproxy-server
ARG RDS_CA_URL=https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem
# The 108 certificates of 2025-07-24, still AWS's own in September 2026.
ARG RDS_CA_SHA256=e5bb2084ccf45087bda1c9bffdea0eb15ee67f0b91646106e466714f9de3c7e3
RUN sh app/image.sh build/ccproxy /image "$RDS_CA_URL" "$RDS_CA_SHA256"

FROM scratch
COPY --from=build /image/root /
COPY --from=build --chown=65532:65532 /image/data /data
USER 65532:65532
ENV PATH=/usr/bin CCPROXY_DATA_DIR=/data CCPROXY_LISTEN=0.0.0.0:8000
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["ccproxy", "healthcheck"]
ENTRYPOINT ["ccproxy"]
CMD ["serve"]
