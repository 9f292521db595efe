import pytest

from proxy import Proxy
from simulator import Simulator


@pytest.fixture(scope="session")
def the_simulator(tmp_path_factory):
    simulator = Simulator(tmp_path_factory.mktemp("simulator"))
    yield simulator
    simulator.stop()


@pytest.fixture
def simulator(the_simulator):
    """The simulated upstreams, without a memory of other tests."""
    the_simulator.reset()
    return the_simulator


@pytest.fixture(scope="session")
def the_proxy(tmp_path_factory, the_simulator):
    proxy = Proxy(
        tmp_path_factory.mktemp("proxy"),
        the_simulator,
        # All tests come from one address, and some with wrong keys.
        rejected_keys_per_minute=100000,
    )
    yield proxy
    proxy.stop()


@pytest.fixture
def proxy(the_proxy, simulator):
    """A running proxy with the usual settings, shared by the tests."""
    return the_proxy


@pytest.fixture
def user(proxy):
    """A user of its own for each test, so that breakers start closed."""
    return proxy.user()


@pytest.fixture
def start_proxy(tmp_path, simulator):
    """Starts a proxy of the test's own: start_proxy(setting=value)."""
    started = []

    def start(**settings):
        folder = tmp_path / f"proxy-{len(started)}"
        folder.mkdir()
        started.append(Proxy(folder, simulator, **settings))
        return started[-1]

    yield start
    for proxy in started:
        if proxy.program.is_running():
            proxy.stop()
