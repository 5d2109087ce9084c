"""Sigma rules to conditions of Athena's SQL over the lake of activity, by pySigma: what this adds is how Athena says a comparison.

    echo '{"rules": [{"file": ..., "text": ...}], "columns": {...}}' | python lib/sigma/compile.py

Answers, in the same order, with {"condition": ...} or {"faults": [...]} for each rule.
"""

import json
import re
import sys
from pathlib import Path

from sigma.collection import SigmaCollection
from sigma.conditions import ConditionNOT
from sigma.conversion.base import TextQueryBackend
from sigma.exceptions import SigmaError
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaRule
from sigma.types import CompareOperators, SigmaCasedString, SigmaRegularExpressionFlag

PIPELINE = Path(__file__).with_name("pipeline.yml")
RAW = "raw."
RAW_COLUMN = "raw_data"
# What is read of the record as it came: names with dots between them, of whatever a JSON path takes without being escaped.
RAW_PATH = re.compile(r"[\w@ -]+(\.[\w@ -]+)*")
FLAGS = {
    SigmaRegularExpressionFlag.IGNORECASE: "i",
    SigmaRegularExpressionFlag.MULTILINE: "m",
    SigmaRegularExpressionFlag.DOTALL: "s",
}
OPERATORS = {
    CompareOperators.LT: "<",
    CompareOperators.LTE: "<=",
    CompareOperators.GT: ">",
    CompareOperators.GTE: ">=",
}
MAXIMUM_CONDITION = 100_000


class RuleError(Exception):
    """Something that cannot be said in Athena's SQL, for whoever wrote the rule."""


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


