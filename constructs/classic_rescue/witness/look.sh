# Looks at a script that was started: its folder, and from which byte of its output on to tell.
# Prints `runs`, `ended` or `gone`, the boot's id, then its exit code, and `late` where its time was
# over; from the second line on its output.
boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)
if ! [ -d "$1" ]; then
  echo "gone ${boot:-none}"
elif [ -s "$1/code" ]; then
  echo "ended ${boot:-none} $(cat "$1/code") $(cat "$1/late" 2>/dev/null)"
else
  echo "runs ${boot:-none}"
fi
tail -c +"$2" "$1/output" 2>/dev/null
exit 0
