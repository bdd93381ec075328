#!/usr/bin/env python3
"""PyPI `boston311` 0.1.1: reads JSON into pydantic models, which refuse a key that is not there."""
import boston311, requests
from boston311.datamodels import Status
from common import *
boston311.api.BOSTON_API_ENDPOINT = BASE
p = 'boston311 '
services = get(p + 'get_services()', boston311.get_services)
meta, plain, tok = pick(s.model_dump() for s in services.services)
check(p + 'every service has a code and a name of its own', lambda: len({s.service_code for s in services}) == len(services.list_service_names()) == len(services))
check(p + 'a name gives its code back', lambda: services.get_service_code(services.get_service_name(plain)) == plain)
# The client cannot file. Its model wants an address and a place of every request, however it was filed.
def file(**where):
    form = {'api_key': KEY, 'service_code': plain, 'description': UNI, **where}
    return json.loads(raw('requests.json', 'POST', urllib.parse.urlencode(form).encode())[2])[0]['service_request_id']
placed = file(lat=LAT, long=LONG)
addressed = file(address_string=ADDRESS)
got = get(p + 'get_service_requests()', boston311.get_service_requests)
check(p + 'requests filed with a place only, and with an address only, are read', lambda: {placed, addressed} <= {r.service_request_id for r in got})
check(p + 'the times have a zone', lambda: all(r.requested_datetime.tzinfo for r in got))
for status in Status:
    some = get(p + 'get_service_requests(status=%s)' % status.value, lambda: boston311.get_service_requests(status=status))
    check(p + 'holds %s ones only' % status.value, lambda: {r.status for r in some} == {status})
some = get(p + 'get_service_requests(service_code)', lambda: boston311.get_service_requests(service_code=plain))
check(p + 'holds that service_code only', lambda: {r.service_code for r in some} == {plain})
end = utcnow(); start = end - datetime.timedelta(days=7)
week = get(p + 'get_service_requests(start_date, end_date) in UTC', lambda: boston311.get_service_requests(start_date=start, end_date=end))
check(p + 'holds requests of these days only', lambda: all(start.replace(microsecond=0) <= r.requested_datetime <= end for r in week))
local = datetime.timezone(datetime.timedelta(hours=-5))
check(p + 'the same times in another zone give the same', lambda: [r.service_request_id for r in boston311.get_service_requests(start_date=start.astimezone(local), end_date=end.astimezone(local))] == [r.service_request_id for r in week])
check(p + 'start_date alone', lambda: {placed, addressed} | {r.service_request_id for r in week} <= {r.service_request_id for r in boston311.get_service_requests(start_date=start)})
one = get(p + 'get_service_request(id)', lambda: boston311.get_service_request(placed))
check(p + 'it is the one that was filed', lambda: one.service_request_id == placed and one.description == UNI and near(one.lat, LAT) and near(one.long, LONG))
def unknown():
    try: boston311.get_service_request('no-such-id-999999999')
    except requests.HTTPError as e: return e.args[0].status_code == 404 or e.args[0].status_code
    return 'no error'
check(p + 'an unknown id is 404', unknown)
done()
