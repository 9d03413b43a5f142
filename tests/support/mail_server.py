"""An SMTP server on loopback: aiosmtpd, told what to do by the file `orders` in the folder given.

Arguments: the folder and one of `tls`, `starttls` and `plain`. It writes a certificate authority to `ca.pem`, prints its
port, and appends each mail that it takes to `mails` and each password that it is given to `passwords`.

Orders, one a line, the first one used up by each mail: `ok`, `refuse` (550), `later` (451), `hang`. Without any: `ok`.
"""

import asyncio
import json
import pathlib
import ssl
import sys
import time
from email import message_from_bytes, policy

import trustme
from aiosmtpd.smtp import SMTP, AuthResult

folder, mode = pathlib.Path(sys.argv[1]), sys.argv[2]


def order():
    orders = folder / "orders"
    lines = orders.read_text().split() if orders.exists() else []
    if lines:
        orders.write_text("\n".join(lines[1:]))
    return lines[0] if lines else "ok"


def append(name, text):
    with open(folder / name, "a") as file:
        file.write(text + "\n")


class Handler:
    async def handle_DATA(self, server, session, envelope):
        match order():
            case "refuse":
                return "550 no such mailbox here"
            case "later":
                return "451 greylisted, come back later"
            case "hang":
                await asyncio.sleep(3600)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        append("mails", json.dumps({
            "time": time.time(),
            "to": envelope.rcpt_tos,
            "subject": mail["Subject"],
            "id": mail["Message-ID"],
            "encrypted": session.ssl is not None or mode == "tls",
            "text": mail.get_content(),
        }))
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    append("passwords", data.password.decode())
    return AuthResult(success=(data.login, data.password) == (b"alex", b"hunter2"), handled=False)


async def main():
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    auth = {"authenticator": authenticate, "auth_require_tls": mode != "tls"}
    starttls = {"tls_context": context, "require_starttls": True} if mode == "starttls" else {}

    def factory():
        return SMTP(Handler(), hostname="localhost", **auth, **starttls)

    port = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    tls = context if mode == "tls" else None
    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", port, ssl=tls)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
