# Functions of the package's scripts. `cargo xtask dist` puts them in front of each script; see installer/README.md.
# A server that cannot be made or restarted is no reason to leave the package half installed: it is reported instead.
home=/var/lib/testkeep
program=/usr/bin/testkeep-server
answers=/usr/share/testkeep-server/answers.toml

say() {
    printf 'testkeep-server: %s\n' "$*" >&2
}

# Runs the install engine. Its last line is a link that works once; it must not get into the package manager's log.
engine() {
    code=0
    report=$("$program" "$@" 2>&1) || code=$?
    printf '%s\n' "$report" | sed '/^Next: /d' >&2
    return "$code"
}

# After installation and after an upgrade.
set_up() {
    if ! [ -d /run/systemd/system ]; then
        say "No server was made or restarted, because this system was not started with systemd." \
            "To make one: testkeep-server install --answers FILE"
    elif is_installed; then
        engine install --upgrade "$home" ||
            say "The server still runs the old program; the lines above say why." \
                "To try again: testkeep-server install --upgrade $home"
    elif [ -e /etc/testkeep/no-server ] || [ -n "${TESTKEEP_NO_SERVER:-}" ]; then
        say "No server was made, as /etc/testkeep/no-server or TESTKEEP_NO_SERVER asks."
    else
        make_server
    fi
}

is_installed() {
    [ -f "$home/conf/installation.json" ] && ! grep -q '"uninstalled"' "$home/conf/installation.json"
}

make_server() {
    if [ -f "$home/conf/testkeep.toml" ]; then
        # The package was removed before, and comes back.
        engine install --upgrade "$home" && say "The server runs again, with its data." && return
    else
        engine install --answers "$answers" && say "The server runs. To set it up in the browser, open the link that" \
            "this command prints: testkeep-server setup-link --config $home/conf/testkeep.toml" && return
    fi
    say "No server was made; the lines above say why. When that is settled: dpkg-reconfigure testkeep-server," \
        "or install the package again."
}

# Before removal: the service ends, data and configuration stay.
take_down() {
    is_installed || return 0
    engine uninstall --destination "$home" ||
        say "The server in $home was not removed completely; the lines above say why."
}

# When the package is purged. The account was removed with the service.
erase() {
    rm -rf "$home" /etc/testkeep
}
