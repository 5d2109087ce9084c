"""What moto 5.2 lacks of IAM and Tenure's tests rest on: inactive keys are refused, GetSessionToken hands out
credentials of their own, policies may say aws:TokenIssueTime, whoever speaks JSON is refused in JSON, listings have pages, a user who still has something
cannot be deleted, and service-specific credentials exist. As the IAM user guide and API reference describe them.
"""

import contextvars
import datetime
import itertools

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.iam import access_control
from moto.iam.exceptions import DeleteConflictException, NoSuchEntity
from moto.iam.models import IAMBackend
from moto.iam.responses import IamResponse
from moto.iam.utils import random_resource_id
from moto.sts.responses import TokenResponse

# --- who calls: inactive keys, and the temporary credentials of a user -------------------------------------------

sessions = {}
token_issued = contextvars.ContextVar("token_issued", default=None)


class UserSession(access_control.IAMUserAccessKey):
    """Temporary credentials that GetSessionToken gave to a user: the user's policies apply."""

    def __init__(self, account_id, partition, access_key_id, headers):
        self.account_id, self.partition = account_id, partition
        session = sessions.get(access_key_id)
        if session is None or headers["X-Amz-Security-Token"] != session["token"]:
            raise access_control.CreateAccessKeyFailure(reason="InvalidToken")
        if session["owner"] not in self.backend.users:
            raise access_control.CreateAccessKeyFailure(reason="InvalidId")
        self._owner_user_name = session["owner"]
        self._access_key_id = access_key_id
        self._secret_access_key = session["secret"]
        self.issued = session["issued"]

    def create_credentials(self):
        return access_control.Credentials(
            self._access_key_id, self._secret_access_key, sessions[self._access_key_id]["token"]
        )


create_access_key = access_control.create_access_key


def create_active_access_key(account_id, partition, access_key_id, headers):
    if access_key_id in sessions:
        return UserSession(account_id, partition, access_key_id, headers)
    key = create_access_key(account_id, partition, access_key_id, headers)
    for user in key.backend.users.values():
        for each in user.access_keys:
            if each.access_key_id == access_key_id and each.status != "Active":
                raise access_control.CreateAccessKeyFailure(reason="InvalidId")
    return key


def get_session_token(self):
    from moto.iam.models import iam_backends

    backend = iam_backends[self.current_account][self.partition]
    owner = next(
        user.name
        for user in backend.users.values()
        for key in user.access_keys
        if key.access_key_id == self.get_access_key()
    )
    now = utcnow()
    access_key_id = "ASIA" + random_resource_id(16)
    sessions[access_key_id] = {
        "owner": owner,
        "secret": random_resource_id(40),
        "token": random_resource_id(100),
        # AWS keeps whole seconds.
        "issued": now.replace(microsecond=0),
    }
    credentials = {
        "AccessKeyId": access_key_id,
        "SecretAccessKey": sessions[access_key_id]["secret"],
        "SessionToken": sessions[access_key_id]["token"],
        "Expiration": now + datetime.timedelta(seconds=self._get_int_param("DurationSeconds", 43200)),
    }
    return ActionResult({"Credentials": credentials})


check_action_permitted = access_control.IAMRequestBase.check_action_permitted


def check_action_permitted_by_token(self, resource):
    token_issued.set(getattr(self._access_key, "issued", None))
    return check_action_permitted(self, resource)


is_action_permitted = access_control.IAMPolicyStatement.is_action_permitted


def is_action_permitted_by_token(self, *arguments):
    """The key is absent from requests signed with a long-term key: the condition is then not met."""
    before = self._statement.get("Condition", {}).get("DateLessThan", {}).get("aws:TokenIssueTime")
    if before is not None:
        issued = token_issued.get()
        limit = datetime.datetime.fromisoformat(before.replace("Z", "+00:00")).replace(tzinfo=None)
        if issued is None or not issued < limit:
            return access_control.PermissionResult.NEUTRAL
    return is_action_permitted(self, *arguments)


def refusing(raise_refusal, json_name):
    """Services that speak JSON name their operation in a header, and have names of their own for a refusal."""

    def raise_as_spoken(self, *arguments):
        if "X-Amz-Target" in self._headers:
            raise JsonRESTError(json_name, "Refused")
        raise_refusal(self, *arguments)

    return raise_as_spoken


