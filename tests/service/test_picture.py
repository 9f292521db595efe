"""The deployment as it is drawn (support/picture.py) is deployed anew under load, hurt,
cut off and scaled, while the real Claude Code works through it."""

import http.client
import signal

import pytest

import netns
import postgres
from picture import Picture
from programs import wait_for
from proxy import BEDROCK_KEY
from simulator import RATE_LIMITED, events, text

pytestmark = pytest.mark.long

STREAMS = 200


@pytest.fixture(scope="module")
def picture(tmp_path_factory):
    reason = netns.why_not()
    if reason:
        pytest.skip(reason)
    if not postgres.is_there():
        pytest.skip("no PostgreSQL 15")
    folder = tmp_path_factory.mktemp("picture")
    picture = None
    try:
        picture = Picture.__new__(Picture)
        picture.__init__(folder)
        first = picture.new_task()
        first.command("migrate")
        picture.balance(first.start(), picture.new_task().start())
        yield picture
    finally:
        picture.end()


def test_the_picture_lives_through_a_day(picture):
    key = picture.user("developer")
    claude = picture.user("claude")
    picture.plan(text("hello from the plan", times=0))

    # As drawn: requests reach both tasks, and Claude Code works.
    assert picture.outcomes(key, 20) == {"whole": 20}
    assert all(task.completed() > 0 for task in picture.tasks)
    assert "hello from the plan" in picture.claude_says(claude, "Say hello.")

    # The balancer alone reaches tasks; and a task without the NAT reaches nobody.
    with picture.world.inside("client"), pytest.raises(OSError):
        http.client.HTTPConnection(picture.tasks[0].address, 8000, timeout=2).request("GET", "/health")

    # The Plan's limit: Bedrock serves, its credential opened by KMS.
    picture.plan(RATE_LIMITED)
    assert picture.outcomes(key) == {"whole": 1}
    with picture.world.inside("cloud"):
        [sent] = picture.simulator.bedrock_requests()
    assert sent.header("authorization") == [f"Bearer {BEDROCK_KEY}"]

    # A rolling deployment under load loses no stream that is shorter than the drain.
    old = picture.tasks
    # Four users, since a key has at most 64 streams in a task.
    loaded = [picture.user(f"loaded-{i}") for i in range(4)]
    picture.plan(events(75, delay_ms=200, times=0))
    running = [picture.streams(each, STREAMS // 4) for each in loaded]
    wait_for(lambda: picture.plan_requests() >= STREAMS, timeout=60, what="all streams")
    picture.balance(picture.new_task().start(), picture.new_task().start())
    assert all(each.is_running() for each in running), "over before the old tasks are ended"
    for task in old:
        task.program.signal(signal.SIGTERM)
    assert [picture.result(each) for each in running] == [{"whole": STREAMS // 4}] * 4
    assert [task.program.wait(60) for task in old] == [0, 0]
    picture.plan(text("hello after the deployment", times=0))
    assert "after the deployment" in picture.claude_says(claude, "Say hello.")

    # A task is killed: the other one serves, and a new one takes its place.
    picture.tasks[0].program.kill()
    assert picture.outcomes(key, 10) == {"whole": 10}
    picture.balance(picture.tasks[1], picture.new_task().start())
    assert picture.outcomes(key, 10) == {"whole": 10}

    # The database fails over: known keys are served meanwhile, and no usage is lost.
    # (Each task knows the keys beforehand: nobody can tell it of them without a database.)
    patient = picture.user("patient")
    picture.settle(patient)
    assert picture.outcomes(patient, 20) == {"whole": 20}
    assert picture.outcomes(claude, 20) == {"whole": 20}
    steps = picture.fail_over()
    next(steps)
    assert picture.outcomes(patient, 20) == {"whole": 20}
    assert "after the deployment" in picture.claude_says(claude, "Say hello.")
    for _ in steps:
        pass
    for task in picture.tasks:
        wait_for(lambda task=task: task.ask("/ready") == 200, timeout=60, what="the database")
    assert picture.outcomes(patient, 10) == {"whole": 10}
    rows = (
        "SELECT count(*) FROM token_usage t JOIN users u ON u.id = t.user_id"
        " WHERE u.name = 'patient'"
    )
    second = picture.databases[1]
    wait_for(
        lambda: second.sql(rows, database="proxy") == "50",
        timeout=30,
        what=f"all usage in the new writer, not {second.sql(rows, database='proxy')}",
    )

    # The NAT is cut: an answer says so, soon; and all is well when it is back.
    stranded = picture.user("stranded")
    picture.cut_nat()
    assert picture.outcomes(stranded) in ({"status 503": 1}, {"status 504": 1}, {"status 529": 1})
    picture.mend_nat()
    assert picture.outcomes(picture.user("back"), 5) == {"whole": 5}
    assert "after the deployment" in picture.claude_says(claude, "Say hello.")

    # From two to five.
    three = [picture.new_task().start() for _ in range(3)]
    picture.balance(*picture.tasks, *three)
    before = [task.completed() for task in picture.tasks]
    assert picture.outcomes(key, 60) == {"whole": 60}
    assert all(task.completed() > count for task, count in zip(picture.tasks, before, strict=True))
    assert "after the deployment" in picture.claude_says(claude, "Say hello.")

    # All leave in peace, and CloudWatch knows what happened.
    for task in picture.tasks:
        task.program.signal(signal.SIGTERM)
    assert [task.program.wait(60) for task in picture.tasks] == [0] * 5
    with picture.world.inside("cloud"):
        told = picture.aws.metrics("ClaudeCodeProxy")
    assert told[("RequestCount", "plan")]["Sum"] > STREAMS
    assert told[("FallbackCount", "plan")]["Sum"] >= 1
    secrets = (BEDROCK_KEY, "database-password", "a-password-of-the-test", key, claude)
    for log in picture.folder.glob("task*/proxy.*"):
        text_ = log.read_text(errors="replace")
        assert not [secret for secret in secrets if secret in text_], log
