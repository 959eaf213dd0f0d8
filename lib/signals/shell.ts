import { COMMANDS, COMMON_WORDS } from "./commands.ts";
import { type Rule, rule } from "./grammar.ts";
import { ANYWHERE, PLACE, TERSE } from "./place.ts";
import { BIT } from "./signal.ts";

const { rce } = BIT;
/** Without the places where semicolons, commas and brackets are ordinary. */
const NO_LIST = ANYWHERE & ~PLACE.agent & ~PLACE.cookie & ~PLACE.field;
const ARGUMENTS = ANYWHERE & ~PLACE.agent & ~PLACE.referrer & ~PLACE.field;
const BUT_JSON = ANYWHERE & ~PLACE.json;

const all = COMMANDS.join(" ");
const words = COMMON_WORDS.join(" ");
/** Programs whose options people search for; their own languages are better evidence. */
const DISCUSSED = new Set(
  "python python2 python3 perl php ruby node nodejs npm npx deno pip pip3 gem cargo git docker kubectl make cmake gcc composer bundle brew apt snap aws gcloud az terraform conda"
    .split(" "),
);
const started = COMMANDS.filter((name) => !DISCUSSED.has(name)).join(" ") +
  " sh find head tail time nice";

/** Unix and Windows shells, by features of command lines only. */
export const SHELL: readonly Rule[] = [
  // A further command: `;id`, `| cat /etc/passwd`, `&& wget …`, `$(id)`, a backtick
  rule(
    rce,
    all,
    /(?<=(?:[;|`\n]|&&|^&|^\\|\$\(|[;&|`(]\s{0,3}\()[\s'"\\]{0,4}(?:(?:sudo|time|nohup|exec|env|command|then|do)\s{1,3})?)[\w-]{1,20}['"]?(?:$|\s{0,3}[;|&`)<>\n'"$]|\s{1,4}(?:[-/.$~<>'"*{\d]|\w{1,20}\s{1,3}[-/.>|]|https?:|\\|(?:all|list|user|aux|ef)\b|\w{1,24}\.\w{1,5}$))/y,
    NO_LIST,
  ),
  rule(
    rce,
    all,
    /(?<=(?:^[;|`\n]|\||&&|\$\(|`)\s{0,3})[\w-]{1,20}(?:$|[;|&`)<]|\s{1,4}(?:[-/.$~<>'"+\d]|\w{1,20}=|https?:))/y,
    PLACE.agent | PLACE.field | PLACE.cookie | PLACE.referrer,
  ),
  rule(
    rce,
    "wget curl lwp chmod cp mv rm ftp tftp",
    /(?<=[;|&]\s{0,2})[\w-]{1,20}\s{1,4}(?:[-/.$~+]|https?:|ftp:|\w{1,30}\.\w{1,5}$)/y,
  ),
  rule(
    rce,
    words,
    /(?<=(?:[;|`\n]|&&|\$\(|[;&|`(]\s{0,3}\()['"\\]{0,2})[\w-]{1,20}['"]?(?:$|[;|&`)<>\n]|\s{1,4}(?:-{1,2}[a-z]|[/.~$<>]|\d{1,2}:\d\d\b|\d{1,3}$|'?\w{0,10}'?[$`>|]))/y,
    NO_LIST,
  ),
  rule(
    rce,
    words + " set env",
    /(?<=(?:^[;|]|\||&&|\$\(|`))[\w-]{1,20}(?:$|[;|&`)<>]|\s{1,4}(?:-{1,2}[a-z]|[/.~$]))/y,
    PLACE.agent | PLACE.referrer,
  ),
  // A command line from its start: `cat /etc/passwd`, `ls -la`, `time sh -c id`
  rule(
    rce,
    started,
    /(?<=^['"\\]{0,3})(?:(?:time|nohup|strace|sudo|env|nice)['"\\]{0,3}\s{1,3})?[\w-]{1,20}['"\\]{0,3}\s{1,4}(?:-{1,2}[a-z+]|\/(?:[a-z[?*.]|\s|$)|\.{1,2}\/|~\/|\$[a-z{(@*]|https?:\/\/|\w{1,10}=\/|<<<|['"][/.-]|\d{1,3}\.\d{1,3}\.\d)/y,
    ARGUMENTS,
  ),
  rule(
    rce,
    "time nohup strace sudo env xargs timeout nice exec eval busybox",
    /(?<=^['"\\]{0,3}|[;|&`\n]\s{0,3})\w{1,8}\s{1,3}(?:(?:sh|bash|dash|zsh|whoami|ifconfig)(?:$|\s|['"])|(?:cat|ls|id|nc|curl|wget|perl|php|python\d?)\s{1,3}(?:[-\/.~$'"]|https?:))/y,
    ANYWHERE & ~PLACE.json,
  ),
  rule(
    rce,
    "chmod",
    /(?<=^|[;|&`\n]\s{0,3})chmod\s{1,3}(?:[0-7]{3,4}|[ugoa]{0,4}[-+=][rwxst]{1,5})\s/y,
    ARGUMENTS,
  ),
  rule(
    rce,
    "sleep",
    /(?<=[;|&`]\s{0,3})sleep\s{1,3}\d{1,4}\s{0,2}(?:$|[;|&`#)]\s{0,2}$)/y,
    ARGUMENTS,
  ),
  rule(
    rce,
    "ping ping6 nslookup dig",
    /(?<=[;|&\n]\s{0,2})\w{3,8}\s{1,3}(?:-[a-z]\b|\d{1,3}\.\d|[\w-]{1,60}\.[a-z]{2,20}\b)/y,
    ARGUMENTS & ~PLACE.cookie,
  ),
  // An empty substitution, which a shell removes
  rule(rce, "$", /\$\(\)[\w\\]|(?<=\w)\$\(\)/y, PLACE.query),
  // A program by its full path, also with parts missing: `/usr/bin/id`, `/bi[n]/bash`, `/???/c?t`
  rule(
    rce,
    all + " " + words,
    /(?<=(?:^|[\s;|&=('"`:$,>])\/?(?:usr\/|usr\/local\/)?s?bin\/)[\w-]{1,20}(?:$|[\s;|&'"`)<>])/y,
  ),
  rule(
    rce,
    "[",
    /(?<=(?:^|[\s;|&=('"`:])(?:\/[a-z.]{1,12}){0,4}\/[a-z.]{0,10})\[[!^]?[a-z?\/-]{1,12}\](?:[a-z]{1,10}|\/{1,2}[a-z[?])/y,
    ARGUMENTS & ~PLACE.path & ~PLACE.json,
  ),
  rule(
    rce,
    "[",
    /(?<=(?:^|[\s;|&=('"`:])(?:\/[a-z.]{1,12}){0,4}\/[a-z.]{1,10})\[[!^]?[a-z?\/-]{1,12}\]/y,
    ARGUMENTS & ~PLACE.path & ~PLACE.json,
  ),
  rule(
    rce,
    "? *",
    /(?<=(?:^|[\s;|&=('"`:])\/(?:[a-z?*]{1,8}\/)?[a-z?*]{0,5})[?*][a-z?*]{0,6}\/[a-z?*\/]{0,10}[?*][a-z?*]{0,8}/y,
    ARGUMENTS & ~PLACE.path & ~PLACE.json,
  ),
  // System files as arguments
  rule(
    rce,
    "etc proc dev",
    /(?<=\b(?:cat|tac|more|less|head|tail|nl|od|strings|base64|xxd|grep|cp|curl|dd if=|if|cut|sort|awk|vi|ed)[\s+$'"<{,ifs}=]{1,8}[-\w]{0,3}\s?[/.]{1,12})\w{3,4}\/./y,
  ),
  rule(rce, "dev", /(?<=\/)dev\/(?:tcp|udp)\/[\w.${]/y),
  rule(rce, "tcp udp", /(?<=\$\w{1,8}\/)\w{3}\/[\d.${]/y),
  // Shellshock; JavaScript functions have a name or keyword before the brackets
  rule(rce, "(", /(?<=^|[=\s;"'{:])\(\)\s{0,3}\{/y, ARGUMENTS | PLACE.field),
  rule(rce, "(", /(?<=^\s{0,2})\(\)\s{0,3}\{/y),
  // Shell expansions: `$(…)`, `${ifs}`, `$[…]`, `<(…)`, `{l,-lh}s`, `~+`
  rule(
    rce,
    "$",
    /\$\((?!this\b|document\b|window\b|function\b|['"#.)]|\s{0,2}$)\s{0,4}(?:[/{($\\~]|\d{1,9}\s{0,2}[-+*\/)]|[a-z]{2,20}(?:\s{1,3}[-\/.$'"({]|\$))/y,
    BUT_JSON & ~PLACE.path,
  ),
  rule(
    rce,
    "$",
    /\$\(\s{0,4}(?:\/?(?:usr\/)?bin\/|cat|ls|id|whoami|uname|curl|wget|echo|sleep|ping|nslookup|sh|bash|env|expr|printf|python|perl|php|nc)\b/y,
  ),
  rule(
    rce,
    "$",
    /\$(?:ifs\b|\{ifs\b|\{?(?:shell|bash|zsh_name|comspec)\b|\{?path(?:\b[%#:]|%|#)|\{\w{0,12}[#%@^,]|\{`|\[[\d\s+*a-z$()-]{0,40}\]|\{?bash_)/y,
    BUT_JSON,
  ),
  rule(rce, "$", /(?<=[a-z\/])\$(?:@|\*|\{\d?[@*!]?\})(?=[a-z\/\s])/y, TERSE),
  rule(
    rce,
    "$",
    /(?<=\b\w{1,8}=[\w\/]{1,12}(?:;|&&|\s)\s{0,2})\$\w{1,8}(?:\s{1,3}[-\w\/]|$)/y,
    BUT_JSON,
  ),
  rule(
    rce,
    "$",
    /(?<=\b(?:sh|bash|cat|ls|id|nc|wget|curl))\$\w{1,6}(?=\s|$)/y,
    TERSE,
  ),
  rule(
    rce,
    "< >",
    /(?<=^|[\s=;|&(])[<>]\(\s{0,3}[a-z\/]{1,20}(?:\)|\s[^)]{0,60}\))/y,
    BUT_JSON,
  ),
  rule(rce, "<", /<<<\s{0,3}['"$`(\w]/y, BUT_JSON),
  rule(
    rce,
    ">",
    />{1,2}\s{0,2}(?:\/dev\/(?:null|tcp|udp|shm)\b|\/tmp\/\w|\/var\/www\/|&\s?\d\b|\$\w{1,8}\/)/y,
  ),
  rule(
    rce,
    "`",
    /`\s{0,3}(?:\/(?:usr\/|s?bin\/|etc\/|tmp\/|\?)|\$[({]|(?:cat|ls|id|whoami|uname|curl|wget|echo|sleep|ping|nslookup|sh|bash|env|expr|printf|python\d?|perl|php|nc|ps|pwd|dir|ver|time|rm|cp|mv|find|head|tail)(?:\$|\s|<|`|;|\||$))/y,
    BUT_JSON,
  ),
  rule(
    rce,
    "{",
    /(?<=^|[\s;|&`=\w])\{(?:,[\w./-]{1,20}[,}]|[\w./]{1,20},\}|[\w./]{1,20},-[\w-]{1,8}\}|[a-z]{1,8},[a-z]{1,8}\}[a-z])/y,
    ARGUMENTS & ~PLACE.json,
  ),
  rule(
    rce,
    "{",
    /\{(?:cat|ls|wget|curl|echo|sh|bash|nc|ping|rm|cp|base64),[\w.\/-]/y,
    ARGUMENTS,
  ),
  rule(rce, "~", /(?<=^)~(?:[+-]\d{0,3}|\d)$/y),
  // Interpreters with a program as their argument
  rule(
    rce,
    "python python2 python3 perl php ruby node bash sh zsh dash ksh lua awk pwsh",
    /(?<=^|[\s;|&`('"\/])\w{2,8}\s{1,3}-(?:c|e|r|i|lne|ne|pe|s|m)\s{1,3}['"$`\\\w]/y,
    BUT_JSON,
  ),
  rule(
    rce,
    "sh bash zsh dash ksh",
    /(?<=\|\s{0,3}(?:sudo\s{1,3})?)\w{2,5}(?:$|\s{0,3}[;|&`)<>'"]|\s{1,3}-)/y,
    BUT_JSON,
  ),
  rule(
    rce,
    "nc ncat netcat",
    /\w{2,6}\s{1,4}(?:-{1,2}[a-z]{1,8}\s{0,4}){1,4}(?:[\d.]{1,15}\b|\/|$)/y,
    BUT_JSON,
  ),
  // Windows
  rule(
    rce,
    "cmd",
    /(?<=^|[^a-z_-])cmd(?:\.exe)?["'^]{0,2}\s{0,4}\/{1,2}[ckqrvsd](?:$|[\s:"'^])/y,
  ),
  rule(
    rce,
    "powershell pwsh",
    /\w{4,10}(?:\.exe)?["'^]{0,2}\s{1,4}(?:[-\/]{1,2}(?:e|n|c|w|ex|en|enc|nop|noni|ep|exec|command|file|sta|window|encodedcommand|version)|iex\b|\(|&|\$|")/y,
  ),
  rule(
    rce,
    "invoke",
    /invoke-(?:expression|command|webrequest|restmethod|item|wmimethod|mimikatz|shellcode|history|dllinjection)/y,
  ),
  rule(
    rce,
    "get set new remove add start stop out import export select write test copy move clear enable disable convertto where foreach",
    /(?<=^|[\s;|&('"`{=])\w{3,9}-(?:content|childitem|item|itemproperty|process|service|wmiobject|ciminstance|command|location|object|host|acl|alias|credential|eventlog|executionpolicy|help|history|localuser|member|module|psdrive|random|variable|unique|webclient|scheduledtask|securestring|string|path|computer|hotfix|clipboard|csv|null|file|job)(?:$|[\s;|&)'"`(])/y,
    BUT_JSON,
  ),
  rule(
    rce,
    "iex iwr irm",
    /\w{3}\s{0,3}\(\s{0,3}(?:new-object|iwr|irm|\(|\[)/y,
  ),
  rule(
    rce,
    "downloadstring downloadfile frombase64string comspec",
    /(?:download\w{4,6}|frombase64string)\s{0,3}\(|(?<=%)comspec%/y,
  ),
  rule(
    rce,
    "certutil bitsadmin mshta regsvr32 rundll32 wmic wscript cscript schtasks vssadmin bcdedit reg net net1 tasklist taskkill systeminfo ipconfig icacls attrib xcopy robocopy whoami nltest dsquery",
    /(?<=(?:^|[;|&`\n('"\/\\]\s{0,3})(?:\w:?[\\\/]\w{1,10}[\\\/]\w{1,10}[\\\/])?)[\w]{3,10}(?:\.exe)?(?:\s{1,4}(?:[-\/][a-z]|https?:|user\b|group\b|localgroup\b|start\b|stop\b|share\b|use\b|view\b|process\b|os\b|query\b|add\b|delete\b|javascript:|\w{1,12}\.dll)|$|\s{0,3}[;|&`)])/y,
    BUT_JSON & ~PLACE.path & ~PLACE.agent & ~PLACE.cookie,
  ),
  rule(
    rce,
    "dir type del copy ver",
    /(?<=(?:^|[;|&`\n('"]\s{0,3}))\w{3,4}\s{1,3}(?:[a-z]:\\|\/[a-z]\b\s{0,2}[a-z]:|%\w{4,12}%)/y,
  ),
  rule(
    rce,
    "for if",
    /\w{2,3}(?:\/f|\s{1,3}\/[dflr]|\s{0,2}%)\s{0,3}[^\n]{0,40}?%{1,2}[a-z]\b.{0,10}\bin\s{0,3}\(|if(?:\/i)?\s{1,3}(?:not\s{1,3})?(?:exist|defined|errorlevel|cmdextversion)\s/y,
    NO_LIST & ~PLACE.json,
  ),
  rule(rce, "for", /for\s{1,3}\w{1,10}\s{1,3}in\s{1,3}[^;]{1,80};\s{0,3}do\s/y),
  rule(
    rce,
    "while until",
    /\w{5}\s{1,3}(?:true|:|read|\[)[^;]{0,40};\s{0,3}do\s/y,
  ),
  rule(
    rce,
    "bin",
    /(?<=(?:^|[\s;|&=('"`])\/(?:usr\/|usr\/local\/)?s?)bin\/[a-z]{0,10}[*?\[$]/y,
    ARGUMENTS & ~PLACE.json,
  ),
  rule(rce, "shell system", /(?<=(?:^|\n)\.)\w{5,6}\s{1,3}\w/y, ARGUMENTS),
  rule(
    rce,
    "gci gwmi iwr irm gps sls gcim icm saps spps",
    /(?<=[;|]\s{0,2})\w{3,4}(?:$|\s|\|)/y,
    PLACE.query | PLACE.form,
  ),
  rule(rce, "!", /(?<=^)!(?:-?\d{1,4}|!)$/y, PLACE.query),
  rule(
    rce,
    "path windir systemroot comspec userprofile appdata temp computername programfiles systemdrive",
    /(?<=%)\w{4,12}%/y,
    TERSE & ~PLACE.path,
  ),
  rule(
    rce,
    "del erase rmdir",
    /(?<=^|[;|&]\s{0,3})\w{3,5}\s{1,3}\/[a-z]\b/y,
    PLACE.query | PLACE.form,
  ),
  // Mail commands after a line end
  rule(
    rce,
    "user pass retr dele list stat quit data top uidl apop capa noop",
    /(?<=\r\n\s{0,2})(?:user\s{1,3}[\w@.-]{1,80}(?:\r|$)|pass\s{1,3}[^\s]{1,80}(?:\r|$)|(?:retr|dele|top|uidl)\s{1,3}\d|(?:quit|data|stat|capa|noop)\s{0,2}(?:\r|$))/y,
    PLACE.query | PLACE.form,
  ),
  rule(
    rce,
    "login select fetch authenticate examine capability logout lsub append store expunge",
    /(?<=\r\n\s{0,2}[a-z]{0,4}\d{1,5}\s{1,3})\w{5,12}(?:\s|$)/y,
    PLACE.query | PLACE.form,
  ),
  rule(
    rce,
    "bcc cc",
    /(?<=\n\s{0,2})b?cc\s{0,2}:\s{0,3}[^\s@]{1,64}@/y,
    PLACE.query | PLACE.form,
  ),
  rule(
    rce,
    "ehlo helo mail rcpt vrfy expn starttls",
    /(?<=\r?\n\s{0,2})(?:[eh]+lo\s{1,3}[\w.-]{1,80}|mail\s{1,3}from\s{0,2}:|rcpt\s{1,3}to\s{0,2}:|(?:vrfy|expn)\s{1,3}[\w.]|starttls\s{0,2}$)/y,
  ),
];

/**
 * Whether a user agent is a command line: its first word is a program's name, without a product
 * version after it. HTTP clients use their names rightly.
 */
export function isCommandLine(agent: string): boolean {
  const found =
    /^['"\\]{0,3}(?:code=)?([a-z][a-z0-9]{1,12}(?:-[a-z]{2,10})?)(?=$|[\s'"])/
      .exec(agent);
  if (found === null) return false;
  const name = found[1]!;
  const first = name.split("-", 1)[0]!;
  if (CLIENTS.has(name) || !PROGRAMS.has(first)) return false;
  const rest = agent.slice(found[0].length).replace(/^['"]/, "");
  if (name !== first) return !/^\s{0,3}[(\d]/.test(rest);
  if (rest === "") return SURE.has(name);
  return /^\s{1,3}(?:-{1,2}[a-z]|\/|\w{1,10}=\/|\.\/|~)/.test(rest) ||
    SURE.has(name) && /^\s{1,3}[a-z][\w.-]{1,20}(?:$|['"\s])/.test(rest) ||
    /^\s{1,3}(?:ifconfig|whoami|id|ls|sh|bash|uname|ps|env|netstat)\b/.test(
      rest,
    );
}

const CLIENTS = new Set(
  "wget curl lynx links links2 elinks w3m fetch axel aria2c git svn hg lwp php perl python ruby node java npm pip apt yum dnf snap docker cargo gem composer deno go expect screen script view route"
    .split(" "),
);
const PROGRAMS = new Set([...COMMANDS, ...COMMON_WORDS]);
/** Programs whose names occur in no product's name. */
const SURE = new Set(
  "visudo sudoedit crontab ifconfig whoami chmod chown netstat iptables systemctl journalctl nohup strace ltrace ansible chef cscli kubectl terraform useradd usermod passwd chpasswd lastlog uname lsof printenv nslookup traceroute gunzip busybox crictl nsenter unshare"
    .split(" "),
);
