#!/bin/sh
# Mounts the broken system below /mnt/system: its root file system, and what its fstab names besides.
# md arrays and LVM volumes are assembled first. What is mounted already stays. Ends with 0 where the
# root file system is mounted.
root=/mnt/system

say() { printf '%s\n' "$*"; }
has() { command -v "$1" > /dev/null 2>&1; }

# The device of a first column of fstab; nothing where there is none.
device_of() {
  case $1 in
    UUID=* | LABEL=* | PARTUUID=* | PARTLABEL=*) findfs "$(printf '%s' "$1" | tr -d '"')" 2> /dev/null ;;
    /dev/*) [ -b "$1" ] && printf '%s' "$1" ;;
  esac
}

find_root() {
  for place in /sys/class/block/*; do
    name=${place##*/}
    device=/dev/$name
    [ -r "$place/dm/name" ] && device=/dev/mapper/$(cat "$place/dm/name")
    case $name in loop* | ram* | zram* | sr* | fd*) continue ;; esac
    [ -b "$device" ] || continue
    mount "$device" "$root" 2> /dev/null || continue
    [ -f "$root/etc/fstab" ] && { [ -d "$root/usr" ] || [ -d "$root/bin" ]; } && say "$device is the root file system, at $root" && return 0
    umount "$root"
  done
  return 1
}

has mdadm && mdadm --assemble --scan --no-degraded > /dev/null 2>&1
has vgchange && vgchange -ay > /dev/null 2>&1
mkdir -p "$root"
if grep -q " $root " /proc/mounts; then
  say "$root is mounted already"
else
  find_root || { say 'no file system of these disks has /etc/fstab: run fsck first'; exit 1; }
fi
while read -r what where type options rest; do
  case $what in '' | '#'*) continue ;; esac
  case $where in / | none | swap | /proc | /sys | /dev | /dev/* | /run | /tmp) continue ;; /*) ;; *) continue ;; esac
  case $type in swap | tmpfs | proc | sysfs | nfs* | cifs) continue ;; esac
  grep -q " $root$where " /proc/mounts && continue
  device=$(device_of "$what")
  if [ -z "$device" ]; then
    say "$where: there is no $what"
  elif mount "$device" "$root$where" 2> /dev/null; then
    say "$device is mounted at $root$where"
  else
    say "$where: $device cannot be mounted"
  fi
done < "$root/etc/fstab"
exit 0
