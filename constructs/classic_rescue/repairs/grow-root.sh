#!/bin/sh
# Grows the root file system of the broken system to the end of its disk or volume: ext2, ext3 and ext4
# on a whole disk or md array, on the last partition of one, or on an LVM volume whose group has room. It is not
# mounted meanwhile. Ends with 0 where it fills its place.
root=/mnt/system

say() { printf '%s\n' "$*"; }
has() { command -v "$1" > /dev/null 2>&1; }
type_of() { blkid "$1" 2> /dev/null | sed -n 's/.*[ ]TYPE="\([^"]*\)".*/\1/p'; }

assemble() {
  # Without udev nobody else makes the names of volumes.
  [ -e /run/udev/control ] || export DM_DISABLE_UDEV=1
  has mdadm && mdadm --assemble --scan --no-degraded > /dev/null 2>&1
  has vgchange && vgchange -ay > /dev/null 2>&1
  has udevadm && udevadm settle > /dev/null 2>&1
  for place in /sys/class/block/dm-*; do
    [ -r "$place/dm/name" ] || continue
    name=/dev/mapper/$(cat "$place/dm/name")
    [ -e "$name" ] || ln -s "../${place##*/}" "$name"
  done
}

find_root() {
  for place in /sys/class/block/*; do
    name=${place##*/}
    device=/dev/$name
    [ -r "$place/dm/name" ] && device=/dev/mapper/$(cat "$place/dm/name")
    case $name in loop* | ram* | zram* | sr* | fd*) continue ;; esac
    [ -b "$device" ] || continue
    # Half of a mirror can look like a whole file system.
    case $(type_of "$device") in *_member) continue ;; esac
    mount -o ro "$device" "$root" 2> /dev/null || continue
    if [ -f "$root/etc/fstab" ] && { [ -d "$root/usr" ] || [ -d "$root/bin" ]; }; then
      umount "$root"
      return 0
    fi
    umount "$root"
  done
  return 1
}

has resize2fs || { say 'resize2fs is not in this rescue system'; exit 1; }
assemble
mkdir -p "$root"
grep -q " $root " /proc/mounts && { say "$root is mounted: unmount it first"; exit 1; }
find_root || { say 'no file system of these disks has /etc/fstab: run fsck first'; exit 1; }
case $(type_of "$device") in
  ext2 | ext3 | ext4) ;;
  *) say "$device: only ext2, ext3 and ext4 grow without being mounted"; exit 1 ;;
esac
if [ -r "$place/partition" ]; then
  disk=/dev/$(basename "$(readlink -f "$place/..")")
  number=$(cat "$place/partition")
  has growpart || { say "growpart is not in this rescue system: the partition $device stays"; exit 1; }
  growpart "$disk" "$number"
  [ $? -le 1 ] || exit 1
elif [ -r "$place/dm/name" ] && has lvextend; then
  lvextend -l +100%FREE "$device"
fi
e2fsck -f -y "$device"
[ $? -lt 4 ] || { say "$device is not sound: it stays as it is"; exit 1; }
resize2fs "$device"
