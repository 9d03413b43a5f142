"""Every endpoint that a trader needs, through the venue's own unmodified SDK with its strict models.

Arguments: the exchange's origin, then key id and key file of an RSA account and of an Ed25519 account. Each account has
10,000 dollars. The markets: KXQUIET at 0.40 to 0.44, and KXSOON at 0.60 to 0.64, which closes and resolves to YES in a
minute. Prints "checked N calls" at the end, and fails at the first surprise.
"""

import json
import sys
import time
import uuid
from decimal import Decimal

from kalshi_python_sync import Configuration, KalshiClient
from kalshi_python_sync.exceptions import ApiException

QUIET, SOON = "KXQUIET-1", "KXSOON-1"
calls = 0


class Account:
    """One account's view of the whole API. Calls wait while the rate limit says so."""

    def __init__(self, origin, key_id, key_file):
        configuration = Configuration(host=origin + "/trade-api/v2")
        if key_id:
            with open(key_file, encoding="ascii") as key:
                configuration.api_key_id, configuration.private_key_pem = key_id, key.read()
        self.client = KalshiClient(configuration)

    def __getattr__(self, name):
        method = getattr(self.client, name)

        def call(*args, **kwargs):
            global calls
            while True:
                try:
                    calls += 1
                    return method(*args, **kwargs)
                except ApiException as error:
                    if error.status != 429:
                        raise
                    assert json.loads(error.body)["error"]["code"] == "too_many_requests", error.body
                    time.sleep(0.1)

        return call

    def create(self, side, price, count, ticker=QUIET, **more):
        order = {
            "ticker": ticker,
            "client_order_id": str(uuid.uuid4()),
            "side": side,
            "price": price,
            "count": count,
            "time_in_force": "good_till_canceled",
            "self_trade_prevention_type": "taker_at_cross",
        }
        order.update(more)
        made = self.create_order_v2(**order)
        assert made.client_order_id == order["client_order_id"]
        return made


def equal(found, expected):
    assert found == expected, f"{found!r} is not {expected!r}"


def refused(status, code, call, details=None):
    """Whether `call` is refused in the venue's own way."""
    try:
        answer = call()
    except ApiException as error:
        body = json.loads(error.body)
        equal((error.status, body["error"]["code"]), (status, code))
        assert body["error"]["message"], body
        if details is not None:
            equal(body["error"].get("details"), details)
        return
    raise AssertionError(f"{status} {code} expected, got {answer}")


def until(question, seconds=180):
    """The first true answer; failing if there is none in time."""
    for _ in range(seconds * 5):
        answer = question()
        if answer:
            return answer
        time.sleep(0.2)
    raise AssertionError("it never happened")


def market_data(anyone):
    status = anyone.get_exchange_status()
    assert status.exchange_active and status.trading_active
    anyone.get_exchange_schedule()
    anyone.get_user_data_timestamp()
    series = anyone.get_series_list().series
    assert "KXQUIET" in [one.ticker for one in series], series
    equal(anyone.get_series("KXQUIET").series.ticker, "KXQUIET")
    events = anyone.get_events(with_nested_markets=True, status="open").events
    assert events and all(event.markets for event in events)
    event = anyone.get_market(QUIET).market.event_ticker
    equal(anyone.get_event(event).event.event_ticker, event)
    equal(anyone.get_event(event, with_nested_markets=True).event.markets[0].ticker, QUIET)
    first = anyone.get_markets(limit=1)
    second = anyone.get_markets(limit=1, cursor=first.cursor)
    equal({first.markets[0].ticker, second.markets[0].ticker}, {QUIET, SOON})
    equal(second.cursor, "")
    equal([market.ticker for market in anyone.get_markets(tickers=QUIET, status="open").markets], [QUIET])
    market = anyone.get_market(QUIET).market
    equal((market.status, market.yes_bid_dollars, market.yes_ask_dollars), ("active", "0.4000", "0.4400"))
    equal((market.no_bid_dollars, market.no_ask_dollars, market.result), ("0.5600", "0.6000", ""))
    book = anyone.get_market_orderbook(QUIET).orderbook_fp
    equal((book.yes_dollars[-1][0], book.no_dollars[-1][0]), ("0.4000", "0.5600"))
    equal(len(anyone.get_market_orderbook(QUIET, depth=1).orderbook_fp.yes_dollars), 1)
    books = anyone.get_market_orderbooks(tickers=[QUIET, SOON]).orderbooks
    equal({book.ticker for book in books}, {QUIET, SOON})
    cutoff = anyone.get_historical_cutoff()
    assert cutoff.market_settled_ts, cutoff
    equal(anyone.get_historical_markets().markets, [])


