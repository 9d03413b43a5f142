"""Calculates figures of a review anew, from the journals, with numpy and scipy.

Arguments: the folder of the reviewed run, that of the run it is measured by, and the review in JSON.
"""

import json
import sqlite3
import sys
from collections import defaultdict
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import numpy
from scipy import stats

DOLLAR = 10**10


def records(folder):
    journal = sqlite3.connect(Path(folder) / "run.journal")
    return journal, [json.loads(body) for (body,) in journal.execute("SELECT body FROM records ORDER BY seq")]


def nanoseconds(text):
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000) * 10**6


def near(what, ours, theirs):
    assert theirs is not None, f"{what}: {ours} here, nothing from the host"
    assert abs(float(ours) - float(theirs)) <= 1e-9 * max(1.0, abs(float(ours))), f"{what}: {ours} here, {theirs}"


def main(folder, other, found):
    review = json.loads(Path(found).read_text())
    journal, own = records(folder)
    _, theirs = records(other)
    report = json.loads((Path(folder) / "report.json").read_text())
    tickers = dict(journal.execute("SELECT id, ticker FROM markets"))
    begin, end = nanoseconds(review["from"]), nanoseconds(review["until"])
    equity = list(journal.execute("SELECT start, last FROM equity ORDER BY start"))

    # The period begins flat where the run does, so its profit is cash plus what is left at its marks.
    cash, held = defaultdict(Fraction), defaultdict(Fraction)
    for record in own:
        if record["kind"] == "filled":
            market, fill = tickers[record["market"]], record["fill"]
            sign = 1 if record["side"] == "buy" else -1
            held[market] += sign * Fraction(fill["qty"], 10**6)
            cash[market] -= sign * Fraction(fill["cost"], DOLLAR) + Fraction(fill["fee"], DOLLAR)
        elif record["kind"] == "settled":
            market = tickers[record["market"]]
            if market in held:
                cash[market] += held.pop(market) * {"yes": 1, "no": 0}[record["outcome"]]
    marks = {line["market"]: Fraction(line["mark"]) for line in report["final_positions"]}
    for market, qty in held.items():
        if qty:
            cash[market] += qty * marks[market]
    lines = {line["market"]: Fraction(line["total"]) for line in review["profit"]["by_market"]}
    assert set(lines) == set(cash), set(lines) ^ set(cash)
    for market, profit in cash.items():
        near(market, profit, lines[market])
    near("all markets", sum(cash.values()), Fraction(review["profit"]["total"]))

    for place, day in enumerate(review["profit"]["days"]):
        midnight = nanoseconds(day + "T00:00:00Z")
        before = [last for at, last in equity if at < max(midnight, begin)]
        upto = [last for at, last in equity if at < midnight + 86_400 * 10**9]
        near(day, Fraction(upto[-1] - before[-1], DOLLAR), Fraction(review["profit"]["by_day"][place]))
    hours = numpy.zeros(24)
    last = [value for at, value in equity if at < begin][-1]
    for at, value in equity:
        if begin <= at < end:
            hours[at // (3_600 * 10**9) % 24] += (value - last) / DOLLAR
            last = value
    numpy.testing.assert_allclose(hours, [float(hour) for hour in review["profit"]["by_hour"]], atol=1e-9)

    within = lambda run: [r["confidence"] for r in run if r["kind"] == "signal" and begin <= r["time"] < end]
    ours, baseline = within(own), within(theirs)
    assert len(ours) == review["signals"]["count"]
    drift = review["signals"]["against"]["drift"]
    near("drift", stats.ks_2samp(ours, baseline).statistic, drift["statistic"])
    n, m = len(ours), len(baseline)
    assert abs(stats.kstwobign.isf(0.05) * ((n + m) / (n * m)) ** 0.5 - drift["threshold"]) < 1e-4
    histogram, _ = numpy.histogram(ours, bins=numpy.linspace(0, 1, 11))
    numpy.testing.assert_allclose(histogram / len(ours), review["signals"]["confidence"], atol=1e-12)

    refused = defaultdict(int)
    for record in own:
        if record["kind"] == "refused" and begin <= record["time"] < end:
            refused[record["verdict"]["code"]] += 1
    assert refused == {line["code"]: line["times"] for line in review["refusals"]}

    periods = review["execution"]["periods"]
    for period in periods:
        first, until = nanoseconds(period["from"]), nanoseconds(period["until"])
        ordered = sum(r["order"]["qty"] for r in own if r["kind"] == "placed" and first <= r["order"]["created"] < until)
        fills = [r for r in own if r["kind"] == "filled" and first <= r["fill"]["time"] < until]
        filled = sum(r["fill"]["qty"] for r in fills)
        if ordered:
            near("fill rate", Fraction(filled, ordered), period["fill_rate"])
        if filled:
            cost = sum((1 if r["side"] == "buy" else -1)
                       * (2 * r["fill"]["cost"] - r["arrival_mid_doubled"] * r["fill"]["qty"]) for r in fills)
            slippage = cost / 2 / DOLLAR / (filled / 10**6)
            assert abs(slippage - float(period["average_slippage"])) < 1e-6, (slippage, period["average_slippage"])
    rates = [period["fill_rate"] for period in periods]
    if len(rates) >= 8 and None not in rates:
        near("trend", numpy.polyfit(range(len(rates)), rates, 1)[0], review["execution"]["trend"]["fill_rate"])
    print(f"agreed on {len(lines)} markets, {len(periods)} periods and {len(ours)} signals")


if __name__ == "__main__":
    main(*sys.argv[1:])
