#!/bin/sh
# Build tiny-container.tar.gz, a container image that boots to ssh in a tenth of a second.
#
#   build_container.sh OUTDIR
#
# busybox and dropbear come from this machine's Debian archive and are kept in OUTDIR/debs, so a
# second build needs no network.  Users: root, cloud and cirros (`sudo` without a password; the
# latter is whom test suites expect in a small image).  Keys only, over ssh.  The init reads what the compute driver injects:
#   /etc/network/ip-commands   arguments of `ip`, one command a line
#   /var/lib/cloud/seed/config_drive/openstack/latest/user_data   a script (`#!`), run once
set -eu

out=$(mkdir -p "$1" && cd "$1" && pwd)
exec 9>"$out/.tiny-container.lock" && flock 9 # one build at a time
here=$(cd "$(dirname "$0")" && pwd)
packages="busybox busybox-static dropbear-bin libc6 libcrypt1 libtomcrypt1 libtommath1 zlib1g libgmp10"
image=$out/tiny-container.tar.gz
stamp=$out/.tiny-container.recipe
recipe=$(cat "$0" "$here"/tiny/* | sha256sum)

if [ -f "$image" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$recipe" ]; then
    echo "$image"
    exit 0
fi

mkdir -p "$out/debs"
for package in $packages; do
    ls "$out/debs/${package}_"*.deb >/dev/null 2>&1 ||
        (cd "$out/debs" && apt-get -qq -o APT::Sandbox::User=root download "$package" >/dev/null)
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unpacked=$work/debs
root=$work/root
mkdir -p "$unpacked" "$root"
mkdir -p "$work/static"
dpkg-deb -x "$(ls -t "$out/debs/busybox-static_"*.deb | head -1)" "$work/static"
for package in $packages; do
    [ "$package" = busybox-static ] ||
        dpkg-deb -x "$(ls -t "$out/debs/${package}_"*.deb | head -1)" "$unpacked"
done

for directory in bin sbin usr/bin usr/sbin lib64 lib dev proc sys run tmp root home/cloud home/cirros mnt \
    etc/network etc/dropbear var/log var/lib; do
    mkdir -p "$root/$directory"
done
chmod 1777 "$root/tmp"
chmod 700 "$root/root" "$root"/home/* "$root/etc/dropbear"

cp "$unpacked/bin/busybox" "$root/bin/busybox"
for applet in $("$root/bin/busybox" --list); do
    [ "$applet" = busybox ] || ln -sf /bin/busybox "$root/bin/$applet"
done
ln -s /bin/busybox "$root/sbin/init"
# Only the static busybox has `su`; its `wget` in turn cannot look up a name.
cp "$work/static/bin/busybox" "$root/bin/su"
rm "$root/bin/ping" "$root/bin/ping6"
cp "$unpacked/bin/busybox" "$root/bin/ping"
ln "$root/bin/ping" "$root/bin/ping6"

cp "$unpacked/usr/sbin/dropbear" "$root/usr/sbin/"
cp "$unpacked/usr/bin/dropbearkey" "$unpacked/usr/bin/dbclient" "$root/usr/bin/"
cp -L "$unpacked/lib64/ld-linux-x86-64.so.2" "$root/lib64/" 2>/dev/null ||
    cp -L "$unpacked/usr/lib64/ld-linux-x86-64.so.2" "$root/lib64/"
for library in libc.so.6 libresolv.so.2 libcrypt.so.1 libtomcrypt.so.1 libtommath.so.1 libz.so.1 libgmp.so.10; do
    cp -L "$(find "$unpacked" -name "$library" | head -1)" "$root/lib/"
done

install -m 755 "$here/tiny/rc" "$root/etc/rc"
install -m 755 "$here/tiny/sudo" "$here/tiny/curl" "$here/tiny/lsblk" "$root/usr/bin/"
install -m 644 "$here/tiny/inittab" "$root/etc/inittab"
ln -s /proc/mounts "$root/etc/mtab"
echo tiny >"$root/etc/hostname"
printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
# `sudo` becomes root by a name of its own, since root is given the server's password.
printf 'root:x:0:0:root:/root:/bin/sh\nsudo:x:0:0:sudo:/root:/bin/sh\ncloud:x:1000:1000:cloud:/home/cloud:/bin/sh\ncirros:x:1001:1001:cirros:/home/cirros:/bin/sh\n' >"$root/etc/passwd"
printf 'root::19000:0:99999:7:::\nsudo::19000:0:99999:7:::\ncloud:*:19000:0:99999:7:::\ncirros:*:19000:0:99999:7:::\n' >"$root/etc/shadow"
printf 'root:x:0:\ntty:x:5:\ncloud:x:1000:\ncirros:x:1001:\n' >"$root/etc/group"
printf '/bin/sh\n' >"$root/etc/shells"
chmod 600 "$root/etc/shadow"
printf 'NAME="Tiny container"\nID=tiny\n' >"$root/etc/os-release"

chown -R 0:0 "$root"
chown 1000:1000 "$root/home/cloud"
chown 1001:1001 "$root/home/cirros"
chmod 4755 "$root/bin/su" "$root/bin/ping" # after chown, which takes the bit away
tar -C "$root" --sort=name --numeric-owner --mtime=@1700000000 -cf - . | gzip -9n >"$image.new"
mv "$image.new" "$image"
echo "$recipe" >"$stamp"
echo "$image"
