#!/bin/sh
# The first program of the emulated machine that lies among the host's files.
# Arguments: the interpreter, the folder of the tests, and what is passed on to the checks.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/tmp
python=$1 tests=$2
shift 2
mkdir -p /run/dbus /var/lib/bluetooth /dev/shm
mount -t tmpfs tmpfs /var/lib/bluetooth
busybox hostname walker
busybox ip link set lo up
modprobe hci_vhci
PYTHONPATH=$tests "$python" "$tests/bluez/guest.py" "$@" \
  >/dev/ttyS1 2>/shared/guest.log
echo "{\"left\": $?}" >/dev/ttyS1
sync
busybox poweroff -f
