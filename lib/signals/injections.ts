import { decodePath } from "../base/decode_path.ts";

/** What kind of attack a path carries. */
export type Injection = "traversal" | "SQL" | "script" | "template" | "shell";

/** Without one of these characters there is no injection. */
const UNUSUAL = /[%'"<>;|&`${}()\\*:#+]|\.\./;

/** Words that nobody writes in a path by accident; matching them takes linear time. */
const WORDS: readonly [Injection, readonly string[]][] = [
  ["traversal", [
    "../../",
    "..\\",
    "..;/",
    "/../etc/",
    "etc/passwd",
    "etc/shadow",
    "proc/self/",
    "windows/win.ini",
    "boot.ini",
    "\0",
    "php://",
    "file:///",
    "expect://",
    "data://text",
  ]],
  ["SQL", [
    "union all select",
    "union select null",
    "union select 1",
    "union select @@",
    "union select char(",
    "union select concat(",
    "information_schema",
    "waitfor delay",
    "benchmark(",
    "pg_sleep(",
    "' and sleep(",
    "' or sleep(",
    "xp_cmdshell",
    "extractvalue(",
    "updatexml(",
    "' or '",
    '" or "',
    "' or 1",
    "' and 1=",
    "') or (",
    "';drop table",
    "'; drop table",
    "';select",
    " or 1=1",
    " and 1=1",
    "order by 1--",
  ]],
  ["script", [
    "<script",
    "<svg/on",
    "<svg on",
    "<img src",
    "<iframe",
    "javascript:alert",
    "onerror=",
    "onload=alert",
  ]],
  ["template", [
    "${jndi:",
    "${env:",
    "${lower:",
    "${script:",
    "${@",
    "__class__",
    "__globals__",
    "{{config",
    "{{self.",
    "{{request.",
    "%{(#",
    "#_memberaccess",
    "java.lang.runtime",
    "t(java.lang",
    "<%=",
    "<?php",
    "phpinfo(",
    "base64_decode(",
    "eval(",
    "system(",
    "passthru(",
    "allow_url_include",
    "auto_prepend_file",
  ]],
  ["shell", [
    "/bin/sh",
    "/bin/bash",
    "cmd.exe",
    "powershell -",
    "${ifs}",
    "$ifs",
    "() {",
    ">/dev/null",
  ]],
];

/** What takes a pattern; every repetition is bounded, so these take linear time, too. */
const PATTERNS: readonly [Injection, RegExp][] = [
  ["template", /(?:\{\{|\$\{|#\{|<%)\s{0,3}'?\d{1,7}'?\s{0,3}\*/],
  [
    "shell",
    /[;|&`(]\s{0,3}(?:cat|ls|rm|chmod|sh|bash|nc|ping|wget|curl|sleep|nslookup)\s{1,3}(?:[-/.$\d]|http)/,
  ],
  [
    "shell",
    /[;|`(]\s{0,3}(?:id|whoami|uname -a|ipconfig|ifconfig)\s{0,3}(?:$|[;|`)&])/,
  ],
];

/**
 * What kind of injection a path holds, or null. Encodings up to twice, case, `+` and SQL comments
 * for spaces make no difference. Takes time in proportion to the path's length.
 */
export function injectionIn(path: string): Injection | null {
  if (!UNUSUAL.test(path)) return null;
  const text = decodePath(decodePath(path)).toLowerCase()
    .replaceAll("/**/", " ").replaceAll("+", " ");
  for (const [kind, words] of WORDS) {
    if (words.some((word) => text.includes(word))) return kind;
  }
  return PATTERNS.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
}
