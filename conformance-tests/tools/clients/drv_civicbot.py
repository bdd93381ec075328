#!/usr/bin/env python3
"""PyPI `civicbot` 0.4.0: its Open311Client; JSON, reads and writes."""
from civicbot.http import HttpError, HttpTransport, RateLimiter
from civicbot.open311 import Open311Client, ValidationError
from civicbot.registry import Endpoint
from common import *
p = 'civicbot '
endpoint = Endpoint(id='local', name='local', base_url=BASE, write=True)
# By itself it waits half a second between two calls.
c = Open311Client(endpoint, HttpTransport(rate_limiter=RateLimiter(0)), jurisdiction_id=JUR)
services = get(p + 'list_services()', c.list_services)
meta, plain, tok = pick(services)
definition = get(p + 'get_service_definition()', lambda: c.get_service_definition(meta))
check(p + 'the definition is of the service asked for', lambda: definition['service_code'] == meta)
def send(code, **fields):
    return c.create_request(code, dry_run=False, confirm='SEND', api_key=KEY, validate_remote=True, **fields).response[0]
place = {'lat': LAT, 'lng': LONG}
answers = fill(definition['attributes'])
filed = get(p + 'create_request with every attribute, checked against the definition', lambda: send(meta, **place, description=UNI, attributes=answers, email='ada@example.org', first_name='Ada', last_name='Lovelace', phone='555-5555', device_id='d', account_id='a'))
rid = filed['service_request_id']
one = get(p + 'get_request(id)', lambda: c.get_request(rid))
check(p + 'it comes back as sent', lambda: one['service_request_id'] == rid and one['service_code'] == meta and one['description'] == UNI and near(one['lat'], LAT) and near(one['long'], LONG))
def refused_before_sending():
    try: c.create_request(meta, **place, validate_remote=True)
    except ValidationError as e: return len(e.problems) >= 1
check(p + 'the definition lets it see that required attributes are missing', refused_before_sending)
def refused_by(status, call):
    try: call()
    except HttpError as e: return e.status == status and json.loads(e.body)[0]['code'] is not None or e.status
    return 'no error'
check(p + 'without them the server says 400 in JSON', lambda: refused_by(400, lambda: c.create_request(meta, dry_run=False, confirm='SEND', api_key=KEY, **place)))
check(p + 'a wrong key is 403', lambda: refused_by(403, lambda: c.create_request(plain, dry_run=False, confirm='SEND', api_key='wrong', **place)))
check(p + 'an unknown service is 404', lambda: refused_by(404, lambda: c.get_service_definition('no-such-code')))
check(p + 'an unknown request is 404', lambda: refused_by(404, lambda: c.get_request('no-such-id-999999999')))
token = get(p + 'create_request for a batch service gives a token', lambda: send(tok, **place, description='slow')['token'])
def resolved():
    for _ in range(20):
        found = c.get_token(token)[0]
        if found.get('service_request_id'): return found['token'] == token
        time.sleep(1)
    return 'no id after 20 s'
check(p + 'get_token() gives the id in time', resolved)
few = get(p + 'list_requests(page_size=2)', lambda: c.list_requests(page_size=2))
check(p + 'gives two', lambda: len(few) == 2)
ids = sorted(r['service_request_id'] for r in few)
check(p + 'list_requests(service_request_ids)', lambda: sorted(r['service_request_id'] for r in c.list_requests(service_request_ids=ids)) == ids)
check(p + 'list_requests(service_code, status)', lambda: {(r['service_code'], r['status']) for r in c.list_requests(service_code=meta, status='open')} == {(meta, 'open')})
t = utcnow()
day = get(p + 'list_requests(start_date, end_date)', lambda: c.list_requests(start_date=w3(t - datetime.timedelta(days=1)), end_date=w3(t + datetime.timedelta(minutes=5))))
check(p + 'holds what was just filed', lambda: rid in {r['service_request_id'] for r in day})
done()
