"""Takes the difference of two runs apart anew, from their journals alone, and compares every line with the host's.

Arguments: the folders of the two runs, and the file of the host's comparison in JSON.
Written without a look at the host's way: exact fractions, one pass over the fills, intervals matched by hand.
"""

import json
import sqlite3
import sys
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

DOLLAR = 10**10


class Run:
    def __init__(self, folder):
        journal = sqlite3.connect(Path(folder) / "run.journal")
        self.report = json.loads((Path(folder) / "report.json").read_text())
        self.tickers = dict(journal.execute("SELECT id, ticker FROM markets"))
        bodies = journal.execute("SELECT body FROM records ORDER BY seq")
        self.records = [json.loads(body) for (body,) in bodies]
        self.marks = {line["market"]: Fraction(line["mark"]) for line in self.report["final_positions"]}
        self.steps = defaultdict(list)
        self.orders = {}
        self.trips = defaultdict(list)
        self.read()

    def read(self):
        created, held = {}, {}
        for record in self.records:
            kind = record["kind"]
            market = self.tickers.get(record.get("market"))
            if kind == "placed":
                order = record["order"]
                key = self.tickers[order["market"]]
                created[order["id"]] = order["created"]
                self.orders[order["id"]] = {**order, "filled": 0, "ended": None}
                self.steps[key].append((order["created"], "order", order["id"]))
            elif kind == "signal":
                self.steps[market].append((record["time"], "signal", record["action"]))
            elif kind == "refused":
                self.steps[market].append((record["time"], "refused", (record["side"], record["verdict"]["code"])))
            elif kind == "done":
                order = self.orders[record["order"]]
                order["ended"] = order["ended"] or record["time"]
            elif kind == "filled":
                fill = record["fill"]
                order = self.orders[fill["order"]]
                order["filled"] += fill["qty"]
                if order["filled"] >= order["qty"]:
                    order["ended"] = fill["time"]
                self.fill(held, market, record, created)
            elif kind == "settled" and market in held:
                payout = {"yes": 1, "no": 0}.get(record["outcome"])
                assert payout is not None, record
                trip = held.pop(market)
                self.leave(trip, trip["in"][0] - trip["out"][0], payout, None)
                trip.update(end="settled", closed=record["time"])
        for market, trip in held.items():
            self.leave(trip, trip["in"][0] - trip["out"][0], self.marks[market], None)
            trip.update(end="open", closed=10**20)

    def fill(self, held, market, record, created):
        fill, side, mid = record["fill"], record["side"], Fraction(record["arrival_mid_doubled"], 20_000)
        qty, cost, fee = Fraction(fill["qty"], 10**6), Fraction(fill["cost"], DOLLAR), Fraction(fill["fee"], DOLLAR)
        if market not in held:
            trip = {"side": side, "decided": created[fill["order"]], "opened": fill["time"], "fees": Fraction(0)}
            trip |= {"in": [Fraction(0)] * 3, "out": [Fraction(0)] * 3, "known": True, "end": "order"}
            held[market] = trip
            self.trips[market, side].append(trip)
        trip = held[market]
        trip["fees"] += fee
        way = "in" if trip["side"] == side else "out"
        assert way == "in" or qty <= trip["in"][0] - trip["out"][0], "an exit goes beyond flat"
        trip[way] = [a + b for a, b in zip(trip[way], [qty, cost, mid * qty])]
        if trip["in"][0] == trip["out"][0]:
            trip["closed"] = fill["time"]
            del held[market]

    @staticmethod
    def leave(trip, qty, price, _):
        trip["out"] = [a + b for a, b in zip(trip["out"], [qty, qty * price, Fraction(0)])]

    def gross(self, trip):
        sign = 1 if trip["side"] == "buy" else -1
        return sign * (trip["out"][1] - trip["in"][1])

    def net(self, trip):
        return self.gross(trip) - trip["fees"]

    def why_not(self, market, side, trip):
        """The cause for which this run has no such trade as `trip` of the other."""
        at = trip["decided"]
        for own in self.trips[market, "buy"] + self.trips[market, "sell"]:
            if own["opened"] <= at < own["closed"]:
                return "held"
        entries = [order for _, kind, number in self.steps[market] if kind == "order"
                   for order in [self.orders[number]] if order["intent"] == "entry" and order["side"] == side]
        before = [order for order in entries if order["created"] < at]
        if before and (before[-1]["ended"] is None or before[-1]["ended"] >= at):
            return "missed-fills"
        wanted = False
        for time, kind, what in self.steps[market]:
            if not at <= time <= trip["closed"]:
                continue
            if kind == "signal":
                wanted |= what == side
            elif kind == "order" and self.orders[what] in entries:
                return "missed-fills"
            elif kind == "refused" and what[0] in (None, side):
                return "refused " + what[1]
        return "no-order" if wanted else "signals"


