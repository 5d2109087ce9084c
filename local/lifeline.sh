# Runs a command for as long as whoever started it lives. The starter holds the other end of this script's stdin: when
# that closes, even by SIGKILL, the whole process group is killed, the command and everything that it started.
#
#   sh lifeline.sh COMMAND [ARGUMENT...]     (as the leader of a process group of its own)
exec 3<&0
"$@" 3<&- </dev/null &
command=$!
{
  while read -r _ <&3; do :; done
  kill -KILL 0
} &
lifeline=$!
wait "$command"
code=$?
kill -KILL "$lifeline" 2>/dev/null
exit "$code"
