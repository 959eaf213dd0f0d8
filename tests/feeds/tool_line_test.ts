import { assert, assertEquals } from "@std/assert";
import { listLineReader } from "../../lib/feeds/list_line.ts";

const NOW = Date.UTC(2025, 4, 17);

const LISTS: Record<string, string[]> = {
  "ipset save": [
    "create bl hash:net family inet hashsize 1024 maxelem 65536",
    "add bl 192.0.2.0/24",
    "add bl 203.0.113.7 timeout 300",
  ],
  "hosts.deny": ["# deny", "ALL: 192.0.2.0/24", "sshd : 203.0.113.7"],
  "Tor's exits": [
    "ExitNode 0011BD2485AD45D984EC4159C88FC066E5E3300E",
    "Published 2025-05-17 10:05:03",
    "LastStatus 2025-05-17 10:00:00",
    "ExitAddress 192.0.2.0 2025-05-17 10:05:03",
    "ExitAddress 203.0.113.7 2025-05-17 10:05:03",
  ],
  "iptables-save": [
    "-A INPUT -s 192.0.2.0/24 -j DROP",
    "-A f2b-sshd -s 203.0.113.7/32 -p tcp -j REJECT --reject-with icmp-port-unreachable",
  ],
  "Apache's rules": ["Require not ip 192.0.2.0/24", "Deny from 203.0.113.7"],
  "fail2ban with times": [
    "192.0.2.0 \t2025-05-17 10:05:03 + 600 = 2025-05-17 10:15:03",
    "203.0.113.7 \t2025-05-17 10:05:03 + 600 = 2025-05-17 10:15:03",
  ],
  "IPsum": ["# IPsum", "192.0.2.0\t10", "203.0.113.7\t9"],
  "comments behind slashes": ["// x", "192.0.2.0 // y", "203.0.113.7"],
};

for (const [name, lines] of Object.entries(LISTS)) {
  Deno.test(`a list of ${name} is read`, () => {
    const read = listLineReader(NOW);
    const found = lines.map(read).filter(({ kind }) => kind !== "nothing");
    assertEquals(
      found.map((line) =>
        line.kind === "entry"
          ? line.entry.ip.replace(/\/(?:24|32)$/, "")
          : line.kind
      ),
      ["192.0.2.0", "203.0.113.7"],
    );
  });
}

Deno.test("an ipset's timeout is when its entry ends", () => {
  const line = listLineReader(NOW)("add bl 203.0.113.7 timeout 300");
  assertEquals(line.kind === "entry" && line.entry.expires_at, NOW + 300_000);
});

Deno.test("what lets addresses in is no entry of a list", () => {
  for (
    const line of [
      "-A INPUT -s 192.0.2.7/32 -j ACCEPT",
      "-A INPUT ! -s 192.0.2.7/32 -j DROP",
      "Require ip 192.0.2.7",
      "Allow from 192.0.2.7",
      "192.0.2.7 host.example",
    ]
  ) {
    const { kind } = listLineReader(NOW)(line);
    assert(kind === "damaged" || kind === "nothing", line);
  }
});
