#!/bin/sh
# /init that starts the operating system from its disk, as an initramfs does.
. /start.sh
network
disk=/dev/vda
if [ -x /sbin/vgchange ] || [ -x /usr/sbin/vgchange ]; then
  mdadm --assemble /dev/md0 /dev/vda2 /dev/vda3 > /dev/null 2>&1
  # There is no udev here to make the names of volumes.
  DM_DISABLE_UDEV=1 vgchange -ay > /dev/null 2>&1
  disk=/dev/mapper/system-root
fi
e2fsck -p "$disk"
if [ $? -ge 4 ]; then
  echo "EMERGENCY: $disk: UNEXPECTED INCONSISTENCY; run fsck by hand"
  while :; do sleep 3600; done
fi
mount -t ext4 "$disk" /system || {
  echo 'EMERGENCY: the root file system cannot be mounted'
  while :; do sleep 3600; done
}
shadow > /run/shadow
for place in dev proc sys run; do mount --move "/$place" "/system/$place"; done
exec switch_root /system /sbin/init
