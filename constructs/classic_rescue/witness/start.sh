# Starts a script in a rescue system, once; its text comes on standard input, never as an argument.
# Arguments: its id, its size in bytes, the most bytes of output to keep, its seconds, the seconds
# it has to end by itself then, whether it was started before (yes or no), whether it is to run once
# more where it has ended (yes or no), and its interpreter.
# Only POSIX and what busybox has. Exit codes: 96 no setsid, 97 no folder, 98 no memory. Prints `started`, `known` or `gone`, the boot's id and the folder.
umask 077
base=/run/classic-rescue
{ mkdir -p "$base" && [ -w "$base" ]; } 2>/dev/null || {
  base=/tmp/classic-rescue
  mkdir -p "$base" 2>/dev/null || exit 97
}
d=$base/$1
size=$2
most=$3
timeout=$4
grace=$5
resumed=$6
again=$7
shift 7
command -v setsid > /dev/null || exit 96
boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)
tell() {
  cat > /dev/null
  echo "$1 ${boot:-none} $d"
  exit 0
}
# Whether it has ended, or what watched over it was killed (see look.sh).
is_over() {
  [ -s "$d/code" ] && return
  watch=$(cat "$d/watch" 2>/dev/null)
  [ "$watch" ] && [ -d /proc/self ] && is_dead && sleep 1 && is_dead
}
# The grep of busybox ends a line at a NUL, and the words there are parted by them.
is_dead() { ! tr '\000' '\n' 2>/dev/null < "/proc/$watch/cmdline" | grep -qF "${d##*/}"; }
if [ "$again" = yes ] && is_over; then
  resumed=no
elif [ -d "$d" ]; then
  tell known
elif [ "$resumed" = yes ]; then
  tell gone
fi
# The whole text is here before the folder is, so that a folder is a script that runs. Where its exit
# code goes is here before, too: a script can fill the memory.
new=$base/new.$$
cat > "$new" 2>/dev/null
if [ "$(wc -c < "$new")" -ne "$size" ] || ! printf '\n\n\n\n' 2>/dev/null > "$new.code"; then
  rm -f "$new" "$new.code"
  exit 98
fi
# Whoever makes the folder `again` in it may take the run that is over out of the way.
if [ "$again" = yes ] && is_over && mkdir "$d/again" 2>/dev/null && is_over; then
  mv "$d" "$d.$(date +%s).$$"
fi
if ! mkdir "$d" 2>/dev/null; then
  rm -f "$new" "$new.code"
  [ -d "$d" ] || exit 97
  tell known
fi
mv "$new" "$d/script"
mv "$new.code" "$d/code.room"
mkdir "$d/files" 2>/dev/null
CLASSIC_RESCUE_FILES=$d/files
export CLASSIC_RESCUE_FILES
setsid sh -c '
cd /
d=$1
most=$2
timeout=$3
grace=$4
shift 4
{
  setsid "$@" "$d/script" < /dev/null 2>&1 &
  echo $! > "$d/pid"
  wait $!
  echo $? 1<> "$d/code.room"
  mv "$d/code.room" "$d/code.new"
} | {
  # Byte by byte, so that each is there to be looked at. What is more is read, too: a closed pipe
  # would end the script.
  dd bs=1 count="$most" of="$d/output" 2> /dev/null
  cat > /dev/null
} &
reader=$!
{
  while [ "$timeout" -gt 0 ]; do
    sleep 1
    timeout=$((timeout - 1))
    [ -s "$d/code.new" ] || [ -s "$d/code" ] && exit
  done
  echo late > "$d/late"
  kill -TERM -"$(cat "$d/pid")"
  sleep "$grace"
  kill -KILL -"$(cat "$d/pid")"
  sleep 3
  : > "$d/over" # where the script has killed what waits for it
} > /dev/null 2>&1 &
until [ -s "$d/code.new" ] || [ -e "$d/over" ]; do sleep 1; done
# A child that goes on keeps the pipe open: its output is not waited for.
for second in 1 2 3; do
  kill -0 "$reader" || break
  sleep 1
done
mv "$d/code.new" "$d/code"
' sh "$d" "$most" "$timeout" "$grace" "$@" < /dev/null > /dev/null 2>&1 &
echo $! > "$d/watch"
echo "started ${boot:-none} $d"
