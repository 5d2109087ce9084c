"""MiniStack 1.5's server, with IAM enforced (AUTH=true) and some of its departures from AWS put right.

    GATEWAY_PORT=4566 AUTH=true python local/ministack_server.py

Each patch names the departure. Delete one when a newer MiniStack no longer needs it.
"""

import json
import threading

from ministack.core import iam_actions, iam_evaluator, lambda_runtime
from ministack.services import lambda_svc, secretsmanager
from ministack.services.cloudformation import provisioners

# Plain HTTP on loopback counts as a secure transport, or buckets that insist on TLS refuse everyone.
resolve_condition_key = iam_evaluator._resolve_condition_key


def resolve_condition_key_on_loopback(key, context):
    return "true" if key.lower() == "aws:securetransport" else resolve_condition_key(key, context)


iam_evaluator._resolve_condition_key = resolve_condition_key_on_loopback

# A schedule's ARN names its group; MiniStack always says "default".
extract_resource_arn = iam_actions.extract_resource_arn


def extract_resource_arn_with_group(service, method, path, headers, body, query_params, *args, **kwargs):
    arn = extract_resource_arn(service, method, path, headers, body, query_params, *args, **kwargs)
    if service != "scheduler" or not path.startswith("/schedules/"):
        return arn
    try:
        group = json.loads(body or b"{}").get("GroupName")
    except ValueError:
        group = None
    group = group or (query_params or {}).get("groupName")
    group = group[0] if isinstance(group, list) else group
    return arn.replace(":schedule/default/", f":schedule/{group}/") if group else arn


iam_actions.extract_resource_arn = extract_resource_arn_with_group

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

# A handler that logs nothing is not made to wait 50 ms for its log.
lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = (0.005, 0.003, 0.250)

if __name__ == "__main__":
    from ministack.app import main

    main()
