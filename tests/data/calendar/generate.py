"""Writes buckets.txt: bucket bounds as Python's zoneinfo sees them.

A line: zone, bucket, a moment, the bucket's start, the next one's start; all
moments in Unix seconds. Run: python3 generate.py > buckets.txt
"""
import random
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

ZONES = ["UTC", "Asia/Seoul", "Europe/Berlin", "America/New_York", "America/Sao_Paulo",
         "Africa/Cairo", "Asia/Kathmandu", "Australia/Sydney", "America/Santiago",
         "Pacific/Apia", "Asia/Tehran", "Europe/Dublin"]


def moment(local, zone):
    """When the zone's clock first shows local; where that is skipped, the skip."""
    at = local.replace(tzinfo=zone, fold=0).timestamp()
    seen = datetime.fromtimestamp(at, zone).replace(tzinfo=None)
    if seen == local:
        return int(at)
    low, high = int(at) - 2 * 86400, int(at) + 2 * 86400
    while high - low > 1:  # the first moment whose clock is at or beyond local
        middle = (low + high) // 2
        clock = datetime.fromtimestamp(middle, zone).replace(tzinfo=None)
        low, high = (low, middle) if clock >= local else (middle, high)
    return high


def bounds(bucket, at, zone):
    day = datetime.fromtimestamp(at, zone).replace(tzinfo=None, hour=0, minute=0, second=0)
    if bucket == "day":
        first, after = day, day + timedelta(days=1)
    elif bucket == "week":
        first = day - timedelta(days=(day.weekday() + 1) % 7)
        after = first + timedelta(days=7)
    else:
        first = day.replace(day=1)
        after = (first + timedelta(days=32)).replace(day=1)
    return moment(first, zone), moment(after, zone)


random.seed(20250106)
for name in ZONES:
    zone = ZoneInfo(name)
    if name == "Asia/Seoul":  # Monday noon: its week began on Sunday the 5th
        at = int(datetime(2025, 1, 6, 12, tzinfo=zone).timestamp())
        print(name, "week", at, *bounds("week", at, zone))
    for bucket in ("day", "week", "month"):
        for _ in range(60):
            at = random.randrange(1_500_000_000, 2_400_000_000)
            start, after = bounds(bucket, at, zone)
            print(name, bucket, at, start, after)
