#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Records the samples about pool limits: pool.sh [FUNCTION...]
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sets.sh"

# What a Transport says, as causes.
POOL="host-limit=client-pool-limit/client total-limit=client-pool-limit-total/client \
    unused=unused-connection idle-timeout=client-idle-timeout/client open=open/none"

go_server() { # SIDE-NAME PORT [OPTION...]
    build go-many-server
    start server "$1" "$BUILD_CACHE/go-many-server" -listen ":$2" "${@:3}"
    server=$started
    await_port server "$2"
}

# Twenty workers in their own time share one pool of LIMIT idle connections.
go_limit() { # NAME ID LIMIT REQUESTS
    net_up "$2" 1
    build go-pool-client
    go_server server.log 8080
    capture_start "$1" client 240
    start client client.log "$BUILD_CACHE/go-pool-client" -urls "http://$SERVER:8080/api?n=40&ms=4&spread=8" \
        -workers 20 -requests "$4" -think 30ms -idle-per-host "$3" -hold 30s
    sleep 3
    capture_stop
    truth_by "$1" client.log $POOL
}

pool_limit_2_go() { go_limit pool-limit-2-go crBp2 2 7 <<END
Go 1.19 net/http client, MaxIdleConnsPerHost 2 (the default), 20 workers that pause 0 to 30 ms between requests of 4 to 12 ms;
bodies are drained. A connection that finds two idle ones is closed. Go server, link of 1 ms each way, recorded at the client.
END
}

pool_limit_5_go() { go_limit pool-limit-5-go crBp5 5 7 <<END
As pool-limit-2-go, with MaxIdleConnsPerHost 5.
END
}

pool_limit_10_go() { go_limit pool-limit-10-go crBp10 10 8 <<END
As pool-limit-2-go, with MaxIdleConnsPerHost 10.
END
}

pool_limit_raised_go() { go_limit pool-limit-raised-go crBpr 20 7 <<END
The repair of pool-limit-2-go: MaxIdleConnsPerHost 20. Nothing is closed.
END
}

sample "${@:-pool_limit_2_go}"
