"""A mail server for tests: aiosmtpd, in the clear, with STARTTLS or with TLS from the start, with or without login.

Prints `listening PORT`, then one line of JSON for every message it accepted. Ends with standard input.
"""

import argparse
import json
import socket
import ssl
import sys
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


class Handler:
    def __init__(self, arguments):
        self.arguments = arguments

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address.startswith("refused"):
            return "550 5.1.1 No such mailbox here"
        if address.startswith("later"):
            return "451 4.3.0 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = {
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "content": envelope.content.decode("utf-8", "replace"),
            "encrypted": server.transport.get_extra_info("ssl_object") is not None,
            "authenticated": bool(session.authenticated),
        }
        print(json.dumps(message), flush=True)
        time.sleep(self.arguments.answer_after)
        return "250 Message accepted for delivery"


def authenticator(user, password):
    def check(server, session, envelope, mechanism, data):
        fine = isinstance(data, LoginPassword) and data.login == user.encode() and data.password == password.encode()
        return AuthResult(success=fine, handled=False)

    return check


def free_port():
    """The controller connects to its own port to see that it is there, so it must know it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--protocol", choices=["smtp", "starttls", "smtps"], default="smtp")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--login", help="user:password")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--answer-after", type=float, default=0, help="seconds between taking a message and saying so")
    arguments = parser.parse_args()
    options = {}
    if arguments.protocol != "smtp":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(arguments.certificate, arguments.key)
        options["ssl_context" if arguments.protocol == "smtps" else "tls_context"] = context
        options["require_starttls"] = arguments.protocol == "starttls"
    if arguments.login:
        user, password = arguments.login.split(":", 1)
        options["authenticator"] = authenticator(user, password)
        options["auth_required"] = True
        options["auth_require_tls"] = False
    port = arguments.port or free_port()
    controller = Controller(Handler(arguments), hostname="127.0.0.1", port=port, **options)
    controller.start()
    print(f"listening {port}", flush=True)
    sys.stdin.read()
    controller.stop()


main()
