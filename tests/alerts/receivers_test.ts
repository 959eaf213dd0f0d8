import { assert, assertEquals, assertRejects } from "@std/assert";
// @ts-types="npm:@types/smtp-server@^3.5.13"
import { SMTPServer } from "smtp-server";
import { readAlertState } from "../../lib/alerts/alert_state.ts";
import { type AlertsOptions, openAlerts } from "../../lib/alerts/alerts.ts";
import { countWaiting } from "../../lib/alerts/outbox.ts";
import {
  changeReceiver,
  listReceivers,
  type NewReceiver,
  removeReceiver,
} from "../../lib/alerts/receiver_store.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import { blockIp } from "../../lib/lists/access_store.ts";
import { parseConfig } from "../../lib/settings/config.ts";
import { makeCertificate } from "../_certificate.ts";
import { findingAt, testReceiver } from "./_receiver.ts";

const T0 = Date.UTC(2026, 0, 5, 12);
const SECRET_KEY = btoa("k".repeat(32));

/** Alerts of a console on an in-memory store with a test clock. */
async function bench(
  env: Record<string, string> = {},
  send?: AlertsOptions["send"],
) {
  const kv = await Deno.openKv(":memory:");
  const clock = { now: T0 };
  const lines: string[] = [];
  const config = parseConfig({
    KV_PATH: ":memory:",
    OUTBOUND_PRIVATE: "1",
    SECRET_KEY,
    PUBLIC_ORIGIN: "https://example.org",
    ...env,
  });
  const open = () =>
    openAlerts({
      ...{ kv, config, send },
      now: () => clock.now,
      pollMs: null,
      log: (_, event, fields) => lines.push(`${event} ${fields?.message}`),
    });
  const alerts = open();
  return {
    ...{ kv, clock, lines, open, alerts },
    add: (kind: string, settings: Record<string, string>, more = {}) =>
      alerts.add(receiver(kind, settings, more)),
    async [Symbol.asyncDispose]() {
      await alerts.close();
      kv.close();
    },
  };
}

function receiver(
  kind: string,
  settings: Record<string, string>,
  more: Partial<NewReceiver> = {},
): NewReceiver {
  return {
    ...{ name: "", kind, settings, by: "ann" },
    ...{ least: "warning", lists: true, quiet: null },
    ...more,
  };
}

const HOSTILE = findingAt(T0, 7, {
  severity: "critical",
  rule: "injection_probe",
  explanation:
    "12 requests, last <!channel> @everyone [x](http://evil.example)",
});

Deno.test("receivers: each kind is told in its own words, and nothing of a visitor's comes alive", async () => {
  await using server = testReceiver(200);
  await using b = await bench();
  const origin = new URL(server.url).origin;
  await b.add("slack", { url: server.url });
  await b.add("discord", { url: server.url });
  await b.add("ntfy", { server: origin, topic: "top-secret", token: "tk_1" });
  await b.add("gotify", { server: `${origin}/g/`, token: "AbC" });
  await b.add("telegram", {
    server: origin,
    token: "123:abcdefghijk",
    chat: "-100",
  });
  await b.add("webhook", { url: server.url, secret: "sixteen letters!" });
  await b.alerts.round();
  await b.alerts.findings([HOSTILE], [HOSTILE]);
  assertEquals((await b.alerts.round()).error, null);
  assertEquals(server.got.length, 6);
  const by = (test: (json: Record<string, unknown>) => boolean) =>
    server.got.find(({ json }) => test(json))!;
  const ntfy = by((json) => json.topic === "top-secret");
  assertEquals(ntfy.json.title, "Portcullis: critical");
  assertEquals(ntfy.json.priority, 5);
  assertEquals(ntfy.json.click, "https://example.org/admin/ip/203.0.113.7");
  assertEquals(ntfy.headers.get("authorization"), "Bearer tk_1");
  const gotify = by((json) => json.priority === 9);
  assertEquals(gotify.headers.get("x-gotify-key"), "AbC");
  const telegram = by((json) => json.chat_id === "-100");
  assertEquals(telegram.json.parse_mode, "HTML");
  assert(telegram.json.text.includes("<code>12 requests, last &lt;!channel"));
  const slack = by((json) => json.parse === "none");
  assert(slack.json.text.includes("&lt;!channel&gt;"));
  const discord = by((json) => "allowed_mentions" in json);
  assertEquals(discord.json.allowed_mentions, { parse: [] });
  const webhook = by((json) => json.type === "finding");
  assert(webhook.headers.has("webhook-signature"));
});

