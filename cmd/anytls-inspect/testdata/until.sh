# until.sh PATTERN COMMAND: runs a command until a line that it prints matches, and then interrupts it
# as a user does. It prints all that the command prints.
pattern=$1
shift
{ bash -c 'echo $$ >pid; exec "$@"' - "$@"; echo $? >code; } | { sed -u "/$pattern/q"; kill -INT "$(cat pid)"; cat; }
exit "$(cat code)"
