"""What moto 5.2 lacks of Secrets Manager's rotation: it is refused where none is configured, repeating a request with
its token makes no second version, and a rotation function takes its time. The function's name says how it behaves:
`...:slow` finishes after 1.5 s, `...:broken` never does.
"""

import threading

from moto.secretsmanager.exceptions import InvalidRequestException
from moto.secretsmanager.models import SecretsManagerBackend

rotate = SecretsManagerBackend.rotate_secret


def rotate_secret(
    self,
    secret_id,
    client_request_token=None,
    rotation_lambda_arn=None,
    rotation_rules=None,
    rotate_immediately=True,
):
    secret = self.describe_secret(secret_id)
    if rotation_lambda_arn:
        secret.rotation_lambda_arn = rotation_lambda_arn
        secret.rotation_requested = secret.rotation_enabled = True
        return secret.to_short_dict()
    function = secret.rotation_lambda_arn
    if not function:
        raise InvalidRequestException("No Lambda rotation function ARN is associated with this secret.")
    if client_request_token in secret.versions:
        return secret.to_short_dict()

    def finish():
        try:
            answer = rotate(self, secret_id, client_request_token, None, rotation_rules, rotate_immediately)
            secret.versions[client_request_token]["secret_string"] = f"rotated {client_request_token}"
            return answer
        finally:
            secret.rotation_lambda_arn = function

    if function.endswith(":slow"):
        threading.Timer(1.5, finish).start()
    elif not function.endswith(":broken"):
        return finish()
    return secret.to_short_dict()


SecretsManagerBackend.rotate_secret = rotate_secret
