import { assertEquals } from "@std/assert";
import { raiseTogether } from "../../lib/detection/raise_together.ts";
import { limitSubject } from "../../lib/net/prefix.ts";
import { draft } from "./rules/_summary.ts";

const clients = { keyOf: (ip: string) => limitSubject(ip, 64) };

function raised(...drafts: ReturnType<typeof draft>[]) {
  raiseTogether(drafts, clients);
  return drafts.filter(({ rule }) => rule === "high_volume")
    .map(({ severity, score }) => [severity, score]);
}

const volume = (ip = "203.0.113.9") => draft(ip, "info");

Deno.test("High volume by itself is info", () => {
  assertEquals(raised(volume()), [["info", 1]]);
});

Deno.test("High volume with something else about the same client is a warning", () => {
  const other = draft("203.0.113.9", "warning", "path_scanning");
  assertEquals(raised(volume(), other), [["warning", 3]]);
  const sixth = draft("2001:db8::2", "critical", "injection_probe");
  assertEquals(raised(volume("2001:db8::1"), sixth), [["warning", 3]]);
});

Deno.test("High volume beside what is only info, or about somebody else, stays info", () => {
  const visit = draft("203.0.113.9", "info", "sensitive_path");
  const neighbour = draft("203.0.113.8", "critical", "path_scanning");
  assertEquals(raised(volume(), visit, neighbour), [["info", 1]]);
});
