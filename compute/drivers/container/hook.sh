#!/bin/sh
# Run by LXC around a guest's life.  A reboot must come back through the driver, which reads the
# definition afresh; LXC alone would use the one the guest first started with.
case "$LXC_HOOK_TYPE/$LXC_TARGET" in
    pre-start/reboot) exit 1 ;;
    post-stop/*) echo "$LXC_TARGET" >"${LXC_CONFIG_FILE%/*}/exit" ;;
esac
exit 0
