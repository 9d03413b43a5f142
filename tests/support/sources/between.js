// Buys below one price and leaves above another, as `between.py` and `between.rs` do.

let buyBelow = 0.4;

export const guest = {
  describe() {
    const doc = "Buys at a lower ask, in dollars.";
    const parameter = { name: "buy_below", doc, default: { tag: "number", val: 0.4 }, minimum: 0, maximum: 1 };
    const summary = "Buys low and leaves high.";
    return { name: "between", version: "1.0.0", summary, parameters: [parameter], warmUp: 0n, feedback: false };
  },

  init({ parameters }) {
    for (const [name, value] of parameters) {
      if (name === "buy_below") buyBelow = value.val;
    }
    if (buyBelow >= 0.6) throw "buy_below must be below 0.6";
  },

  onBatch({ quotes }) {
    const signals = [];
    const scores = [];
    quotes.bid.forEach((bid, row) => {
      const ask = quotes.ask[row];
      const score = (bid + ask) / 2;
      scores.push(score);
      if (ask < buyBelow) {
        signals.push({ row, action: "buy", price: undefined, confidence: 1, metadata: [["ask", ask]] });
      } else if (bid > 0.6) {
        signals.push({ row, action: "exit", price: undefined, confidence: 1, metadata: [] });
      }
    });
    return { signals, scores };
  },
};
