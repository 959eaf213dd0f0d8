import { assertEquals } from "@std/assert";
import { distributedPrefix } from "../../../lib/detection/rules/distributed_prefix.ts";
import { draft, judged, namesIn } from "./_summary.ts";

const in24 = (...hosts: number[]) =>
  hosts.map((host) => draft(`203.0.113.${host}`));
const R = "203.0.113.0/24";

namesIn(distributedPrefix(), {
  "three offenders in a /24": [{ drafts: in24(1, 2, 3) }, [R]],
  "at its edges": [{ drafts: in24(0, 128, 255) }, [R]],
  "critical ones": [
    { drafts: [1, 2, 3].map((n) => draft(`203.0.113.${n}`, "critical")) },
    [R],
  ],
  "of several rules": [
    {
      drafts: [
        draft("203.0.113.1", "warning", "bad_bot"),
        draft("203.0.113.2", "warning", "path_scanning"),
        draft("203.0.113.3"),
      ],
    },
    [R],
  ],
  "with a fourth of info": [
    { drafts: [...in24(1, 2, 3), draft("203.0.113.4", "info")] },
    [R],
  ],
  "a whole /24": [
    { drafts: in24(...Array.from({ length: 256 }, (_, n) => n)) },
    [R],
  ],
  "two networks": [
    {
      drafts: [
        ...in24(1, 2, 3),
        ...[1, 2, 3].map((n) => draft(`198.51.100.${n}`)),
      ],
    },
    [R, "198.51.100.0/24"],
  ],
  "a /48": [
    { drafts: [1, 2, 3].map((n) => draft(`2001:db8:7:${n}::1`)) },
    ["2001:db8:7::/48"],
  ],
  "a /48 by single addresses": [
    { drafts: [1, 2, 3].map((n) => draft(`2001:db8:7::${n}`)) },
    ["2001:db8:7::/48"],
  ],
  "one network of both families": [
    {
      drafts: [
        ...in24(1, 2, 3),
        draft("2001:db8::1"),
        draft("2001:db8::2"),
      ],
    },
    [R],
  ],
  "with neighbours who do no harm": [
    { drafts: in24(1, 2, 3), visitors: [["203.0.113.50", 9]] },
    [R],
  ],
  "nothing found": [{}, []],
  "one offender": [{ drafts: in24(1) }, []],
  "two offenders": [{ drafts: in24(1, 2) }, []],
  "two offenders, two findings each": [
    {
      drafts: [
        ...in24(1, 2),
        draft("203.0.113.1", "warning", "bad_bot"),
        draft("203.0.113.2", "warning", "bad_bot"),
      ],
    },
    [],
  ],
  "one offender, three findings": [
    {
      drafts: ["a", "b", "c"].map((rule) =>
        draft("203.0.113.1", "critical", rule)
      ),
    },
    [],
  ],
  "three of info": [
    { drafts: [1, 2, 3].map((n) => draft(`203.0.113.${n}`, "info")) },
    [],
  ],
  "three in neighbouring networks": [
    { drafts: [1, 2, 3].map((n) => draft(`203.0.${n}.1`)) },
    [],
  ],
  "two and one over the edge": [
    { drafts: [...in24(254, 255), draft("203.0.114.0")] },
    [],
  ],
  "three in three /48": [
    { drafts: [1, 2, 3].map((n) => draft(`2001:db8:${n}::1`)) },
    [],
  ],
  "an office of 200 readers": [
    {
      visitors: Array.from(
        { length: 200 },
        (_, n) => [`203.0.113.${n}`, 20, true] as [string, number, boolean],
      ),
    },
    [],
  ],
  "what is no address": [
    { drafts: ["x", "y", "z", "*"].map((ip) => draft(ip)) },
    [],
  ],
});

Deno.test("distributed_prefix: it lasts from the first to the last of its findings, in whatever order they come", () => {
  const times = [[5, 6], [1, 2], [3, 9]] as const;
  const drafts = times.map(([first_seen, last_seen], n) => ({
    ...draft(`203.0.113.${n + 1}`),
    ...{ first_seen, last_seen },
  }));
  for (const order of [[0, 1, 2], [1, 2, 0], [2, 0, 1]]) {
    const [found] = judged(distributedPrefix(), {
      drafts: order.map((n) => drafts[n]!),
    });
    assertEquals([found!.first, found!.last, found!.count], [1, 9, 3]);
  }
});

Deno.test("distributed_prefix: it says whom a block would affect besides", () => {
  const [found] = judged(distributedPrefix(), {
    drafts: in24(1, 2, 3),
    visitors: [
      ["203.0.113.1", 500],
      ["203.0.113.50", 20],
      ["203.0.113.51", 12, true],
      ["198.51.100.1", 99],
    ],
  });
  assertEquals(
    found!.explanation,
    "3 offenders in the hour from 2026-03-04 10:00 UTC; a block would also affect " +
      "2 other addresses with 32 requests, 1 signed in",
  );
  const [alone] = judged(distributedPrefix(), { drafts: in24(1, 2, 3) });
  assertEquals(
    alone!.explanation.endsWith("; there were no other addresses"),
    true,
  );
});
