#!/usr/bin/env python3
"""PyPI `open311` 1.1 (2011, Python 2): XML; a POST carries jurisdiction_id and api_key in its query.

Shims, all for Python 3: its imports are relative to its own folder; it posts text where bytes are
wanted; its XML parser calls a method that is gone, so another is set in, as its docstring allows.
Its service_definition() asks for service/CODE where the standard says services/CODE: not called.
"""
import importlib.util, os, sys
import xmltodict
from common import *
# Not imported: its __init__ is as old.
package = importlib.util.find_spec('open311').submodule_search_locations[0]
sys.path[:0] = [package, os.path.join(package, 'api'), os.path.join(package, 'api', 'xml2dict')]
import open311
_urlopen = open311.urlopen
open311.urlopen = lambda url, data=None: _urlopen(url, data.encode() if isinstance(data, str) else data)
class Open311(open311.Open311):
    def _xml_to_dict(self, xml): return xmltodict.parse(xml)
