"""Drives a running exchange with `kalshi-sdk`, an asynchronous client of others, unmodified and with its strict models.

It reads every list that the client offers for an account, listens to every private stream while it trades, and keeps
the client's own order book, which must equal what REST says.

usage: async_sdk.py ORIGIN KEY_ID KEY_FILE
"""

import asyncio
import sys
import uuid
from decimal import Decimal

from kalshi import AsyncKalshiClient, KalshiConfig
from kalshi.errors import KalshiError
from kalshi.models.orders import (
    AmendOrderV2Request,
    BatchCreateOrdersV2Request,
    CreateOrderV2Request,
    DecreaseOrderV2Request,
)

QUIET = "KXQUIET-1"
PATIENCE = 20
done = 0


def counted(answer):
    global done
    done += 1
    return answer


def order(side, price, count, **more):
    fields = {
        "ticker": QUIET,
        "client_order_id": str(uuid.uuid4()),
        "side": side,
        "price": price,
        "count": count,
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
    }
    return CreateOrderV2Request(**{**fields, **more})


def equal(found, expected):
    assert found == expected, f"{found!r} is not {expected!r}"


async def lists(client):
    status = counted(await client.exchange.status())
    assert status.exchange_active and status.trading_active
    counted(await client.exchange.schedule())
    counted(await client.exchange.announcements())
    counted(await client.exchange.user_data_timestamp())
    markets = counted(await client.markets.list(limit=100)).items
    assert QUIET in [market.ticker for market in markets], markets
    one = counted(await client.markets.get(QUIET))
    equal((one.yes_bid, one.yes_ask), (Decimal("0.40"), Decimal("0.44")))
    counted(await client.markets.list(status="open", mve_filter="exclude"))
    counted(await client.markets.list_trades(ticker=QUIET))
    events = counted(await client.events.list(with_nested_markets=True)).items
    counted(await client.events.get(events[0].event_ticker, with_nested_markets=True))
    counted(await client.series.list())
    counted(await client.series.get("KXQUIET"))
    counted(await client.series.fee_changes())
    counted(await client.milestones.list(limit=10))
    counted(await client.structured_targets.list())
    counted(await client.incentive_programs.list())
    counted(await client.historical.cutoff())
    equal(counted(await client.account.limits()).usage_tier, "basic")
    costs = counted(await client.account.endpoint_costs())
    assert any(row.path.endswith("/portfolio/orders/:order_id") for row in costs.endpoint_costs), costs
    counted(await client.portfolio.balance())
    counted(await client.portfolio.positions())
    counted(await client.portfolio.settlements())
    counted(await client.portfolio.fills())
    counted(await client.portfolio.deposits())
    counted(await client.portfolio.withdrawals())
    counted(await client.portfolio.total_resting_order_value())
    counted(await client.orders.list())
    counted(await client.order_groups.list())
    counted(await client.subaccounts.list_balances())
    counted(await client.subaccounts.get_netting())
    equal(len(counted(await client.api_keys.list()).api_keys), 1)


class Heard:
    """The messages of each stream."""

    def __init__(self):
        self.messages = {}
        self.tasks = []

    def listen(self, name, stream):
        self.messages[name] = []
        self.tasks.append(asyncio.create_task(self.keep(name, stream)))

    async def keep(self, name, stream):
        async for message in stream:
            self.messages[name].append(message)

    async def until(self, name, wanted):
        for _ in range(PATIENCE * 20):
            for task in self.tasks:
                if task.done():
                    task.result()
            found = [message for message in self.messages[name] if wanted(message.msg)]
            if found:
                return counted(found[0].msg)
            await asyncio.sleep(0.05)
        raise AssertionError(f"{name}: not among {self.messages[name]}")


def sides(book):
    return {side: {level.price: level.quantity for level in getattr(book, side)} for side in ("yes", "no")}


async def same_book(client, session):
    """The client's own book, made of a snapshot and deltas, comes to equal the exchange's."""
    for _ in range(PATIENCE * 5):
        local = session._orderbook_mgr.get(QUIET)
        there = await client.markets.orderbook(QUIET)
        if local is not None and sides(local) == sides(there):
            return counted(there)
        await asyncio.sleep(0.2)
    raise AssertionError(f"{sides(local)} is not {sides(there)}")


