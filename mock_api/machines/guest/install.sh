#!/bin/sh
# /init of the machine that makes the disk with volumes, once: only a kernel can make LVM volumes and
# md arrays. /dev/vda is empty but for four partitions, /dev/vdb has the small system.
. /start.sh
set -e
# There is no udev here to make the names of volumes.
export DM_DISABLE_UDEV=1
end() {
  sync
  echo o > /proc/sysrq-trigger
  sleep 60
}
trap end EXIT
pvcreate -q /dev/vda1
vgcreate -q system /dev/vda1
# The rest of the group is for whoever grows it.
lvcreate -q -y -L 48M -n root system
# By its path: busybox takes its own for the name.
/usr/sbin/mke2fs -q -t ext4 /dev/mapper/system-root
mdadm --create /dev/md0 --run --assume-clean --level=1 --raid-devices=2 --homehost=volumes \
  /dev/vda2 /dev/vda3
# It refuses less than 300 MB, except to its own tests. xfs_repair compares two parts.
TEST_DIR=1 TEST_DEV=1 QA_CHECK_FS=1 mkfs.xfs -q -d agcount=2 /dev/md0
mkswap /dev/vda4
mkdir -p /old
mount -t ext4 -o ro /dev/vdb /old
mount -t ext4 /dev/mapper/system-root /system
cp -a /old/. /system/
mkdir -p /system/data
cat > /system/etc/fstab <<'FSTAB'
/dev/mapper/system-root / ext4 defaults 0 1
/dev/md0 /data xfs defaults 0 2
/dev/disk/by-partuuid/c1a551c0-04 none swap sw 0 0
FSTAB
umount /old /system
vgchange -q -an system
mdadm --stop /dev/md0
echo 'the disk is made'
