"""Writes what needs time to pass into the database of realistic-data.js: sixty days of use, and times in the past for
what was just made. The audit log's chain of hashes is made again, so that the log stays intact.

Usage: realistic-history.py DATABASE ORGANIZATION OTHER_ORGANIZATION
"""

import hashlib
import random
import sqlite3
import sys
from datetime import datetime, timedelta, timezone

DAYS = 60
now = datetime.now(timezone.utc)
chance = random.Random(11)
database = sqlite3.connect(sys.argv[1], timeout=60)
database.execute("PRAGMA busy_timeout = 60000")
main, other = int(sys.argv[2]), int(sys.argv[3])
AGENTS = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
]


def text(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}+00:00"


def all_of(statement, *values):
    return database.execute(statement, values).fetchall()


def a_work_time(day):
    """A moment of a working day that many days ago; weekends are quiet."""
    moment = now - timedelta(days=day)
    if moment.weekday() > 4 and chance.random() < 0.8:
        moment -= timedelta(days=2)
    return moment.replace(hour=chance.choice([7, 8, 8, 9, 9, 10, 11, 13, 14, 15, 16]), minute=chance.randrange(60))


def length_prefixed(fields):
    for field in fields:
        value = ("" if field is None else str(field)).encode()
        yield len(value).to_bytes(8, "big") + value


def audit():
    """The first events are two months old; the last forty are of the last day. Each gets a new hash."""
    rows = all_of(
        "SELECT number, actor_id, actor, address, action, organization_id, level, scope_id, target_kind, target_id,"
        " target_name, details FROM audit_event ORDER BY number"
    )
    old = max(0, len(rows) - 40)
    times = sorted(min(a_work_time(1 + chance.randrange(DAYS)), now - timedelta(hours=26)) for _ in range(old))
    times += sorted(now - timedelta(minutes=2 + chance.randrange(1200)) for _ in rows[old:])
    before = b""
    for row, at in zip(rows, times):
        number, actor_id, actor, address, action, organization, level, scope, kind, target, name, details = row
        if address:
            address = f"10.20.{chance.randrange(4)}.{chance.randrange(2, 250)}"
        moment = text(at)
        fields = [number, moment.replace("+00:00", "Z"), actor_id, actor, address, action, organization, level, scope]
        digest = hashlib.sha256(before + b"".join(length_prefixed([*fields, kind, target, name, details])))
        before = digest.digest()
        database.execute("UPDATE audit_event SET at = ?, address = ?, hash = ? WHERE number = ?", (moment, address, before, number))
    database.execute("UPDATE audit_head SET hash = ?", (before,))


def people():
    joined = "SELECT MIN(at) FROM audit_event WHERE action = 'accept_invitation' AND actor_id = member.user_id"
    database.execute(f"UPDATE member SET joined_at = COALESCE(({joined}), joined_at)")
    founded = text(now - timedelta(days=DAYS + 1))
    database.execute("UPDATE member SET joined_at = ? WHERE user_id = (SELECT MIN(id) FROM user_account)", (founded,))
    for (person,) in all_of("SELECT id FROM user_account ORDER BY id"):
        seen = now - timedelta(minutes=chance.choice([1, 4, 30, 200, 1500, 4000, 9000, 30000]))
        database.execute("UPDATE user_account SET last_access_at = ? WHERE id = ?", (text(seen), person))
        database.execute("UPDATE member SET last_access_at = ? WHERE user_id = ?", (text(seen), person))
    for (session,) in all_of("SELECT id FROM session ORDER BY id"):
        begun = now - timedelta(minutes=chance.randrange(5, 8000))
        address = f"10.20.1.{chance.randrange(2, 250)}"
        database.execute(
            "UPDATE session SET created_at = ?, last_used_at = ?, address = ?, user_agent = ? WHERE id = ?",
            (text(begun), text(begun + (now - begun) * 0.9), address, chance.choice(AGENTS), session),
        )
    for table in ["scope", "user_group", "api_key"]:
        for (row,) in all_of(f"SELECT id FROM {table} ORDER BY id"):
            made = text(now - timedelta(days=DAYS, minutes=chance.randrange(2000)))
            database.execute(f"UPDATE {table} SET created_at = ? WHERE id = ?", (made, row))
    for (row,) in all_of("SELECT rowid FROM removed_member"):
        removed = text(a_work_time(chance.randrange(1, 40)))
        database.execute("UPDATE removed_member SET removed_at = ? WHERE rowid = ?", (removed, row))


