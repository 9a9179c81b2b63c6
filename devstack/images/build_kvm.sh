#!/bin/bash
# Build tiny-kvm.qcow2, a disk image that boots to ssh in a few seconds of emulated time.
#
#   build_kvm.sh OUTDIR [MIB]
#
# Kernel, busybox, dropbear and resize2fs come from this machine's Debian archive and are kept in
# OUTDIR/debs, so a second build needs no network.  Users: root, cloud and cirros (`sudo` without a
# password; the latter is whom test suites expect in a small image); keys over ssh, and a password
# only where the metadata brings one.  No loop device and no mount: mke2fs and mtools fill the file
# systems.  SYSLINUX, since GRUB takes seconds longer to load a kernel under emulation.
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin

out=$(mkdir -p "${1:?usage: $0 OUTDIR [MIB]}" && cd "$1" && pwd)
mib=${2:-96}
here=$(cd "$(dirname "$0")" && pwd)
image=$out/tiny-kvm.qcow2
stamp=$out/.tiny-kvm.recipe
recipe=$( (echo "$mib"; cat "$0" "$here"/tiny/{sudo,curl,lsblk}; cd "$here/kvm"; find . -type f | LC_ALL=C sort | xargs cat) | sha256sum)
if [ -f "$image" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$recipe" ]; then
    echo "$image"
    exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
debs=$out/debs
pk=$work/debs
root=$work/root
ram=$work/ram
mkdir -p "$debs" "$pk" "$root" "$ram"

arguments="root=LABEL=cloudroot console=ttyS0 quiet mitigations=off nokaslr no_timer_check
 tsc=reliable lpj=4000000 cryptomgr.notests 8250.nr_uarts=1 i8042.noaux audit=0 apparmor=0
 random.trust_cpu=on nowatchdog panic=10 initcall_blacklist=init_kprobe_trace,crypto_kdf108_init"
# old boot loaders and kernels do not know the newest defaults of e2fsprogs
ext4=(-q -F -t ext4 -L cloudroot -m 1 -J size=4 -b 4096 -O "^metadata_csum_seed,^orphan_file,^64bit"
    -E "root_owner=0:0,lazy_itable_init=1,resize=16777216")

unpack() {
    local kernel package
    if ! ls "$debs"/linux-image-*-cloud-amd64_*.deb >/dev/null 2>&1; then
        kernel=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image-/ {print $2; exit}')
        (cd "$debs" && apt-get -qq -o APT::Sandbox::User=root download "$kernel" >/dev/null)
    fi
    dpkg-deb -x "$(ls -t "$debs"/linux-image-*-cloud-amd64_*.deb | head -1)" "$pk"
    for package in busybox-static dropbear-bin libtomcrypt1 libtommath1 libgmp10 zlib1g libcrypt1 \
        libc6 syslinux syslinux-common e2fsprogs libext2fs2 libcom-err2 libblkid1 libuuid1 \
        util-linux libmount1 libsmartcols1 libudev1 libselinux1 libpcre2-8-0; do
        ls "$debs/${package}_"*.deb >/dev/null 2>&1 ||
            (cd "$debs" && apt-get -qq -o APT::Sandbox::User=root download "$package" >/dev/null)
        dpkg-deb -x "$(ls -t "$debs/${package}_"*.deb | head -1)" "$pk"
    done
    # the one with libraries goes elsewhere: its path is the other's
    ls "$debs"/busybox_*.deb >/dev/null 2>&1 ||
        (cd "$debs" && apt-get -qq -o APT::Sandbox::User=root download busybox >/dev/null)
    dpkg-deb -x "$(ls -t "$debs"/busybox_*.deb | head -1)" "$work/dynamic"
    version=$(ls "$pk/lib/modules" | head -1)
    busybox=$pk/bin/busybox
    depmod -b "$pk" "$version" 2>/dev/null
}

modules() { # DIRECTORY NAME...: copy the modules and what they need
    local to=$1 name file
    shift
    mkdir -p "$to/lib/modules/$version"
    for name in "$@"; do
        modprobe -d "$pk" -S "$version" --show-depends "$name" 2>/dev/null | awk '$1 == "insmod" {print $2}'
    done | sort -u | while read -r file; do
        install -D -m 644 "$file" "$to${file#"$pk"}"
    done
    cp "$pk/lib/modules/$version"/modules.{order,builtin,builtin.modinfo} "$to/lib/modules/$version/"
    depmod -b "$to" "$version" 2>/dev/null
    rm -f "$to/lib/modules/$version"/modules.{symbols*,devname,softdep,builtin*,order,*.bin}
}

ramdisk() {
    local applet
    mkdir -p "$ram"/{bin,dev,proc,sys,newroot}
    cp "$busybox" "$ram/bin/busybox"
    for applet in sh mount modprobe switch_root sleep dd printf blockdev; do
        ln -s busybox "$ram/bin/$applet"
    done
    mkdir -p "$ram/sbin" && ln -s ../bin/busybox "$ram/sbin/modprobe"
    modules "$ram" virtio_pci virtio_blk virtio_scsi sd_mod
    install -m 755 "$here/kvm/initramfs" "$ram/init"
    (cd "$ram" && find . | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0) | lz4 -l -9 -q >"$work/initrd"
}

libraries() {
    local name
    for name in "$@"; do
        cp -L "$(find "$pk/lib" "$pk/usr/lib" -name "$name" \( -type f -o -type l \) | head -1)" \
            "$root/lib/x86_64-linux-gnu/$name"
    done
}

programs() {
    local applet
    cp "$busybox" "$root/bin/busybox"
    for applet in $("$busybox" --list); do
        case $applet in busybox | dpkg* | rpm* | linuxrc) ;; *) ln -sf /bin/busybox "$root/bin/$applet" ;; esac
    done
    for applet in init getty modprobe poweroff reboot halt; do ln -sf /bin/busybox "$root/sbin/$applet"; done
    # The static shell runs its own applets, whatever the path says, so `ping` would not be the file
    # below; those who log in get a shell that does not.
    rm "$root/bin/ash" && cp "$work/dynamic/bin/busybox" "$root/bin/ash"
    # `su` keeps the right to become root, and `ping` that to send what it likes; nothing else does
    rm "$root"/bin/{su,ping,ping6} && cp "$busybox" "$root/bin/su"
    ln "$root/bin/su" "$root/bin/ping" && ln "$root/bin/su" "$root/bin/ping6"
    libraries libc.so.6 libresolv.so.2 libcrypt.so.1 libz.so.1 libgmp.so.10 libtomcrypt.so.1 libtommath.so.1 \
        libext2fs.so.2 libe2p.so.2 libcom_err.so.2 libblkid.so.1 libuuid.so.1 \
        libmount.so.1 libsmartcols.so.1 libudev.so.1 libselinux.so.1 libpcre2-8.so.0
    cp -L "$(find "$pk" -name ld-linux-x86-64.so.2 | head -1)" "$root/lib64/"
    cp "$pk/usr/sbin/dropbear" "$root/usr/sbin/"
    cp "$pk/usr/bin/dropbearkey" "$pk/usr/bin/dbclient" "$root/usr/bin/"
    for applet in sbin/resize2fs sbin/mke2fs sbin/blkid sbin/mkfs bin/lsblk; do
        rm -f "$root/bin/${applet#*/}"
        cp "$(find "$pk" -path "*$applet" | head -1)" "$root/${applet%%/*}/"
    done
    for applet in ext2 ext3 ext4; do ln -s mke2fs "$root/sbin/mkfs.$applet"; done
    install -m 755 "$here/tiny/sudo" "$here/tiny/curl" "$here/tiny/lsblk" "$root/usr/bin/"
}

