#!/bin/sh
# Comments out the lines of the broken system's /etc/fstab whose disk is not there: a system waits for
# each at its start, and gives up. The file as it was is kept beside it. The root file system is
# mounted below /mnt/system where it is not yet, and unmounted again. A line that does not stop a start
# (nofail, noauto, _netdev) stays. Ends with 0 where every other line that is left has its disk.
root=/mnt/system
mine=no

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

# Is there such a disk? 0 yes, 1 no, 2 cannot be told here.
is_there() {
  case $1 in
    UUID=* | LABEL=* | PARTUUID=* | PARTLABEL=* | /dev/*/* | /dev/md*) device_of "$1" > /dev/null ;;
    /dev/*) [ -b "$1" ] || return $plain ;;
  esac
}

# A rescue kernel can have other names for the same disks: /dev/sda for /dev/xvda.
has_other_names() {
  while read -r what where rest; do
    case $where:$what in /:/dev/*/* | /:/dev/md*) ;; /:/dev/*) [ -b "$what" ] || return 0 ;; esac
  done < "$fstab"
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
    [ -f "$root/etc/fstab" ] && { [ -d "$root/usr" ] || [ -d "$root/bin" ]; } && say "$device is the root file system" && return 0
    umount "$root"
  done
  return 1
}

assemble
mkdir -p "$root"
if ! grep -q " $root " /proc/mounts; then
  find_root || { say 'no file system of these disks has /etc/fstab: run fsck first'; exit 1; }
  mine=yes
fi
fstab=$root/etc/fstab
# In memory: the disk may be full.
new=/run/fstab.new.$$
code=0
changed=0
plain=1
has_other_names && plain=2
set -f # no word of a line is a pattern
while IFS= read -r line || [ "$line" ]; do
  # shellcheck disable=SC2086 # its words
  set -- $line
  case ${1-} in '' | '#'*) printf '%s\n' "$line"; continue ;; esac
  # Nothing waits for these, or it comes with the network.
  case ,${4-}, in *,nofail,* | *,noauto,* | *,_netdev,*) printf '%s\n' "$line"; continue ;; esac
  set +f
  is_there "$1"
  there=$?
  set -f
  if [ $there -eq 0 ]; then
    printf '%s\n' "$line"
  elif [ "${2-}" = / ]; then
    printf '%s\n' "$line"
    say "the root file system's own disk is not there by this name: $line" >&2
    code=1
  elif [ $there -eq 2 ]; then
    printf '%s\n' "$line"
    say "whether its disk is there cannot be told here, so it stays: $line" >&2
    code=1
  else
    printf '# no such disk: %s\n' "$line"
    say "commented out: $line" >&2
    changed=$((changed + 1))
  fi
done < "$fstab" > "$new" || code=1
if [ "$changed" -gt 0 ]; then
  kept=$fstab.before-rescue
  [ -e "$kept" ] || cp "$fstab" "$kept" || { rm -f "$kept"; code=1; }
  if ! { [ -e "$kept" ] && cat "$new" > "$fstab"; }; then
    say "$fstab cannot be written: is the disk full?" >&2
    code=1
    changed=0
  fi
fi
rm -f "$new"
say "$changed lines commented out"
[ "$mine" = no ] || umount "$root" || code=1
exit $code
