import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import type { AlertEvent } from "../../lib/alerts/event.ts";
import { type AlertFormat, bodyOf, formatOf } from "../../lib/alerts/format.ts";
import { messageOf, summaryOf } from "../../lib/alerts/message.ts";
import { waitingAlert } from "../../lib/alerts/outbox.ts";
import { signatureHeaders } from "../../lib/alerts/signature.ts";
import { ConfigError, parseConfig } from "../../lib/settings/config.ts";
import { findingItem } from "../../lib/detection/finding_item.ts";
import { findingAt } from "./_receiver.ts";

const T0 = Date.UTC(2026, 0, 5, 12);

/** The text that a receiver shows for a finding with this explanation. */
function shown(format: AlertFormat, explanation: string): string {
  const finding = findingItem(findingAt(T0, 1, { explanation }));
  return textIn(format, { type: "finding", finding });
}

function textIn(format: AlertFormat, event: AlertEvent): string {
  const message = messageOf(waitingAlert(event, T0), "https://example.org");
  const body = JSON.parse(bodyOf(message, format));
  return format === "discord" ? body.content : body.text;
}

/** The part that a chat could interpret: all but inline code and the link at the end. */
function live(text: string): string {
  return text.replace(/\n<https:\/\/example\.org\/admin\/[\w/.%:-]+>$/, "")
    .replace(/`[^`\n]*`/g, "");
}

const HOSTILE = [
  "@everyone look",
  "@here",
  "<@123456789012345678>",
  "<@&123456789012345678>",
  "<#123456789012345678>",
  "<!channel> <!here> <!everyone>",
  "<!subteam^S012AB>",
  "<@U012AB3CD>",
  "<https://evil.example|your bank>",
  "[your bank](https://evil.example)",
  "https://evil.example/steal",
  "evil.example/steal",
  "*bold* _italic_ ~struck~ **b** __u__ ~~s~~",
  "`code` and ``more`` and ```fences```",
  "``` \n```",
  "|| spoiler ||",
  "> quote",
  ">>> quote",
  "# heading",
  "-# small",
  "- list\n- list",
  "1. list",
  ":skull: :smile:",
  "<:name:123456789012345678> <a:name:123456789012345678>",
  "<t:1700000000:R>",
  "</slash:123456789012345678>",
  "<id:customize>",
  "line\nbreak\r\n## forged",
  "\u2028forged\u2029",
  "\u202Eright to left",
  "\u0000\u0007\u001b[2J\u009b2J",
  "zero\u200bwidth\ufeff",
  "&lt;!channel&gt; &amp;lt;",
  "steam://run/1 discord.gg/abc mailto:a@b.c",
  "\ud800lone",
  "a".repeat(100_000),
  "`".repeat(5_000),
  "<!channel>".repeat(3_000),
  "{{template}} ${x} %s",
  "'; DROP TABLE x; --",
];

Deno.test("alert formats: nothing hostile comes alive in Slack or Discord", () => {
  for (const format of ["slack", "discord"] as const) {
    for (const text of HOSTILE) {
      const all = shown(format, text);
      const rest = live(all);
      assert(
        /^warning: +of 203\.0\.113\.1: [A-Za-z0-9 .,;()%+-]*$/.test(rest),
        `${format} ${JSON.stringify(text.slice(0, 40))}: ${rest}`,
      );
      assert(!/[A-Za-z]\.[A-Za-z]/.test(rest), rest);
      assertEquals(all.split("\n").length, 2, all);
      assert(all.length <= (format === "slack" ? 4_000 : 2_000));
      if (format === "slack") {
        assert(!/[<>]|&(?!amp;|lt;|gt;)/.test(all.split("\n")[0]!), all);
      }
    }
  }
});

Deno.test("alert formats: whatever a value is, no markup is left outside code", () => {
  const value = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.string({
      unit: fc.constantFrom(..."`@<>*_~|[]()#:\\./\n\r -a1&!".split("")),
      maxLength: 100,
    }),
  );
  fc.assert(
    fc.property(
      value,
      fc.constantFrom("slack" as const, "discord" as const),
      (text, format) => {
        const all = shown(format, text);
        const rest = live(all);
        assert(!/[`@<>*_~|[\]#\\/&\n]/.test(rest), `${text} -> ${all}`);
        assert(
          !rest.replace(/^warning: +of 203\.0\.113\.1: /, "").includes(":"),
        );
      },
    ),
    { numRuns: 2_000 },
  );
});

Deno.test("alert formats: hostile names, reasons and rules are inert in every kind of alert", () => {
  const bad = "<!channel> @everyone https://evil.example `x`";
  const events: AlertEvent[] = [
    {
      type: "blocklist",
      counts: { blocked: 40 },
      by_list: { [bad]: 3 },
      imported: true,
      items: [{
        what: "blocked",
        ip_address: "2001:db8::1",
        by: bad,
        why: bad,
        until: null,
      }],
    },
    {
      type: "more_findings",
      count: 3,
      worst: "critical",
      by_rule: { [bad]: 3 },
    },
    { type: "test", by: bad },
  ];
  for (const format of ["slack", "discord"] as const) {
    for (const event of events) {
      const rest = live(textIn(format, event));
      assert(!/[`@<>*_~|&]|evil/.test(rest), rest);
    }
  }
});

