import { type Rule, rule } from "./grammar.ts";
import { ANYWHERE, BODY, PLACE } from "./place.ts";
import { BIT } from "./signal.ts";

const { rfi } = BIT;
const ARGUMENTS = PLACE.query | PLACE.cookie | PLACE.form | PLACE.field;

/** URLs that make a server fetch foreign or internal resources. */
export const REMOTE: readonly Rule[] = [
  // PHP wrappers and other handlers that no browser has
  rule(
    rfi,
    "php phar expect zip zlib bzip2 ogg rar glob ssh2 compress gopher dict ldap ldaps jar netdoc sftp tftp smb rmi ftps mailto2 cid imap imaps pop3 smtp telnet tcp jdbc view ftp",
    /(?<=^|[\s"'`=(:,;@>\/])(?:php|phar|expect|zip|zlib|ogg|rar|glob|ssh2(?:\.\w{3,6})?|compress\.(?:zlib|bzip2|zstd)|gopher|dict|ldaps?|jar|netdoc|sftp|tftp|smb|rmi|view-source|ftps?):(?:\/\/|https?:|file:|\\{2})/y,
    ANYWHERE & ~PLACE.referrer & ~PLACE.json & ~PLACE.agent,
  ),
  rule(
    rfi,
    "php phar expect compress ssh2",
    /(?<=^|[\s"'`=(:,;@>\/])(?:php:\/\/(?:input|filter|fd|stdin|temp|memory|output)|phar:\/\/|expect:\/\/|compress\.\w{4,5}:\/\/|ssh2\.\w{3,6}:\/\/)/y,
  ),
  rule(
    rfi,
    "data",
    /(?<=^)data:(?:\/\/)?(?:text\/plain|;base64,|application\/(?:x-)?(?:php|httpd-php)|text\/php|[;,])/y,
    ANYWHERE & ~PLACE.path,
  ),
  // A server's internal services, and cloud metadata
  rule(
    rfi,
    "http https url",
    /(?<=^|[\s"'`=(:,;@>|])(?:url:)?https?:(?:[\\\/]{2,4})?(?:[^\s\/@]{0,40}@)?(?:169\.254\.\d{1,3}\.\d{1,3}|100\.100\.100\.200|192\.0\.0\.192|metadata\.(?:google|packet|platformequinix|tencentyun|internal|azure|nic)|127\.\d{1,3}\.\d{1,3}\.?\d{0,3}|127\.1\b|0\.0\.0\.0|0x7f\w{0,8}|0177|2130706433|017700000001|\[[0:]{2,20}1?\]|\[::ffff:|\[fd00:ec2|\[fe80:|local(?:host|test\.me)|lvh\.me|vcap\.me|[\w.-]{1,40}\.(?:nip|sslip|xip)\.io|burpcollaborator|[\w-]{1,40}\.docker\.internal|host\.containers\.internal|[\w-]{1,40}\.svc\.cluster|instance-data\b|rancher-metadata)/y,
    ARGUMENTS | PLACE.path,
  ),
  rule(
    rfi,
    "http https ftp",
    /(?<=^)(?:https?|ftps?):[\\\/]{2}(?:[^\s\/@]{0,40}@)?(?:\d{1,3}(?:\.\d{1,3}){3}|\d{8,10}|0x[0-9a-f]{2,8}|\[[0-9a-f:.]{2,45}\])(?:[:\/?#]|$)/y,
    PLACE.query | PLACE.cookie,
  ),
  rule(
    rfi,
    "localhost localhost4 localhost6 ipv6 ip6 host gateway kubernetes localtest lvh vcap docker metadata",
    /(?<=^)(?:localhost[46]?(?:\.localdomain[46]?)?|ipv?6-(?:localhost|loopback)|(?:host|gateway|kubernetes)\.docker\.internal|host\.containers\.internal|kubernetes\.default(?:\.svc(?:\.cluster\.local)?)?|localtest\.me|lvh\.me|vcap\.me|metadata\.google\.internal)(?::\d{1,5})?[\\\/]/y,
    ARGUMENTS & ~PLACE.field,
  ),
  // Somebody's listener, which tells that a request arrived
  rule(
    rfi,
    "bxss oast oastify interact dnslog ceye r87 xss eyes",
    /(?<=[.\/@])(?:bxss\.me|r87\.me|oast\.(?:pro|live|site|online|fun|me)|oastify\.com|interact\.sh|dnslog\.(?:cn|link)|ceye\.io|xss\.ht|eyes\.sh)(?![\w.-])/y,
    ANYWHERE & ~BODY & ~PLACE.path,
  ),
  // A path behind Exchange's front
  rule(
    rfi,
    "autodiscover mapi powershell owa ews ecp",
    /(?<=^)autodiscover\/autodiscover\.json|(?<=^@[\w.-]{1,60}\.[a-z]{2,10}\/)\w{3,10}\b/y,
    PLACE.query,
  ),
  // A file to include: with a script's extension, or a question mark that cuts off the rest
  rule(
    rfi,
    "http https ftp",
    /(?<=^[\s"']{0,3})(?:https?|ftps?):[\\\/]{2}[^\s?#"'<>]{3,200}(?:\?{1,2}$|\?\0|\0|\/(?:[\w.-]{0,20}(?:shell|cmd|c99|r57|backdoor|exploit|evil|inject|payload|id)[\w-]{0,8}\d?\.(?:txt|php\d?|phtml|inc|gif|jpg|cgi|sh|pl|py|dat)|[\w.-]{1,40}\.(?:phtml|inc|cgi|sh|pl|bin|elf|dat|tmp))\?{0,2}$)/y,
    PLACE.query,
  ),
  rule(rfi, "http", /(?<=(?:proxy|unix)[^\s]{0,20}\|)http:/y),
  rule(rfi, "unix", /(?<=^|[?&=])unix:[^\s]{2,100}\|/y, PLACE.query),
];

/** Parameters that name the parts of a page. */
const INCLUDES =
  /^(?:(?:abs|absolute|base|root|site|lib|config|conf|include|inc|template|tpl|skin|theme|module|mod|plugin|page|path|file|doc|document|body|content|dir|load|url|src)[_-]?){0,2}(?:file|page|path|inc|include|require|template|tpl|module|body|content|load|dir|skin|conf|config|document|doc|pg|style|root|cfg|show|read|layout|main|section|menu)(?:_?(?:name|path|dir|url|file))?\d?(?:\[\w{0,10}\])?$/;

const FOREIGN =
  /^\s{0,3}["']?(?:https?|ftps?|\\\\|\/\/):?(?:[\\\/]{2})?([^\s\\\/?#:"'@]{1,253})/;

/** Images, videos and documents are shown, not run. */
const MEDIA =
  /\.(?:png|jpe?g|gif|webp|avif|svg|bmp|ico|mp[34]|webm|ogg|m4a|mov|avi|pdf|css|woff2?|ics|rss|atom)(?:[?#]|$)/;

/** Whether a parameter for a page's part names one on a foreign host. */
export function includesForeign(
  name: string,
  value: string,
  host: string | undefined,
): boolean {
  if (!INCLUDES.test(name)) return false;
  const found = FOREIGN.exec(value);
  if (found === null || !found[1]!.includes(".")) return false;
  if (MEDIA.test(value)) return false;
  return host === undefined || !host.toLowerCase().startsWith(found[1]!);
}