settings() {
    printf 'root:x:0:0:root:/root:/bin/sh\nsudo:x:0:0:sudo:/root:/bin/sh\ncloud:x:1000:1000:cloud:/home/cloud:/bin/ash\ncirros:x:1001:1001:cirros:/home/cirros:/bin/ash\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$root/etc/passwd"
    printf 'root:x:0:\ntty:x:5:\ncloud:x:1000:\ncirros:x:1001:\nnogroup:x:65534:\n' >"$root/etc/group"
    printf 'root::19000:0:99999:7:::\nsudo::19000:0:99999:7:::\ncloud:!:19000:0:99999:7:::\ncirros:!:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n' >"$root/etc/shadow"
    printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n' >"$root/etc/nsswitch.conf"
    printf '/bin/sh\n/bin/ash\n' >"$root/etc/shells"
    echo tiny >"$root/etc/hostname"
    printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
    printf 'NAME="Tiny KVM"\nID=tiny\n' >"$root/etc/os-release"
    printf 'export PATH=/bin:/sbin:/usr/bin:/usr/sbin\n' >"$root/etc/profile"
    ln -s ../run/resolv.conf "$root/etc/resolv.conf"
    ln -s /proc/mounts "$root/etc/mtab"
    : >"$root/root/.ssh/authorized_keys"
    for user in cloud cirros; do : >"$root/home/$user/.ssh/authorized_keys"; done
    find "$root/etc/init.d" "$root/usr/lib/tiny" "$root/etc/acpi" "$root/sbin/chpasswd" -type f -exec chmod 755 {} +
    chmod -R go+rX "$root"
    chown -R 0:0 "$root"
    chown -R 1000:1000 "$root/home/cloud"
    chown -R 1001:1001 "$root/home/cirros"
    chmod 1777 "$root/tmp"
    chmod 700 "$root"/{root,root/.ssh,home/*,home/*/.ssh,etc/dropbear}
    chmod 600 "$root/etc/shadow" "$root"/{root,home/*}/.ssh/authorized_keys
    chmod 4755 "$root/bin/su"
}

tree() {
    mkdir -p "$root"/{bin,sbin,dev,proc,sys,run,tmp,mnt,root/.ssh,home/{cloud,cirros}/.ssh,etc/dropbear} \
        "$root"/{usr/bin,usr/sbin,lib64,lib/x86_64-linux-gnu,var/lib/tiny,var/log}
    cp -r "$here/kvm/root/." "$root/"
    ln -s ../run "$root/var/run"
    programs
    modules "$root" virtio_pci virtio_blk virtio_scsi sd_mod sr_mod virtio_net virtio_rng \
        virtio_balloon virtio_console isofs vfat nls_ascii nls_utf8 nls_iso8859-1 button evdev 8021q
    settings
}

boot_partition() {
    local kib
    kib=$((($(stat -c %s "$pk/boot/vmlinuz-$version") + $(stat -c %s "$work/initrd")) / 1024 + 1536))
    [ $kib -ge 17408 ] || kib=17408 # the least that is FAT16 with clusters of 4 KiB
    kib=$(((kib + 1023) / 1024 * 1024))
    truncate -s "${kib}K" "$work/boot.img"
    mkfs.vfat -F 16 -s 8 -h 2048 -n BOOT "$work/boot.img" >/dev/null
    printf 'DEFAULT l\nPROMPT 0\nTIMEOUT 0\nLABEL l\n KERNEL vmlinuz\n INITRD initrd\n APPEND %s\n' \
        "$(echo $arguments)" >"$work/syslinux.cfg"
    export MTOOLS_SKIP_CHECK=1
    mcopy -i "$work/boot.img" "$pk/boot/vmlinuz-$version" ::vmlinuz
    mcopy -i "$work/boot.img" "$work/initrd" ::initrd
    mcopy -i "$work/boot.img" "$work/syslinux.cfg" ::syslinux.cfg
    "$pk/usr/bin/syslinux" --install "$work/boot.img"
    truncate -s "$((mib - 1 - kib / 1024))M" "$work/root.img"
    mke2fs "${ext4[@]}" -d "$root" "$work/root.img"
}

assemble() {
    python3 - "$work/disk.img" "$pk/usr/lib/SYSLINUX/mbr.bin" "$work/boot.img" "$work/root.img" <<'PYTHON'
import os, shutil, struct, sys

disk, loader, *parts = sys.argv[1:]
first, table = 2048, b""
for flag, kind, path in zip((0x80, 0), (0x0E, 0x83), parts):
    sectors = os.path.getsize(path) // 512
    table += struct.pack("<B3sB3sII", flag, b"\xfe\xff\xff", kind, b"\xfe\xff\xff", first, sectors)
    first += sectors
with open(loader, "rb") as code, open(disk, "wb") as target:
    target.write(code.read().ljust(440, b"\0")[:440] + b"TINY\0\0" + table.ljust(64, b"\0") + b"\x55\xaa")
    target.seek(2048 * 512)
    for path in parts:
        with open(path, "rb") as part:
            shutil.copyfileobj(part, target, 1 << 20)
PYTHON
    qemu-img convert -c -f raw -O qcow2 "$work/disk.img" "$image.new"
    mv "$image.new" "$image"
}

unpack
ramdisk
tree
boot_partition
assemble
echo "$recipe" >"$stamp"
echo "$image"
