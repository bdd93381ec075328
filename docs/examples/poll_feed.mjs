#!/usr/bin/env node
// A work-order system that asks: it follows the change feed, mirrors what is public, opens a work order
// for each open service request of its services, and tells what becomes of it.
//
// Node 20 or newer, nothing to install. Against `make run` of this repository:
//
//   API_KEY=demo-key SERVICE_CODES=sidewalk-repair node docs/examples/poll_feed.mjs /tmp/works
//
// File a service request with the service `sidewalk-repair`; /tmp/works/work_orders/ID.json appears, and
// the standard's GET says that a crew is on its way. When the crew is done, put a file beside it:
//
//   cat > /tmp/works/updates/ID-2.new <<END
//   {"service_request_id": "ID", "status": "FIXED", "closing_reason": "fixed",
//    "description": "The slab is laid anew.", "updated_datetime": "2026-11-25T14:00:00Z"}
//   END
//   mv /tmp/works/updates/ID-2.new /tmp/works/updates/ID-2.json
//
// Kill it whenever you like. The cursor is kept with the mirror, in one file that is replaced as a
// whole: what was read after the last time is read again and does the same again. An update is sent
// until it is answered, under the name of its file: the server writes it once.
import { access, mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const {
  GEOREPORT_URL = 'http://127.0.0.1:8311',
  JURISDICTION_ID = 'boston.demo',
  API_KEY, // with the scopes post-updates and change-service-requests
  SERVICE_CODES = '', // those of the department, divided by commas
} = process.env;
const ours = SERVICE_CODES.split(',');
const [folder = 'works'] = process.argv.slice(2);
const workOrders = join(folder, 'work_orders');
const updates = join(folder, 'updates');
for (const path of [workOrders, updates]) await mkdir(path, { recursive: true });

const log = (...words) => console.error(new Date().toISOString(), ...words);
const now = () => new Date().toISOString().replace(/\.\d+/, '');

/** Replaces a file as a whole, on the disk too before it goes on. */
async function save(path, value) {
  const file = await open(`${path}.new`, 'w');
  await file.writeFile(JSON.stringify(value, null, 1));
  await file.sync();
  await file.close();
  await rename(`${path}.new`, path);
  const parent = await open(dirname(path));
  await parent.sync();
  await parent.close();
}

const exists = (path) => access(path).then(() => true, () => false);
const load = async (path) => JSON.parse(await readFile(path, 'utf8'));

/** Asks until there is an answer; the server may be away, and says with 5xx and 429 that it will be back. */
async function ask(path, options) {
  for (let pause = 500; ; pause = Math.min(pause * 2, 60_000)) {
    try {
      const answer = await fetch(GEOREPORT_URL + path, { ...options, signal: AbortSignal.timeout(60_000) });
      const text = await answer.text();
      if (answer.status < 500 && answer.status !== 429) return { ok: answer.ok, status: answer.status, text };
      log(path, answer.status);
    } catch (error) {
      log(path, error.cause?.message ?? error.message);
    }
    await sleep(pause * (0.5 + Math.random() / 2));
  }
}

/** Reads on from where it was, for ever. */
async function follow() {
  const mirror = join(folder, 'public.json');
  const state = (await exists(mirror)) ? await load(mirror) : { cursor: '0', service_requests: {} };
  for (;;) {
    const query = { jurisdiction_id: JURISDICTION_ID, after: state.cursor, limit: 1000, wait: 30 };
    const answer = await ask(`/api/v1/events?${new URLSearchParams(query)}`);
    if (!answer.ok) throw new Error(`the feed: ${answer.text}`);
    const page = JSON.parse(answer.text);
    for (const { service_request_id, service_request } of page.events) {
      // Each event brings the service request as it is now, or null where it is no longer public.
      if (service_request === null) delete state.service_requests[service_request_id];
      else state.service_requests[service_request_id] = service_request;
      if (service_request?.status === 'open' && ours.includes(service_request.service_code)) {
        await openWorkOrder(service_request);
      }
    }
    if (page.cursor === state.cursor) continue;
    state.cursor = page.cursor;
    await save(mirror, state);
  }
}

/** Opens a work order, once for each service request. */
async function openWorkOrder({ service_request_id, service_name, address, lat, long, description }) {
  const name = encodeURIComponent(service_request_id);
  const path = join(workOrders, `${name}.json`);
  if (await exists(path)) return;
  // First what is to be told: a kill between the two does both again, and the update counts once.
  const description_told = 'A crew has the order.';
  const update = { service_request_id, status: 'IN_PROGRESS', description: description_told, updated_datetime: now() };
  await save(join(updates, `${name}-1.json`), update);
  await save(path, { service_request_id, opened: now(), what: service_name, where: { address, lat, long }, description });
  log('work order', service_request_id);
}

/** Sends what lies in `updates`, in the order of the names, for ever. */
async function tell() {
  for (;;) {
    const names = (await readdir(updates)).filter((name) => name.endsWith('.json')).sort();
    for (const name of names) {
      const path = join(updates, name);
      const form = { jurisdiction_id: JURISDICTION_ID, update_id: name.slice(0, -5), ...(await load(path)) };
      const headers = { authorization: `Bearer ${API_KEY}` };
      const options = { method: 'POST', headers, body: new URLSearchParams(form) };
      const answer = await ask('/open311/v2/servicerequestupdates.json', options);
      // What is refused will be refused again: it is left for somebody to look at.
      if (answer.ok) await unlink(path);
      else await rename(path, `${path}.refused`);
      log('update', name, answer.status, answer.ok ? '' : answer.text);
    }
    await sleep(500);
  }
}

await Promise.all([follow(), tell()]);