def main(first, second, compared):
    one, other = Run(first), Run(second)
    lines = defaultdict(Fraction)

    def add(line, amount, part=None):
        lines[line] += amount
        if part is not None:
            lines[f"{line}/{part}"] += amount

    for key in set(one.trips) | set(other.trips):
        market, side = key
        sign = 1 if side == "buy" else -1
        free = list(other.trips[key])
        for trip in one.trips[key]:
            pair = [t for t in free if t["opened"] <= trip["closed"] and trip["opened"] <= t["closed"]]
            if not pair:
                if trip["end"] == "open":
                    add("open-positions", -one.net(trip))
                else:
                    add("trades-missed", -one.net(trip), other.why_not(market, side, trip))
                continue
            theirs = pair[0]
            free.remove(theirs)
            common = min(trip["in"][0], theirs["in"][0])
            share = lambda t, way: [value * common / t[way][0] for value in t[way]]
            entered, entered_there = share(trip, "in"), share(theirs, "in")
            left, left_there = share(trip, "out"), share(theirs, "out")
            entry = -sign * (entered_there[1] - entered[1])
            leaving = sign * (left_there[1] - left[1])
            slip_in = -sign * ((entered_there[1] - entered_there[2]) - (entered[1] - entered[2]))
            add("entry-prices", slip_in, "slippage")
            add("entry-prices", entry - slip_in, "timing")
            if "open" in (trip["end"], theirs["end"]):
                add("open-positions", leaving)
            elif trip["end"] == theirs["end"] == "order":
                slip_out = sign * ((left_there[1] - left_there[2]) - (left[1] - left[2]))
                add("exit-prices", slip_out, "slippage")
                add("exit-prices", leaving - slip_out, "timing")
            else:
                add("settlement", leaving)
            add("fees", trip["fees"] - theirs["fees"])
            add("contracts", other.gross(theirs) - one.gross(trip) - entry - leaving)
        for theirs in free:
            if theirs["end"] == "open":
                add("open-positions", other.net(theirs))
            else:
                add("trades-added", other.net(theirs), one.why_not(market, side, theirs))

    split = json.loads(Path(compared).read_text())["differences"][0]["split"]
    host = {line["line"]: Fraction(line["amount"]) for line in split["lines"]}
    for line in split["lines"]:
        for part in line["parts"]:
            if line["line"] in ("contracts", "open-positions"):
                continue
            name = part["part"] + (f" {part['code']}" if part["code"] else "")
            host[f"{line['line']}/{name}"] = Fraction(part["amount"])
    for line in sorted(set(lines) | set(host)):
        ours, theirs = lines[line], host.get(line, Fraction(0))
        assert abs(ours - theirs) < Fraction(1, 10**6), f"{line}: {float(ours)} here, {float(theirs)} from the host"
    difference = Fraction(other.report["net_pnl"]) - Fraction(one.report["net_pnl"])
    assert abs(difference - Fraction(split["difference"])) < Fraction(1, 10**6)
    assert abs(host["not-explained"]) < Fraction(1, 10**6), host["not-explained"]
    shown = [line for line in lines if lines[line] and "/" not in line]
    print(f"agreed on {len(shown)} lines that are not zero: {' '.join(sorted(shown))}")


if __name__ == "__main__":
    main(*sys.argv[1:])
