import { assertEquals } from "@std/assert";
import { loggedSignalsOf } from "../../lib/signals/logged_signals.ts";
import { onlyNamesPage } from "../../lib/signals/page_name.ts";
import { BIT } from "../../lib/signals/signal.ts";

const NAMES = [
  "/doku.php?id=Phpinfo()",
  "/doku.php?id=phpinfo%28%29",
  "/doku.php?id=Phpinfo()&do=edit",
  "/doku.php?id=.htaccess",
  "/doku.php?id=$_GET",
  "/doku.php?id=__init__",
  "/index.php?title=Eval()&action=history",
  "/index.php?title=Wp-config.php",
  "/index.php?title=Document.cookie",
  "/index.php?title=Information_schema",
  "/index.php?title=constructor.prototype",
  "/index.php?title=java.lang.Runtime.exec()",
  "/tiki-index.php?page=Shell_exec()",
];

const OTHERS = [
  // It displays nothing.
  "/doku.php?id=start",
  // It passes on a value, or is more than one word.
  "/doku.php?id=system(id)",
  "/doku.php?id=phpinfo();",
  "/doku.php?id=phpinfo()%0a",
  "/doku.php?id=1'+or+'1'='1",
  "/doku.php?id={{7*7}}",
  "/doku.php?id=eval(base64_decode())",
  // It is a file, and not the name of one.
  "/doku.php?id=/etc/passwd",
  "/doku.php?id=../../etc/passwd",
  "/doku.php?id=file:///etc/passwd",
  "/doku.php?id=php://input",
  // No wiki has such a parameter, or it is one that names files for programs.
  "/index.php?x=phpinfo()",
  "/index.php?cmd=phpinfo()",
  "/index.php?file=wp-config.php",
  "/index.php?page=wp-config.php",
  "/index.php?page=.htaccess",
  // Another part is suspicious, too.
  "/doku.php?id=Phpinfo()&x=system()",
  "/doku.php?id=Phpinfo()&title=Phpinfo()",
  "/..%2f..%2fx?id=Phpinfo()",
  "/a'or'1'='1?id=Phpinfo()",
  "/doku.php?id=%E0%A4%A()",
];

for (const [targets, expected] of [[NAMES, true], [OTHERS, false]] as const) {
  for (const target of targets) {
    Deno.test(`onlyNamesPage(): ${target} ${expected ? "names a page" : "does more"}`, () => {
      const signals = loggedSignalsOf({ method: "GET", target });
      if (expected) assertEquals(signals === 0, false);
      assertEquals(onlyNamesPage(target, signals), expected);
    });
  }
}

Deno.test("onlyNamesPage(): what fields show is not the name's", () => {
  const target = "/doku.php?id=Phpinfo()";
  assertEquals(onlyNamesPage(target, BIT.code), true);
  assertEquals(onlyNamesPage(target, BIT.code | BIT.sqli), false);
  assertEquals(onlyNamesPage("/doku.php?id=start", BIT.code), false);
});
