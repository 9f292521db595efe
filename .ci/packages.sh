# The Debian 12 packages that the project needs, and how they are installed.
# Sourced by run.sh and test.sh.

RUN_PACKAGES=(
  build-essential cmake ninja-build pkg-config ca-certificates tzdata
  libcivetweb-dev libcurl4-openssl-dev libjansson-dev libpq-dev libsqlite3-dev libssl-dev zlib1g-dev
)
# ./run.sh --demo asks with curl and shows rows with sqlite3.
DEMO_PACKAGES=(curl sqlite3)
TEST_PACKAGES=(
  clang-14 clang-format-14 clang-tidy-14 ccache doxygen git libcriterion-dev libmicrohttpd-dev
  lintian jq man-db musl-tools procps
  libnss-wrapper nginx-light postgresql-15 prometheus python3 python3-venv
  brotli chromium fonts-liberation
  libclang-rt-14-dev
)
# ./test.sh long lays hosts out in network namespaces, and builds in a clean root.
LONG_PACKAGES=(debootstrap iproute2 nftables nginx-light openssl)
BENCH_PACKAGES=(nginx-light python3)

is_installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

apt_get() {
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 "$@" </dev/null
}

# Installs those of the packages that are missing; quick when none is.
install_packages() {
  local missing=() package
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "Installing ${missing[*]}; what apt says goes to build/install.log" >&2
  mkdir -p build
  if ! { apt_get update && apt_get install -y --no-install-recommends "${missing[@]}"; } \
    >build/install.log 2>&1; then
    tail -n 20 build/install.log >&2
    return 1
  fi
}
