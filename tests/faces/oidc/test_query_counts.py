"""What a request costs the database. A number here may go down; one that goes up is a decision, taken in review."""

from tests.faces.oidc import costs
from tests.faces.oidc.shop import Shop

# One of each that leaves an event is the index of what the event is about; PostgreSQL writes both in one statement. Binding
# reads the past and the realm's address for the notice that goes out with it.
ALLOWED = {
    "discovery": 0,
    "jwks": 1,
    "authorize, to the authenticator": 3,
    "authenticate": 13,
    "authorize, answered by a session": 7,
    "token, a code": 5,
    "userinfo": 4,
    "bind": 15,
    "token, client credentials": 3,
    "introspect": 2,
    "token, a code for a refresh token too": 7,
    "token, a refresh token": 6,
}


def test_no_request_of_a_sign_in_costs_more_than_it_did(shop: Shop) -> None:
    spent = {name: costs.queries_of(ask) for name, ask in costs.requests(shop)}
    assert spent.keys() == ALLOWED.keys()
    dearer = [
        f"{name}: {len(spent[name])}\n" + "\n".join(spent[name]) for name in spent if len(spent[name]) > ALLOWED[name]
    ]
    assert not dearer, "\n".join(dearer)
