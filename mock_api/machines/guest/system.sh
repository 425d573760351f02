#!/bin/sh
# /sbin/init of the operating system on the disk.
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
mount -t devpts pts /dev/pts 2>/dev/null
mount -t tmpfs tmp /tmp
emergency() {
  echo "EMERGENCY: $1; the system waits for somebody at its console"
  while :; do sleep 3600; done
}
mount -a || emergency 'a file system of /etc/fstab cannot be mounted'
[ -s /run/shadow ] && cat /run/shadow > /etc/shadow
# Made at the first start, and the same from then on.
[ -s /etc/dropbear/key ] || dropbearkey -t ed25519 -f /etc/dropbear/key > /dev/null 2>&1
sync
dropbear -E -r /etc/dropbear/key
echo "$(cat /etc/issue) is up"
while :; do sleep 3600; done
