#!/usr/bin/env python3
"""A work-order system that is told: it receives signed webhooks, opens work orders, and reports back.

Python 3.11 or newer, nothing to install. README.md beside this file has the lines that register the
webhook at georeport and yield its secret. Then:

    WEBHOOK_SECRET=whsec_... GEOREPORT_URL=http://127.0.0.1:8311 JURISDICTION_ID=boston.demo \\
    API_KEY=... python3 docs/examples/webhook_receiver.py serve works.db 8321

Each open service request of which a webhook tells becomes a work order in works.db, and the resident
reads that a crew has it. When the crew is done, say so, beside the running server:

    python3 docs/examples/webhook_receiver.py tell works.db 26-1234-5678 FIXED fixed 'The slab is laid anew.'

Kill it whenever you like. A delivery is answered with 204 when all that follows from it is on the disk,
the webhook's id with it: one that comes again changes nothing. What is to be reported back lies in the
same file until it is answered, under an id of its own: the server writes it once.
"""
import base64, hashlib, hmac, json, os, sqlite3, sys, threading, time, uuid
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

SCHEMA = '''
create table if not exists delivery (webhook_id text primary key);
create table if not exists work_order (service_request_id text primary key, version integer, document text);
create table if not exists report (number integer primary key, form text, answer integer)'''


@contextmanager
def database(path):
    """A transaction; SQLite flushes it to the disk before the commit is over."""
    connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    try:
        connection.execute('begin immediate')
        yield connection
        connection.execute('commit')
    finally:
        connection.close()


def is_signed(headers, body):
    """https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    While a secret is replaced, WEBHOOK_SECRET may hold both, divided by a blank."""
    webhook_id, timestamp, sent = (headers.get(f'webhook-{name}', '') for name in ('id', 'timestamp', 'signature'))
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > 300:
        return False
    message = f'{webhook_id}.{timestamp}.'.encode() + body
    keys = [base64.b64decode(secret.removeprefix('whsec_')) for secret in os.environ['WEBHOOK_SECRET'].split()]
    expected = [b'v1,' + base64.b64encode(hmac.digest(key, message, hashlib.sha256)) for key in keys]
    return any(hmac.compare_digest(one, other.encode()) for one in expected for other in sent.split())


def take(db, webhook_id, event):
    """Does what follows from a webhook, once."""
    if not db.execute('insert into delivery values (?) on conflict do nothing', [webhook_id]).rowcount:
        return
    id, version, document = event['service_request_id'], event['version'], event['service_request']
    known = db.execute('select version from work_order where service_request_id = ?', [id]).fetchone()
    if known is None and document and document['status'] == 'open':
        db.execute('insert into work_order values (?, ?, ?)', [id, version, json.dumps(document)])
        report(db, id, 'IN_PROGRESS', '', 'A crew has the order.')
    # The newest is kept; of one that was taken from the public, nothing.
    db.execute('update work_order set version = ?, document = ? where service_request_id = ? and version < ?',
               [version, json.dumps(document), id, version])


def report(db, service_request_id, status, closing_reason, description):
    """Puts down what the server is to be told."""
    form = {'update_id': str(uuid.uuid4()), 'service_request_id': service_request_id, 'status': status,
            'closing_reason': closing_reason, 'description': description,
            'updated_datetime': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}
    db.execute('insert into report (form) values (?)', [json.dumps(form)])


def send_reports(path):
    """Tells the server, in order, each until there is an answer."""
    url = os.environ['GEOREPORT_URL'] + '/open311/v2/servicerequestupdates.json'
    headers = {'Authorization': f"Bearer {os.environ['API_KEY']}"}
    while True:
        with database(path) as db:
            row = db.execute('select number, form from report where answer is null order by number').fetchone()
        if row is None:
            time.sleep(0.5)
            continue
        form = json.loads(row[1]) | {'jurisdiction_id': os.environ['JURISDICTION_ID']}
        try:
            answer = urlopen(Request(url, urlencode(form).encode(), headers), timeout=30).status
        except HTTPError as refusal:
            answer = refusal.code
            print(form['update_id'], answer, refusal.read().decode(), file=sys.stderr)
        except OSError as failure:
            answer = 503
            print(form['update_id'], failure, file=sys.stderr)
        if answer >= 500 or answer == 429:
            # The server is away, or says that it will be back.
            time.sleep(2)
            continue
        with database(path) as db:
            db.execute('update report set answer = ? where number = ?', [answer, row[0]])


class Receiver(BaseHTTPRequestHandler):
    timeout = 10

    def do_POST(self):
        body = self.rfile.read(min(int(self.headers.get('Content-Length') or 0), 1 << 20))
        status = 401
        if is_signed(self.headers, body):
            with database(sys.argv[2]) as db:
                take(db, self.headers['webhook-id'], json.loads(body)['data'])
            status = 204
        self.send_response(status)
        self.end_headers()


if __name__ == '__main__':
    command, path, *rest = sys.argv[1:]
    with sqlite3.connect(path) as db:
        db.executescript(SCHEMA)
    if command == 'tell':
        with database(path) as db:
            report(db, *rest)
    if command == 'serve':
        server = ThreadingHTTPServer(('127.0.0.1', int(rest[0])), Receiver)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f'listening on http://127.0.0.1:{server.server_port}', flush=True)
        # What goes wrong here ends the program, and the system starts it again.
        send_reports(path)
