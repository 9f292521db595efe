# ./run.sh --demo: the proxy between simulated upstreams. Sourced by run.sh.

DEMO=build/demo
SIMULATOR_KEY=sk-ant-demo
SIMULATOR_BEDROCK_KEY=ABSK-demo

port_of() {
  sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" "$DEMO/ports.json"
}

ask() {
  curl --silent --show-error --fail-with-body --dump-header "$DEMO/headers" \
    "$URL/v1/messages" -H "x-api-key: $SIMULATOR_KEY" \
    -H 'content-type: application/json' -H 'anthropic-version: 2023-06-01' \
    -d "{\"model\":\"claude-sonnet-5-5\",\"max_tokens\":100,
         \"messages\":[{\"role\":\"user\",\"content\":\"$1\"}]}"
  echo
  grep -i '^x-ccproxy-' "$DEMO/headers" | tr -d '\r' | sed 's/^/    /'
}

script_answers() {
  curl --silent --show-error --fail "http://127.0.0.1:$(port_of "$1")/_control/answers" \
    -d "{\"service\":\"$1\",\"answers\":$2}" >/dev/null
}

show_rows() {
  sqlite3 -readonly -header -column "$DEMO/data/ccproxy.db" \
    "SELECT provider, model, input_tokens AS input, output_tokens AS output, is_fallback,
            fallback_reason, status
     FROM token_usage ORDER BY created_at"
}

# Rows reach the store within a second or so.
wait_for_rows() {
  until [ "$(sqlite3 -readonly "$DEMO/data/ccproxy.db" 'SELECT count(*) FROM token_usage')" -ge "$1" ]; do
    sleep 0.1
  done
}

play() {
  script_answers anthropic '[{"content":[{"type":"text","text":"Hello from the plan."}]},
    {"status":429,"times":0,"headers":{"anthropic-ratelimit-unified-status":"rejected"}}]'
  script_answers bedrock '[{"times":0,"content":[{"type":"text","text":"Hello from Bedrock."}]}]'
  echo
  echo "A prompt while the plan answers:"
  ask "Who answers?"
  echo
  echo "The same prompt when the plan's limit is reached:"
  ask "Who answers?"
  wait_for_rows 2
  echo
  echo "What the proxy has recorded:"
  show_rows
}

show_demo() {
  local pid=$1 key
  shift
  wait_for_server "$pid" "$@"
  build/ccproxy user create developer "$@" >/dev/null
  key=$(build/ccproxy key issue developer "$@")
  build/ccproxy key bedrock-key set "${key:0:9}" "$@" <<<"$SIMULATOR_BEDROCK_KEY"
  URL=$(server_url)/ak/$key
  play
  cat <<END

The same proxy for Claude Code itself:

  export ANTHROPIC_BASE_URL=$URL ANTHROPIC_API_KEY=$SIMULATOR_KEY
  claude
END
  show_pages_line "$(server_url)"
  echo
  echo "Ctrl-C stops everything."
}

demo() {
  export CCPROXY_DATA_DIR=$DEMO/data
  rm -rf "$DEMO"
  mkdir -p "$DEMO"
  : >"$LOG"

  build/bin/simulator --port-file "$DEMO/ports.json" >"$DEMO/simulator.log" 2>&1 </dev/null &
  local simulator=$!
  # Descriptor 9 closes when this process ends, however it does.
  exec 9> >(cat >/dev/null; kill "$simulator")
  until [ -s "$DEMO/ports.json" ]; do
    kill -0 "$simulator"
    sleep 0.1
  done
  export CCPROXY_PLAN_API_URL=http://127.0.0.1:$(port_of anthropic)
  export CCPROXY_BEDROCK_ENDPOINT=http://127.0.0.1:$(port_of bedrock)

  { show_demo $$ "$@" || kill -TERM $$; } 9>&- &
  # The shell becomes the proxy: what is sent to this process reaches it.
  exec build/ccproxy serve "$@" >>"$LOG"
}
