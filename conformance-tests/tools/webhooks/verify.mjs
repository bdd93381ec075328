// Verifies webhooks with the library of Standard Webhooks. Standard input: one JSON object a line, with
// secret, headers and body (base64). Standard output: PASS or FAIL and why, a line for each.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { Webhook } = createRequire(process.argv[2] + "/")("standardwebhooks");

for await (const line of createInterface({ input: process.stdin })) {
  const { secret, headers, body } = JSON.parse(line);
  try {
    new Webhook(secret).verify(Buffer.from(body, "base64").toString("utf8"), headers);
    console.log("PASS");
  } catch (error) {
    console.log(`FAIL ${error.message}`);
  }
}
