#!/bin/sh
# Comments out the lines of the broken system's /etc/fstab whose disk is not there: a system waits for
# each at its start, and gives up. The file as it was is kept beside it. The root file system is
# mounted below /mnt/system where it is not yet, and unmounted again. Ends with 0 where every line
# that is left has its disk.
root=/mnt/system
mine=no

say() { printf '%s\n' "$*"; }
has() { command -v "$1" > /dev/null 2>&1; }

is_there() {
  case $1 in
    UUID=* | LABEL=* | PARTUUID=* | PARTLABEL=*) findfs "$(printf '%s' "$1" | tr -d '"')" > /dev/null 2>&1 ;;
    /dev/*) [ -b "$1" ] ;;
    *) return 0 ;;
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
    [ -f "$root/etc/fstab" ] && { [ -d "$root/usr" ] || [ -d "$root/bin" ]; } && say "$device is the root file system" && return 0
    umount "$root"
  done
  return 1
}

has mdadm && mdadm --assemble --scan --no-degraded > /dev/null 2>&1
has vgchange && vgchange -ay > /dev/null 2>&1
mkdir -p "$root"
if ! grep -q " $root " /proc/mounts; then
  find_root || { say 'no file system of these disks has /etc/fstab: run fsck first'; exit 1; }
  mine=yes
fi
fstab=$root/etc/fstab
code=0
changed=0
: > "$fstab.new" || exit 1
while IFS= read -r line || [ "$line" ]; do
  # shellcheck disable=SC2086 # its words
  set -- $line
  case ${1-} in
    '' | '#'*) printf '%s\n' "$line" ;;
    *)
      if is_there "$1"; then
        printf '%s\n' "$line"
      elif [ "${2-}" = / ]; then
        printf '%s\n' "$line"
        say "the root file system's own disk is not there by this name: $line" >&2
        code=1
      else
        printf '# no such disk: %s\n' "$line"
        say "commented out: $line" >&2
        changed=$((changed + 1))
      fi
      ;;
  esac
done < "$fstab" > "$fstab.new"
if [ "$changed" -gt 0 ]; then
  cp "$fstab" "$fstab.before-rescue" && cat "$fstab.new" > "$fstab" || code=1
fi
rm -f "$fstab.new"
say "$changed lines commented out"
[ "$mine" = no ] || umount "$root" || code=1
exit $code