def traded_data(anyone):
    trades = anyone.get_trades(ticker=QUIET).trades
    assert trades and all(trade.ticker == QUIET for trade in trades)
    now = int(time.time())
    span = {"start_ts": now - 3600, "end_ts": now + 60, "period_interval": 1}
    candles = anyone.get_market_candlesticks("KXQUIET", QUIET, **span).candlesticks
    assert candles and any(candle.price.close_dollars for candle in candles), candles
    batch = anyone.batch_get_market_candlesticks(market_tickers=f"{QUIET},{SOON}", **span)
    equal({market.market_ticker for market in batch.markets}, {QUIET, SOON})
    event = anyone.get_market(QUIET).market.event_ticker
    of_event = anyone.get_market_candlesticks_by_event(event, "KXQUIET", **span)
    equal((of_event.market_tickers, len(of_event.market_candlesticks)), ([QUIET], 1))
    equal(anyone.get_event_metadata(event).market_details[0].market_ticker, QUIET)
    equal(anyone.get_multivariate_events().events, [])


def orders(trader):
    resting = trader.create("bid", "0.30", "5")
    equal((resting.fill_count, resting.remaining_count), ("0.00", "5.00"))
    order = trader.get_order(resting.order_id).order
    equal((order.status, order.outcome_side, order.book_side), ("resting", "yes", "bid"))
    equal((order.yes_price_dollars, order.initial_count_fp), ("0.3000", "5.00"))
    amended = trader.amend_order_v2(resting.order_id, ticker=QUIET, side="bid", price="0.31", count="6")
    equal(amended.order_id, resting.order_id)
    decreased = trader.decrease_order_v2(resting.order_id, reduce_by="2")
    equal(decreased.remaining_count, "4.00")
    equal(trader.decrease_order_v2(resting.order_id, reduce_to="3").remaining_count, "3.00")
    assert float(trader.get_order_queue_position(resting.order_id).queue_position_fp) >= 0
    positions = trader.get_order_queue_positions(market_tickers=QUIET).queue_positions
    equal([position.order_id for position in positions], [resting.order_id])
    equal(trader.cancel_order_v2(resting.order_id).reduced_by, "3.00")
    refused(404, "not_found", lambda: trader.cancel_order_v2(resting.order_id))
    equal(trader.get_order(resting.order_id).order.status, "canceled")

    taken = trader.create("bid", "0.44", "10", time_in_force="immediate_or_cancel")
    equal((taken.fill_count, taken.remaining_count, taken.average_fill_price), ("10.00", "0.00", "0.4400"))
    whole = trader.create("bid", "0.44", "2.5", time_in_force="fill_or_kill")
    equal(whole.fill_count, "2.50")
    refused(
        409,
        "fill_or_kill_insufficient_resting_volume",
        lambda: trader.create("bid", "0.44", "9000", time_in_force="fill_or_kill"),
    )
    refused(400, "invalid_order", lambda: trader.create("bid", "0.44", "1", post_only=True), "post only cross")
    reduced = trader.create("ask", "0.40", "100", time_in_force="immediate_or_cancel", reduce_only=True)
    equal((reduced.fill_count, reduced.remaining_count), ("12.50", "0.00"))

    expires = trader.create("ask", "0.70", "1", expiration_time=int(time.time()) + 10)
    assert trader.get_order(expires.order_id).order.expiration_time
    until(lambda: trader.get_order(expires.order_id).order.status == "canceled")


def refusals(trader, stranger, anyone):
    mine = str(uuid.uuid4())
    first = trader.create("bid", "0.20", "1", client_order_id=mine)
    refused(409, "order_already_exists", lambda: trader.create("bid", "0.20", "1", client_order_id=mine))
    refused(404, "not_found", lambda: stranger.get_order(first.order_id))
    refused(404, "not_found", lambda: stranger.cancel_order_v2(first.order_id))
    refused(404, "not_found", lambda: trader.get_market("NOSUCH"))
    refused(404, "market_not_found", lambda: trader.create("bid", "0.20", "1", ticker="NOSUCH"))
    refused(400, "invalid_price", lambda: trader.create("bid", "0.205", "1"))
    refused(400, "insufficient_balance", lambda: trader.create("bid", "0.39", "100000"))
    refused(401, "unauthorized", anyone.get_balance)
    trader.cancel_order_v2(first.order_id)


