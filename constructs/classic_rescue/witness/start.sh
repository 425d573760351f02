# Starts a script in a rescue system, once; its text comes on standard input, never as an argument.
# Arguments: its id, its size in bytes, the most bytes of output to keep, its seconds, the seconds
# it has to end by itself then, whether it was started before (yes or no), whether it is to run once
# more where it has ended (yes or no), and its interpreter.
# Only POSIX and what busybox has. Prints `started`, `known` or `gone`, the boot's id and the folder.
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
boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)
# Whoever makes the folder `again` in it may take the run that has ended out of the way.
if [ "$again" = yes ] && [ -s "$d/code" ] && mkdir "$d/again" 2>/dev/null && [ -s "$d/code" ]; then
  mv "$d" "$d.$(date +%s).$$"
  resumed=no
fi
if [ "$resumed" = yes ] && ! [ -d "$d" ]; then
  cat > /dev/null
  echo "gone ${boot:-none} $d"
  exit 0
fi
if ! mkdir "$d" 2>/dev/null; then
  [ -d "$d" ] || exit 97
  cat > /dev/null
  echo "known ${boot:-none} $d"
  exit 0
fi
mkdir "$d/files" 2>/dev/null
CLASSIC_RESCUE_FILES=$d/files
export CLASSIC_RESCUE_FILES
cat > "$d/script" 2>/dev/null
if [ "$(wc -c < "$d/script")" -ne "$size" ]; then
  rm -rf "$d"
  exit 98
fi
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
  echo $? > "$d/code.new"
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
} > /dev/null 2>&1 &
until [ -s "$d/code.new" ]; do sleep 1; done
# A child that goes on keeps the pipe open: its output is not waited for.
for second in 1 2 3; do
  kill -0 "$reader" || break
  sleep 1
done
mv "$d/code.new" "$d/code"
' sh "$d" "$most" "$timeout" "$grace" "$@" < /dev/null > /dev/null 2>&1 &
echo "started ${boot:-none} $d"
