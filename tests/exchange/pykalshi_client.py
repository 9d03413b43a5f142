"""Drives a running exchange with `pykalshi-client`, a client of others, unmodified and with its strict models.

usage: pykalshi_client.py ORIGIN KEY_ID KEY_FILE
"""

import asyncio
import json
import sys
import time
import uuid

from pykalshi.auth import KalshiCredentials
from pykalshi.config import ClientConfig
from pykalshi.exceptions import KalshiAPIError
from pykalshi.http_client import KalshiHttpClient
from pykalshi.ws_client import KalshiWebSocketClient

QUIET = "KXQUIET-1"
PATIENCE = 20
done = 0


def counted(answer):
    global done
    done += 1
    return answer


def equal(found, expected):
    assert found == expected, f"{found!r} is not {expected!r}"


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
    return {**fields, **more}


async def refused(call, status, code):
    try:
        await call
    except KalshiAPIError as error:
        body = json.loads(error.body)
        equal((error.status_code, body.get("error", body).get("code")), (status, code))
        return counted(body)
    raise AssertionError(f"{code} expected")


async def lists(client):
    assert counted(await client.get_exchange_status()).trading_active
    counted(await client.get_exchange_schedule())
    counted(await client.get_exchange_announcements())
    counted(await client.get_user_data_timestamp())
    equal(counted(await client.get_api_limits()).read.bucket_capacity, 200)
    counted(await client.get_endpoint_costs())
    counted(await client.get_markets(limit=100, status="open"))
    equal(counted(await client.get_market(QUIET)).market.yes_bid_dollars, "0.4000")
    counted(await client.get_market_orderbook(QUIET))
    counted(await client.get_market_orderbooks([QUIET]))
    counted(await client.get_trades(ticker=QUIET))
    events = counted(await client.get_events(with_nested_markets=True)).events
    counted(await client.get_event(events[0].event_ticker))
    counted(await client.get_event_metadata(events[0].event_ticker))
    counted(await client.get_multivariate_events())
    counted(await client.get_event_fee_changes())
    counted(await client.get_series_list())
    counted(await client.get_series("KXQUIET"))
    counted(await client.get_fee_changes())
    counted(await client.get_historical_cutoff())
    counted(await client.get_historical_markets())
    counted(await client.get_historical_fills())
    counted(await client.get_historical_orders())
    counted(await client.get_historical_trades())
    counted(await client.get_api_keys())
    counted(await client.get_milestones(limit=10))
    counted(await client.get_structured_targets())
    counted(await client.get_incentive_programs())
    counted(await client.get_multivariate_event_collections())
    counted(await client.get_tags_by_categories())
    counted(await client.get_filters_by_sport())
    counted(await client.get_balance())
    counted(await client.get_positions())
    counted(await client.get_settlements())
    counted(await client.get_fills())
    counted(await client.get_orders(limit=10))
    counted(await client.get_deposits())
    counted(await client.get_withdrawals())
    counted(await client.get_order_groups())


async def trade(client, heard):
    resting = counted(await client.create_event_order(**order("bid", "0.30", "5")))
    equal((resting.fill_count, resting.remaining_count), ("0.00", "5.00"))
    equal(counted(await client.get_order(resting.order_id)).order.status, "resting")
    counted(await client.get_order_queue_position(resting.order_id))
    counted(await client.get_queue_positions(market_tickers=QUIET))
    changed = {"ticker": QUIET, "side": "bid", "price": "0.31", "count": "6"}
    counted(await client.amend_event_order(resting.order_id, **changed))
    equal(counted(await client.decrease_event_order(resting.order_id, reduce_to="4")).remaining_count, "4.00")
    taken = counted(await client.create_event_order(**order("bid", "0.44", "3", time_in_force="immediate_or_cancel")))
    equal((taken.fill_count, taken.average_fill_price), ("3.00", "0.4400"))
    await heard("fill", lambda said: said["order_id"] == taken.order_id)
    await heard("user_order", lambda said: said["order_id"] == resting.order_id and said["status"] == "resting")
    await heard("market_position", lambda said: said["position_fp"] == "3.00")
    await heard("orderbook_snapshot", lambda said: said["market_ticker"] == QUIET)
    await heard("orderbook_delta", lambda said: said["market_ticker"] == QUIET)
    equal(counted(await client.cancel_event_order(resting.order_id)).reduced_by, "4.00")
    await refused(client.cancel_event_order(resting.order_id), 404, "not_found")
    made = counted(await client.batch_create_event_orders([order("bid", "0.10", "1"), order("bid", "0.11", "1")])).orders
    counted(await client.batch_cancel_event_orders([{"order_id": one["order_id"]} for one in made]))
    group = counted(await client.create_order_group(5)).order_group_id
    counted(await client.get_order_group(group))
    counted(await client.trigger_order_group(group))
    counted(await client.reset_order_group(group))
    counted(await client.delete_order_group(group))
    await refused(client.create_event_order(**order("bid", "0.305", "1")), 400, "invalid_price")
    await refused(client.create_event_order(**order("bid", "0.39", "1000000")), 400, "insufficient_balance")
    await refused(client.create_event_order(**order("bid", "0.39", 1)), 400, "bad_request")
    await refused(client.get_market("NOSUCH"), 404, "not_found")
    await refused(client.create_order(ticker=QUIET, side="yes", action="buy", count=1, yes_price=1),
                  410, "deprecated_v1_order_endpoint")
    now = int(time.time())
    span = {"start_ts": now - 3600, "end_ts": now + 60, "period_interval": 1}
    counted(await client.get_market_candlesticks("KXQUIET", QUIET, **span))


async def main(origin, key_id, key_file):
    credentials = KalshiCredentials.from_key_file(key_id, key_file)
    config = ClientConfig(http_base_url=origin, ws_base_url=origin.replace("http", "ws"))
    messages = []

    async def keep(text):
        messages.append(json.loads(text))

    async def heard(kind, wanted):
        for _ in range(PATIENCE * 20):
            if listening.done():
                listening.result()
            found = [one for one in messages if one["type"] == kind and wanted(one["msg"])]
            if found:
                return counted(found[0])
            await asyncio.sleep(0.05)
        raise AssertionError(f"no {kind} among {messages}")

    socket = KalshiWebSocketClient(credentials, config, on_message_callback=keep)
    await socket.connect()
    listening = asyncio.create_task(socket.listener_loop())
    channels = ["orderbook_delta", "ticker", "trade", "fill", "user_orders", "market_positions"]
    await socket.add_markets([QUIET], channels)
    async with KalshiHttpClient(credentials, config) as client:
        await lists(client)
        await trade(client, heard)
        await lists(client)
    await socket.close()
    listening.cancel()
    print(f"checked {done} calls")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
