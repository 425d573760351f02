# Looks at a script that was started: its folder, and from which byte of its output on to tell.
# Prints `runs`, `ended`, `gone`, or `killed` where what watched over it was ended before it could tell
# how the script did; the boot's id, then its exit code, and `late` where its time was
# over; from the second line on its output.
boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)
watch=$(cat "$1/watch" 2>/dev/null)
# By its words, since another process may have its number by now. Twice: one that is just about to
# begin has none for a moment.
is_dead() {
  [ "$watch" ] && [ -d /proc/self ] || return 1
  # The grep of busybox ends a line at a NUL, and the words here are parted by them.
  ! tr '\000' '\n' 2>/dev/null < "/proc/$watch/cmdline" | grep -qF "${1##*/}"
}
is_watched=yes
if ! [ -s "$1/code" ] && is_dead "$1" && sleep 1 && is_dead "$1"; then
  is_watched=
fi
[ "$is_watched" ] || mv "$1/code.new" "$1/code" 2>/dev/null
if ! [ -d "$1" ]; then
  echo "gone ${boot:-none}"
elif [ -s "$1/code" ]; then
  echo "ended ${boot:-none} $(cat "$1/code") $(cat "$1/late" 2>/dev/null)"
elif ! [ "$is_watched" ]; then
  echo "killed ${boot:-none}"
else
  echo "runs ${boot:-none}"
fi
tail -c +"$2" "$1/output" 2>/dev/null
exit 0
