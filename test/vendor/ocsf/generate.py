"""Writes the schemas of the OCSF classes that lambdas/core/audit/ocsf maps to, as JSON Schema.

    pip install ocsf-json-schema==1.2.0 && python test/vendor/ocsf/generate.py

The package carries OCSF's own 1.8.0.json (Apache-2.0, https://github.com/ocsf/ocsf-schema).
"""

import json
import pathlib

from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

VERSION = "1.8.0"
CLASSES = ["account_change", "authentication", "entity_management", "user_access", "api_activity", "detection_finding"]

schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(VERSION))
for name in CLASSES:
    path = pathlib.Path(__file__).parent / f"{VERSION}-{name}.json"
    path.write_text(json.dumps(schema.get_class_schema(name, []), sort_keys=True, separators=(",", ":")) + "\n")
