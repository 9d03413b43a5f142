"""Sorts quotes in CSV to Parquet with DuckDB; prints processor time and memory at its peak: FROM TO."""

import resource
import sys

import duckdb

source, target = sys.argv[1:]
database = duckdb.connect()
database.execute("SET threads = 2")
database.execute(f"SET temp_directory = '{target}.tmp'")
types = {name: "DOUBLE" for name in ["bid", "ask", "bid_size", "ask_size", "last", "volume"]}
types = {"time": "TIMESTAMPTZ", "market": "VARCHAR"} | types
rows = f"SELECT * FROM read_csv('{source}', columns = {types}) ORDER BY time, market"
database.execute(f"COPY ({rows}) TO '{target}' (FORMAT parquet)")
used = resource.getrusage(resource.RUSAGE_SELF)
print(f"{used.ru_utime + used.ru_stime:.1f} s of processor time, {used.ru_maxrss // 1024} MB at the peak")
