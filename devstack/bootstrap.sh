# Shared by devstack/up and devstack/test: what has to be there before Python can take over.
# Sourced from the checkout's root.

fail() {
    echo "$0 failed: $*" >&2
    exit 1
}

find_python() { # print a Python that is new enough
    local candidate
    for candidate in python3.11 python3.12 python3.13 python3; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer is missing"
}

missing_packages() { # FILE...: print the packages of the lists that are not installed
    local wanted
    wanted=$(sed 's/#.*//' "$@" | xargs)
    # shellcheck disable=SC2086
    comm -23 <(tr ' ' '\n' <<<"$wanted" | sort -u) \
        <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' $wanted 2>/dev/null |
            awk '$1 == "ii" {print $2}' | sort -u)
}

install_packages() { # FILE...
    local missing policy=/usr/sbin/policy-rc.d
    missing=$(missing_packages "$@" | xargs)
    [ -n "$missing" ] || return 0
    echo "installing packages: $missing"
    mkdir -p /var/log/cumulet
    local log=/var/log/cumulet/packages.log
    # The packages' own services would take the ports and the memory: keep them from starting.
    local kept=
    if [ -e $policy ]; then kept=$(mktemp) && cp -a $policy "$kept"; fi
    printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy
    local apt=(apt-get -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3)
    local done=yes
    # shellcheck disable=SC2086
    { "${apt[@]}" update && DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y \
        --no-install-recommends $missing; } >>$log 2>&1 </dev/null || done=no
    if [ -n "$kept" ]; then mv "$kept" $policy; else rm -f $policy; fi
    [ $done = yes ] || fail "packages could not be installed; see $log"
}

make_venv() { # DIRECTORY LOCK: a virtual environment with exactly what the lock names
    local venv=$1 lock=$2 mark stamp
    mark=$(sha256sum <"$lock")
    stamp=$venv/.$(basename "$lock")
    if [ "$(cat "$stamp" 2>/dev/null)" = "$mark" ]; then return 0; fi
    echo "installing Python packages from $lock"
    [ -x "$venv/bin/python" ] || "$python" -m venv "$venv" || fail "no virtual environment in $venv"
    "$venv/bin/python" -m pip --disable-pip-version-check install --quiet --requirement "$lock" ||
        fail "Python packages of $lock could not be installed"
    echo "$mark" >"$stamp"
}
