#!/usr/bin/env python3
"""A work-order system that is forwarded to: a small GeoReport v2 endpoint that loses nothing.

Python 3.11 or newer, nothing to install. It takes service requests from whoever has the key:

    API_KEY=secret python3 docs/examples/endpoint.py serve endpoint.db 8320

README.md beside this file has the lines that let georeport forward to it. What is forwarded becomes a
work order in endpoint.db. When something has happened, tell so, beside the running server:

    python3 docs/examples/endpoint.py tell endpoint.db WO-1 FIXED 'The slab is laid anew.'

Whoever forwarded it reads that in `servicerequestupdates`, and in the standard's `requests`.

Kill it whenever you like. A work order is on the disk before its id is answered, and the same
Idempotency-Key finds the same work order again: a POST without an answer can be sent again.
"""
import hashlib, hmac, json, os, sqlite3, sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from georeport_documents import (
    BASE, Refusal, chosen, discovery, now, parse_arguments, position, render, service_list, time_range)

SERVICES = {'001': 'Pothole', 'sidewalk-repair': 'Sidewalk repair'}
OPEN = ('open', 'for_triage', 'investigating', 'in_progress', 'planned', 'action_scheduled')
SCHEMA = '''
create table if not exists work_order (number integer primary key, idempotency_key text unique,
    body_hash text, document text);
create table if not exists told (number integer primary key, at text, document text)'''


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


def file(db, arguments, key, body):
    """Opens a work order, once for each Idempotency-Key."""
    if not hmac.compare_digest(arguments.get('api_key', '').encode(), os.environ['API_KEY'].encode()):
        raise Refusal(403, 'api_key is not known here')
    if not (code := arguments.get('service_code')):
        raise Refusal(400, 'service_code was not provided')
    if code not in SERVICES:
        raise Refusal(404, 'service_code is not known here')
    lat, long = position(arguments)
    body_hash = hashlib.sha256(body).hexdigest()
    before = db.execute('select number, body_hash from work_order where idempotency_key = ?', [key]).fetchone()
    if before and before[1] != body_hash:
        raise Refusal(422, 'Idempotency-Key was used before, with another body')
    number = before[0] if before else db.execute(
        'insert into work_order (idempotency_key, body_hash) values (?, ?)', [key, body_hash]).lastrowid
    if not before:
        save(db, number, {
            'service_request_id': f'WO-{number}', 'status': 'open', 'status_notes': None,
            'service_name': SERVICES[code], 'service_code': code, 'description': arguments.get('description'),
            'agency_responsible': 'Works', 'service_notice': None, 'requested_datetime': (at := now()),
            'updated_datetime': at, 'expected_datetime': None, 'address': arguments.get('address_string'),
            'address_id': None, 'zipcode': None, 'lat': lat, 'long': long, 'media_url': arguments.get('media_url')})
    return [{'service_request_id': f'WO-{number}', 'service_notice': None, 'account_id': None}]


def save(db, number, document):
    db.execute('update work_order set document = ? where number = ?', [json.dumps(document), number])


def tell(db, service_request_id, status, description):
    """Writes down what became of a work order: for the extension, and for the standard's two words."""
    [document] = chosen({'service_request_id': service_request_id}, all_of(db, 'work_order'))
    at, status = now(), status.lower()
    update_id = db.execute('insert into told (at) values (?)', [at]).lastrowid
    update = {'update_id': f'WO-U{update_id}', 'service_request_id': service_request_id, 'status': status,
              'updated_datetime': at, 'description': description, 'media_url': None}
    db.execute('update told set document = ? where number = ?', [json.dumps(update), update_id])
    document |= {'status': 'open' if status in OPEN else 'closed', 'status_notes': description, 'updated_datetime': at}
    save(db, int(service_request_id.removeprefix('WO-')), document)


def all_of(db, table):
    return [json.loads(document) for document, in db.execute(f'select document from {table} order by number')]


class Endpoint(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def answer(self):
        url = urlsplit(self.path)
        path, _, suffix = unquote(url.path).rpartition('.')
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        arguments = parse_arguments(url.query, body)
        status = 200
        try:
            with database(sys.argv[2]) as db:
                root, document = self.document(db, path.removeprefix(BASE), arguments, body)
        except Refusal as refusal:
            status, description = refusal.args
            root, document = 'errors', [{'code': status, 'description': description}]
        content_type, content = render(suffix, root, document)
        self.send_response(status)
        self.send_header('Content-Type', content_type)
        self.send_header('Content-Length', str(len(content)))
        self.send_header('Access-Control-Allow-Origin', '*')
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer

    def log_message(self, *words):
        """Nothing: an address may hold the key."""

    def document(self, db, path, arguments, body):
        """The name of the root, and the document."""
        match self.command, path.split('/')[1:]:
            case 'GET', ['discovery']:
                return 'discovery', discovery(self.headers['Host'], 'the works department')
            case 'GET', ['services']:
                return 'services', service_list(SERVICES)
            case 'POST', ['requests']:
                return 'service_requests', file(db, arguments, self.headers.get('Idempotency-Key'), body)
            case 'GET', ['requests']:
                return 'service_requests', chosen(arguments, all_of(db, 'work_order'))
            case 'GET', ['requests', id] if found := chosen({'service_request_id': id}, all_of(db, 'work_order')):
                return 'service_requests', found
            case 'GET', ['servicerequestupdates']:
                start, end = time_range(arguments)
                return 'service_request_updates', [
                    one for one in all_of(db, 'told') if start <= one['updated_datetime'] <= end]
        raise Refusal(404, 'there is no such thing here')


if __name__ == '__main__':
    command, path, *rest = sys.argv[1:]
    with sqlite3.connect(path) as db:
        db.executescript(SCHEMA)
    if command == 'tell':
        with database(path) as db:
            tell(db, *rest)
    if command == 'serve':
        server = ThreadingHTTPServer(('127.0.0.1', int(rest[0])), Endpoint)
        print(f'listening on http://127.0.0.1:{server.server_port}{BASE}', flush=True)
        server.serve_forever()
