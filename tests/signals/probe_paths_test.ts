import { assertEquals } from "@std/assert";
import {
  compileProbePaths,
  isProbePath,
} from "../../lib/signals/probe_paths.ts";
import { PROBES } from "../../lib/signals/probe_paths.ts";

Deno.test("isProbePath() knows what nobody but scanners asks for, in any spelling", () => {
  for (
    const path of [
      "/.env",
      "/.ENV",
      "/%2eenv",
      "/api/.env.production",
      "/.git/config",
      "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
      "/a/b/c/d/e/eval-stdin.php",
      "/cgi-bin/luci/;stok=/locale",
      "/boaform/admin/formLogin",
      "/actuator/heapdump",
      "/shell.php",
      "/.aws/credentials",
      "/backup.sql",
      "/nmaplowercheck1700000000",
    ]
  ) assertEquals(isProbePath(path), true, path);
});

Deno.test("isProbePath() leaves what apps have to the apps", () => {
  for (
    const path of [
      "/",
      "/wp-login.php",
      "/wp-admin/",
      "/phpmyadmin/",
      "/actuator/health",
      "/.well-known/security.txt",
      "/.environment",
      "/wiki/Phpinfo.php",
      "/src/branch/main/.env",
      "/environment",
      "/owa/",
      "/a/b/c/d/.env",
    ]
  ) assertEquals(isProbePath(path), false, path);
  const isProbe = compileProbePaths();
  assertEquals(isProbe("/wp-login.php"), true);
  assertEquals(isProbe("/blog/2015/05/17/a"), false);
});

Deno.test("PROBES: every list says why, in lower case, and no name is in two of them", () => {
  const seen = new Map<string, string>();
  for (const { why, names, beginnings } of PROBES) {
    assertEquals(why.length > 10, true);
    assertEquals(names, names.toLowerCase());
    for (const name of names.trim().split(/\s+/)) {
      assertEquals(seen.get(name), undefined, name);
      seen.set(name, why);
    }
    for (const beginning of beginnings?.split(" ") ?? []) {
      assertEquals(beginning.length > 3, true, beginning);
    }
  }
});
