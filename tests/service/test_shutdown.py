"""How the server ends: SIGTERM drains, streams finish, nothing stays behind."""

import signal
import subprocess
import threading
import time

from http_client import PLAN_HEADERS, Connection, request_body, send
from programs import wait_for
from simulator import events, text


def start_stream(user):
    """A stream of which the first bytes are there; gives the rest when asked."""
    connection = Connection(user.url)
    response = connection.start(
        "POST", "/v1/messages", request_body(stream=True), PLAN_HEADERS
    )
    first = response.read1(65536)
    return connection, response, first


def test_sigterm_lets_streams_finish_and_counts_them(simulator, start_proxy):
    proxy = start_proxy()
    user = proxy.user()
    simulator.plan(events(20, delay_ms=100, times=0))
    connection, response, first = start_stream(user)

    proxy.program.signal(signal.SIGTERM)
    rest = response.read()
    request_id = response.getheader("x-ccproxy-request-id")
    connection.close()

    assert b"message_stop" in rest
    assert proxy.program.wait(15) == 0
    assert [row["status"] for row in proxy.rows(request_id)] == ["complete"]
    proxy.program.assert_no_sanitizer_report()


def test_sigterm_turns_readiness_off_but_not_health_and_refuses_new_connections(
    simulator, start_proxy
):
    proxy = start_proxy()
    user = proxy.user()
    simulator.plan(events(15, delay_ms=100, times=0))
    kept = Connection(proxy.url)
    assert kept.send("GET", "/ready").status == 200
    connection, response, _ = start_stream(user)

    proxy.program.signal(signal.SIGTERM)

    def is_draining():
        try:
            answer = send(proxy.url, "GET", "/ready")
            return answer.status == 503 and answer.json["status"] == "draining"
        except OSError:
            return True

    wait_for(is_draining, timeout=3, what="the end of readiness")
    assert b"message_stop" in response.read()
    connection.close()
    kept.close()
    assert proxy.program.wait(15) == 0


def test_sigterm_without_work_ends_at_once(start_proxy):
    proxy = start_proxy()

    began = time.monotonic()
    proxy.stop()

    assert time.monotonic() - began < 3


def test_idle_connections_do_not_hold_up_the_end(simulator, start_proxy):
    proxy = start_proxy()
    kept = [Connection(proxy.url) for _ in range(20)]
    for connection in kept:
        assert connection.send("GET", "/health").status == 200

    began = time.monotonic()
    proxy.stop()

    assert time.monotonic() - began < 5
    for connection in kept:
        connection.close()


def test_sigint_ends_it_as_sigterm_does(start_proxy):
    proxy = start_proxy()
    proxy.program.signal(signal.SIGINT)

    assert proxy.program.wait(10) == 0


def test_a_restart_remembers_users_and_keys(simulator, start_proxy):
    proxy = start_proxy()
    user = proxy.user(routing="bedrock_only")
    proxy.stop()
    proxy.start()

    assert user.ask().provider == "bedrock"


def test_no_process_and_no_socket_stays_behind(simulator, start_proxy):
    proxy = start_proxy()
    user = proxy.user()
    threads = [threading.Thread(target=user.ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    proxy.stop()

    found = subprocess.run(
        ["pgrep", "-f", str(proxy.data)], capture_output=True, text=True
    ).stdout
    assert found == ""


def test_a_second_server_on_the_same_port_says_so(start_proxy):
    proxy = start_proxy()

    second = subprocess.run(
        [str(proxy.binary), "serve"],
        env={**proxy.environment(), "CCPROXY_DATA_DIR": str(proxy.folder / "other")},
        capture_output=True,
        text=True,
        timeout=20,
    )

    assert second.returncode == 1
    assert str(proxy.port) in second.stderr


def test_a_full_house_is_said_at_once(simulator, start_proxy):
    """Admission: a 503 within 100 ms, never a silent queue."""
    proxy = start_proxy(max_streams=8)
    users = [proxy.user() for _ in range(2)]
    simulator.plan(events(50, delay_ms=100, times=0))
    running = [start_stream(users[i % 2]) for i in range(8)]

    answer = users[0].ask()

    assert (answer.status, answer.error["type"]) == (503, "overloaded_error")
    assert int(answer.header("retry-after")) >= 1
    assert answer.seconds < 0.3
    assert send(proxy.url, "GET", "/health").status == 200
    for connection, _, _ in running:
        connection.close()
    simulator.reset()
    simulator.plan(text("x", times=0))
    wait_for(lambda: users[0].ask().status == 200, timeout=5)
