#!/bin/sh
# Checks and repairs every Linux file system that nobody uses. md arrays and LVM volumes are assembled
# first. Ends with 0 where all are sound now, with 1 where one is not or could not be checked.
# An ext file system whose superblock is gone is found by its backups.
aside=/mnt/fsck
found=0
bad=0

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

# Is it a part of something else, or in use?
is_used() {
  grep -q "^[0-9]* [0-9]* $(cat "/sys/class/block/$2/dev") " /proc/self/mountinfo && return 0
  grep -q "^$1 " /proc/mounts && return 0
  grep -q "^$1 " /proc/swaps && return 0
  [ "$(ls "/sys/class/block/$2/holders" 2> /dev/null)" ] && return 0
  for partition in "/sys/class/block/$2/$2"[0-9]* "/sys/class/block/$2/$2"p[0-9]*; do
    [ -e "$partition" ] && return 0
  done
  return 1
}

ext() {
  e2fsck -f -y "$@"
  [ $? -lt 4 ]
}

# Prints the options that name a backup of the superblock, where there is a whole one.
backup_of() {
  for pair in 8193:1024 16384:2048 32768:4096; do
    e2fsck -n -b "${pair%:*}" -B "${pair#*:}" "$1" > /dev/null 2>&1
    [ $? -lt 8 ] && printf '%s' "-b ${pair%:*} -B ${pair#*:}" && return 0
  done
  return 1
}

# What its journal holds is written to its place by mounting it, which is true after any crash.
xfs() {
  xfs_repair "$1"
  code=$?
  if [ $code -eq 2 ] && mkdir -p "$aside" && mount -t xfs "$1" "$aside"; then
    umount "$aside"
    xfs_repair "$1"
    code=$?
  fi
  [ $code -ne 2 ] || say "$1: its journal cannot be read; xfs_repair -L throws it away"
  return $code
}

check() {
  case $2 in
    ext2 | ext3 | ext4) ext "$1" ;;
    xfs) has xfs_repair || { say "$1: xfs_repair is not in this rescue system"; return 1; }; xfs "$1" ;;
    btrfs) has btrfs || { say "$1: btrfs is not in this rescue system"; return 1; }; btrfs check "$1" ;;
    vfat) has fsck.vfat || { say "$1: fsck.vfat is not in this rescue system"; return 1; }; fsck.vfat -a "$1"; [ $? -le 1 ] ;;
  esac
}

assemble
for place in /sys/class/block/*; do
  name=${place##*/}
  device=/dev/$name
  [ -r "$place/dm/name" ] && device=/dev/mapper/$(cat "$place/dm/name")
  case $name in loop* | ram* | zram* | sr* | fd*) continue ;; esac
  [ -b "$device" ] || continue
  [ "$(cat "$place/size" 2> /dev/null || echo 0)" -gt 0 ] || continue
  is_used "$device" "$name" && continue
  type=$(type_of "$device")
  case $type in
    ext2 | ext3 | ext4 | xfs | btrfs | vfat)
      say "== $device ($type)"
      found=$((found + 1))
      check "$device" "$type" || bad=$((bad + 1))
      ;;
    '')
      if e2fsck -n "$device" > /dev/null 2>&1 || [ $? -lt 8 ]; then
        say "== $device (ext)"
        found=$((found + 1))
        ext "$device" || bad=$((bad + 1))
      elif options=$(backup_of "$device"); then
        say "== $device (ext, its superblock is gone: $options)"
        found=$((found + 1))
        # shellcheck disable=SC2086 # two options
        ext $options "$device" || bad=$((bad + 1))
      else
        say "== $device: nothing that is known, left alone"
      fi
      ;;
    *) say "== $device ($type): left alone" ;;
  esac
done
# shellcheck disable=SC2013 # a name a line
for array in $(sed -n 's/^\(md[^ ]*\) : inactive.*/\1/p' /proc/mdstat 2> /dev/null); do
  say "== /dev/$array (an array that is not whole): left alone; mdadm --run /dev/$array starts it"
  bad=$((bad + 1))
done
say "$found checked, $bad not sound"
[ "$found" -gt 0 ] && [ "$bad" -eq 0 ]
