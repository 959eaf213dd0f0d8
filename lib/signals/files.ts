import { type Rule, rule } from "./grammar.ts";
import { ANYWHERE, PLACE } from "./place.ts";
import { BIT } from "./signal.ts";

const { lfi } = BIT;
const BUT_JSON = ANYWHERE & ~PLACE.json;
const ARGUMENTS = ANYWHERE & ~PLACE.path;

/** Local files that no visitor requests, and paths to them. */
export const FILES: readonly Rule[] = [
  // Several steps up; links on pages may have a single one
  rule(
    lfi,
    ".",
    /(?<![.\w])\.{2,3}[\\\/]{1,4}(?:\.{2,4}[\\\/]{1,4}|[^\\\/]{0,20}[\\\/]\.{2,3}[\\\/])/y,
    PLACE.query | PLACE.cookie | PLACE.agent | PLACE.field,
  ),
  rule(
    lfi,
    ".",
    /(?<![.\w])(?:\.{2,3}[\\\/]{1,4}){3}/y,
  ),
  rule(lfi, ".", /\.{4}\/{2}|\.{4}\\{2}|\.{2}[\\\/]{0,2};[\\\/]/y),
  rule(
    lfi,
    ".",
    /(?<=^|[=\/\\\s"'])\.\.[\\\/]{1,3}\.?(?:history|htaccess|htpasswd|env|git|ssh|aws|svn|bash|boot\.ini|etc|proc|var|windows|winnt|usr|root|home|wp-config|web\.config|web-inf|conf|config|cmd|cgi-bin)\b/y,
  ),
  rule(lfi, ".", /\.\.[\\\/]{1,3}[^\s]{0,80}(?:\0|%00|\?$|\.{10})/y),
  rule(lfi, ".", /(?<=[:\\\/])\.\.\\/y, BUT_JSON),
  rule(
    lfi,
    "0x2e 0x5c 0x2f",
    /0x(?:2e|5c|2f)[^\s]{0,8}0?x?(?:2e|5c|2f|\/|\.)/y,
  ),
  rule(lfi, "0x5c0x2e 0x2f0x2e 0x2e0x2e 0x2e0x2f", /0x/y),
  // Unix
  rule(
    lfi,
    "etc",
    /(?<=^(?:\/@fs|\/\/|\/\.{1,2}|\/%2f)?[\\\/]{1,3}|[\\\/]{2}|\.[\\\/]{1,3}|[\s=;|&"'`<>(,+][\\\/]{1,3}|file:[\\\/]{0,4})etc[\\\/]{1,3}\.?[\\\/]?(?:passwd|shadow|group|gshadow|hosts|hostname|issue|motd|fstab|crontab|cron\.|sudoers|subuid|subgid|resolv|services|ssh|ssl|mysql|my\.cnf|apache2|httpd|nginx|php|redis|ldap|profile|bash|environment|os-release|debian_version|redhat-release|lsb-release|init\.d|security|pam\.d|samba|exports|inetd|syslog|master\.passwd|pki|vsftpd|proftpd|squid|tomcat|networks?)/y,
  ),
  rule(
    lfi,
    "etc",
    // The page of a wiki's namespace, `linux:/etc/passwd`, begins with a word that is no scheme.
    /(?<=[\\\/]{1,3})(?<!^(?!(?:file|netdoc|jar|local_file|view-source|url|php|zip|phar|data|dict|gopher|ldap|ftp|https?|expect|glob|ogg|rar|ssh2|compress)\b)[a-z]{2,30}:\/)etc[\\\/]{1,3}(?:passwd|shadow)(?:\0|$|[\s;|&)"'`])/y,
    PLACE.query | PLACE.agent | PLACE.referrer | PLACE.field | PLACE.cookie,
  ),
  rule(
    lfi,
    "proc",
    /(?<=^(?:\/@fs)?[\\\/]{1,3}|[\\\/.]{2,4}|[\s=;|&"'`<>(,+][\\\/]{1,3}|file:[\\\/]{0,4})proc[\\\/]{1,3}(?:self|version|cmdline|cpuinfo|meminfo|mounts|net|sched_debug|sys|\d{1,6}[\\\/])/y,
  ),
  rule(
    lfi,
    "sys",
    /(?<=^\/|[\s=;|&"'`<>(,+]\/|file:\/{0,4})sys\/(?:class|devices|firmware|kernel|module|block|bus|fs|power|hypervisor)/y,
    ARGUMENTS,
  ),
  rule(
    lfi,
    "var usr root home opt tmp dev",
    /(?<=^\/|[\s=;|&"'`<>(,+.]\/|file:\/{0,4}|\/\.\.\/)(?:var\/(?:log|www|lib|mail|spool|run|backups|cache|db|adm|tmp)\/|usr\/(?:local|lib|share|home|etc)\/|root\/\.|home\/\w{1,30}\/\.|opt\/\w{2,20}\/(?:conf|etc|bin|logs)|tmp\/(?:curl|\w{1,20}\.(?:sh|php|pl|py))|dev\/(?:null|shm|random|mem|fd))/y,
    ARGUMENTS & ~PLACE.json,
  ),
  rule(
    lfi,
    "ssh aws docker kube gnupg bash_history zsh_history sh_history history mysql_history psql_history netrc pgpass my bashrc zshrc profile htpasswd htaccess npmrc pypirc dockercfg boto s3cfg git subversion azure gcloud config vimrc viminfo env",
    /(?<=(?:^|[\\\/])\.)(?:ssh\/(?:id_|authorized|known_hosts|config)|aws\/(?:cred|config)|docker\/|kube\/config|gnupg\/|\w{2,6}_history|history\b|netrc\b|pgpass\b|my\.cnf|bashrc\b|bash_profile|zshrc\b|htpasswd|htaccess|npmrc\b|pypirc\b|dockercfg|boto\b|s3cfg\b|git\/(?:config|head|index|logs|refs|objects)|subversion\/|azure\/|gcloud\/|config\/gcloud|viminfo\b|env(?:$|\.(?:local|prod|production|dev|backup|bak|old|save)|\0))/y,
    ARGUMENTS & ~PLACE.referrer,
  ),
  rule(
    lfi,
    "id_rsa id_dsa id_ecdsa id_ed25519 authorized_keys",
    /\w{6,15}(?:$|\0|[\s;|&"'.])/y,
    PLACE.query | PLACE.cookie | PLACE.field | PLACE.form,
  ),
  rule(
    lfi,
    "access error",
    /(?<=^(?:(?:[c-e]:|\.\.)[\\\/]|[\\\/][\w .-]{1,30}[\\\/])(?:[\w .-]{1,30}[\\\/]){0,5}logs?[\\\/])\w{5,6}[._-]logs?(?:$|\0|\.\d|[\s;|&"'])/y,
    PLACE.query | PLACE.cookie | PLACE.field,
  ),
  // Windows
  rule(
    lfi,
    "boot win system desktop",
    /(?<=^|[\\\/:\s=])(?:boot|win|system)\.ini(?:$|\0|[\s;|&"'?%])/y,
    ARGUMENTS & ~PLACE.json,
  ),
  rule(
    lfi,
    "windows winnt",
    /(?<=[\\\/:])\w{5,7}[\\\/]{1,4}(?:win\.ini|system32|system\.ini|repair|debug|panther|php\.ini|explorer|temp|iis|syswow64|security)/y,
  ),
  rule(
    lfi,
    "inetpub xampp wamp appserv",
    /(?<=[:\\\/])\w{4,8}[\\\/]/y,
    ARGUMENTS,
  ),
  rule(
    lfi,
    "c d e",
    /(?<=^|[\s=;|&"'(])[cde]:(?:\\|\/)(?:windows|winnt|boot|inetpub|xampp|documents|\\|temp|sam\b|apache|php\d?\b|mysql|program ?files|programdata|\$recycle|home\d?\b|wwwroot|nginx)/y,
    ARGUMENTS & ~PLACE.json,
  ),
  // Configuration files and their copies as arguments
  rule(
    lfi,
    "web wp httpd php my config configuration settings database application global server catalina tomcat standalone local appsettings",
    /(?<=^(?:[\w.-]{0,20}[\\\/]){0,6}|[\\\/=:\s])(?:web\.config|web-inf|wp-config|httpd\.conf|php\.ini|my\.(?:cnf|ini)|config\.inc|config(?:uration)?\.php|settings\.(?:php|py)|database\.(?:yml|php)|application\.(?:yml|properties)|global\.asax?|server\.xml|catalina\.\w{3,10}|tomcat-users|standalone\.xml|localsettings\.php|appsettings\.)/y,
    PLACE.query | PLACE.cookie | PLACE.field,
  ),
  rule(lfi, "web meta", /(?<=[\\\/])(?:web|meta)-inf(?:[\\\/]|$)/y),
  rule(
    lfi,
    "backup dump db database site www htdocs sql wwwroot",
    /(?<=^|[\\\/])\w{2,10}(?:[-_.]\w{1,12}){0,2}\.(?:sql|bak|dump|mdb)(?:\.(?:zip|gz|bz2|tar|7z|rar|xz|tgz))?(?:$|\0)|\w{2,10}\.(?:tar\.gz|tgz|7z|rar)$/y,
    PLACE.query,
  ),
  rule(
    lfi,
    "file",
    /(?<=^|[\s"'`=(:,])file\s{0,2}:\s{0,2}[\\\/]{2,4}(?![^\s]{0,200}\.(?:pdf|docx?|html?|png|jpe?g|xlsx?|pptx?|mp[34])(?:$|[#?]))(?:$|[\w\/.%~])/y,
    ARGUMENTS & ~PLACE.json,
  ),
  rule(
    lfi,
    "file",
    /(?<=^|["'`=(:,])file:\/{2,3}(?:etc|proc|var|root|windows)/y,
  ),
  rule(lfi, "sess_", /(?<=[\\\/])sess_/y, PLACE.query),
];
