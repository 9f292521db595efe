#!/usr/bin/env bash
# Builds the proxy and runs it. See ./run.sh --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. .ci/packages.sh

LOG=build/ccproxy.log

usage() {
  cat <<'END'
Usage: ./run.sh [--build | --demo] [SERVE OPTION]...

Installs what is missing (Debian 12, root or sudo), builds a release into
build/ccproxy, and serves on 127.0.0.1:8000 with its data in ./ccproxy-data.
The first start makes a user with an access key and says how to use it.

  --build   only build
  --demo    serve with simulated upstreams: no account is needed. Shows a prompt
            answered by the plan, one by Bedrock, and the usage of both

Further options go to "ccproxy serve", for example --listen 127.0.0.1:9000.
Ctrl-C stops everything.
END
}

build() {
  install_packages "${RUN_PACKAGES[@]}"
  mkdir -p build
  echo "Building; what the compiler says goes to build/build.log" >&2
  if ! { cmake --preset release && cmake --build build --target "$@"; } >build/build.log 2>&1; then
    tail -n 40 build/build.log >&2
    exit 1
  fi
}

# Waits until the server with these settings answers; fails when its process has ended.
wait_for_server() {
  local pid=$1
  shift
  until build/ccproxy healthcheck "$@" 2>/dev/null; do
    kill -0 "$pid" 2>/dev/null || return 1
    sleep 0.1
  done
}

# Where the server listens, by its own log.
server_url() {
  sed -n 's/.*"event":"server_started".*"address":"\([^"]*\)".*/\1/p' "$LOG" | tail -n 1
}

show_client_lines() {
  cat <<END

To use it from Claude Code:

  export ANTHROPIC_BASE_URL=$1/ak/$2
  claude
END
}

show_pages_line() {
  echo
  echo "The admin pages: $1/ui/ (the first start shows the password)"
}

welcome() {
  local pid=$1 key
  shift
  wait_for_server "$pid" "$@" || return 0
  if [ -n "$(build/ccproxy user list "$@")" ]; then
    cat <<END

Users and access keys are as you left them (build/ccproxy user list).
A further key: build/ccproxy key issue USER
END
  else
    build/ccproxy user create developer "$@" >/dev/null
    key=$(build/ccproxy key issue developer "$@")
    echo
    echo "Made the user \"developer\" with an access key, which is shown this once."
    show_client_lines "$(server_url)" "$key"
    cat <<END

For the way to Bedrock, register a Bedrock API key for that access key:

  build/ccproxy key bedrock-key set ${key:0:9} < FILE-WITH-THE-KEY

To try it without any account: ./run.sh --demo
END
  fi
  show_pages_line "$(server_url)"
  echo
  echo "The log goes to $LOG. Ctrl-C stops the proxy."
}

serve() {
  build ccproxy-server
  : >"$LOG"
  welcome $$ "$@" &
  # The shell becomes the proxy: what is sent to this process reaches it.
  exec build/ccproxy serve "$@" >>"$LOG"
}

case "${1:-}" in
  --help | -h) usage ;;
  --build) build ccproxy-server simulator ;;
  --demo)
    shift
    install_packages "${DEMO_PACKAGES[@]}"
    build ccproxy-server simulator
    . .ci/demo.sh
    demo "$@"
    ;;
  *) serve "$@" ;;
esac
