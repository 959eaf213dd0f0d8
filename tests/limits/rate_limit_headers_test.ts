import { assertEquals } from "@std/assert";
import {
  rateLimitHeaders,
  retryAfterSeconds,
} from "../../lib/limits/rate_limit_headers.ts";
import type { Decision } from "../../lib/limits/throttle.ts";

const refused: Decision = {
  allowed: false,
  limit: 5,
  remaining: 0,
  retryAfterMs: 22_400,
  resetMs: 22_400,
  windowMs: 60_000,
  policy: "login",
};

Deno.test("rateLimitHeaders() tells a refused client when to come back", () => {
  assertEquals(rateLimitHeaders(refused), {
    "RateLimit-Policy": '"login";q=5;w=60',
    "RateLimit": '"login";r=0;t=23',
    "Retry-After": "23",
  });
});

Deno.test("rateLimitHeaders() has no Retry-After for who passed", () => {
  const passed = { ...refused, allowed: true, remaining: 4, retryAfterMs: 0 };
  assertEquals(rateLimitHeaders(passed), {
    "RateLimit-Policy": '"login";q=5;w=60',
    "RateLimit": '"login";r=4;t=23',
  });
});

Deno.test("Retry-After is a whole number of at least 1", () => {
  for (
    const [ms, seconds] of [[0.1, 1], [1, 1], [1_000, 1], [1_001, 2], [0, 1]]
  ) {
    const retryAfterMs = ms!;
    assertEquals(retryAfterSeconds({ retryAfterMs }), seconds);
    const headers = rateLimitHeaders({ ...refused, retryAfterMs });
    assertEquals(headers["Retry-After"], String(seconds));
  }
});
