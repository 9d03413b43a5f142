"""Compares the host's figures of periods with those of quantstats, an independent library.

Arguments: for each period its first moment, its end, and the file of its report in JSON.
"""

import datetime
import json
import sys

import pandas
from quantstats import stats

DAY = datetime.timedelta(days=1)


def moment(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)


def days(start, end):
    """The UTC days that a period touches. The end does not belong to it."""
    first, last = moment(start).date(), (moment(end) - datetime.timedelta(microseconds=1)).date()
    return [first + number * DAY for number in range((last - first).days + 1)]


def agree(what, period, host, other):
    assert host is not None, f"{period}: the host has no {what}, quantstats {other}"
    assert abs(host - other) <= 1e-9 * max(1.0, abs(other)), f"{period}: {what}: host {host}, quantstats {other}"


def compare(start, end, name):
    with open(name) as file:
        report = json.load(file)
    period, expected = f"{start} to {end}", days(start, end)
    dates = [line["date"] for line in report["by_day"]]
    assert dates == [str(day) for day in expected], f"{period}: {dates}"
    assert report["days"] == report["sharpe_days"] == len(expected), f"{period}: {report['days']} days"
    equity = [float(report["start_equity"])] + [float(line["equity"]) for line in report["by_day"]]
    index = pandas.to_datetime([expected[0] - DAY] + expected)
    series = pandas.Series(equity, index=index)
    returns = series.pct_change(fill_method=None).iloc[1:]
    agree("Sharpe ratio", period, report["sharpe"], stats.sharpe(returns, periods=365))
    agree("Sortino ratio", period, report["sortino"], stats.sortino(returns, periods=365))
    drawdown = -stats.max_drawdown(series)
    agree("largest fall of daily equity", period, report["drawdown"]["daily_fraction"], drawdown)
    ticks = report["max_drawdown_fraction"]
    assert ticks >= drawdown - 1e-9, f"{period}: {ticks} on ticks is less than {drawdown} of days"
    agree("total return", period, report["total_return"], equity[-1] / equity[0] - 1)


arguments = sys.argv[1:]
assert arguments and len(arguments) % 3 == 0
for at in range(0, len(arguments), 3):
    compare(*arguments[at:at + 3])
print(f"agreed on {len(arguments) // 3} periods")
