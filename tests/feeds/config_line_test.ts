import { assertEquals } from "@std/assert";
import { readConfigLine } from "../../lib/feeds/config_line.ts";

Deno.test("config line: what a daemon refuses is read, a version or a server's address is not", () => {
  for (
    const [line, ips] of [
      ["ALL: 203.0.113.7", ["203.0.113.7"]],
      ["sshd : 203.0.113.7, 198.51.100.0/24", [
        "203.0.113.7",
        "198.51.100.0/24",
      ]],
      ["in.telnetd: 203.0.113.7 : deny", ["203.0.113.7"]],
      ["Version: 1.2.3.4", null],
      ["build : 10.4.2.1", null],
      ["nameserver: 9.9.9.9", null],
    ] as const
  ) {
    const read = readConfigLine(line);
    assertEquals(
      read === null || read === "nothing" ? read : read.map(({ ip }) => ip),
      ips === null ? null : [...ips],
      line,
    );
  }
});
