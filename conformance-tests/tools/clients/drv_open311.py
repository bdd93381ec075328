#!/usr/bin/env python3
"""PyPI `open311` 1.1 (2011, Python 2): XML; a POST carries jurisdiction_id and api_key in its query.

Shims, all for Python 3: its modules name each other as if each folder were on the path; it posts text
where bytes are wanted; its XML parser calls a method that is gone, so another is set in, as its
docstring allows. Its service_definition() asks for service/CODE where the standard says
services/CODE: not called.
"""
import importlib.util, os, sys
import xmltodict
from common import *
folder = importlib.util.find_spec('open311').submodule_search_locations[0]
def load(name, *path):
    spec = importlib.util.spec_from_file_location(name, os.path.join(folder, *path))
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
sys.path[:0] = [os.path.join(folder, 'api'), os.path.join(folder, 'api', 'xml2dict')]
sys.modules['api.api'] = load('api', 'api', 'api.py')
client = load('open311', 'open311.py')
_urlopen = client.urlopen
client.urlopen = lambda url, data=None: _urlopen(url, data and data.encode())
class Open311(client.Open311):
    def _xml_to_dict(self, xml): return xmltodict.parse(xml)

c = Open311(endpoint=BASE.rstrip('/'), api_key=KEY, jurisdiction=JUR or '')
p = 'open311 (PyPI) '
services = aslist(get(p + 'service_list()', c.service_list))
meta, plain, tok = pick(services)
check(p + 'every service has its seven fields', lambda: all({'service_code', 'service_name', 'description', 'metadata', 'type', 'keywords', 'group'} <= set(s) for s in services))
place = {'lat': LAT, 'long': LONG}
answer = get(p + 'post_service_request(), jurisdiction_id and api_key in the query', lambda: c.post_service_request(service_code=plain, description=UNI, email='ada@example.org', **place))
rid = get(p + 'it is answered with an id', lambda: answer['service_requests']['request']['service_request_id'])
one = get(p + 'get_service_request(id)', lambda: c.get_service_request(rid))['service_requests']['request']
check(p + 'it comes back as sent', lambda: one['service_request_id'] == rid and one['description'] == UNI and near(one['lat'], LAT) and near(one['long'], LONG))
check(p + 'what is not said is an empty element', lambda: one['address_id'] is None and one['expected_datetime'] is None)
listed = aslist(get(p + 'service_requests(service_code)', lambda: c.service_requests(service_code=plain)))
check(p + 'holds that service_code only, and what was filed', lambda: {r['service_code'] for r in listed} == {plain} and rid in {r['service_request_id'] for r in listed})
check(p + 'service_requests(status)', lambda: {r['status'] for r in aslist(c.service_requests(status='closed'))} == {'closed'})
check(p + 'service_requests(service_request_id) of one is one', lambda: c.service_requests(service_request_id=rid)['service_request_id'] == rid)
token = get(p + 'post_service_request() for a batch service gives a token', lambda: c.post_service_request(service_code=tok, description='slow', **place)['service_requests']['request']['token'])
def resolved():
    for _ in range(20):
        found = c.request_id_from_token(token)
        if found.get('service_request_id'): return found['token'] == token
        time.sleep(1)
    return 'no id after 20 s'
check(p + 'request_id_from_token() gives the id in time', resolved)
def refused_by(status, call):
    try: call()
    except urllib.error.HTTPError as e: return e.code == status and 'errors' in xmltodict.parse(e.read()) or e.code
    return 'no error'
check(p + 'a POST without a place is 400, in XML', lambda: refused_by(400, lambda: c.post_service_request(service_code=plain)))
check(p + 'an unknown id is 404, in XML', lambda: refused_by(404, lambda: c.get_service_request('no-such-id-999999999')))
c.api_key = 'wrong'
check(p + 'a wrong key is 403, in XML', lambda: refused_by(403, lambda: c.post_service_request(service_code=plain, **place)))
done()
