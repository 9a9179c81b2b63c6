"""How many tokens a service checks a second, on one core: `python -m bench.tokens`."""

import time
from collections.abc import Callable

from common.revocations import Revocation
from tests.support.tokens import Authority

RULES = 5_000


def rate(count: int, function: Callable[[int], object]) -> int:
    """Return calls a second of processor time."""
    started = time.process_time()
    for number in range(count):
        function(number)
    return int(count / (time.process_time() - started))


def main() -> None:
    """Print the rates with the revocation list well filled, and their ratio."""
    authority = Authority()
    authority.rules = [
        Revocation(sequence=n + 1, issued_before=0, expires_at=time.time() + 99, user_id=f"u{n}")
        for n in range(RULES)
    ]
    verifier = authority.verifier()
    verifier.refresh(RULES)
    seen = authority.token(roles=["admin", "manager", "member", "reader"])
    fresh = [authority.token() for _ in range(1_000)]
    verifier.authenticate(seen, "-")
    known = rate(20_000, lambda _: verifier.authenticate(seen, "-"))
    new = rate(len(fresh), lambda n: verifier.authenticate(fresh[n], "-"))
    print(f"tokens seen before: {known}/s  (bar: 10000/s)")
    print(f"new tokens: {new}/s  ratio: {known / new:.0f}")


if __name__ == "__main__":
    main()
