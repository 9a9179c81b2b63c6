"""What runs before Python takes over: finding a Python, and making the virtual environment."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]


def shell(line: str, *folders: pathlib.Path) -> subprocess.CompletedProcess[str]:
    """Run a line of shell with bootstrap.sh read; folders: come first on the path."""
    path = ":".join([*(str(folder) for folder in folders), os.path.dirname(sys.executable)])
    return subprocess.run(
        ["bash", "-euc", f". devstack/bootstrap.sh; {line}"],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_python_that_lacks_a_module_is_passed_over(tmp_path):
    poor = tmp_path / "python3.11"
    poor.write_text(
        f'#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\nexec {sys.executable} "$@"\n'
    )
    poor.chmod(0o755)
    assert shell("find_python", tmp_path).stdout.strip() == str(poor)
    found = shell("find_python ensurepip", tmp_path).stdout.strip()
    assert found and found != str(poor)


def test_the_modules_that_no_python_has_are_named():
    refused = shell("find_python venv no_such_module")
    assert refused.returncode == 1
    assert "with venv no_such_module is missing" in refused.stderr


def test_a_virtual_environment_whose_python_is_gone_is_made_anew(tmp_path):
    lock, venv = tmp_path / "some.lock", tmp_path / "venv"
    lock.write_text("# nothing\n")
    make = f"make_venv {venv} {lock}"
    assert shell(make).returncode == 0
    assert shell(make).stdout == ""
    (venv / "bin/python").unlink()
    (venv / "bin/python").symlink_to("/nonexistent/python")
    made = shell(make)
    assert made.returncode == 0, made.stderr
    subprocess.run([venv / "bin/python", "-m", "pip", "--version"], check=True, timeout=30)


def test_a_policy_of_the_machine_comes_back_after_an_installation(tmp_path):
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 104\n")
    held = shell(f"(hold_services {policy}; cat {policy})")
    assert "exit 101" in held.stdout
    assert policy.read_text() == "#!/bin/sh\nexit 104\n"
    policy.write_text(held.stdout)
    shell(f"(hold_services {policy})")
    assert not policy.exists(), "what a killed installation left is not the machine's own"