/** A local mail server that accepts `ann` with the password `right`. */
async function mailServer() {
  const { cert, key } = await makeCertificate("mail.example.org");
  const mails: string[] = [];
  const encrypted: boolean[] = [];
  const server = new SMTPServer({
    ...{ cert, key },
    onAuth: ({ username, password }, { secure }, done) => {
      encrypted.push(secure);
      if (username === "ann" && password === "right") {
        done(null, { user: "ann" });
      } else done(new Error("Wrong password"));
    },
    onData(stream, _, done) {
      let text = "";
      stream.on("data", (chunk: Uint8Array) => {
        text += new TextDecoder().decode(chunk);
      });
      stream.on("end", () => {
        mails.push(text);
        done();
      });
    },
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  // From a client that closes the connection as it does not trust the certificate.
  server.on("error", () => {});
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  return {
    ...{ cert, mails, encrypted },
    port: (server.server.address() as { port: number }).port,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((done) => server.close(() => done())),
  };
}

Deno.test("receivers: a mail goes by SMTP over TLS to who proves to be that server, one line a line", async () => {
  await using server = await mailServer();
  const settings = {
    host: "mail.example.org",
    port: String(server.port),
    username: "ann",
    password: "right",
    from: "portcullis@example.org",
    to: "ann@example.org",
  };
  const resolve = () => Promise.resolve(["127.0.0.1"]);
  await using b = await bench({}, { resolve, caCerts: [server.cert] });
  const added = await b.add("mail", settings);
  assertEquals((await b.alerts.test("ann", added.id))?.ok, true);
  await b.alerts.round();
  const forged = { ...HOSTILE, explanation: "a\r\nBcc: eve@evil.example\r\n" };
  await b.alerts.findings([forged], [forged]);
  assertEquals(await b.alerts.round(), { posted: 1, error: null });
  const [, mail] = server.mails;
  assert(/^Subject: Portcullis: critical\r$/m.test(mail!), mail);
  assert(!/^Bcc:/m.test(mail!), mail);
  assert(mail!.includes("https://example.org/admin/ip/203.0.113.7"), mail);
  assertEquals(new Set(server.encrypted), new Set([true]));

  const wrong = await b.add("mail", { ...settings, password: "guess" });
  const refused = await b.alerts.test("ann", wrong.id);
  assertEquals(refused?.words, "mail.example.org answered 535");

  await using unproved = await bench({}, { resolve });
  const other = await unproved.add("mail", settings);
  const { ok, words } = (await unproved.alerts.test("ann", other.id))!;
  assertEquals(ok, false);
  assert(words.startsWith("mail.example.org could not be reached"), words);
  assertEquals(server.mails.length, 2);
});

Deno.test("receivers: what they are reached by is encrypted, and another key does not open it", async () => {
  await using server = testReceiver();
  await using b = await bench();
  await b.add("webhook", { url: server.url });
  const [stored] = await listReceivers(b.kv);
  const text = Deno.inspect(stored, { depth: 9, iterableLimit: 9_999 });
  assert(!text.includes("s3cret") && !(stored!.settings instanceof Uint8Array));
  const other = openAlerts({
    kv: b.kv,
    now: () => T0,
    pollMs: null,
    config: parseConfig({
      KV_PATH: ":memory:",
      OUTBOUND_PRIVATE: "1",
      SECRET_KEY: btoa("x".repeat(32)),
    }),
    log: (_, event, fields) => b.lines.push(`${event} ${fields?.message}`),
  });
  await other.round();
  assert(b.lines[0]!.includes("encrypted with another SECRET_KEY"), b.lines[0]);
  await other.close();
});

Deno.test("receivers: settings that cannot be are refused with their name, and nothing is stored", async () => {
  await using b = await bench();
  for (
    const [kind, settings, words] of [
      ["slack", {}, "Webhook URL is missing"],
      ["slack", { url: "javascript:alert(1)" }, "expected an http(s) URL"],
      ["slack", { url: "https://x.example/\r\nX: y" }, "one line"],
      ["ntfy", { topic: "a b" }, "letters, digits"],
      ["telegram", { token: "nonsense", chat: "1" }, "BotFather"],
      ["telegram", { token: "1:abcdefghijk", chat: "x y" }, "a number"],
      ["mail", { host: "h", from: "a@b", to: "a@b,c@d" }, "one mail address"],
      ["mail", { host: "h", port: "99999", from: "a@b", to: "a@b" }, "65535"],
      ["webhook", { url: "https://x.example", secret: "short" }, "16"],
      ["pager", {}, "expected one of slack"],
      ["constructor", {}, "expected one of slack"],
    ] as [string, Record<string, string>, string][]
  ) {
    const error = await assertRejects(() => b.add(kind, settings), Refusal);
    assert(error.message.includes(words), `${kind}: ${error.message}`);
  }
  assertEquals(await listReceivers(b.kv), []);
});

Deno.test("receivers: a private address needs OUTBOUND_PRIVATE, whoever enters it", async () => {
  await using server = testReceiver();
  await using b = await bench({ OUTBOUND_PRIVATE: "0" });
  const added = await b.add("webhook", { url: server.url });
  const posted = await b.alerts.test("ann", added.id);
  assertEquals(posted?.ok, false);
  assert(posted!.words.includes("OUTBOUND_PRIVATE=1"), posted!.words);
  assertEquals(server.got.length, 0);
});

Deno.test("receivers: each is told what was chosen for it, and a failing one keeps nobody waiting", async () => {
  await using good = testReceiver();
  await using bad = testReceiver(500);
  await using b = await bench();
  const all = await b.add("webhook", { url: good.url });
  const down = await b.add("webhook", { url: bad.url });
  await b.add("webhook", { url: good.url }, {
    name: "night",
    least: "critical",
    lists: false,
  });
  await b.alerts.round();
  await blockIp(b.kv, () => T0, { ip: "203.0.113.9", created_by: "ann" });
  const warning = findingAt(T0, 1);
  await b.alerts.findings([warning, HOSTILE], [warning, HOSTILE]);
  await b.alerts.round();
  // All three to the first, only the critical one to the third.
  assertEquals(good.got.length, 4);
  assertEquals(await countWaiting(b.kv, 10, all.id), 0);
  assertEquals(await countWaiting(b.kv, 10, down.id), 3);
  const state = await readAlertState(b.kv, down.id);
  assertEquals(state?.attempts?.length, 1);
  assertEquals(state?.attempts?.[0]?.ok, false);
  await changeReceiver(b.kv, down.id, { is_paused: true });
  assertEquals((await removeReceiver(b.kv, down.id, Date.now()))?.id, down.id);
  assertEquals(await countWaiting(b.kv, 10, down.id), 0);
});

Deno.test("receivers: in quiet hours only what is critical is told; the rest is afterwards", async () => {
  await using server = testReceiver();
  await using b = await bench();
  await b.add("webhook", { url: server.url }, {
    quiet: { from: 11 * 60, to: 13 * 60 },
  });
  await b.alerts.round();
  const warning = findingAt(T0, 1);
  await b.alerts.findings([warning, HOSTILE], [warning, HOSTILE]);
  await b.alerts.round();
  assertEquals(server.got.length, 1);
  assert(server.texts()[0]!.startsWith("critical"));
  b.clock.now = T0 + 61 * 60_000;
  await b.alerts.round();
  assertEquals(server.got.length, 2);
  assert(server.texts()[1]!.startsWith("warning"));
});

Deno.test("receivers: a process that told nobody looks again and finds who was added elsewhere", async () => {
  await using server = testReceiver();
  await using b = await bench();
  const other = b.open();
  await other.round();
  await b.add("webhook", { url: server.url });
  await b.alerts.round();
  b.clock.now += 31_000;
  await other.findings([HOSTILE], [HOSTILE]);
  await other.round();
  assertEquals(server.got.length, 1);
  await other.close();
});
