"""What a process reads its options from."""

import pathlib

from common import config


def written(directory: pathlib.Path, name: str, text: str) -> pathlib.Path:
    path = directory / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_files_in_the_directory_beside_the_configuration_file_win(tmp_path):
    file = written(tmp_path, "cumulet.conf", "[bus]\nport = 1\nuser = me\n")
    written(tmp_path, "cumulet.d/10-first.conf", "[bus]\nport = 2\n")
    written(tmp_path, "cumulet.d/20-second.conf", "[bus]\nport = 3\n")
    conf = config.load("some-process", [f"--config-file={file}"])
    assert (conf.bus.port, conf.bus.user) == (3, "me")


def test_a_configuration_file_alone_is_enough(tmp_path):
    file = written(tmp_path, "cumulet.conf", "[bus]\nport = 1\n")
    assert config.load("some-process", [f"--config-file={file}"]).bus.port == 1
