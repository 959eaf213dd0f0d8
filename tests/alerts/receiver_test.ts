import { assert, assertEquals } from "@std/assert";
import { messageOf } from "../../lib/alerts/message.ts";
import { waitingAlert } from "../../lib/alerts/outbox.ts";
import { receiverOf } from "../../lib/alerts/receiver.ts";
import { testReceiver, webhookConfig } from "./_receiver.ts";

const T0 = Date.UTC(2026, 0, 5, 12);
const message = messageOf(waitingAlert({ type: "test", by: "ann" }, T0), null);

function receiver(
  url: string,
  env: Record<string, string> = {},
  send: Parameters<typeof receiverOf>[1]["send"] = {},
) {
  return receiverOf(webhookConfig(url, env), { now: () => T0, send })!;
}

Deno.test("alert receiver: JSON is signed, so that anybody with the secret can check it", async () => {
  await using server = testReceiver();
  const secret = "a secret of the receiver's";
  const { post, signed } = receiver(server.url, {
    ALERT_WEBHOOK_SECRET: secret,
  });
  assert(signed);
  assert((await post(message)).ok);
  const { headers, body } = server.got[0]!;
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["verify"],
  );
  const id = headers.get("webhook-id");
  const timestamp = headers.get("webhook-timestamp");
  assertEquals(id, message.id);
  assertEquals(timestamp, String(T0 / 1_000));
  assert(
    await crypto.subtle.verify(
      "HMAC",
      key,
      Uint8Array.fromBase64(headers.get("webhook-signature")!.slice(3)),
      new TextEncoder().encode(`${id}.${timestamp}.${body}`),
    ),
  );
  assertEquals(headers.get("content-type"), "application/json");
});

Deno.test("alert receiver: without a secret, and in chats' formats, nothing is signed", async () => {
  await using server = testReceiver();
  await receiver(server.url).post(message);
  await receiver(server.url, {
    ALERT_WEBHOOK_SECRET: "a secret of the receiver's",
    ALERT_WEBHOOK_FORMAT: "discord",
  }).post(message);
  for (const { headers } of server.got) {
    assertEquals(headers.get("webhook-signature"), null);
  }
  assertEquals(server.got[1]!.json.allowed_mentions, { parse: [] });
});

Deno.test("alert receiver: a private address in the variable itself is allowed by that, a name that leads to one is not", async () => {
  await using server = testReceiver();
  const { port } = new URL(server.url);
  for (const host of ["127.0.0.1", "localhost"]) {
    const { ok, words } = await receiver(`http://${host}:${port}/`).post(
      message,
    );
    assert(ok, words);
  }
  const resolve = () => Promise.resolve(["127.0.0.1"]);
  const url = `http://hooks.internal:${port}/t0ken`;
  const refused = await receiver(url, {}, { resolve }).post(message);
  assertEquals([refused.ok, refused.status], [false, null]);
  assert(refused.words.includes("OUTBOUND_PRIVATE=1"), refused.words);
  assert(!refused.words.includes("t0ken"), refused.words);
  const allowed = await receiver(url, { OUTBOUND_PRIVATE: "1" }, { resolve })
    .post(message);
  assert(allowed.ok, allowed.words);
  const metadata = await receiver("http://169.254.169.254/").post(message);
  assert(metadata.words.includes("OUTBOUND_PRIVATE=1"), metadata.words);
});

Deno.test("alert receiver: a redirect is not followed, and a long answer is none of ours", async () => {
  await using server = testReceiver(
    new Response(null, { status: 302, headers: { location: "/elsewhere" } }),
    new Response("x".repeat(200_000)),
  );
  const { post } = receiver(server.url);
  const redirected = await post(message);
  assertEquals([redirected.ok, redirected.status], [false, 302]);
  assert(redirected.words.endsWith("redirects are not followed"));
  assert((await post(message)).ok);
  assertEquals(server.got.length, 2);
});

Deno.test("alert receiver: a slow one, and one that is not there, are one sentence", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr as Deno.NetAddr;
  const slow = await receiver(`http://127.0.0.1:${port}/t0ken`, {}, {
    timeoutMs: 50,
  }).post(message);
  listener.close();
  const gone = await receiver(`http://127.0.0.1:${port}/t0ken`).post(message);
  for (const { ok, status, words } of [slow, gone]) {
    assertEquals([ok, status], [false, null]);
    assert(!/t0ken|\n/.test(words), words);
  }
});