class Athena(TextQueryBackend):
    """What is absent equals nothing, and `not` of it is true: Sigma has no third value, SQL has."""

    name = "Athena"
    token_separator = " "
    group_expression = "({expr})"
    or_token, and_token, not_token, eq_token = "OR", "AND", "NOT", "="
    wildcard_multi, wildcard_single, escape_char, add_escaped = "%", "_", "\\", "\\"
    str_quote = ""

    def __init__(self, pipeline, columns):
        super().__init__(pipeline, collect_errors=False)
        self.columns = columns

    def column(self, field):
        """How Athena says it, and its type."""
        if field.startswith(RAW):
            path = field[len(RAW) :]
            if not RAW_PATH.fullmatch(path):
                raise RuleError(f'field "{field}": of the record as it came, names with dots between them can be read, no lists')
            steps = "".join(f'["{step}"]' for step in path.split("."))
            return f"json_extract_scalar({RAW_COLUMN}, '${steps}')", "string"
        if field not in self.columns:
            raise RuleError(f'field "{field}": there is no such column in the lake, and no mapping of it in lib/sigma/pipeline.yml')
        return field, self.columns[field]

    def text(self, field):
        """A column that is compared as text: in the lake, numbers are no text."""
        sql, kind = self.column(field)
        if kind in ("int", "bigint"):
            return f"CAST({sql} AS varchar)", kind
        if kind == "boolean":
            return f"CAST({sql} AS varchar)", kind
        return sql, kind

    def compared(self, field, comparison):
        """`comparison` makes a condition of what stands for one text."""
        sql, kind = self.text(field)
        return f"any_match({sql}, one -> {comparison('one')})" if kind == "array<string>" else comparison(sql)

    def like(self, value, is_cased):
        def comparison(sql):
            said, left = (value, sql) if is_cased else (value.lower(), f"lower({sql})")
            if said.contains_special():
                pattern = said.convert(self.escape_char, self.wildcard_multi, self.wildcard_single, self.add_escaped)
                return f"{left} LIKE {quoted(pattern)} ESCAPE '\\'"
            return f"{left} = {quoted(said.convert(None, None, None))}"

        return comparison

    def convert_condition_field_eq_val_str(self, cond, state):
        return self.compared(cond.field, self.like(cond.value, isinstance(cond.value, SigmaCasedString)))

    def convert_condition_field_eq_val_str_case_sensitive(self, cond, state):
        return self.compared(cond.field, self.like(cond.value, True))

    def convert_condition_field_eq_val_num(self, cond, state):
        sql, kind = self.column(cond.field)
        if kind in ("int", "bigint"):
            return f"{sql} = {cond.value}"
        return self.compared(cond.field, lambda one: f"{one} = {quoted(str(cond.value))}")

    def convert_condition_field_eq_val_bool(self, cond, state):
        said = "true" if cond.value.boolean else "false"
        return self.compared(cond.field, lambda one: f"lower({one}) = '{said}'")

    def regular(self, value):
        flags = "".join(FLAGS[flag] for flag in FLAGS if flag in value.flags)
        pattern = value.regexp.to_plain() if hasattr(value.regexp, "to_plain") else str(value.regexp)
        # Of Sigma a pattern is found anywhere in the text, and so it is of Athena.
        said = quoted((f"(?{flags})" if flags else "") + pattern)
        return lambda one: f"regexp_like({one}, {said})"

    def convert_condition_field_eq_val_re(self, cond, state):
        return self.compared(cond.field, self.regular(cond.value))

    def convert_condition_field_compare_op_val(self, cond, state):
        operator, number = OPERATORS.get(cond.value.op), cond.value.number
        if operator is None or not isinstance(number.number, (int, float)):
            raise RuleError(f'field "{cond.field}": it can be compared with numbers by lt, lte, gt and gte alone')
        sql, kind = self.column(cond.field)
        if kind in ("int", "bigint"):
            return f"{sql} {operator} {number}"
        return self.compared(cond.field, lambda one: f"TRY_CAST({one} AS double) {operator} {number}")

    def convert_condition_field_eq_val_null(self, cond, state):
        return f"{self.column(cond.field)[0]} IS NULL"

    def convert_condition_field_exists(self, cond, state):
        return f"{self.whole(cond.field)} IS NOT NULL"

    def convert_condition_field_not_exists(self, cond, state):
        return f"{self.whole(cond.field)} IS NULL"

    def whole(self, field):
        """Also where it is no text: of the record as it came, an object or a list."""
        return self.column(field)[0].replace("json_extract_scalar(", "json_extract(")

    def convert_condition_val_str(self, cond, state):
        said = cond.value.lower().convert(self.escape_char, self.wildcard_multi, self.wildcard_single, self.add_escaped)
        pattern = quoted(f"%{said}%")
        return f"lower({RAW_COLUMN}) LIKE {pattern} ESCAPE '\\'"

    def convert_condition_val_num(self, cond, state):
        return f"{RAW_COLUMN} LIKE {quoted(f'%{cond.value}%')}"

    def convert_condition_val_re(self, cond, state):
        return self.regular(cond.value)(RAW_COLUMN)

    def convert_condition_not(self, cond, state):
        (inner,) = cond.args
        return None if inner is None else f"NOT COALESCE({self.convert_condition(inner, state)}, false)"


def compiled(text, columns):
    collection = SigmaCollection.from_yaml(text, collect_errors=True)
    faults = [str(error) for rule in collection.rules for error in rule.errors] + [str(error) for error in collection.errors]
    if faults:
        return {"faults": list(dict.fromkeys(faults))}
    if len(collection.rules) != 1 or not isinstance(collection.rules[0], SigmaRule):
        return {"faults": ["expected one rule, and no correlation"]}
    backend = Athena(ProcessingPipeline.from_yaml(PIPELINE.read_text()), columns)
    conditions = [f"({condition})" for condition in backend.convert(collection)]
    condition = " OR ".join(conditions)
    if not conditions:
        return {"faults": ["detection: nothing is asked for"]}
    if len(condition) > MAXIMUM_CONDITION:
        return {"faults": [f"it is {len(condition)} characters of SQL: expected at most {MAXIMUM_CONDITION}"]}
    return {"condition": condition if len(conditions) == 1 else f"({condition})"}


def main():
    asked = json.load(sys.stdin)
    answers = []
    for rule in asked["rules"]:
        try:
            answers.append(compiled(rule["text"], asked["columns"]))
        except (SigmaError, RuleError, NotImplementedError, TypeError, ValueError) as error:
            answers.append({"faults": [re.sub(r" \(while .* rule None\)$", "", str(error))]})
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
