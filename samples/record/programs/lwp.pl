# SPDX-License-Identifier: BSD-2-Clause
# Perl's LWP with a cache of connections: perl lwp.pl CAPACITY COUNT PAUSE URL... (capacity 0: none).
# It doesn't tell its ports: take them from the server's log. Stays until killed.
use strict;
use warnings;
use LWP::UserAgent;

my ($capacity, $count, $pause, @urls) = @ARGV;
my $agent = LWP::UserAgent->new($capacity ? (keep_alive => $capacity) : ());
for my $i (0 .. $count - 1) {
    print "- - status ", $agent->get($urls[$i % @urls])->code, "\n";
    select undef, undef, undef, $pause;
}
sleep 600;
