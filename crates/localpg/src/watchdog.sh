# Stops the server once its last user is gone. $1: folder with the locks, $2: pg_ctl, $3: data.
trap '' HUP INT
exec 9<"$1/watchdog.lock"
flock -n 9 || exit 0 # another watchdog waits already
exec 8<"$1/users.lock"
flock 8 # every user holds it shared; the kernel lets go of it when they end, however they end
exec 9<&- # a user that comes from here on waits for the stop and brings its own watchdog
exec 7<"$1/startup.lock"
flock 7 # a killed user's initdb or pg_ctl start may still be at work
[ -e "$3/postmaster.pid" ] || exit 0 # stopped by its last user already
"$2" -D "$3" -m fast -w -t 30 stop || "$2" -D "$3" -m immediate -w stop