async def trade(client, session, heard):
    await same_book(client, session)
    group = counted(await client.order_groups.create(contracts_limit=500)).order_group_id
    await heard.until("group", lambda said: said.order_group_id == group and said.event_type == "created")
    resting = counted(await client.orders.create_v2(request=order("bid", "0.30", "5", order_group_id=group)))
    said = await heard.until("orders", lambda said: said.order_id == resting.order_id and said.status == "resting")
    equal((said.remaining_count, said.taker_fees, said.maker_fees), (5, 0, 0))
    read = counted(await client.orders.get(resting.order_id))
    equal((read.status, read.remaining_count), ("resting", 5))
    counted(await client.orders.queue_position(resting.order_id))
    counted(await client.orders.queue_positions(market_tickers=[QUIET]))
    await same_book(client, session)
    taken = counted(await client.orders.create_v2(request=order("bid", "0.44", "3", time_in_force="immediate_or_cancel")))
    equal((taken.fill_count, taken.remaining_count, taken.average_fill_price), (3, 0, Decimal("0.44")))
    fill = await heard.until("fills", lambda said: said.order_id == taken.order_id)
    equal((fill.count, fill.is_taker, fill.post_position, fill.exchange_index), (3, True, 3, 0))
    position = await heard.until("positions", lambda said: said.market_ticker == QUIET and said.position == 3)
    equal(position.position_cost, Decimal("1.32"))
    await heard.until("trades", lambda said: said.market_ticker == QUIET and said.count == 3)
    await heard.until("tickers", lambda said: said.market_ticker == QUIET)
    fills = counted(await client.portfolio.fills(ticker=QUIET)).items
    equal([one.order_id for one in fills], [taken.order_id])
    held = counted(await client.portfolio.positions()).market_positions
    equal([(one.ticker, one.position, one.resting_orders_count) for one in held], [(QUIET, 3, 1)])
    amend = AmendOrderV2Request(ticker=QUIET, side="bid", price="0.31", count="6")
    counted(await client.orders.amend_v2(resting.order_id, request=amend))
    decreased = await client.orders.decrease_v2(resting.order_id, request=DecreaseOrderV2Request(reduce_to="4"))
    equal(counted(decreased).remaining_count, 4)
    await same_book(client, session)
    equal(counted(await client.orders.cancel_v2(resting.order_id)).reduced_by, 4)
    await heard.until("orders", lambda said: said.order_id == resting.order_id and said.status == "canceled")
    batch = BatchCreateOrdersV2Request(orders=[order("bid", "0.10", "1"), order("bid", "0.105", "1")])
    made = counted(await client.orders.batch_create_v2(request=batch)).orders
    equal([one.error is None for one in made], [True, False])
    counted(await client.orders.cancel_all_v2())
    counted(await client.order_groups.delete(group))
    await heard.until("group", lambda said: said.event_type == "deleted")
    await same_book(client, session)


async def refusals(client, stranger):
    # The write bucket holds a second's worth of orders, and the client does not repeat those that find it empty.
    await asyncio.sleep(1.5)

    async def refused(call, status):
        try:
            await call
        except KalshiError as error:
            equal(error.status_code, status)
            return counted(error)
        raise AssertionError("it was not refused")

    await refused(client.orders.cancel_v2("00000000-0000-0000-0000-000000000000"), 404)
    await refused(client.markets.get("NOSUCH"), 404)
    await refused(client.orders.create_v2(request=order("bid", "0.305", "1")), 400)
    await refused(client.orders.create_v2(request=order("bid", "0.39", "1000000")), 400)
    twice = order("bid", "0.20", "1")
    counted(await client.orders.create_v2(request=twice))
    await refused(client.orders.create_v2(request=twice), 409)
    counted(await client.orders.cancel_all_v2())
    await refused(stranger.portfolio.balance(), 401)


async def main(origin, key_id, key_file):
    config = KalshiConfig(
        base_url=f"{origin}/trade-api/v2",
        ws_base_url=f"{origin.replace('http', 'ws')}/trade-api/ws/v2",
        allow_unknown_host=True,
    )
    with open(key_file, encoding="utf-8") as file:
        key = file.read()
    async with (
        AsyncKalshiClient(key_id=key_id, private_key=key, config=config) as client,
        AsyncKalshiClient(key_id="nobody", private_key=key, config=config) as stranger,
    ):
        await lists(client)
        heard = Heard()
        async with client.ws.connect() as session:
            heard.listen("orders", await session.subscribe_user_orders())
            heard.listen("fills", await session.subscribe_fill())
            heard.listen("positions", await session.subscribe_market_positions())
            heard.listen("group", await session.subscribe_order_group())
            heard.listen("trades", await session.subscribe_trade(tickers=[QUIET]))
            heard.listen("tickers", await session.subscribe_ticker(tickers=[QUIET]))
            heard.listen("lifecycle", await session.subscribe_market_lifecycle())
            heard.listen("book", await session.subscribe_orderbook_delta(tickers=[QUIET]))
            await trade(client, session, heard)
            for task in heard.tasks:
                task.cancel()
        await refusals(client, stranger)
        await lists(client)
    print(f"checked {done} calls")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
