#!/usr/bin/env node
/* npm `open311` 0.0.12 (2012), JSON and service discovery.
 *
 * Two of its dependencies, which read XML, are in no registry or need a C library of their time; the
 * list of packages (../package.json) puts another in their place, so only JSON is driven. Environment and lines
 * are those of the Python drivers beside the project.
 */
const Open311 = require('open311');
const { BASE_URL, API_KEY, JURISDICTION, LAT, LONG } = process.env;
const p = 'open311 (npm) ';
const counts = { PASS: 0, FAIL: 0 };
async function check(name, test) {
  let fault = '';
  try { if (!(await test())) fault = ' -- false'; } catch (e) { fault = ` -- ${e.message ?? e}`; }
  counts[fault ? 'FAIL' : 'PASS'] += 1;
  console.log(`${fault ? 'FAIL' : 'PASS'}  ${p}${name}${fault}`);
}
/* Calls a method and waits for its callback(error, data). */
const call = (client, method, ...given) => new Promise((resolve, reject) =>
  client[method](...given, (error, data) => error ? reject(new Error(data)) : resolve(data)));
const refused = async (status, promise) => {
  try { await promise; } catch (e) { return e.message.includes(`API: ${status}`); }
  return false;
};
const ids = (found) => found.map((request) => request.service_request_id).sort();

(async () => {
  const discovered = new Open311({ discovery: BASE_URL + 'discovery.json', jurisdiction: JURISDICTION });
  await check('serviceDiscovery() finds the test endpoint of GeoReport v2', async () =>
    (await call(discovered, 'serviceDiscovery', { cache: true, type: 'test' })).endpoints.length > 0 && discovered.format === 'json');
  const root = (url) => url.split('/').slice(0, 3).join('/');
  await check('the endpoint that it found lists services', async () =>
    root(discovered.endpoint) === root(BASE_URL) && (await call(discovered, 'serviceList')).length > 0);

  const c = new Open311({ endpoint: BASE_URL, apiKey: API_KEY, jurisdiction: JURISDICTION });
  const services = await call(c, 'serviceList');
  await check('serviceList() gives codes and names', () => services.every((s) => s.service_code && s.service_name));
  const code = (metadata, type) => services.find((s) => s.metadata === metadata && s.type === type).service_code;
  const [meta, plain, tok] = [code(true, 'realtime'), code(false, 'realtime'), code(false, 'batch')];
  let definition;
  await check('serviceDefinition() is of the service asked for', async () =>
    (definition = await call(c, 'serviceDefinition', meta)).service_code === meta);
  const place = { lat: LAT, long: LONG };
  const attributes = {};
  for (const a of definition.attributes.filter((a) => a.variable)) {
    const several = a.values.slice(0, 2).map((v) => v.key);
    attributes[a.code] = { number: '3', datetime: '2026-01-02T03:04:05Z', singlevaluelist: several[0],
      multivaluelist: several }[a.datatype] ?? 'Straße & <b>';
  }
  let id;
  await check('submitRequest() with every attribute, several values as [0] and [1], gives an id', async () =>
    (id = (await call(c, 'submitRequest', { service_code: meta, description: 'Straße & <b>', ...place, attributes }))[0].service_request_id));
  await check('serviceRequest(id) comes back as sent, its dates are dates', async () => {
    const [one] = await call(c, 'serviceRequest', id);
    return one.service_code === meta && one.description === 'Straße & <b>' && String(one.lat) === LAT &&
      String(one.long) === LONG && Math.abs(one.requested_datetime - Date.now()) < 3600e3 && !isNaN(one.updated_datetime);
  });
  const open = await call(c, 'serviceRequests', { status: 'open', page_size: 3 });
  await check('serviceRequests({status, page_size})', () => open.length === 3 && open.every((r) => r.status === 'open'));
  await check('serviceRequests([ids]) gives these', async () =>
    String(ids(await call(c, 'serviceRequests', ids(open), {}))) === String(ids(open)));
  await check('serviceRequests({service_code}) holds it only', async () =>
    (await call(c, 'serviceRequests', { service_code: plain })).every((r) => r.service_code === plain));
  let token;
  await check('submitRequest() for a batch service gives a token', async () =>
    (token = (await call(c, 'submitRequest', { service_code: tok, description: 'slow', ...place }))[0].token));
  await check('token() gives the id in time', async () => {
    for (let tries = 0; tries < 20; tries += 1) {
      const [found] = await call(c, 'token', token);
      if (found.service_request_id) return found.token === token;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    return false;
  });
  await check('a missing required attribute is 400', () =>
    refused(400, call(c, 'submitRequest', { service_code: meta, description: 'none', ...place })));
  await check('an unknown id is 404', () => refused(404, call(c, 'serviceRequest', 'no-such-id-999999999')));
  c.apiKey = 'wrong';
  await check('a wrong key is 403', () => refused(403, call(c, 'submitRequest', { service_code: plain, ...place })));
  console.log(`${counts.PASS} passed, ${counts.FAIL} failed, 0 skipped`);
  process.exitCode = counts.FAIL ? 1 : 0;
})();
