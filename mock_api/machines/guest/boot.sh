#!/bin/sh
# /init that starts the operating system from its disk, as an initramfs does.
. /start.sh
network
e2fsck -p /dev/vda
if [ $? -ge 4 ]; then
  echo 'EMERGENCY: /dev/vda: UNEXPECTED INCONSISTENCY; run fsck by hand'
  while :; do sleep 3600; done
fi
mount -t ext4 /dev/vda /system || {
  echo 'EMERGENCY: the root file system cannot be mounted'
  while :; do sleep 3600; done
}
shadow > /run/shadow
for place in dev proc sys run; do mount --move "/$place" "/system/$place"; done
exec switch_root /system /sbin/init
