"""Whatever fits, or does not fit, the OpenAPI document is sent: nothing breaks, and every refusal has one shape."""

from __future__ import annotations

import schemathesis
from fake_studio import FakeStudio
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error

from mien.server import create_app

schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", create_app(FakeStudio(), hosts=None))


@schema.parametrize()
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_request_breaks_the_service(case):
    answer = case.call()
    case.validate_response(answer, checks=[not_a_server_error])
    if answer.status_code >= 400:
        error = answer.json()["error"]
        assert set(error) == {"kind", "message"}
        assert "\n" not in error["message"]
        assert len(error["message"]) < 600
