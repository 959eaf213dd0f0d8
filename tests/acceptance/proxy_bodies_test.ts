import { assertEquals } from "@std/assert";
import { scanRequests } from "../../lib/log/request_query.ts";
import { FLAG, type RequestRecord } from "../../lib/log/request_record.ts";
import { signalNames } from "../../lib/signals/signal.ts";
import { startProxy } from "./_proxy.ts";

const FORM = "application/x-www-form-urlencoded";

/** An app that returns the size of the body, and sets a cookie for the correct password. */
function startApp() {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      const body = await request.text();
      const headers = new Headers();
      if (body.includes("right")) headers.append("set-cookie", "sid=1; Path=/");
      return new Response(String(body.length), { headers });
    },
  );
  const { port } = server.addr as Deno.NetAddr;
  return { url: `http://127.0.0.1:${port}`, stop: () => server.shutdown() };
}

async function recordsIn(kvPath: string): Promise<RequestRecord[]> {
  using kv = await Deno.openKv(kvPath);
  const range = { from: 0, to: Date.now() + 1_000 };
  const found: RequestRecord[] = [];
  for await (const part of scanRequests(kv, range, Date.now)) {
    found.push(...part);
  }
  return found;
}

Deno.test("proxy: bodies of forms and JSON are judged before the app has them, and reach it whole", async () => {
  const app = startApp();
  await using proxy = await startProxy(app.url, {
    POLICY_FILE: await policyFile(),
  });
  const post = async (path: string, body: string, type: string) => {
    const response = await fetch(`${proxy.origin}${path}`, {
      method: "POST",
      headers: { "content-type": type },
      body,
    });
    return [response.status, await response.text()];
  };
  const long = "a=1&".repeat(15_000);
  assertEquals(await post("/long", long, FORM), [200, String(long.length)]);
  const binary = "id=1'+or+1=1--";
  assertEquals(await post("/binary", binary, "application/octet-stream"), [
    200,
    String(binary.length),
  ]);
  assertEquals((await post("/form", binary, FORM))[0], 403);
  assertEquals(
    (await post("/json", '{"a":"${jndi:ldap://x/a}"}', "application/json"))[0],
    403,
  );
  // In two pieces, the second one at once and after a while.
  for (const pause of [10, 400]) {
    const half = ReadableStream.from((async function* () {
      yield new TextEncoder().encode("GET");
      await new Promise((resolve) => setTimeout(resolve, pause));
      yield new TextEncoder().encode("-it");
    })());
    const response = await fetch(`${proxy.origin}/chunked`, {
      method: "POST",
      headers: { "content-type": FORM },
      body: half,
    });
    assertEquals(await response.text(), "6");
  }
  await proxy.stop();
  await app.stop();
  const records = await recordsIn(proxy.kvPath);
  assertEquals(
    records.map(({ path, status, signals }) => [
      path,
      status,
      signalNames(signals),
    ]),
    [
      ["/long", 200, []],
      ["/binary", 200, []],
      ["/form", 403, ["sqli"]],
      ["/json", 403, ["jndi"]],
      ["/chunked", 200, []],
      ["/chunked", 200, []],
    ],
  );
});

Deno.test("proxy: a body that comes apart from its head is judged, too", async () => {
  const app = startApp();
  await using proxy = await startProxy(app.url);
  const body = "id=1'+or+1=1--&end=1";
  const { hostname, port } = new URL(proxy.origin);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const write = (text: string) =>
    connection.write(new TextEncoder().encode(text));
  await write(
    `POST /apart HTTP/1.1\r\nHost: x\r\nContent-Type: ${FORM}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  await write(body);
  const answer = await new Response(connection.readable).text();
  assertEquals(answer.slice(0, 15), "HTTP/1.1 200 OK");
  await proxy.stop();
  await app.stop();
  const [record] = await recordsIn(proxy.kvPath);
  assertEquals(signalNames(record!.signals), ["sqli"]);
});

Deno.test("proxy: the record says whether a form held a password, and whether its answer gave a cookie", async () => {
  const app = startApp();
  await using proxy = await startProxy(app.url);
  for (const password of ["wrong", "right"]) {
    const response = await fetch(`${proxy.origin}/enter`, {
      method: "POST",
      headers: { "content-type": FORM },
      body: `user=ann&password=${password}`,
    });
    await response.body?.cancel();
  }
  await proxy.stop();
  await app.stop();
  const records = await recordsIn(proxy.kvPath);
  assertEquals(records.map(({ flags }) => flags), [
    FLAG.password | FLAG.cookiesSeen,
    FLAG.password | FLAG.cookiesSeen | FLAG.newCookie,
  ]);
});

async function policyFile(): Promise<string> {
  const file = await Deno.makeTempFile({ suffix: ".jsonc" });
  const rules = [{
    name: "injections",
    refuse: true,
    when: { signal: ["sqli", "jndi"] },
  }];
  await Deno.writeTextFile(file, JSON.stringify({ rules }));
  return file;
}
