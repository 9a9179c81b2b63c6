"""All use cases, put together once for each process."""

import dataclasses
from typing import Any

from common.context import RequestContext
from common.db import Database
from orchestration.clients import Trusts
from orchestration.logic.home import House, Signer
from orchestration.logic.parts import Parts
from orchestration.logic.snapshots import Snapshots
from orchestration.logic.software import Software
from orchestration.logic.stacks import Stacks
from orchestration.rpc import contract


@dataclasses.dataclass(frozen=True)
class Logic:
    """What the API asks."""

    stacks: Stacks
    parts: Parts
    software: Software
    snapshots: Snapshots


def build(
    database: Database,
    bus: Any,
    trusts: Trusts,
    signer: Signer,
    *,
    most_per_project: int,
    hidden: tuple[str, ...] = (),
) -> Logic:
    """Return the use cases on a database.  bus: as common.rpc.Bus."""

    def tell(ctx: RequestContext, stack_id: str) -> None:
        bus.cast(ctx, contract.Advance(stack_id=stack_id))

    house = House(database, lambda stack_id: tell(RequestContext.internal(), stack_id), signer)
    return Logic(
        stacks=Stacks(database, tell, trusts, most_per_project=most_per_project, hidden=hidden),
        parts=Parts(database, house, signer, tell),
        software=Software(database, house.wake),
        snapshots=Snapshots(database, tell),
    )
