# Writes the files that a script has left in $CLASSIC_RESCUE_FILES as a tar.
# Arguments: the folder of its run, and the most that they may have, in kB.
# Exit codes: 3 there are none, 4 there is more, 5 nothing here can make a tar.
cd "$1/files" 2>/dev/null || exit 3
[ -n "$(ls -A)" ] || exit 3
[ "$(du -sk . | cut -f 1)" -le "$2" ] || exit 4
command -v tar > /dev/null 2>&1 || exit 5
exec tar -cf - .
