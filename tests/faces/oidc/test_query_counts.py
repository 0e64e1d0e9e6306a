"""What a request costs the database. A number here may go down; one that goes up is a decision, taken in review."""

from tests.faces.oidc import costs
from tests.faces.oidc.shop import Shop

ALLOWED = {
    "discovery": 0,
    "jwks": 1,
    "authorize, to the authenticator": 2,
    "authenticate": 12,
    "authorize, answered by a session": 7,
    "token, a code": 4,
    "userinfo": 3,
    "bind": 9,
    "token, client credentials": 2,
    "introspect": 2,
    "token, a code for a refresh token too": 6,
    "token, a refresh token": 6,
}


def test_no_request_of_a_sign_in_costs_more_than_it_did(shop: Shop) -> None:
    spent = {name: costs.queries_of(ask) for name, ask in costs.requests(shop)}
    assert spent.keys() == ALLOWED.keys()
    dearer = [
        f"{name}: {len(spent[name])}\n" + "\n".join(spent[name]) for name in spent if len(spent[name]) > ALLOWED[name]
    ]
    assert not dearer, "\n".join(dearer)
