#!/usr/bin/env python3
"""PyPI `boston311` 0.1.1: read-only; JSON into pydantic models, which refuse a missing key.

They also refuse a request without an address or without a place, which Boston never publishes. The
standard lets a request have one of the two and says null for the other (Spark: an empty element is
null), so the client is shown services all of whose requests have both.
"""
import boston311, requests
from boston311.datamodels import Status
from common import *
boston311.api.BOSTON_API_ENDPOINT = BASE
p = 'boston311 '
services = get(p + 'get_services()', boston311.get_services)
check(p + 'every service has a code and a name of its own', lambda: len({s.service_code for s in services.services}) == len(services.list_service_names()) == len(services))
check(p + 'the name of a service gives its code', lambda: all(services.get_service_code(s.service_name) == s.service_code for s in services.services))

def filed(code):
    """ids of requests in plain HTTP's list, or nothing where the client could not read one"""
    rows = json.loads(raw('requests.json?service_code=' + code)[2])
    return {r['status']: r['service_request_id'] for r in rows} if all(r['address'] and r['lat'] for r in rows) else {}
code = next(s.service_code for s in services.services if len(filed(s.service_code)) == 2)
known = filed(code)
ask = lambda **arguments: boston311.get_service_requests(service_code=code, **arguments).service_requests
ids = lambda found: [r.service_request_id for r in found]
got = get(p + 'get_service_requests(service_code)', ask)
check(p + 'holds that service_code only, and each request once', lambda: {r.service_code for r in got} == {code} and len(set(ids(got))) == len(got) and set(known.values()) <= set(ids(got)))
check(p + 'the times have a zone', lambda: all(r.requested_datetime.tzinfo and r.updated_datetime.tzinfo for r in got))
for status in Status:
    some = get(p + 'get_service_requests(status=%s)' % status.value, lambda: ask(status=status))
    check(p + 'holds the %s ones, all of them' % status.value, lambda: ids(some) == [r.service_request_id for r in got if r.status == status])
end = max(r.requested_datetime for r in got); start = min(r.requested_datetime for r in got)
check(p + 'start_date and end_date of the first and the last hold all', lambda: ids(ask(start_date=start, end_date=end)) == ids(got))
second = datetime.timedelta(seconds=1)
check(p + 'a second less on both sides holds neither', lambda: ids(ask(start_date=start + second, end_date=end - second)) == [r.service_request_id for r in got if start < r.requested_datetime < end])
check(p + 'start_date alone', lambda: ids(ask(start_date=start)) == ids(got))
for status, rid in sorted(known.items()):
    one = get(p + 'get_service_request(id) of one %s' % status, lambda: boston311.get_service_request(rid))
    check(p + 'it is that one', lambda: (one.service_request_id, one.status, one.service_code) == (rid, status, code))
def unknown():
    try: boston311.get_service_request('no-such-id-999999999')
    except requests.HTTPError as e: return e.args[0].status_code == 404 or e.args[0].status_code
    return 'no error'
check(p + 'an unknown id is 404', unknown)
done()
