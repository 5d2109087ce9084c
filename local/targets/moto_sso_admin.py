"""What moto 5.2 lacks of IAM Identity Center's administration: assigning, unassigning and provisioning take their time
(IN_PROGRESS at first, and not in force before), an assignment that is there is not made twice, and each account has a
role with the policy that was provisioned to it last, which may be behind that of the permission set. An instance that
is not there is not found.
"""

import json
from uuid import uuid4

from moto.core.utils import unix_time
from moto.ssoadmin.exceptions import ResourceNotFoundException
from moto.ssoadmin.models import SSOAdminBackend
from moto.ssoadmin.responses import SSOAdminResponse

LOOKS = 2
waiting = {}
# By permission set: the inline policy that its role has in each account.
roles = {}


def roles_of(permission_set):
    return roles.setdefault(permission_set.permission_set_arn, {})


def begin(act):
    request_id = str(uuid4())
    waiting[request_id] = [LOOKS, act]
    return {"RequestId": request_id, "Status": "IN_PROGRESS", "CreatedDate": unix_time()}


def look(request_id):
    if request_id not in waiting:
        raise ResourceNotFoundException("Request not found")
    entry = waiting[request_id]
    entry[0] -= 1
    if entry[0] > 0:
        return {"RequestId": request_id, "Status": "IN_PROGRESS"}
    act, entry[1] = entry[1], None
    if act is not None:
        act()
    return {"RequestId": request_id, "Status": "SUCCEEDED"}


def assignment_of(response):
    names = {
        "instance_arn": "InstanceArn",
        "target_id": "TargetId",
        "target_type": "TargetType",
        "permission_set_arn": "PermissionSetArn",
        "principal_type": "PrincipalType",
        "principal_id": "PrincipalId",
    }
    return {name: response._get_param(parameter) for name, parameter in names.items()}


def is_there(backend, assignment):
    return any(
        all(getattr(each, name) == value for name, value in assignment.items())
        for each in backend.account_assignments
    )


def create_account_assignment(self):
    backend, assignment = self.ssoadmin_backend, assignment_of(self)
    permission_set = backend._find_permission_set(assignment["instance_arn"], assignment["permission_set_arn"])

    def act():
        if not is_there(backend, assignment):
            SSOAdminBackend.create_account_assignment(backend, **assignment)
            SSOAdminBackend.provision_permission_set(
                backend, assignment["instance_arn"], assignment["permission_set_arn"]
            )
            roles_of(permission_set)[assignment["target_id"]] = permission_set.inline_policy

    return json.dumps({"AccountAssignmentCreationStatus": begin(act)})


def delete_account_assignment(self):
    backend, assignment = self.ssoadmin_backend, assignment_of(self)
    backend._find_account(**assignment)

    def act():
        if not is_there(backend, assignment):
            return
        SSOAdminBackend.delete_account_assignment(backend, **assignment)
        arn, account = assignment["permission_set_arn"], assignment["target_id"]
        if not any(each.permission_set_arn == arn and each.target_id == account for each in backend.account_assignments):
            roles.get(arn, {}).pop(account, None)

    return json.dumps({"AccountAssignmentDeletionStatus": begin(act)})


def describe_creation(self):
    found = look(self._get_param("AccountAssignmentCreationRequestId"))
    return json.dumps({"AccountAssignmentCreationStatus": found})


def describe_deletion(self):
    found = look(self._get_param("AccountAssignmentDeletionRequestId"))
    return json.dumps({"AccountAssignmentDeletionStatus": found})


def provision_permission_set(self):
    backend, arn = self.ssoadmin_backend, self._get_param("PermissionSetArn")
    permission_set = backend._find_permission_set(self._get_param("InstanceArn"), arn)

    def act():
        # What the roles in the accounts have by now is told in RelayState, where a test can read it.
        permission_set.relay_state = permission_set.inline_policy
        for account in roles_of(permission_set):
            roles_of(permission_set)[account] = permission_set.inline_policy

    return json.dumps({"PermissionSetProvisioningStatus": begin(act)})


def describe_provisioning(self):
    return json.dumps({"PermissionSetProvisioningStatus": look(self._get_param("ProvisionPermissionSetRequestId"))})


def list_accounts_for_provisioned_permission_set(self):
    instance_arn, arn = self._get_param("InstanceArn"), self._get_param("PermissionSetArn")
    permission_set = self.ssoadmin_backend._find_permission_set(instance_arn, arn)
    wanted = self._get_param("ProvisioningStatus")
    found = []
    for account, policy in roles_of(permission_set).items():
        is_latest = policy == permission_set.inline_policy
        status = "LATEST_PERMISSION_SET_PROVISIONED" if is_latest else "LATEST_PERMISSION_SET_NOT_PROVISIONED"
        if wanted in (None, status):
            found.append(account)
    return json.dumps({"AccountIds": found})


list_permission_sets = SSOAdminResponse.list_permission_sets


def list_permission_sets_of_an_instance(self):
    instance_arn = self._get_param("InstanceArn")
    if all(each.instance_arn != instance_arn for each in self.ssoadmin_backend.instances):
        raise ResourceNotFoundException("Instance not found")
    return list_permission_sets(self)


SSOAdminResponse.list_permission_sets = list_permission_sets_of_an_instance
SSOAdminResponse.create_account_assignment = create_account_assignment
SSOAdminResponse.delete_account_assignment = delete_account_assignment
SSOAdminResponse.describe_account_assignment_creation_status = describe_creation
SSOAdminResponse.describe_account_assignment_deletion_status = describe_deletion
SSOAdminResponse.provision_permission_set = provision_permission_set
SSOAdminResponse.describe_permission_set_provisioning_status = describe_provisioning
SSOAdminResponse.list_accounts_for_provisioned_permission_set = list_accounts_for_provisioned_permission_set
