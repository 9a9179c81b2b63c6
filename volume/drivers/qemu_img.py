"""qemu-img, as the file driver uses it: formats are always told, never guessed."""

import contextlib
import logging
import pathlib
import re
from collections.abc import Iterator

from common import errors, process, qcow2
from volume.drivers import encrypted, showing
from volume.drivers.base import PoolFault
from volume.drivers.keys import Keys
from volume.drivers.layers import key_of
from volume.drivers.serving import Opened

LOG = logging.getLogger(__name__)
GIB = 1024**3
QUICK_S = 60.0


class Tool:
    """timeout_s: how long a command may run that reads or writes a volume's whole content.

    A file whose name says so is encrypted; its key is read by the tools themselves.
    """

    def __init__(self, timeout_s: float, keys: Keys) -> None:
        self._timeout_s = timeout_s
        self._keys = keys

    def create(self, path: pathlib.Path, form: str, size: int) -> None:
        """Make an empty file.  size: bytes."""
        if key_of(path):
            encrypted.create(path, size, self._keys.read(key_of(path)))
            return
        self._run("create", "-q", "-f", form, str(path), str(size), timeout_s=QUICK_S)

    def overlay(self, path: pathlib.Path, below: pathlib.Path, form: str, size: int) -> None:
        """Make a file that shows another's content until it is written to.

        The one below is not opened, since a guest may be using it.
        """
        if key_of(path):
            encrypted.create(path, size, self._keys.read(key_of(path)), below)
            return
        backing = ["-u", "-b", str(below), "-F", form]
        words = ["create", "-q", "-f", "qcow2", *backing, str(path), str(size)]
        self._run(*words, timeout_s=QUICK_S)

    def resize(self, path: pathlib.Path, form: str, size: int) -> None:
        """Make a file larger.  size: bytes."""
        objects, form_words, name = self._opened(path, form)
        self._run("resize", "-q", *objects, *form_words, name, str(size), timeout_s=QUICK_S)

    def convert(
        self,
        source: pathlib.Path,
        form: str,
        target: pathlib.Path,
        wanted: str,
        *,
        shared: bool = False,
        size: int = 0,
    ) -> None:
        """Copy a content into another file.

        shared: although a guest may be using it.  size: bytes, that a target to be encrypted has
        at least.
        """
        objects, words, name = self._opened(source, form)
        words += ["-U"] if shared else []
        if key_of(target):
            self.create(target, wanted, max(size, qcow2.virtual_size(source)))
            known = qcow2.options(target, _secret_of)
            objects = sorted({*objects, *self._secrets([target])})
            words += ["-n", "--target-is-zero", "--target-image-opts", name, known]
        else:
            words += ["-O", wanted, name, str(target)]
        self._run("convert", *objects, *words, timeout_s=self._timeout_s)

    def receive(self, source: Opened, target: pathlib.Path, form: str, size: int) -> None:
        """Copy what another host serves into a file, of `size` bytes at least."""
        self.create(target, form, size)
        known = self.opened(target)
        words = [*source.words, *known.words, "--image-opts", "-n", "--target-is-zero"]
        words += ["--target-image-opts", source.blockdev, known.blockdev]
        self._run("convert", *words, timeout_s=self._timeout_s)

    def opened(self, path: pathlib.Path) -> Opened:
        """Return how a layer and all below it are opened to write to it."""
        if path.suffix != ".qcow2":
            return Opened([], f"driver=file,filename={qcow2.escaped(path)}")
        words = self._secrets(qcow2.chain(path))
        return Opened(words, qcow2.options(path, _secret_of))

    @contextlib.contextmanager
    def shown(
        self, path: pathlib.Path, directory: pathlib.Path, *, writable: bool = False
    ) -> Iterator[pathlib.Path]:
        """Yield a raw file that has the content of an encrypted one.  Raises PoolFault."""
        objects, _, name = self._opened(path, "qcow2")
        with showing.shown(directory, objects, name, writable=writable) as disk:
            yield disk

    def _opened(self, path: pathlib.Path, form: str) -> tuple[list[str], list[str], str]:
        """Return the secrets that opening a file takes, how it is to be opened, and its name."""
        files = qcow2.chain(path) if key_of(path) else []
        if not files:
            return [], ["-f", form], str(path)
        return self._secrets(files), ["--image-opts"], qcow2.options(path, _secret_of)

    def _secrets(self, files: list[pathlib.Path]) -> list[str]:
        known = sorted({(_secret_of(one), key_of(one)) for one in files if key_of(one)})
        return [f"--object={qcow2.secret(name, self._keys.path(key))}" for name, key in known]

    def _run(self, *words: str, timeout_s: float) -> None:
        try:
            process.run(["qemu-img", *words], timeout_s=timeout_s)
        except errors.CloudError as error:
            LOG.warning("%s", error)
            raise PoolFault(reason=f"qemu-img {words[0]}: {_said(error)}") from error


def _said(error: errors.CloudError) -> str:
    """Return what a command said, without the paths of this host that it was given."""
    said = str(error.facts.get("output") or "it did not end in time")
    return re.sub(r"(?:/[\w.,+-]+){2,}", "a file", said)


def _secret_of(path: pathlib.Path) -> str:
    """Return what the tools call a layer's key: names of theirs begin with a letter."""
    return f"key-{key_of(path)}"
