# The image of the server: the program, the libraries it loads, certificates and
# time zones; no shell, no package manager. Build it with Docker or Podman:
#
#   docker build -t ccproxy .
#
# For Amazon RDS and Aurora it needs their certificates, which no Debian package
# has. Either put them beside this file as rds-ca.pem, or name where they are (the
# checksum is that of the file that you have looked at):
#
#   docker build -t ccproxy \
#     --build-arg RDS_CA_URL=https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem \
#     --build-arg RDS_CA_SHA256=... .
#
# Without either the image has no /etc/ssl/rds-ca.pem, which SQLite and databases
# with public certificates do without.
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
ARG RDS_CA_URL=
ARG RDS_CA_SHA256=
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
