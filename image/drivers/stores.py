"""Several stores, by name, one of which is the default."""

from collections.abc import Iterable, Mapping
from typing import BinaryIO, Union

from image.drivers.base import Incoming, Store

FIRST = "file"


class Stores:
    """What images are kept in.

    stores: by id; the first is the default.  weights: the heaviest is read from first; 0 for those
    that have none.
    """

    def __init__(
        self, stores: Mapping[str, Store], weights: Mapping[str, int] | None = None
    ) -> None:
        self._stores = dict(stores)
        self.weights = dict(weights or {})
        self.ids = tuple(self._stores)
        self.default = self.ids[0]

    @classmethod
    def of(cls, store: Union[Store, "Stores"]) -> "Stores":
        """Return stores as they are, or a single one under the first name."""
        return store if isinstance(store, Stores) else cls({FIRST: store})

    def sort(self, names: Iterable[str]) -> list[str]:
        """Return ids of stores, the heaviest first."""
        return sorted(names, key=lambda name: (-self.weights.get(name, 0), name))

    def begin(self, data_id: str, store: str | None = None) -> Incoming:
        """Return where bytes go.  store: the default unless told.  Raises KeyError."""
        return self._stores[store or self.default].begin(data_id)

    def open(self, data_id: str, stores: Iterable[str] | None = None) -> BinaryIO:
        """Return the bytes, from the heaviest of these stores that has them.

        Raises FileNotFoundError when none of them has.
        """
        for name in self.sort(self.ids if stores is None else stores):
            try:
                return self._stores[name].open(data_id)
            except (FileNotFoundError, KeyError):
                continue
        raise FileNotFoundError(data_id)

    def delete(self, data_id: str, store: str | None = None) -> None:
        """Forget bytes, everywhere unless told where; a store that is gone has forgotten them."""
        for name in self.ids if store is None else (store,):
            if name in self._stores:
                self._stores[name].delete(data_id)

    def free(self, store: str) -> int:
        """Return how many bytes fit into a store."""
        return self._stores[store].free()
