// SPDX-License-Identifier: BSD-2-Clause
// A proxy's head differs from its client's: by what it adds, by what it leaves, by how it writes.
#include "judge/relay.h"

#include <arpa/inet.h>
#include <string.h>

#include "judge/groups.h"

#define HTTP_PORT 80
#define HOST_MOST 127 // bytes; a longer one may be cut

// Programs that speak HTTP/1.1 and begin the names of fields with capitals. nginx asks its upstream
// in HTTP/1.0 unless told otherwise; HAProxy, Envoy and Node's proxies write small letters.
static const char *const writers[] = {
    "curl/",
    "Wget/1.2",
    "Go-http-client/",
    "kube-probe/",
    "python-requests/",
    "python-urllib3/",
    "Python-urllib/",
    "Java/",
    "Java-http-client/",
    "Apache-HttpClient/",
    "okhttp/",
    "Mozilla/",
};

static bool is_rewritten(const struct names *names, const struct record *r)
{
    bool is_odd = record_has(r, FACT_CLIENT_HTTP10) || record_has(r, FACT_SMALL_NAMES);
    return is_odd &&
           agent_is_one_of(names_text(names, r->names[NAME_AGENT]), writers, G_N_ELEMENTS(writers));
}

// Splits "name", "name:port", "[v6]:port" (RFC 9110 section 7.2); without a port it is HTTP's.
static bool split_host(struct slice host, char name[HOST_MOST + 1], unsigned *port)
{
    size_t length = host.length, skipped = 0;
    *port = HTTP_PORT;
    if (length == 0 || length > HOST_MOST)
        return false;
    const uint8_t *colon = memrchr(host.at, ':', length);
    if (colon && !memchr(colon, ']', length - (size_t)(colon - host.at))) {
        *port = 0;
        for (const uint8_t *digit = colon + 1; digit < host.at + length; digit++) {
            if (!g_ascii_isdigit(*digit) || *port > UINT16_MAX)
                return false;
            *port = *port * 10 + (*digit - '0');
        }
        length = (size_t)(colon - host.at);
    }
    if (length >= 2 && host.at[0] == '[' && host.at[length - 1] == ']') {
        skipped = 1;
        length -= 2;
    }
    memcpy(name, host.at + skipped, length);
    name[length] = '\0';
    return true;
}

// A literal address that isn't this one.
static bool is_other_address(const char *name, const struct address *address)
{
    struct address literal = {{[10] = 0xff, [11] = 0xff}};
    bool is_literal = inet_pton(AF_INET, name, literal.bytes + 12) == 1 ||
                      inet_pton(AF_INET6, name, literal.bytes) == 1;
    return is_literal && memcmp(&literal, address, sizeof literal) != 0;
}

// A client names the endpoint that it asks, but for a forward proxy, to which it writes whole URLs
// (RFC 9112 section 3.2.2); so another one was meant for somebody before this connection.
static bool is_readdressed(const struct names *names, const struct record *r)
{
    char name[HOST_MOST + 1];
    unsigned port;
    struct slice target = names_text(names, r->names[NAME_LAST_TARGET]);
    if (target.length == 0 || target.at[0] != '/' ||
        !split_host(names_text(names, r->names[NAME_HOST]), name, &port))
        return false;
    return port != r->end[SERVER].port || is_other_address(name, &r->end[SERVER].address);
}

bool relay_is_told(const struct names *names, const struct record *r)
{
    return record_has(r, FACT_FORWARDED) || record_has(r, FACT_SEVERAL_AGENTS) ||
           is_rewritten(names, r) || is_readdressed(names, r);
}
