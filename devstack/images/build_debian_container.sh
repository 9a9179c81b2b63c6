#!/bin/sh
# Build debian-container.tar.zst: Debian with systemd and openssh, as a container image.
#
#   build_debian_container.sh OUTDIR
#
# From this machine's own apt sources.  Users: debian, and cirros for test suites that expect it;
# `sudo` without a password, keys only.  Host keys are made at the first boot, and the seed's user
# data runs then when it is a script.
# The result is kept until this file or its list of packages changes.
set -eu

out=$(mkdir -p "$1" && cd "$1" && pwd)
exec 9>"$out/.debian-container.lock" && flock 9 # one build at a time
image=$out/debian-container.tar.zst
stamp=$out/.debian-container.recipe
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
packages=systemd,systemd-sysv,dbus,openssh-server,iproute2,iputils-ping,ca-certificates,sudo
packages=$packages,procps,curl,netbase
recipe=$(sha256sum <"$0")

if [ -f "$image" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$recipe" ]; then
    echo "$image"
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/first-boot.service" <<'UNIT'
[Unit]
Description=Host keys and user data at the first boot
Before=ssh.service
ConditionPathExists=!/var/lib/first-boot-done

[Service]
Type=oneshot
RemainAfterExit=yes
StandardOutput=journal+console
StandardError=journal+console
ExecStart=/usr/local/sbin/first-boot

[Install]
WantedBy=multi-user.target
UNIT

cat >"$work/user-data.service" <<'UNIT'
[Unit]
Description=User data of the first boot
After=network.target first-boot.service
ConditionPathExists=!/var/lib/user-data-done

[Service]
Type=oneshot
RemainAfterExit=yes
StandardOutput=journal+console
StandardError=journal+console
ExecStart=/usr/local/sbin/user-data

[Install]
WantedBy=multi-user.target
UNIT

cat >"$work/first-boot" <<'SCRIPT'
#!/bin/sh
set -e
ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
ssh-keygen -q -t ecdsa -N '' -f /etc/ssh/ssh_host_ecdsa_key
touch /var/lib/first-boot-done
SCRIPT

cat >"$work/user-data" <<'SCRIPT'
#!/bin/sh
touch /var/lib/user-data-done
data=/var/lib/cloud/seed/config_drive/openstack/latest/user_data
[ "$(head -c 2 "$data" 2>/dev/null)" = "#!" ] || exit 0
install -m 700 "$data" /run/user-data && exec /run/user-data
SCRIPT

cat >"$work/customize" <<'SCRIPT'
#!/bin/sh
# $1: the new root, $2: where this build keeps its files.
set -eu
install -m 755 "$2/first-boot" "$2/user-data" "$1/usr/local/sbin/"
install -m 644 "$2/first-boot.service" "$2/user-data.service" "$1/etc/systemd/system/"
chroot "$1" systemctl enable -q first-boot.service user-data.service ssh.service
chroot "$1" systemctl enable -q systemd-networkd.service
chroot "$1" systemctl mask -q systemd-networkd-wait-online.service sys-kernel-debug.mount \
    getty@.service systemd-udevd.service
for user in debian cirros; do
    chroot "$1" useradd -m -s /bin/bash -p '*' "$user"
    echo "$user ALL=(ALL) NOPASSWD: ALL" >>"$1/etc/sudoers.d/users"
done
chmod 440 "$1/etc/sudoers.d/users"
printf 'PasswordAuthentication no\nUseDNS no\n' >"$1/etc/ssh/sshd_config.d/keys.conf"
rm -f "$1"/etc/ssh/ssh_host_* "$1/etc/hostname" "$1/etc/resolv.conf"
: >"$1/etc/machine-id"
rm -f "$1/var/lib/dbus/machine-id"
SCRIPT
chmod +x "$work/customize"

# Which archive: the machine's own, whatever mirror that is.
sources=/etc/apt/sources.list
[ -s "$sources" ] || sources=/etc/apt/sources.list.d/debian.sources

mmdebstrap --quiet --mode=root --variant=minbase --include="$packages" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --aptopt='APT::Sandbox::User "root"' \
    --customize-hook="$work/customize \"\$1\" $work" \
    --skip=output/dev \
    "$suite" "$work/root.tar" "$sources" >&2

zstd -q -T0 -10 -f "$work/root.tar" -o "$image.new"
mv "$image.new" "$image"
echo "$recipe" >"$stamp"
echo "$image"
