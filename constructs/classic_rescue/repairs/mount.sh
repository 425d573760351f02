#!/bin/sh
# Mounts the broken system below /mnt/system: its root file system, and what its fstab names besides.
# md arrays and LVM volumes are assembled first. What is mounted already stays. Ends with 0 where the
# root file system is mounted.
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

# Prints the device that a first column of fstab names. Ends with 1 where it is not there, with 2 where
# that cannot be told here.
device_of() {
  [ -b "$1" ] && printf '%s' "$1" && return 0
  case $1 in
    UUID=* | LABEL=* | PARTUUID=* | PARTLABEL=*) by_tag "$(printf '%s' "$1" | tr -d '"')" ;;
    /dev/disk/by-uuid/*) by_tag "UUID=${1##*/}" ;;
    /dev/disk/by-label/*) by_tag "LABEL=${1##*/}" ;;
    /dev/disk/by-partuuid/*) by_tag "PARTUUID=${1##*/}" ;;
    /dev/disk/by-partlabel/*) by_tag "PARTLABEL=${1##*/}" ;;
    /dev/disk/by-id/dm-uuid-*) by_dm uuid "${1##*/dm-uuid-}" ;;
    /dev/disk/by-id/dm-name-*) by_dm name "${1##*/dm-name-}" ;;
    /dev/disk/*) [ -e /run/udev/control ] || return 2; absent ;;
    /dev/mapper/*) by_dm name "${1##*/}" ;;
    /dev/md*) by_md "${1##*/}" ;;
    /dev/*/*) by_dm name "$(printf '%s' "${1#/dev/}" | sed 's/-/--/g; s,/,-,')" ;;
    *) return 1 ;;
  esac
}

# findfs of busybox knows two of the four tags; blkid shows all of them.
by_tag() {
  found=$(findfs "$1" 2> /dev/null)
  [ -b "$found" ] || found=$(blkid 2> /dev/null \
    | sed -n "s|^\(/dev/[^:]*\):.* ${1%%=*}=\"${1#*=}\".*|\1|p" | head -n 1)
  if [ -b "$found" ]; then
    printf '%s' "$found"
    return 0
  fi
  case $1 in PART*) blkid 2> /dev/null | grep -q ' PARTUUID=' || return 2 ;; esac
  absent
}

by_dm() {
  for dm in /sys/class/block/dm-*/dm; do
    [ "$(cat "$dm/$1" 2> /dev/null)" = "$2" ] && printf '/dev/mapper/%s' "$(cat "$dm/name")" && return 0
  done
  absent
}

# An array of another host has another number here, and that host before its name.
by_md() {
  for link in "/dev/md/$1" "/dev/md/${1#md}" /dev/md/*:"$1" /dev/md/*:"${1#md}"; do
    [ -b "$link" ] && printf '%s' "$link" && return 0
  done
  ls -d /sys/class/block/md* > /dev/null 2>&1 && return 2
  absent
}

# What is closed may hold it: an encrypted disk, or a group or an array that is not whole or has no
# program here.
absent() {
  grep -q ' : inactive' /proc/mdstat 2> /dev/null && return 2
  for part in /sys/class/block/*; do
    [ -b "/dev/${part##*/}" ] || continue
    case $(type_of "/dev/${part##*/}") in
      crypto_LUKS | *_member) [ "$(ls "$part/holders" 2> /dev/null)" ] || return 2 ;;
    esac
  done
  return 1
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
    mount "$device" "$root" 2> /dev/null || continue
    [ -f "$root/etc/fstab" ] && { [ -d "$root/usr" ] || [ -d "$root/bin" ]; } && say "$device is the root file system, at $root" && return 0
    umount "$root"
  done
  return 1
}

assemble
mkdir -p "$root"
if grep -q " $root " /proc/mounts; then
  say "$root is mounted already"
else
  find_root || { say 'no file system of these disks has /etc/fstab: run fsck first'; exit 1; }
fi
while read -r what where type rest; do
  case $what in '' | '#'*) continue ;; esac
  case $where in / | none | swap | /proc | /sys | /dev | /dev/* | /run | /tmp) continue ;; /*) ;; *) continue ;; esac
  case $type in swap | tmpfs | proc | sysfs | nfs* | cifs) continue ;; esac
  grep -q " $root$where " /proc/mounts && continue
  device=$(device_of "$what")
  if [ -z "$device" ]; then
    say "$where: $what is not found"
  elif mount "$device" "$root$where" 2> /dev/null; then
    say "$device is mounted at $root$where"
  else
    say "$where: $device cannot be mounted"
  fi
done < "$root/etc/fstab"
exit 0