def batches(trader):
    order = {"ticker": QUIET, "side": "bid", "count": "1", "time_in_force": "good_till_canceled"}
    order["self_trade_prevention_type"] = "maker"
    wanted = [dict(order, price=price, client_order_id=str(uuid.uuid4())) for price in ("0.10", "0.11", "0.115")]
    made = trader.batch_create_orders_v2(orders=wanted).orders
    equal([one.error is None for one in made], [True, True, False])
    ids = [one.order_id for one in made[:2]]
    cancelled = trader.batch_cancel_orders_v2(orders=[{"order_id": one} for one in ids + [str(uuid.uuid4())]]).orders
    equal([one.reduced_by for one in cancelled[:2]], ["1.00", "1.00"])
    assert cancelled[2].error is not None, cancelled
    for price in ("0.10", "0.11"):
        trader.create("bid", price, "1")
    equal(len(trader.get_orders(status="resting").orders), 2)
    trader.get_portfolio_resting_order_total_value()
    trader.cancel_all_orders()
    equal(trader.get_orders(status="resting").orders, [])


def groups(trader):
    group = trader.create_order_group(contracts_limit=5).order_group_id
    trader.create("bid", "0.15", "1", order_group_id=group)
    equal([one.id for one in trader.get_order_groups().order_groups], [group])
    equal(len(trader.get_order_group(group).orders), 1)
    trader.update_order_group_limit(group, contracts_limit=7)
    trader.trigger_order_group(group)
    equal(trader.get_orders(status="resting").orders, [])
    trader.reset_order_group(group)
    trader.delete_order_group(group)
    equal(trader.get_order_groups().order_groups or [], [])


def portfolio(trader, other):
    """Two members meet between the outside's quotes; everything they then see agrees."""
    maker = trader.create("ask", "0.42", "3")
    taker = other.create("bid", "0.42", "2")
    equal((taker.fill_count, taker.average_fill_price), ("2.00", "0.4200"))
    trader.cancel_order_v2(maker.order_id)
    fill = trader.get_fills(order_id=maker.order_id).fills[0]
    equal((fill.is_taker, fill.count_fp, fill.yes_price_dollars), (False, "2.00", "0.4200"))
    mirrored = other.get_fills(order_id=taker.order_id).fills[0]
    equal((mirrored.is_taker, mirrored.trade_id), (True, fill.trade_id))
    everything = trader.get_fills(limit=100).fills
    paged, cursor = [], None
    while cursor != "":
        page = trader.get_fills(limit=1, cursor=cursor) if cursor else trader.get_fills(limit=1)
        paged, cursor = paged + page.fills, page.cursor
    equal([one.fill_id for one in paged], [one.fill_id for one in everything])
    positions = {one.ticker: one.position_fp for one in other.get_positions().market_positions}
    equal(positions, {QUIET: "2.00"})
    equal(len(other.get_positions(ticker=QUIET).event_positions), 1)
    balance = other.get_balance()
    assert 999_000 < balance.balance < 1_000_000, balance
    equal(int(Decimal(balance.balance_dollars) * 100), balance.balance)


def settlement(trader):
    """A market closes while its holder watches, and pays a dollar for each contract."""
    held = until(lambda: [one for one in trader.get_settlements().settlements if one.ticker == SOON])[0]
    equal((held.market_result, held.yes_count_fp, held.revenue), ("yes", "4.00", 400))
    market = trader.get_market(SOON).market
    equal((market.status, market.result), ("finalized", "yes"))
    refused(409, "MARKET_INACTIVE", lambda: trader.create("bid", "0.20", "1", ticker=SOON))
    position = trader.get_positions(settlement_status="settled", ticker=SOON).market_positions[0]
    equal((position.position_fp, position.market_exposure_dollars), ("0.00", "0.000000"))


def main(origin, rsa_id, rsa_file, ed_id, ed_file):
    anyone = Account(origin, None, None)
    rsa, ed = Account(origin, rsa_id, rsa_file), Account(origin, ed_id, ed_file)
    # First, because its market closes soon.
    equal(rsa.create("bid", "0.64", "4", ticker=SOON).fill_count, "4.00")
    market_data(anyone)
    for trader in (rsa, ed):
        trader.get_account_api_limits()
        trader.get_account_endpoint_costs()
        orders(trader)
        batches(trader)
        groups(trader)
    traded_data(anyone)
    refusals(rsa, ed, anyone)
    portfolio(rsa, ed)
    settlement(rsa)
    print(f"checked {calls} calls")


if __name__ == "__main__":
    main(*sys.argv[1:])
