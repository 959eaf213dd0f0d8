import { assertEquals } from "@std/assert";
import { createWebhook } from "../../lib/alerts/webhook.ts";
import type { Finding } from "../../lib/detection/finding.ts";
import type { Severity } from "../../lib/detection/types.ts";

const finding = (n: number, severity: Severity = "warning"): Finding => ({
  id: `finding-${n}`,
  ip_address: `192.0.2.${n % 256}`,
  rule: "high_volume",
  severity,
  score: 3,
  count: 101,
  first_seen: 1,
  last_seen: 2,
  flagged_at: 3,
  updated_at: 3,
  windows: [0],
  evidence: [],
  explanation: "101 requests",
  is_active: true,
  resolved_by: null,
  resolved_at: null,
  resolution: null,
  expires_at: 9,
});

/** A server that answers with these statuses in turn, the last one from then on. */
async function receiver(...statuses: number[]) {
  const got: { type: string; text: string; finding?: { id: string } }[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      got.push(await request.json());
      const status = statuses.length > 1 ? statuses.shift()! : statuses[0]!;
      return new Response(null, {
        status,
        headers: status === 302 ? { location: "/elsewhere" } : {},
      });
    },
  );
  await Promise.resolve();
  return {
    url: `http://127.0.0.1:${server.addr.port}/hook`,
    got,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const delays: number[] = [];
const errors: string[] = [];
const told = (url: string) => {
  delays.length = errors.length = 0;
  return createWebhook({
    url,
    delay: (ms) => {
      delays.push(ms);
      return Promise.resolve();
    },
    onError: (message) => errors.push(message),
  });
};

Deno.test("webhook: a new finding is posted, one of info is not", async () => {
  await using server = await receiver(204);
  await told(server.url)([finding(1), finding(2, "info"), finding(3)]);
  assertEquals(server.got.map(({ finding }) => finding!.id), [
    "finding-1",
    "finding-3",
  ]);
  assertEquals(
    server.got[0]!.text,
    "warning: high_volume of 192.0.2.1: 101 requests",
  );
  assertEquals(errors, []);
});

Deno.test("webhook: a failure is tried again twice, later each time", async () => {
  await using server = await receiver(500, 503, 200);
  await told(server.url)([finding(1)]);
  assertEquals(server.got.length, 3);
  assertEquals(delays, [500, 2_000]);
  assertEquals(errors, []);
});

Deno.test("webhook: after three failures it is given up, and so are the others", async () => {
  await using server = await receiver(500);
  await told(server.url)([finding(1), finding(2)]);
  assertEquals(server.got.length, 3);
  assertEquals(errors, ["Cannot post an alert: the server answered 500"]);
});

Deno.test("webhook: a redirect is not followed", async () => {
  await using server = await receiver(302);
  await told(server.url)([finding(1)]);
  assertEquals(server.got.length, 3);
  assertEquals(errors, ["Cannot post an alert: the server answered 302"]);
});

Deno.test("webhook: where nobody listens, it says so and does not reject", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  await told(`http://127.0.0.1:${port}/`)([finding(1)]);
  assertEquals(errors.length, 1);
});

Deno.test("webhook: a flood of findings becomes fifty posts and a sentence", async () => {
  await using server = await receiver(200);
  await told(server.url)(
    Array.from({ length: 10_500 }, (_, n) => finding(n)),
  );
  assertEquals(server.got.length, 51);
  assertEquals(
    server.got.at(-1)!.text,
    "10450 more findings: see /admin/suspicious",
  );
});
