// A client whose types are generated from the OpenAPI document: it lists the services of a
// jurisdiction, files a service request and reads it again. What it prints is a line of JSON.
import createClient from "openapi-fetch";
import type { components, paths } from "./openapi.js";

type Status = components["schemas"]["Status"];

const [server, jurisdiction, key] = process.argv.slice(2);
if (server === undefined || jurisdiction === undefined || key === undefined) {
  throw new Error("usage: client.js SERVER JURISDICTION KEY");
}

const client = createClient<paths>({ baseUrl: server });
const path = { jurisdiction_id: jurisdiction, format: "json" } as const;
const base = "/jurisdictions/{jurisdiction_id}/open311/v2";

/** What was answered; a failure is told in the words of the errors document. */
function answered<T>({ data, error }: { data?: T; error?: components["schemas"]["Errors"] }): T {
  if (data === undefined) {
    throw new Error(error?.map(({ description }) => description).join("; ") ?? "no answer");
  }
  return data;
}

const services = answered(
  await client.GET(`${base}/services.{format}`, { params: { path } }),
);
const service = services.find(({ type, metadata }) => type === "realtime" && !metadata);
if (service === undefined) {
  throw new Error("no service answers an id at once and asks nothing");
}

const created = answered(
  await client.POST(`${base}/requests.{format}`, {
    params: { path },
    headers: {
      Authorization: `Bearer ${key}`,
      "Content-Type": "application/x-www-form-urlencoded",
    },
    body: {
      service_code: service.service_code,
      lat: 42.3601,
      long: -71.0589,
      description: "Filed by a generated client: ä & <b>",
    },
  }),
);
const id = created[0]?.service_request_id;
if (id === undefined) {
  throw new Error("no service_request_id was answered");
}

const [read] = answered(
  await client.GET(`${base}/requests/{service_request_id}.{format}`, {
    params: { path: { ...path, service_request_id: id } },
  }),
);
if (read === undefined) {
  throw new Error("the service request is not there");
}
const status: Status = read.status;

const unknown = await client.GET(`${base}/services/{service_code}.{format}`, {
  params: { path: { ...path, service_code: "no-such-service" } },
});

console.log(
  JSON.stringify({
    services: services.length,
    service_code: read.service_code,
    status,
    description: read.description,
    lat: read.lat,
    refusal: unknown.error?.[0]?.code,
  }),
);
