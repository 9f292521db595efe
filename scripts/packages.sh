# The Debian 12 packages that the project needs, and how they are installed.
# Sourced by run.sh and test.sh.

RUN_PACKAGES=(
  build-essential cmake ninja-build pkg-config ca-certificates tzdata
  libcivetweb-dev libcurl4-openssl-dev libjansson-dev libsqlite3-dev libssl-dev zlib1g-dev
)
# ./run.sh --demo asks with curl and shows rows with sqlite3.
DEMO_PACKAGES=(curl sqlite3)
TEST_PACKAGES=(
  clang-14 clang-format-14 clang-tidy-14 ccache git libcriterion-dev procps
  python3 python3-venv
)
BENCH_PACKAGES=(nginx-light python3)

is_installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Installs those of the packages that are missing; silent, and quick when none is.
install_packages() {
  local missing=() package as_root=()
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  echo "Installing ${missing[*]}" >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >&2
}
