"""What moto 5.2 lacks of IAM Identity Center's administration: assigning, unassigning and provisioning take their time
(IN_PROGRESS at first, and not in force before), and an assignment that is there is not made twice.
"""

import json
from uuid import uuid4

from moto.core.utils import unix_time
from moto.ssoadmin.models import SSOAdminBackend
from moto.ssoadmin.responses import SSOAdminResponse

LOOKS = 2
waiting = {}


def begin(act):
    request_id = str(uuid4())
    waiting[request_id] = [LOOKS, act]
    return {"RequestId": request_id, "Status": "IN_PROGRESS", "CreatedDate": unix_time()}


def look(request_id):
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
    backend._find_permission_set(assignment["instance_arn"], assignment["permission_set_arn"])

    def act():
        if not is_there(backend, assignment):
            SSOAdminBackend.create_account_assignment(backend, **assignment)
            SSOAdminBackend.provision_permission_set(
                backend, assignment["instance_arn"], assignment["permission_set_arn"]
            )

    return json.dumps({"AccountAssignmentCreationStatus": begin(act)})


def delete_account_assignment(self):
    backend, assignment = self.ssoadmin_backend, assignment_of(self)
    backend._find_account(**assignment)

    def act():
        if is_there(backend, assignment):
            SSOAdminBackend.delete_account_assignment(backend, **assignment)

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

    return json.dumps({"PermissionSetProvisioningStatus": begin(act)})


def describe_provisioning(self):
    return json.dumps({"PermissionSetProvisioningStatus": look(self._get_param("ProvisionPermissionSetRequestId"))})


SSOAdminResponse.create_account_assignment = create_account_assignment
SSOAdminResponse.delete_account_assignment = delete_account_assignment
SSOAdminResponse.describe_account_assignment_creation_status = describe_creation
SSOAdminResponse.describe_account_assignment_deletion_status = describe_deletion
SSOAdminResponse.provision_permission_set = provision_permission_set
SSOAdminResponse.describe_permission_set_provisioning_status = describe_provisioning