Deno.test("alert formats: mentions, links and previews are switched off as well", () => {
  const message = messageOf(
    waitingAlert({ type: "test", by: "ann" }, T0),
    null,
  );
  assertEquals(JSON.parse(bodyOf(message, "discord")), {
    content: "This is a test alert from Portcullis, sent by ann.",
    allowed_mentions: { parse: [] },
    flags: 4,
  });
  assertEquals(JSON.parse(bodyOf(message, "slack")), {
    text: "This is a test alert from Portcullis, sent by ann.",
    parse: "none",
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
  });
});

Deno.test("alert formats: a long summary keeps to the receiver's length, line by line", () => {
  const alerts = Array.from({ length: 60 }, (_, n) =>
    waitingAlert({
      type: "finding",
      finding: findingItem(
        findingAt(T0, n, { explanation: "&<>".repeat(200) }),
      ),
    }, T0));
  for (
    const [format, max] of [["json", 4_000], ["slack", 4_000], [
      "discord",
      2_000,
    ]] as const
  ) {
    const message = summaryOf(alerts, 7, "https://example.org");
    const body = JSON.parse(bodyOf(message, format));
    const text: string = body.text ?? body.content;
    assert(text.length <= max, `${format}: ${text.length}`);
    assertStringIncludes(text, "60 alerts, 60 findings");
    assertStringIncludes(text, "and dropped 7");
    assert(text.includes("\n…"), text);
    const ticks = text.split("`").length - 1;
    assertEquals(ticks % 2, 0);
  }
});

Deno.test("formatOf() goes by the host, and by nothing that only looks like it", () => {
  const table: [url: string, format: AlertFormat][] = [
    ["https://hooks.slack.com/services/T/B/x", "slack"],
    ["https://hooks.slack.com./services/T/B/x", "slack"],
    ["https://HOOKS.SLACK.COM/services/T/B/x", "slack"],
    ["https://hooks.slack-gov.com/services/T/B/x", "slack"],
    ["https://discord.com/api/webhooks/1/x", "discord"],
    ["https://canary.discord.com/api/webhooks/1/x", "discord"],
    ["https://discordapp.com/api/webhooks/1/x", "discord"],
    ["https://discord.com/api/webhooks/1/x/slack", "slack"],
    ["https://example.org/slack.com", "json"],
    ["https://slack.com.example.org/", "json"],
    ["https://notslack.com/", "json"],
    ["https://slack.com@example.org/", "json"],
    ["http://127.0.0.1:9/", "json"],
  ];
  for (const [url, format] of table) {
    assertEquals(formatOf(new URL(url)), format, url);
  }
});

Deno.test("alert signatures are those of Standard Webhooks", async () => {
  const message = { id: "msg_1", timestamp: T0 + 999, body: `{"a":"é"}` };
  for (
    const [secret, raw] of [
      ["0123456789abcdef", new TextEncoder().encode("0123456789abcdef")],
      ["whsec_AAECAwQFBgcICQoLDA0ODw==", new Uint8Array(16).map((_, i) => i)],
    ] as const
  ) {
    const headers = await signatureHeaders(secret, message);
    assertEquals(headers["webhook-id"], "msg_1");
    assertEquals(headers["webhook-timestamp"], String(T0 / 1_000));
    const key = await crypto.subtle.importKey(
      "raw",
      raw,
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["verify"],
    );
    const [version, base64] = headers["webhook-signature"]!.split(",");
    assertEquals(version, "v1");
    const verify = (body: string) =>
      crypto.subtle.verify(
        "HMAC",
        key,
        Uint8Array.fromBase64(base64!),
        new TextEncoder().encode(`msg_1.${T0 / 1_000}.${body}`),
      );
    assert(await verify(message.body));
    assert(!await verify(message.body + " "));
  }
});

Deno.test("ALERT_WEBHOOK_* are parsed strictly, and secrets are not shown", () => {
  const config = parseConfig({
    ALERT_WEBHOOK_SECRET: "0123456789abcdef",
    ALERT_WEBHOOK_FORMAT: "Slack",
    OUTBOUND_PRIVATE: "1",
  });
  assertEquals(
    [
      config.alertWebhookSecret,
      config.alertWebhookFormat,
      config.outboundPrivate,
    ],
    ["0123456789abcdef", "slack", true],
  );
  for (
    const [name, value, isShown] of [
      ["ALERT_WEBHOOK_SECRET", "short", false],
      ["ALERT_WEBHOOK_SECRET", "whsec_not base64 at all!", false],
      ["ALERT_WEBHOOK_SECRET", "whsec_AAAAAAAAAA==", false],
      ["ALERT_WEBHOOK_FORMAT", "teams", true],
      ["OUTBOUND_PRIVATE", "yes", true],
    ] as const
  ) {
    try {
      parseConfig({ [name]: value });
      throw new Error(`${name}=${value} was taken`);
    } catch (error) {
      assert(error instanceof ConfigError, String(error));
      assertEquals(error.message.includes(value), isShown, error.message);
      assert(error.message.startsWith(name));
    }
  }
});
