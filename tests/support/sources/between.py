"""Buys below one price and leaves above another, as `between.js` and `between.rs` do."""

from wit_world import exports
from wit_world.imports.types import Action, Batch, Decisions, Manifest, Parameter, Settings, Signal, Value_Number
from componentize_py_types import Err


class Guest(exports.Guest):
    buy_below = 0.4

    def describe(self) -> Manifest:
        buy_below = Parameter("buy_below", "Buys at a lower ask, in dollars.", Value_Number(0.4), 0.0, 1.0)
        return Manifest("between", "1.0.0", "Buys low and leaves high.", [buy_below], 0, False)

    def init(self, settings: Settings) -> None:
        for name, value in settings.parameters:
            if name == "buy_below":
                self.buy_below = value.value
        if self.buy_below >= 0.6:
            raise Err("buy_below must be below 0.6")

    def on_batch(self, batch: Batch) -> Decisions:
        signals, scores = [], []
        for row, (bid, ask) in enumerate(zip(batch.quotes.bid, batch.quotes.ask)):
            score = (bid + ask) / 2
            scores.append(score)
            if ask < self.buy_below:
                signals.append(Signal(row, Action.BUY, None, 1.0, [("ask", ask)]))
            elif bid > 0.6:
                signals.append(Signal(row, Action.EXIT, None, 1.0, []))
        return Decisions(signals, scores)
