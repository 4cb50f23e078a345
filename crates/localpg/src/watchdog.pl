# The same as watchdog.sh, for systems without flock(1), such as macOS.
use Fcntl ":flock";
$SIG{HUP} = $SIG{INT} = "IGNORE";
my ($locks, $pg_ctl, $data) = @ARGV;
open(my $watchdog, "<", "$locks/watchdog.lock") or exit 1;
flock($watchdog, LOCK_EX | LOCK_NB) or exit 0;
open(my $users, "<", "$locks/users.lock") or exit 1;
flock($users, LOCK_EX);
close($watchdog);
open(my $startup, "<", "$locks/startup.lock") or exit 1;
flock($startup, LOCK_EX);
-e "$data/postmaster.pid" or exit 0;
system($pg_ctl, "-D", $data, qw(-m fast -w -t 30 stop)) == 0
    or system($pg_ctl, "-D", $data, qw(-m immediate -w stop));
