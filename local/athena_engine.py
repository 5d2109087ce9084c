"""Athena's SQL on DuckDB: the one place in which a query that is written for Athena is put into other words.

The local cloud's Athena (local/ministack_server.py) and the tests of the named queries run queries through this file:

    echo '{"sql": ..., "parameters": [...], "columns": {...}, "files": [...]}' | python local/athena_engine.py
"""

import json
import sys
import time

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.tokens import TokenType

PRIMITIVES = {"string": "VARCHAR", "bigint": "BIGINT", "int": "INTEGER", "boolean": "BOOLEAN"}


def to_duckdb(sql, parameters=()):
    """`sql` as DuckDB says it, with each question mark replaced by its execution parameter: a literal of Athena's."""
    # Before parsing: the tree is not in the order of the text, which is that of the parameters.
    marks = [token for token in sqlglot.tokenize(sql, read="athena") if token.token_type == TokenType.PLACEHOLDER]
    if len(marks) != len(parameters):
        raise ValueError(f"INVALID_PARAMETER_USAGE: expected {len(marks)} parameters but found {len(parameters)}")
    for mark, parameter in reversed(list(zip(marks, parameters))):
        sql = sql[: mark.start] + literal(parameter) + sql[mark.end + 1 :]
    return sqlglot.parse_one(sql, read="athena").sql(dialect="duckdb")


def literal(parameter):
    value = sqlglot.parse_one(parameter, read="athena")
    inner = value.this if isinstance(value, exp.Neg) else value
    if not isinstance(inner, (exp.Literal, exp.Boolean, exp.Null)):
        raise ValueError(f"INVALID_PARAMETER_USAGE: {parameter!r} is no literal")
    return value.sql(dialect="athena")


def duckdb_type(glue):
    """A column's type as Glue writes it: `struct<uid:string,tags:array<string>>`."""
    if glue in PRIMITIVES:
        return PRIMITIVES[glue]
    if glue.startswith("array<"):
        return duckdb_type(glue[len("array<") : -1]) + "[]"
    if glue.startswith("struct<"):
        members = (member.split(":", 1) for member in split_members(glue[len("struct<") : -1]))
        return "STRUCT(" + ", ".join(f"{quoted(name)} {duckdb_type(kind)}" for name, kind in members) + ")"
    raise ValueError(f"no such type in the lake: {glue}")


def split_members(text):
    members, depth, start = [], 0, 0
    for at, character in enumerate(text):
        depth += {"<": 1, ">": -1}.get(character, 0)
        if character == "," and depth == 0:
            members.append(text[start:at])
            start = at + 1
    return [*members, text[start:]]


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def relation(columns, files):
    """The table's rows, with every column that the table declares, whether or not a file has it."""
    nothing = ", ".join(f"CAST(NULL AS {duckdb_type(kind)}) AS {quoted(name)}" for name, kind in columns.items())
    empty = f"SELECT {nothing} WHERE false"
    if not files:
        return f"({empty})"
    paths = ", ".join("'" + path.replace("'", "''") + "'" for path in files)
    # Of `source` there is no `name=value` in the path: it is a part of the template (storage.location.template).
    source = ", regexp_extract(filename, '/(tenure_\\w+)/', 1) AS source" if "source" in columns else ""
    read = f"read_parquet([{paths}], union_by_name = true, hive_partitioning = true, hive_types_autocast = false, filename = true)"
    return f"({empty} UNION ALL BY NAME SELECT * EXCLUDE (filename){source} FROM {read})"


def main():
    asked = json.load(sys.stdin)
    connection = duckdb.connect(":memory:")
    connection.execute("SET threads = 1")
    table = quoted(asked.get("table", "events"))
    connection.execute(f"CREATE VIEW {table} AS SELECT * FROM {relation(asked['columns'], asked['files'])}")
    answers = []
    for query in asked["queries"]:
        began = time.process_time()
        try:
            result = connection.execute(to_duckdb(query["sql"], query["parameters"]))
            rows = [[None if cell is None else cell for cell in row] for row in result.fetchall()]
            columns = [column[0] for column in result.description]
            answers.append({"columns": columns, "rows": rows, "cpuSeconds": time.process_time() - began})
        except Exception as error:  # told to whoever asked, as Athena tells it
            answers.append({"error": str(error)})
    json.dump(answers, sys.stdout, default=str)


if __name__ == "__main__":
    main()