def invitations_and_mails():
    database.execute(
        "UPDATE invitation SET created_at = ?, expires_at = ? WHERE email LIKE 'expired%'",
        (text(now - timedelta(days=12)), text(now - timedelta(days=5))),
    )
    # The newest mails, of the open invitations, stay as they are.
    mails = all_of("SELECT id FROM mail_message WHERE kind = 'role_changed' ORDER BY id")
    for (row,), at in zip(mails, sorted(a_work_time(chance.randrange(1, 30)) for _ in mails)):
        database.execute("UPDATE mail_message SET created_at = ?, sent_at = ? WHERE id = ?", (text(at), text(at), row))


def use(organization, product, quota, busy):
    """Sessions of working hours, and the peaks and denials that follow from them."""
    assigned = all_of("SELECT user_id FROM member WHERE scope_id = ? ORDER BY user_id", organization)
    in_use, denied = {}, []
    for day in range(1, DAYS):
        weekend = (now - timedelta(days=day)).weekday() > 4
        for count in range(int(busy * (0.15 if weekend else 0.7 + 0.5 * chance.random()))):
            begin = (now - timedelta(days=day)).replace(minute=0, second=0, microsecond=0)
            begin += timedelta(hours=chance.choice([7, 8, 8, 9, 9, 9, 10, 10, 11, 13, 13, 14, 15, 20]) - begin.hour)
            minutes = chance.randrange(20, 420 if product == "KSE" else 150)
            (person,) = chance.choice(assigned)
            hours = [begin + timedelta(hours=hour) for hour in range(minutes // 60 + 1)]
            if any(in_use.get(hour, 0) >= quota for hour in hours):
                denied.append((begin + timedelta(minutes=count % 60), person))
                continue
            for hour in hours:
                in_use[hour] = in_use.get(hour, 0) + 1
            session(organization, product, person, begin + timedelta(minutes=chance.randrange(30)), minutes, count)
    # As the server does: the first hour without use is stored as 0.
    ends = {hour + timedelta(hours=1) for hour in in_use} - in_use.keys()
    for hour, peak in [*in_use.items(), *((hour, 0) for hour in ends)]:
        at = hour.strftime("%Y-%m-%dT%H:00:00+00:00")
        for place in [organization, 0]:
            database.execute(
                "INSERT INTO license_hour VALUES (?, ?, ?, ?) ON CONFLICT (organization_id, product, hour)"
                " DO UPDATE SET peak = peak + excluded.peak",
                (place, product, at, peak),
            )
    for number, (at, person) in enumerate(denied):
        database.execute(
            "INSERT INTO license_denial (organization_id, product, user_id, machine_key, first_at, last_at, attempts,"
            " short_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (organization, product, person, f"machine {number}", text(at), text(at), 1 + number % 3, 1 + number % 4),
        )


def session(organization, product, person, begin, minutes, number):
    end = text(begin + timedelta(minutes=minutes))
    host = f"{'desk' if product == 'KSE' else 'farm'}-{number + 1:02}"
    machine = hashlib.sha256(host.encode()).hexdigest()[:32]
    key = f"{product} {organization} {begin.isoformat()} {number}"
    database.execute(
        "INSERT INTO license_session (organization_id, product, package, user_id, machine_key, session_key, hostname,"
        " client_version, kind, takes_seat, started_at, renewed_at, expires_at, ended_at, end_reason, folded_hostname)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, '10.3.1', 'online', 1, ?, ?, ?, ?, 'released', ?)",
        (organization, product, "KSE" if product == "KSE" else "ENGINE", person, machine, key, host, text(begin), end, end, end, host),
    )


def licenses():
    for (row,) in all_of("SELECT id FROM license_session WHERE ended_at IS NULL ORDER BY id"):
        begun = text(now - timedelta(minutes=chance.randrange(3, 400)))
        database.execute("UPDATE license_session SET started_at = ? WHERE id = ?", (begun, row))
    for (row,) in all_of("SELECT id FROM license_machine ORDER BY id"):
        begun = text(a_work_time(chance.randrange(5, DAYS)))
        database.execute("UPDATE license_machine SET registered_at = ? WHERE id = ?", (begun, row))
    for row, used in all_of("SELECT rowid, last_used_at FROM license_assignment ORDER BY rowid"):
        begun = text(a_work_time(chance.randrange(5, DAYS)))
        if not used and row % 3:
            used = text(a_work_time(chance.randrange(1, 30)))
        database.execute("UPDATE license_assignment SET assigned_at = ?, last_used_at = ? WHERE rowid = ?", (begun, used, row))


with database:
    audit()
    people()
    invitations_and_mails()
    licenses()
    use(main, "KSE", 31, 26)
    use(main, "KRE", 16, 46)
    use(other, "KSE", 8, 6)
