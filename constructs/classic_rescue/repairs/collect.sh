#!/bin/sh
# Shows what the broken system wrote before it broke: the disks, its fstab, and the last lines of its
# logs. The ends of them, 1 MB each, come to the operator as files, too. It is mounted read-only, below
# /mnt/collect, and unmounted again. The output is cut at 64 kB.
root=/mnt/collect
lines=120

say() { printf '%s\n' "$*"; }
has() { command -v "$1" > /dev/null 2>&1; }
type_of() { blkid "$1" 2> /dev/null | sed -n 's/.*[ ]TYPE="\([^"]*\)".*/\1/p'; }
part() { printf '\n== %s\n' "$1"; }

# What is left in this folder is brought to the operator.
keep() {
  [ -n "$CLASSIC_RESCUE_FILES" ] && tail -c 1048576 > "$CLASSIC_RESCUE_FILES/$1"
}

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
    # Without the journal nothing is written, as to a disk that may be failing.
    mount -o ro,norecovery "$device" "$root" 2> /dev/null || mount -o ro "$device" "$root" 2> /dev/null || continue
    [ -f "$root/etc/fstab" ] && { [ -d "$root/usr" ] || [ -d "$root/bin" ]; } && return 0
    umount "$root"
  done
  return 1
}

assemble
part 'block devices'
blkid 2> /dev/null
part 'the rescue kernel'
dmesg 2> /dev/null | grep -iE 'error|fail|corrupt|ext4-fs|xfs|btrfs' | tail -n 40
mkdir -p "$root"
find_root || { say 'no file system of these disks has /etc/fstab: run fsck first'; exit 1; }
part "$device, the root file system"
df -h "$root" 2> /dev/null
part /etc/fstab
cat "$root/etc/fstab"
keep fstab < "$root/etc/fstab"
dmesg 2> /dev/null | keep rescue-dmesg
for log in syslog messages kern.log boot.log dmesg cloud-init.log; do
  [ -s "$root/var/log/$log" ] || continue
  part "/var/log/$log, the last $lines lines"
  tail -n "$lines" "$root/var/log/$log"
  keep "$log" < "$root/var/log/$log"
done
if has journalctl && [ -d "$root/var/log/journal" ]; then
  part 'the journal, errors of the last boot'
  journalctl -D "$root/var/log/journal" -b -p err --no-pager -n "$lines" 2> /dev/null
  journalctl -D "$root/var/log/journal" -b --no-pager -n 10000 2> /dev/null | keep journal
fi
umount "$root"
exit 0
