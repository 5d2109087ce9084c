"""moto's server, with what Identity Store lacks in moto 5.2 and Tenure rests on: UpdateUser (moto answers 500), and
ConflictException for a membership that is already there (moto makes a second one). What it lacks of IAM is in
moto_iam.py, of Secrets Manager in moto_secrets.py, of permission sets in moto_sso_admin.py.

    python local/targets/moto_server.py -H 127.0.0.1 -p 5000        (the arguments of moto.server)
"""

import json
import sys

import moto_iam  # noqa: F401 (patches moto when imported)
import moto_secrets  # noqa: F401
import moto_sso_admin  # noqa: F401
from moto.identitystore.exceptions import ConflictException, ResourceNotFoundException
from moto.identitystore.models import IdentityStoreBackend, Name
from moto.identitystore.responses import IdentityStoreResponse
from moto.server import main

# AttributePath of UpdateUser (lower camel case, as in SCIM) and the field of moto's User.
FIELDS = {
    "displayName": "DisplayName",
    "nickName": "NickName",
    "profileUrl": "ProfileUrl",
    "title": "Title",
    "timezone": "Timezone",
    "locale": "Locale",
    "userType": "UserType",
    "preferredLanguage": "PreferredLanguage",
}


def capitalised(value):
    """AttributeValue is written in lower camel case; the stored user has upper camel case."""
    if isinstance(value, list):
        return [capitalised(each) for each in value]
    if isinstance(value, dict):
        return {key[0].upper() + key[1:]: each for key, each in value.items()}
    return value


def update_user(self):
    store = self.identitystore_backend.identity_stores.get(self._get_param("IdentityStoreId"))
    user_id = self._get_param("UserId")
    if store is None or user_id not in store.users:
        raise ResourceNotFoundException(message="USER not found.", resource_type="USER")
    user = store.users[user_id]
    for operation in json.loads(self.body)["Operations"]:
        path, value = operation["AttributePath"], operation.get("AttributeValue")
        if path == "emails":
            user = user._replace(Emails=capitalised(value or []))
        elif path.startswith("name."):
            part = path[5].upper() + path[6:]
            user = user._replace(Name=(user.Name or Name(*[None] * 6))._replace(**{part: value}))
        else:
            user = user._replace(**{FIELDS[path]: value})
    store.users[user_id] = user
    return "{}"


create_group_membership = IdentityStoreBackend.create_group_membership


def create_group_membership_once(self, identity_store_id, group_id, member_id):
    store = self.identity_stores.get(identity_store_id)
    for each in store.group_memberships.values() if store else ():
        if each["GroupId"] == group_id and each["MemberId"] == member_id:
            raise ConflictException(message="Duplicate membership", reason="UNIQUENESS_CONSTRAINT_VIOLATION")
    return create_group_membership(self, identity_store_id, group_id, member_id)


IdentityStoreResponse.update_user = update_user
IdentityStoreBackend.create_group_membership = create_group_membership_once

if __name__ == "__main__":
    main(sys.argv[1:])
