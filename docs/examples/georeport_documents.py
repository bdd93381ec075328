"""What endpoint.py needs of GeoReport v2 that has nothing to do with work orders: arguments, documents in
both formats, dates, filters. https://wiki.open311.org/GeoReport_v2/"""
import json
import re
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

BASE = '/open311/v2'
ENTRY = {'services': 'service', 'service_requests': 'request', 'service_request_updates': 'request_update',
         'errors': 'error', 'endpoints': 'endpoint', 'formats': 'format'}
NOT_XML = re.compile('[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')


class Refusal(Exception):
    """A status, and a sentence that names the argument."""


def parse_arguments(query, body):
    """The first of each name, without the characters that XML cannot carry."""
    pairs = parse_qsl(query) + parse_qsl(body.decode('utf-8', 'replace'))
    return {name: NOT_XML.sub('', value) for name, value in reversed(pairs)}


def render(suffix, root, document):
    """The document as XML or, by the Spark convention, without names of root and entries as JSON."""
    if suffix == 'json':
        return 'application/json; charset=utf-8', json.dumps(document).encode()
    return 'text/xml; charset=utf-8', f'<?xml version="1.0" encoding="utf-8"?>{xml(root, document)}'.encode()


def xml(name, value):
    if isinstance(value, list):
        text = ''.join(xml(ENTRY[name], one) for one in value)
    elif isinstance(value, dict):
        text = ''.join(xml(key, one) for key, one in value.items())
    else:
        text = '' if value is None else escape(str(value).lower() if isinstance(value, bool) else str(value))
    return f'<{name}>{text}</{name}>'


def w3c(time):
    return time.astimezone(timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')


def now():
    return w3c(datetime.now(timezone.utc))


def time_range(arguments):
    """What start_date and end_date ask for, both included; the standard's 90 days where one is missing."""
    try:
        start, end = (datetime.fromisoformat(text) if (text := arguments.get(name)) else None
                      for name in ('start_date', 'end_date'))
    except ValueError:
        raise Refusal(400, 'start_date or end_date is no date') from None
    end = end or (start + timedelta(days=90) if start else datetime.now(timezone.utc))
    return w3c(start or end - timedelta(days=90)), w3c(end)


def chosen(arguments, documents):
    """The service requests that the arguments ask for, the newest first; ids override everything else."""
    def listed(name):
        return {one.strip() for one in arguments.get(name, '').split(',')} - {''}

    if ids := listed('service_request_id'):
        found = [one for one in documents if one['service_request_id'] in ids]
    else:
        start, end = time_range(arguments)
        wanted = {name: values for name in ('status', 'service_code') if (values := listed(name))}
        found = [one for one in documents if start <= one['requested_datetime'] <= end
                 and all(one[name] in values for name, values in wanted.items())]
    return sorted(found, key=lambda one: one['requested_datetime'], reverse=True)[:1000]


def position(arguments):
    """lat and long, or None twice where there is an address instead."""
    if not arguments.get('lat') and not arguments.get('long'):
        if not arguments.get('address_string'):
            raise Refusal(400, 'lat and long, or address_string, was not provided')
        return None, None
    try:
        lat, long = float(arguments.get('lat', '')), float(arguments.get('long', ''))
    except ValueError:
        raise Refusal(400, 'lat and long are not both numbers') from None
    if not (-90 <= lat <= 90 and -180 <= long <= 180):
        raise Refusal(400, 'lat and long are no position')
    return lat, long


def service_list(services):
    return [{'service_code': code, 'service_name': name, 'description': None, 'metadata': False, 'type': 'realtime',
             'keywords': None, 'group': None} for code, name in services.items()]


def discovery(host, contact):
    changeset = '2026-11-25T00:00:00Z'
    endpoint = {'specification': 'http://wiki.open311.org/GeoReport_v2', 'url': f'http://{host}{BASE}',
                'changeset': changeset, 'type': 'test', 'formats': ['text/xml', 'application/json']}
    return {'changeset': changeset, 'contact': contact, 'key_service': f'Ask {contact}', 'endpoints': [endpoint]}
