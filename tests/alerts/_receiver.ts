import type { Finding } from "../../lib/detection/finding.ts";
import { parseConfig } from "../../lib/settings/config.ts";

/** A request to a {@linkcode testReceiver}. */
export interface Received {
  headers: Headers;
  body: string;
  // deno-lint-ignore no-explicit-any -- Tests look at what is there.
  json: any;
}

/** A local webhook receiver with these responses in turn, the last one from then on. */
export function testReceiver(...answers: (number | Response)[]) {
  const got: Received[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const body = await request.text();
      got.push({ headers: request.headers, body, json: JSON.parse(body) });
      const answer = answers.length > 1 ? answers.shift()! : answers[0] ?? 204;
      return typeof answer === "number"
        ? new Response(null, { status: answer })
        : answer.clone();
    },
  );
  return {
    got,
    texts: () => got.map(({ json }) => json.text as string),
    url: `http://127.0.0.1:${server.addr.port}/hook/s3cret`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** The configuration of a webhook. */
export function webhookConfig(url: string, env: Record<string, string> = {}) {
  return parseConfig({ ALERT_WEBHOOK_URL: url, ...env });
}

/** A finding that is still active at `at`. */
export function findingAt(
  at: number,
  n: number,
  fields: Partial<Finding> = {},
): Finding {
  return {
    id: `finding-${n}`,
    ip_address: `203.0.113.${n % 256}`,
    rule: "high_volume",
    severity: "warning",
    score: 3,
    count: 101,
    first_seen: at - 1_000,
    last_seen: at,
    flagged_at: at,
    updated_at: at,
    windows: [at - at % 3_600_000],
    evidence: [],
    explanation: "101 requests",
    is_active: true,
    resolved_by: null,
    resolved_at: null,
    resolution: null,
    expires_at: at + 9e9,
    ...fields,
  };
}
