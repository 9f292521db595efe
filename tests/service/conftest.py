import pytest

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
