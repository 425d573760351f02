# The thin client of the conductor, read by the shell that Terraform starts for a hook, with the verb
# in `verb` and the conductor's folder in `folder`. It hands over the order, passes signals on,
# prints what it is told, and ends with the exit code that it is told. It sends nothing to anybody
# else, and knows no secret.
#
# Two pipes: `ask`, which all clients write to, and one of its own, which the conductor writes to.
# Each line of that begins with a letter: h here I am, o and e for standard output and error, r the
# request that is about to be sent, x the exit code, and g, from who started the conductor, that it
# is gone.
umask 077
mine=$folder/$$
left='classic-rescue hook: interrupted: the process that carries out the orders of this run has ended'
signalled=

cannot() {
  printf '%s\n' "classic-rescue hook: the order cannot be handed over in $folder: nothing was started" >&2
  exit 1
}

if ! [ -p "$folder/ask" ]; then
  printf '%s\n' "$left; nothing was started; run again" >&2
  exit 130
fi
mkfifo "$mine" 2>/dev/null || { rm -f "$mine" && mkfifo "$mine"; } || cannot
{
  printf '%s\n' "$verb" "${CLASSIC_RESCUE_POLICY-}" "${CLASSIC_RESCUE_FLEET_ENDPOINT-}"
  printf '%s\n' "${CLASSIC_RESCUE_ORDER-}" "$PWD"
} > "$mine.order" || cannot
# Its own pipe is held open for writing until the conductor has opened it: nobody waits for the other
# to come, and later the end of the conductor is the end of the pipe.
exec 3<> "$mine" 5< "$mine" 4<> "$folder/ask" || cannot
trap 'signalled=yes; printf "stop %s\n" "$$" >&4' INT TERM HUP
printf 'begin %s\n' "$$" >&4
line=
last=
request=
while :; do
  more=
  if IFS= read -r more <&5; then
    line=$line$more
    case $line in
      h*) exec 3<&- ;;
      g*) break ;;
      o*) last=${line#o}; printf '%s\n' "$last" ;;
      e*) printf '%s\n' "${line#e}" >&2 ;;
      r*) request=" its last request, sent or about to be: ${line#r};" ;;
      x*) exit "${line#x}" ;;
    esac
    line=
  elif [ "$signalled" ]; then
    line=$line$more # a signal ends the reading, also in the middle of a line
    signalled=
  else
    break
  fi
done
left="$left; nothing is sent any more;$request the last that was known: ${last:-nothing}"
printf '%s\n' "$left; run again" >&2
exit 130
