// Opens the documentation page in headless Chromium, tries "list services" and prints as JSON what
// the page then shows, which hosts were asked for anything, and what the browser complained of.
//
//   NODE_PATH=target/tools/node/node_modules node swagger_ui.cjs SERVER JURISDICTION
const { mkdtemp, rm } = require("node:fs/promises");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { chromium } = require("playwright-core");

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** What the page shows after "list services" was tried on it. */
async function tryListServices(page, server, jurisdiction) {
  await page.goto(`${server}/docs`);
  const operation = page.locator("[id$='-get_service_list']");
  await operation.locator(".opblock-summary-control").click();
  await operation.getByRole("button", { name: "Try it out" }).click();
  await operation.locator("tr[data-param-name='format'] select").selectOption("json");
  await operation.locator("tr[data-param-name='jurisdiction_id'] input[type='text']").fill(jurisdiction);
  await operation.getByRole("button", { name: "Execute" }).click();
  const answer = operation.locator(".live-responses-table .response");
  const status = await answer.locator(".response-col_status").innerText();
  const body = await answer.locator(".highlight-code").first().innerText();
  return { status, body };
}

async function main(server, jurisdiction) {
  const profile = await mkdtemp(join(tmpdir(), "georeport-chromium-"));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ARGUMENTS,
  });
  try {
    const page = browser.pages()[0] ?? (await browser.newPage());
    const origins = new Set();
    const complaints = [];
    page.on("request", (request) => {
      if (!/^(data|blob):/.test(request.url())) origins.add(new URL(request.url()).origin);
    });
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    const seen = await tryListServices(page, server, jurisdiction);
    console.log(JSON.stringify({ ...seen, origins: [...origins], complaints }));
  } finally {
    await browser.close();
    await rm(profile, { recursive: true, force: true });
  }
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
