"""Opens the tape in the working folder as the host's documentation says, and prints what each program found in it.

    python open_tape.py commands.md

The blocks of Python under "Tapes in other programs" are run as they stand there, without their line of trades if the
tape has none.
"""

import json
import pathlib
import re
import sys

import duckdb
import pandas
import polars

SECTION = "## Tapes in other programs"
QUOTES = ["ticker", "bid", "ask", "bid_size", "ask_size", "last", "volume", "market"]
TRADES = ["ticker", "price", "quantity", "taker", "market"]
MARKETS = ["ticker", "title", "event", "series", "category", "result", "payout", "price_steps", "market"]
TIMES = {"quotes": ["time"], "trades": ["time"], "markets": ["opens", "closes", "event_time", "settled"]}


def of_pandas(table, columns, times):
    for name in times:
        assert str(table[name].dtype) == "datetime64[ns, UTC]", table.dtypes
    # Absent numbers are NaN there.
    values = [[None if pandas.isna(value) else value for value in table[name].tolist()] for name in columns]
    moments = [[None if pandas.isna(time) else time.value for time in table[name]] for name in times]
    return list(zip(*values, *moments))


def of_polars(table, columns, times):
    for name in times:
        assert table.schema[name] == polars.Datetime("ns", "UTC"), table.schema
    # An absent value is no NaN.
    assert not any(table[name].is_nan().any() for name in columns if table.schema[name] == polars.Float64)
    moments = [polars.col(name).cast(polars.Int64) for name in times]
    return table.select(*columns, *moments).rows()


def of_duckdb(table, columns, times):
    types = dict(zip(table.columns, map(str, table.types)))
    assert all(types[name].startswith("TIMESTAMP") for name in times), types
    wanted = [*columns, *(f"epoch_ns({name})" for name in times)]
    return table.project(", ".join(wanted)).fetchall()


PROGRAMS = {"pandas": of_pandas, "polars": of_polars, "duckdb": of_duckdb}


def opened(block):
    """Returns the rows of each table, in a fixed order, as the lines of `block` open them."""
    lines = [line for line in block.splitlines() if "trades" not in line or pathlib.Path("tape/trades").exists()]
    names = {}
    exec("\n".join(lines), names)
    rows_of = next(rows_of for program, rows_of in PROGRAMS.items() if program in names)
    columns = {"quotes": QUOTES, "trades": TRADES, "markets": MARKETS}
    tables = {name: names[name] for name in columns if name in names}
    key = lambda row: tuple((value is None, value) for value in row)
    return {name: sorted(rows_of(table, columns[name], TIMES[name]), key=key) for name, table in tables.items()}


def main():
    text = pathlib.Path(sys.argv[1]).read_text()
    section = text[text.index(SECTION):].split("\n## ")[0]
    blocks = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    assert len(blocks) == len(PROGRAMS), section
    found = [opened(block) for block in blocks]
    for other in found[1:]:
        for name, rows in found[0].items():
            assert rows == other[name], f"{name}: {rows[:3]} … and {other[name][:3]} …"
    # A folder may be named by its files as well.
    assert polars.read_parquet("tape/quotes/*.parquet").height == len(found[0]["quotes"])
    assert polars.scan_parquet("tape/quotes/*.parquet").select(polars.len()).collect().item() == len(found[0]["quotes"])
    joined = duckdb.sql(
        "SELECT count(*) FROM read_parquet('tape/quotes/*.parquet') JOIN read_parquet('tape/markets.parquet') "
        "USING (ticker, market)"
    )
    assert joined.fetchall() == [(len(found[0]["quotes"]),)]
    print(json.dumps(found[0]))


main()
