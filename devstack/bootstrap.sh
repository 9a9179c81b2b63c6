# Shared by devstack/up and devstack/test: what has to be there before Python can take over.
# Sourced from the checkout's root.

fail() {
    echo "$0 failed: $*" >&2
    exit 1
}

find_python() { # MODULE...: print a Python that is new enough and has the modules
    local candidate imports=sys module
    for module in "$@"; do imports+=", $module"; done
    for candidate in python3.11 python3.12 python3.13 python3 /usr/bin/python3; do
        if "$candidate" -c "import $imports; sys.exit(sys.version_info < (3, 11))" 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer${*:+ with $*} is missing"
}

missing_packages() { # FILE...: print the packages of the lists that are not installed
    local wanted
    wanted=$(sed 's/#.*//' "$@" | xargs)
    # shellcheck disable=SC2086
    comm -23 <(tr ' ' '\n' <<<"$wanted" | sort -u) \
        <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' $wanted 2>/dev/null |
            awk '$1 == "ii" {print $2}' | sort -u)
}

install_packages() ( # FILE...
    missing=$(missing_packages "$@" | xargs)
    [ -n "$missing" ] || exit 0
    echo "installing packages: $missing"
    mkdir -p /var/log/cumulet
    log=/var/log/cumulet/packages.log
    hold_services /usr/sbin/policy-rc.d
    apt=(apt-get -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3)
    export DEBIAN_FRONTEND=noninteractive
    # The first command finishes what an installation that was killed left half done.
    # shellcheck disable=SC2086
    { dpkg --configure -a; "${apt[@]}" update && "${apt[@]}" install -y --fix-broken \
        --no-install-recommends $missing; } >>$log 2>&1 </dev/null ||
        fail "packages could not be installed; see $log"
)

hold_services() { # POLICY: until the calling shell ends, services of new packages do not start
    # They would take the ports and the memory.
    policy=$1 kept=
    if [ -e "$policy" ] && ! grep -q devstack "$policy"; then
        kept=$(mktemp) && cp -a "$policy" "$kept"
    fi
    trap 'if [ -n "$kept" ]; then mv "$kept" "$policy"; else rm -f "$policy"; fi' EXIT
    printf '#!/bin/sh\n# devstack installs packages\nexit 101\n' >"$policy" && chmod 755 "$policy"
}

add_published() { # DIRECTORY LIST: packages of which only files are read, without what they would need
    local venv=$1 list=$2 mark stamp
    mark=$(cat "$list" "$venv"/.requirements*.lock 2>/dev/null | sha256sum)
    stamp=$venv/.$(basename "$list")
    [ "$(cat "$stamp" 2>/dev/null)" != "$mark" ] || return 0
    "$venv/bin/python" -m pip --disable-pip-version-check install -qq --no-deps --requirement "$list" ||
        fail "Python packages of $list could not be installed"
    echo "$mark" >"$stamp"
}

make_venv() { # DIRECTORY LOCK: a virtual environment with exactly what the lock names
    local venv=$1 lock=$2 mark stamp python
    mark=$(sha256sum <"$lock")
    stamp=$venv/.$(basename "$lock")
    if [ "$(cat "$stamp" 2>/dev/null)" = "$mark" ] && "$venv/bin/python" -c '' 2>/dev/null; then
        return 0
    fi
    echo "installing Python packages from $lock"
    if ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
        python=$(find_python ensurepip venv sqlite3 ssl) || exit 1
        "$python" -m venv --clear "$venv" || fail "no virtual environment in $venv"
    fi
    "$venv/bin/python" -m pip --disable-pip-version-check install -qq --requirement "$lock" ||
        fail "Python packages of $lock could not be installed"
    echo "$mark" >"$stamp"
}

shared_venv() ( # LINK LOCK: make LINK lead to an environment that all checkouts with this lock share
    link=$1 lock=$2
    place=/var/cache/cumulet/$(basename "$lock" .lock)-$(sha256sum <"$lock" | cut -c1-12)
    mkdir -p "$place"
    exec 9>"$place.lock"
    flock 9
    make_venv "$place" "$lock"
    ln -sfn "$place" "$link"
)
