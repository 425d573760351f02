"""`python -m mock_api.control` prints the OpenAPI document of the control plane; `make docs` keeps it in docs/."""

import json
import sys

from mock_api.control.openapi import document
from mock_api.control.routes import ROUTES

sys.stdout.write(json.dumps(document(ROUTES), indent=2) + "\n")