request = access_control.IAMRequest
request._raise_access_denied = refusing(request._raise_access_denied, "AccessDeniedException")
request._raise_invalid_access_key = refusing(request._raise_invalid_access_key, "UnrecognizedClientException")
request._raise_signature_does_not_match = refusing(request._raise_signature_does_not_match, "InvalidSignatureException")
access_control.create_access_key = create_active_access_key
access_control.IAMRequestBase.check_action_permitted = check_action_permitted_by_token
access_control.IAMPolicyStatement.is_action_permitted = is_action_permitted_by_token
TokenResponse.get_session_token = get_session_token

# --- pages -------------------------------------------------------------------------------------------------------


def page(response, items, name):
    items = list(items)
    start = int(response._get_param("Marker") or 0)
    end = start + int(response._get_param("MaxItems") or 100)
    more = {"Marker": str(end)} if end < len(items) else {}
    return ActionResult({name: items[start:end], "IsTruncated": end < len(items), **more})


def list_users(self):
    return page(self, self.backend.list_users(self._get_param("PathPrefix"), None, None), "Users")


def list_groups_for_user(self):
    user_name = self._get_param("UserName")
    self.backend.get_user(user_name)
    return page(self, self.backend.get_groups_for_user(user_name), "Groups")


IamResponse.list_users = list_users
IamResponse.list_groups_for_user = list_groups_for_user

# --- service-specific credentials --------------------------------------------------------------------------------

service_credentials = {}
numbers = itertools.count(1)


def create_service_specific_credential(self):
    user_name = self._get_param("UserName")
    self.backend.get_user(user_name)
    credential = {
        "CreateDate": utcnow(),
        "ServiceName": self._get_param("ServiceName"),
        "ServiceUserName": f"{user_name}-at-{self.current_account}",
        "ServicePassword": random_resource_id(40),
        "ServiceSpecificCredentialId": "ACCA" + random_resource_id(16) + str(next(numbers)),
        "UserName": user_name,
        "Status": "Active",
    }
    service_credentials[credential["ServiceSpecificCredentialId"]] = credential
    return ActionResult({"ServiceSpecificCredential": credential})


def list_service_specific_credentials(self):
    user_name = self._get_param("UserName")
    self.backend.get_user(user_name)
    held = [each for each in service_credentials.values() if each["UserName"] == user_name]
    shown = [{name: value for name, value in each.items() if name != "ServicePassword"} for each in held]
    return page(self, shown, "ServiceSpecificCredentials")


def held_credential(self):
    credential = service_credentials.get(self._get_param("ServiceSpecificCredentialId"))
    if credential is None or credential["UserName"] != self._get_param("UserName"):
        raise NoSuchEntity("The credential cannot be found.")
    return credential


def update_service_specific_credential(self):
    held_credential(self)["Status"] = self._get_param("Status")
    return EmptyResult()


def delete_service_specific_credential(self):
    del service_credentials[held_credential(self)["ServiceSpecificCredentialId"]]
    return EmptyResult()


IamResponse.create_service_specific_credential = create_service_specific_credential
IamResponse.list_service_specific_credentials = list_service_specific_credentials
IamResponse.update_service_specific_credential = update_service_specific_credential
IamResponse.delete_service_specific_credential = delete_service_specific_credential

# --- DeleteUser: "you must remove all items from the user before you can delete it" ---------------------------------

delete_user = IAMBackend.delete_user


def delete_bare_user(self, user_name):
    user = self.get_user(user_name)
    left = {
        "login profile": user.password,
        "access keys": user.access_keys,
        "signing certificates": user.signing_certificates,
        "SSH public keys": user.ssh_public_keys,
        "service-specific credentials": [
            each for each in service_credentials.values() if each["UserName"] == user_name
        ],
        "MFA devices": user.mfa_devices,
        "groups": self.get_groups_for_user(user_name),
    }
    for name, things in left.items():
        if things:
            raise DeleteConflictException(f"Cannot delete entity, must delete {name} first.")
    return delete_user(self, user_name)


IAMBackend.delete_user = delete_bare_user
