"""`python -m mock_api.control` prints what a mock serves at /_mock/openapi.json."""

import json
import sys

from mock_api.control.openapi import document
from mock_api.control.routes import ROUTES

sys.stdout.write(json.dumps(document(ROUTES), indent=2) + "\n")
