#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The first process of the machine on the desk (desk.py): Debian's kernel, its USB serial drivers, its
# udev, and mmfarm. Carries out the runs of tests/long/board_serial.sh, which judges what they left.
export PATH=/bin MMFARM_LOCK_DIR=/run
mkdir -p /proc /sys /dev /run /tmp
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
udevd --daemon # ahead of the modules: it makes no links for what was there before it
for module in usb-common usbcore xhci-hcd xhci-pci usbserial ftdi_sio; do
	insmod /modules/$module.ko
done

# links: udev has made the links of the relay and of the adapter with this number
links() {
	tries=0
	until [ "$(ls /dev/serial/by-id 2>/dev/null | grep -c "_RELAY-\|_$1-")" -eq 2 ] || [ $((tries += 1)) -gt 600 ]; do
		usleep 50000
	done
}
links CABLE
ls /dev/serial/by-id >/results/by-id

# run NAME [BOARD]: one run, its results in /results/NAME
run() {
	echo "== $1"
	mmfarm run /lab/job.yaml --boards "/lab/${2:-board}.yaml" --results "/results/$1" \
		>"/results/$1.out" 2>&1
	echo $? >"/results/$1.code"
}

run good
stty -a -F /dev/serial/by-id/*CABLE* >/results/stty
run custom custom
stty -a -F /dev/serial/by-id/*CABLE* >/results/stty-custom

# Somebody else has the port.
flock -F /dev/serial/by-id/*CABLE* sleep 60 &
while flock -n /dev/serial/by-id/*CABLE* true && kill -0 $!; do usleep 50000; done
run held
kill $!
wait $!

echo "@desk unplug-at MF0006 1"
run gap
links CABLE
echo "@desk unplug-at MF0006 8"
run gone short
links CABLE
run missing missing
echo "@desk serial OTHER"
links OTHER
run swapped swapped
echo "@desk serial CABLE"
links CABLE
echo "@desk wedge"
run lying

stty -F /dev/ttyS1 raw
tar c -C /results . >/dev/ttyS1
sync
poweroff -f
