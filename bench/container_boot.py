"""Container servers: POST to ACTIVE, and to ssh on the floating address.

usage: OS_CLOUD=... python -m bench.container_boot [COUNT] [IMAGE] [FLAVOR]
"""

import sys

from bench import cloud


def main(count: int = 10, image: str = "tiny-container", flavor: str = "tiny") -> None:
    """Boot COUNT servers, one after the other, and print the figures.

    One more is booted first, so that the host has the image.
    """
    with cloud.place() as where:
        cloud.boot(where, image, flavor)
        found = [cloud.boot(where, image, flavor) for _ in range(count)]
    cloud.report(
        benchmark="container_boot",
        bars={"active_p50": 0.6, "ssh_p50": 1.0},
        active_s=cloud.summary([active for active, _ in found]),
        ssh_s=cloud.summary([ssh for _, ssh in found]),
    )


if __name__ == "__main__":
    main(*[int(word) if word.isdigit() else word for word in sys.argv[1:]])  # type: ignore[arg-type]
