// SPDX-License-Identifier: BSD-2-Clause
// Changes to the user of -Z.
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "command/privilege.h"

bool privilege_drop(const char *user)
{
    if (!user)
        return true;
    errno = 0;
    const struct passwd *entry = getpwnam(user);
    if (!entry) {
        command_say("-Z %s: %s", user, errno ? g_strerror(errno) : "no such user");
        return false;
    }
    if (entry->pw_uid == geteuid() && entry->pw_uid == getuid())
        return true;
    if (initgroups(user, entry->pw_gid) == 0 && setgid(entry->pw_gid) == 0 &&
        setuid(entry->pw_uid) == 0)
        return true;
    command_say("-Z %s: %s", user, g_strerror(errno));
    return false;
}
