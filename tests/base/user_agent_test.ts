import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { describeAgent } from "../../lib/base/user_agent.ts";

const CASES: [string, string][] = [
  [
    "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0",
    "Firefox 146 on Linux",
  ],
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0",
    "Edge 143 on Windows",
  ],
  [
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36",
    "Chrome 143 on Android",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1",
    "Safari 19 on iPhone",
  ],
  [
    "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko",
    "Internet Explorer 11 on Windows",
  ],
  [
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Googlebot",
  ],
  [
    "Mozilla/5.0 (compatible; archive.org_bot +http://www.archive.org/details/archive.org_bot)",
    "archive.org_bot",
  ],
  ["curl/8.14.1", "curl 8.14.1"],
  ["python-requests/2.32", "python-requests 2.32"],
  ["Mozilla/5.0 zgrab/0.x", "zgrab/0.x"],
  ["Mozilla/5.0", "Mozilla/5.0"],
  ["-", "-"],
  ["", ""],
  [`x${"y".repeat(100)}`, `x${"y".repeat(46)}…`],
];

Deno.test("describeAgent() names browser and system, crawler or tool", () => {
  for (const [agent, expected] of CASES) {
    assertEquals(describeAgent(agent), expected);
  }
});

Deno.test("describeAgent() answers anything with at most 48 characters", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (agent) => {
    assert([...describeAgent(agent)].length <= 48);
  }));
});
