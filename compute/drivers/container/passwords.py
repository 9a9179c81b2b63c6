"""The password of a guest's root: hashed here, and written by the guest's own programs."""

from common import process

_TIMEOUT_S = 10
_SCRIPT = """
read -r hash || exit 1
if command -v chpasswd >/dev/null; then echo "root:$hash" | chpasswd -e; exit; fi
umask 077
file=/etc/shadow
[ -e $file ] || file=/etc/passwd
export hash
awk 'BEGIN { FS = OFS = ":" } $1 == "root" { $2 = ENVIRON["hash"] } { print }' $file > $file.new &&
cat $file.new > $file &&
rm $file.new
"""
SET = ["sh", "-c", _SCRIPT]
"""What a guest runs; it reads the hash.  Images without `chpasswd` have at least `awk`."""


def hashed(password: str) -> bytes:
    """Return a line with what a guest keeps of a password: SHA-512, salted.

    Raises CommandFailed.
    """
    hashing = ["openssl", "passwd", "-6", "-stdin"]
    return process.run(hashing, timeout_s=_TIMEOUT_S, stdin=f"{password}\n".encode()).encode()
