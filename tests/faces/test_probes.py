"""/healthz and /readyz: asked by machines that know an address and no name."""

import pytest
from django.test import Client


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_is_answered_under_any_name_and_nothing_else_is(path: str, db: None) -> None:
    balancer = Client(headers={"host": "10.0.0.7:8000"})
    answer = balancer.get(path)
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer["X-Correlation-Id"]
    assert balancer.post(path).status_code == 405
    assert balancer.get("/docs").status_code == 400
