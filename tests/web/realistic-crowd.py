"""Adds people to the database of realistic-data.js, for measurements: members of the account and of one organization.

Usage: realistic-crowd.py DATABASE ORGANIZATION COUNT
"""

import random
import sqlite3
import sys
from datetime import datetime, timedelta, timezone

FIRST = "Amelia Bruno Chiara Dmitri Elif Farid Greta Hana Igor Jana Karim Lena Marco Nadia Oscar Petra Quentin Rita".split()
LAST = "Abbasi Bergstrom Castellano Dubois Eriksen Fitzgerald Hoffmann Ivanov Jovanovic Kowalski Lindgren Moreau Novak".split()
chance = random.Random(7)
now = datetime.now(timezone.utc)
database = sqlite3.connect(sys.argv[1], timeout=60)
organization, count = int(sys.argv[2]), int(sys.argv[3])

with database:
    for number in range(count):
        first, last = chance.choice(FIRST), f"{chance.choice(LAST)}{chance.choice(['', 'a', 'er', 'son'])}"
        email = f"{first}.{last}{number}@crowd.example".lower()
        folded, at = f"{first} {last}".lower(), (now - timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
        made = database.execute(
            "INSERT INTO user_account (email, password, password_encrypted, first_name, last_name, created_at, folded_name,"
            " folded_email) VALUES (?, 'none', TRUE, ?, ?, ?, ?, ?)",
            (email, first, last, at, folded, email),
        )
        for scope in [1, organization]:
            database.execute(
                "INSERT INTO member (scope_id, user_id, role, joined_at, folded_name, folded_email, last_access_at)"
                " VALUES (?, ?, 'member', ?, ?, ?, ?)",
                (scope, made.lastrowid, at, folded, email, at),
            )
    database.execute("ANALYZE")
