#!/bin/sh
# /init of the rescue system, and of the ISO: everything in memory, a host key made at each boot, the
# password that the service keeps for the device.
. /start.sh
mount -t tmpfs tmp /tmp
network
shadow > /etc/shadow
mkdir -p /etc/dropbear
dropbearkey -t ed25519 -f /etc/dropbear/key > /dev/null 2>&1
dropbear -E -r /etc/dropbear/key
echo "$(cat /etc/issue) is up"
while :; do sleep 3600; done
