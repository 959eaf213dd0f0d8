import { type Rule, rule } from "./grammar.ts";
import { ANYWHERE, PLACE, TERSE } from "./place.ts";
import { BIT } from "./signal.ts";

const { code } = BIT;
const ARGUMENTS = ANYWHERE & ~PLACE.path & ~PLACE.json;
const BUT_JSON = ANYWHERE & ~PLACE.json;

/**
 * PHP functions that attacks use to run, read, send, hide or explore, and whose names are no
 * ordinary words.
 */
const PHP = `
  passthru shell_exec popen proc_open pcntl_exec dl assert create_function phpinfo phpversion
  php_uname getenv putenv ini_set ini_get set_time_limit base64_decode base64_encode gzinflate
  gzuncompress gzdecode str_rot13 convert_uuencode strrev rawurldecode urldecode hex2bin bin2hex
  unserialize call_user_func call_user_func_array array_map array_filter usort uasort ob_start
  preg_replace file_get_contents file_put_contents fopen fsockopen fwrite fputs fread fgets fgetc
  readfile readlink readgzfile opendir readdir scandir glob unlink rmdir tempnam tmpfile
  move_uploaded_file highlight_file show_source php_strip_whitespace simplexml_load_file
  parse_ini_file curl_exec curl_init mysql_query mysql_connect mysqli_query pg_query sqlite_query
  getcwd getmyuid getmypid get_current_user posix_getpwuid posix_kill posix_mkfifo var_dump
  print_r debug_backtrace func_get_args get_defined_vars extract parse_str chr ord substr
  str_replace str_repeat implode explode strtolower strtoupper ucfirst lcfirst strlen strpos
  sprintf printf vsprintf fprintf intval is_numeric array_push array_pop array_flip array_diff
  array_merge array_walk array_reduce iterator_apply register_shutdown_function session_start
  setcookie error_log error_reporting mail mb_send_mail fileperms fileowner filegroup filemtime
  fileatime filectime fileinode filesize filetype stat lstat touch symlink copy rename pack unpack
  eval exec system file assert_options strip_tags md5 sha1 crc32 rand mt_rand htmlentities
  addslashes stripslashes nl2br trim ltrim rtrim
`;

/** Of these, names that people also write with something in brackets after them. */
const LOOSE = new Set(
  "exec substr implode printf sprintf popen strlen crc32 dl".split(" "),
);
/** Of these, English words, which need more evidence. */
const ENGLISH = new Set(
  "system file mail stat copy rename pack extract glob touch rand trim eval md5 sha1 assert explode"
    .split(" "),
);
const STRICT = PHP.trim().split(/\s+/).filter((name) =>
  !LOOSE.has(name) && !ENGLISH.has(name)
);

/** PHP, JavaScript on servers, Java, Ruby, Perl, Python, and the languages of templates. */
export const CODE: readonly Rule[] = [
  // PHP
  rule(code, "<", /<\?(?:php\b|=|\s{1,3}[$a-z@`\/]|$)/y, BUT_JSON),
  rule(code, "<", /<\?(?:php\b.|=\s{0,3}[$`])/y),
  rule(code, "[", /\[\/?php\]/y, TERSE),
  rule(code, "md5", /(?<=[;(@{]\s{0,2})md5\(\d{1,9}\)/y, BUT_JSON),
  rule(code, "__construct", /(?<=^)\w{11}$/y, PLACE.form),
  // ThinkPHP's classes as parts of a path, and arrays that Drupal renders
  rule(
    code,
    "think",
    /(?<=^|[\\\/])think\\(?:app|request|container|view|module|template|process|lang|db|config)\b/y,
    BUT_JSON,
  ),
  rule(
    code,
    "#",
    /(?<=\[)#(?:post_render|pre_render|lazy_builder|access_callback|markup)\]|(?<=\/mail\/)#value$/y,
    PLACE.query | PLACE.form,
  ),
  // Struts' results, and ASP
  rule(
    code,
    "redirect redirectaction",
    /(?<=^)redirect(?:action)?:(?:https?:|\/\/|[$%#{(])/y,
    PLACE.query,
  ),
  rule(code, "response", /response\.write\(\d/y, BUT_JSON),
  rule(code, "@", /@\(\d{1,9}\*\d/y, PLACE.query | PLACE.form),
  rule(code, "{", /(?<=^)\{\d{1,9}\*\d{1,9}\}$/y, PLACE.query | PLACE.form),
  rule(code, STRICT.join(" "), /\w{2,40}\s{0,4}\(\s{0,4}[^\s)]/y, BUT_JSON),
  rule(
    code,
    STRICT.join(" "),
    /(?<=^[@\s"'(;{]{0,4})\w{2,40}["']?\s{0,4}\(\s{0,4}\)?/y,
    ARGUMENTS & ~PLACE.form,
  ),
  rule(
    code,
    [...LOOSE].join(" "),
    /(?<=^[@\s"'(;{\\]{0,4}|[;@{}(=.,]\s{0,3}["'(\\]{0,3}|\breturn["'\s]{1,3})\w{2,12}\s{0,3}["')]{0,2}\s{0,4}\(\s{0,4}(?:["'$`\/@(]|\)|\w{1,30}(?:[)(.,:\/]|\s{1,2}[-\/\w]))/y,
    BUT_JSON & ~PLACE.path,
  ),
  rule(
    code,
    [...ENGLISH].join(" "),
    /(?<=^[@\s"'(;{\\]{0,4}|[;@{}(=.,]\s{0,3}["'(\\]{0,3}|\breturn["'\s]{1,3})\w{2,12}(?:\s{0,3}["')]{0,2}\s{0,4}\(\s{0,4}(?:["'$`\/@]|\)\s{0,3}(?:$|;))|["')]{1,3}\s{0,4}\(\s{0,4}["'$\w])/y,
    BUT_JSON & ~PLACE.path,
  ),
  rule(
    code,
    "system assert eval",
    /(?<=^[@\s"'(;{\\]{0,4}|[;@{}(=.,]\s{0,3})\w{4,6}\((?:\w{1,30}[).(]|\()/y,
    BUT_JSON & ~PLACE.path,
  ),
  rule(
    code,
    "eval exec system assert passthru",
    /(?<=^|[\s@"'(;{=\/:\\])\w{4,8}\s{0,4}\(\s{0,4}(?:["'$`]|base64_|gz|str_|chr\b|whoami|id\b|ls\b|cat\b|phpinfo|compile)/y,
    BUT_JSON,
  ),
  rule(
    code,
    "substr",
    /\w{6}\s{0,4}\(\s{0,4}\$/y,
  ),
  rule(
    code,
    "(",
    /(?<=\b(?:is|var|bz|register|create|array|str|mb|preg|file|curl|ftp|mysqli?|pg|ldap|odbc|imap|socket|stream|proc|posix|pcntl|ob|session|base64|iconv|gz|bz|zlib|zip|xml|dom|libxml|openssl|sodium|hash|mcrypt|image|exif|dir|ini|php|func|call|debug|apache|opcache|readline|shmop|tidy|snmp|ssh2|oci|sqlite|sqlsrv|ibase|dba|wddx|ctype|gmp|zend|grapheme|numfmt|xdebug|yaml|rar|radius|pspell|enchant|spl|stats|fdf|inotify|mailparse|msg|sem|shm|fbsql|ingres|maxdb|ncurses|newt|openal|pdf|ps|recode|rrd|svn|swf|udm|win32|xattr|xmlrpc|yaz)_[a-z0-9_]{2,60}\s{0,4})\(/y,
    BUT_JSON,
  ),
  rule(
    code,
    "_get _post _server _cookie _request _files _session _env globals",
    /(?<=\$)_?\w{3,8}(?:\s{0,2}\[|=|$|\W)/y,
    BUT_JSON,
  ),
  rule(
    code,
    "(",
    /(?<=(?:^|[^\w$]|\$)\$\w{1,30}(?:\s{0,3}\[[^\]\n]{0,40}\]{1,2}|\{\w{1,20}\}){0,4}\s{0,4})\((?!\s{0,2}['"](?:[#.]|$))/y,
    ARGUMENTS,
  ),
  rule(
    code,
    "(",
    /(?<=\$\s{0,3}\{[^}\n]{1,40}\}(?:\[[^\]\n]{0,40}\]){0,2}\s{0,3}|->\s{0,2}\$\w{1,30}|::\$\w{1,30})\(/y,
    ARGUMENTS,
  ),
  rule(code, "o c", /[oc]:\+?\d{1,4}:\\?"[\w\\]{1,80}\\?":\d{1,4}:\{/y),
  rule(
    code,
    "allow_url_include allow_url_fopen auto_prepend_file auto_append_file disable_functions open_basedir safe_mode suhosin memory_limit extension_dir zend_extension display_errors error_log max_execution_time unserialize_callback_func unserialize_max_depth sendmail_path sendmail_from upload_tmp_dir file_uploads register_globals magic_quotes_gpc user_ini include_path doc_root default_charset precision smtp engine extension html_errors log_errors output_buffering short_open_tag variables_order",
    /(?<=^(?:-d\s{0,3})?|-d\s{0,3}|[\s;])\w{4,30}(?:\.\w{2,20}){0,2}\s{0,3}=\s{0,3}[\w"'\/.]/y,
    ARGUMENTS,
  ),
  rule(
    code,
    "opcache mbstring session assert mysqli pcre soap xdebug opcache zlib date cgi",
    /(?<=^(?:-d\s{0,3})?|-d\s{0,3})\w{3,9}\.[a-z_]{4,40}\s{0,3}=/y,
    ARGUMENTS,
  ),
  // A call of a string: `('sys'.'tem')('id')`
  rule(code, "(", /(?<=["']\)?)\((?:["'$]|\w{1,20}\)$)/y, ARGUMENTS),
  rule(
    code,
    "(",
    /(?<=\)\s{0,2}(?:\/\*[^*]{0,20}\*\/\s{0,2})?)\(\s{0,2}["'`]/y,
    ARGUMENTS,
  ),
  // Calls by a router's parameter: `s=index/\think\app/invokefunction`
  rule(
    code,
    "think illuminate yii",
    /(?<=\\)\w{3,10}(?:\\{1,2}\w{2,40}){1,5}\/\w{2,40}/y,
    ARGUMENTS,
  ),
  rule(code, "invokefunction", /(?<=\/)invokefunction(?!\w)/y, ARGUMENTS),
  rule(code, "<", /<php>/y, BUT_JSON),
  rule(
    code,
    "die exit",
    /(?<=^|[\s>;"'({@])\w{3,4}\s{0,2}\(\s{0,2}@?\w{2,30}\s{0,2}\(/y,
    BUT_JSON & ~PLACE.path,
  ),
  rule(code, "__halt_compiler http_raw_post_data", /\w{15,20}/y, BUT_JSON),
  rule(code, "exec system spawn", /(?<=^)\w{4,6}\s{1,3}["'][\w\/]/y, ARGUMENTS),
  // Server-side JavaScript, prototype pollution
  rule(
    code,
    "global module",
    /(?<=^|[\s;({=])(?:global\.process|module\.(?:exports|constructor))\b/y,
    BUT_JSON,
  ),
  rule(
    code,
    "__proto__",
    /__proto__(?:["']?\s{0,2}[\].:=]|\[|$)/y,
  ),
  rule(
    code,
    "constructor",
    /constructor["'\]\s]{0,3}(?:\.\s{0,3}|\[["']?|\]\[)(?:prototype|constructor)/y,
  ),
  rule(code, "constructor", /constructor\s{0,2}\(\s{0,2}["'`]/y, BUT_JSON),
  rule(
    code,
    "require import",
    /\w{6,7}\s{0,3}\(\s{0,3}["'`](?:node:)?(?:child_process|fs|vm|os|net|http|repl|util|module)["'`]/y,
  ),
  rule(
    code,
    "child_process",
    /child_process["']?\s{0,3}\)?\s{0,3}[.\])]/y,
  ),
  rule(
    code,
    "process",
    /process\s{0,2}(?:\.|\[["'`])\s{0,2}(?:env|mainmodule|binding|exit|kill|argv|dlopen|chdir|cwd\()/y,
  ),
  rule(code, "_", /_\$\$nd_func\$\$_/y),
  rule(
    code,
    "execsync spawnsync execfilesync execfile fork readfilesync writefilesync readdirsync appendfilesync",
    /(?<=^|[.\]"'\s])\w{4,15}["'`\]]{0,2}\s{0,3}\(/y,
  ),
  rule(code, "spawn exec", /(?<=\.)\w{4,5}\s{0,3}\(\s{0,3}["'`]/y, BUT_JSON),
  rule(
    code,
    "while",
    /while\s{0,3}\(\s{0,3}\(?\s{0,2}(?:[!+~-]{0,3}\s{0,2}(?:\d{1,9}|true|false|null|undefined|nan|infinity|this|string|new\s{1,3}date|["'`]{2}|\{\}|\[\])\s{0,3}\){1,3})/y,
    BUT_JSON,
  ),
  // JavaScript in a database's conditions
  rule(
    code,
    "this",
    /(?<=["'\d)]\s{0,2}(?:&&|\|\|)\s{0,2})this\.\w/y,
    BUT_JSON,
  ),
  rule(
    code,
    "return",
    /(?<=^\w{0,20}["']?\s{0,2};\s{0,2})return(?:\s{1,2}(?:true|false|!?["'\d(])|\s?\(?(?:true|false|["']))/y,
    ARGUMENTS,
  ),
  // Perl and Ruby
  rule(code, "@", /@\{\s{0,20}\[/y, BUT_JSON),
  rule(
    code,
    "% qx",
    /(?:%x|(?<=^|[\s(=;{])qx)[{(\[|\/!]\s{0,3}[\w\/]/y,
    BUT_JSON,
  ),
  rule(
    code,
    "kernel io process file dir open3",
    /(?<=^|[\s;({=#"':])\w{2,7}(?:::|\.)\s{0,2}(?:system|exec|spawn|popen|open3?|read|readlines|fork|capture2e?|binread|syscopen)\s{0,3}[("'\s]\s{0,3}["'|\/(]/y,
    BUT_JSON,
  ),
  rule(
    code,
    "erb instance_eval class_eval instance_variable_get __send__ public_send const_get",
    /(?<=[.:\s(])\w{3,22}(?:\.new)?\s{0,3}[({"]/y,
    BUT_JSON,
  ),
  // Python
  rule(
    code,
    "__import__ __builtins__ __globals__ __subclasses__ __mro__ __class__ __base__ __bases__ __init__ __getattribute__ __reduce__",
    /(?<=[.\['"|({\s]|^)__\w{3,15}__(?:\s{0,2}[.(\[|'"}\])]|$)/y,
  ),
  rule(
    code,
    "os subprocess commands",
    /(?<=^|[\s;({=+"'.,])\w{2,10}\.(?:system|popen\d?|exec[lv]?[pe]{0,2}|spawn\w{1,4}|check_output|getoutput|call|run)\s{0,3}\(/y,
    BUT_JSON,
  ),
  rule(
    code,
    "eval exec compile",
    /\w{4,7}\s{0,3}\(\s{0,3}(?:compile\s{0,2}\(|__import__)/y,
  ),
  rule(
    code,
    "cos csubprocess cposix",
    /\w{3,11}\n(?:system|popen|check_output)\n/y,
  ),
  // Java and its expression languages
  rule(
    code,
    "java javax jdk",
    /(?<=^|[^\w.]|\w\()\w{3,5}\.(?:lang|io|net|util|nio|beans|script|naming|rmi|security|sql|awt|el|servlet|management|runtime|processbuilder)\b(?![\w.]{0,60}(?:exception|error|html?|php|pdf|string|list|map|integer|optional|date|math|object|arrays?)\b)(?:\.\w{2,40}|\b)/y,
    ANYWHERE & ~PLACE.path,
  ),
  rule(
    code,
    "java",
    /(?<=[({@"'=\s+]|^)java\.(?:lang\.(?:runtime|process|class|system|thread)|io\.\w{4,40}|net\.(?:url|socket)|util\.scanner)/y,
  ),
  rule(
    code,
    "getruntime processbuilder getclass forname classloader scriptenginemanager getenginebyname getdeclaredmethod newinstance invokefunction",
    /(?<=[.(\[\s"'#{]|^)\w{6,20}["'\]]{0,2}\s{0,3}[.(\[]/y,
  ),
  rule(
    code,
    "clonetransformer forclosure instantiatefactory instantiatetransformer invokertransformer prototypeclonefactory prototypeserializationfactory whileclosure chainedtransformer constanttransformer transformedmap lazymap templatesimpl badattributevalueexpexception annotationinvocationhandler ysoserial commons-collections objectdatacontext memberaccess _memberaccess ognlutil ognlcontext allowstaticmethodaccess defaultactioninvocation xmldecoder unmarshaller getoutputstream javascriptobject xwork classpathxmlapplicationcontext redirectaction",
    /(?<=[.\s"'#@:=({\[\/]|^)\w{5,40}(?:$|[.\s"'=)(\]:;,<}&-])/y,
    ANYWHERE & ~PLACE.path,
  ),
  rule(
    code,
    "_memberaccess context",
    /(?<=#|\['?)(?:_memberaccess|context\s{0,2}[\[=])/y,
  ),
  rule(
    code,
    "org com sun freemarker groovy bsh",
    /\w{3,10}\.(?:apache\.commons\.(?:collections|io|beanutils|exec)|apache\.(?:struts2|xalan|velocity|tomcat|shiro)|springframework\.\w{2,20}\.|opensymphony\.|sun\.org\.apache|sun\.rowset|codehaus\.groovy|mozilla\.javascript|hibernate\.|zaxxer|template\.utility|lang\.\w{4,20}|interpreter)\.?\w{0,30}/y,
    ANYWHERE & ~PLACE.path & ~PLACE.referrer,
  ),
  rule(
    code,
    "class",
    /(?<=^|[&?.\[])class["'\]]{0,2}[.\[]{1,2}["']?(?:module|classloader|protectiondomain)/y,
  ),
  rule(
    code,
    "system",
    /(?<=^|[\s"'({$=])system\.(?:getproperty|getenv|getproperties|exit|load|loadlibrary)\s{0,3}\(/y,
  ),
  rule(code, "aced0005", /aced0005/y),
  rule(
    code,
    "t",
    /(?<=[{(\s=#$*]|^)t\s{0,2}\(\s{0,3}(?:java|org|javax|runtime|system)\b/y,
  ),
  rule(
    code,
    "@",
    /@[\w.]{3,60}@[a-z_]{2,40}\s{0,2}[(.]/y,
  ),
  // Templates and expressions
  rule(
    code,
    "{",
    /\{\{[^}]{0,60}?(?:\d{1,9}\s{0,2}'?\s{0,2}[*]\s{0,2}'?\d|'\d{1,9}'\s{0,2}\*|\bconfig\b(?:\.|\[|\s{0,2}\}|\|)|\bself\s{0,2}[.\[]|\brequest\s{0,2}[.|\[]|\b(?:lipsum|cycler|joiner|url_for|get_flashed_messages|_self|_context)\b|\bapp\.request|['"\]]\s{0,2}(?:\.|\|\s{0,2}attr)|constructor|\bdump\s{0,2}\(|\|\s{0,2}(?:map|filter|sort|reduce)\s{0,2}\(|\b__\w|\$(?:on|eval)\.|\bpopen\b|\bopen\s{0,2}\(|\bsystem\b|\bphp\}|\brange\s{0,2}\(|\bsettings\.\w|\|\s{0,2}attr\s{0,2}\(|\b\d{1,9}\s{0,2}\|)/y,
  ),
  rule(
    code,
    "{",
    /(?<![a-z])\{%-?\s{0,3}(?:for|if|set|import|include|debug|extends|macro|block|raw|call|filter|load|print)\b/y,
    ARGUMENTS | PLACE.path,
  ),
  rule(
    code,
    "{",
    /\{(?:php|\$smarty\.|system\s{0,2}\(|literal|include\s{1,3}file|\/?if\s{1,3}(?:phpinfo|system|passthru))/y,
    ARGUMENTS,
  ),
  rule(
    code,
    "$ # * % ~ @",
    /[$#*%~@]\{{1,2}\s{0,3}(?:\(?\s{0,2}'?\d{1,9}'?\s{0,2}[*+-]\s{0,2}'?\d|[@(#]|t\s{0,2}\(|\w{1,20}\(|["'`]|new\s|print|system|exec|eval|env\b|script:|dns:|url:|sys:|class\b|session\b|application\b|pagecontext|param\b|request\b|response\b|applicationscope|header\b|this\.|self\.|global\.|process\.|config\b|\$|<|\{)/y,
    ANYWHERE,
  ),
  rule(
    code,
    "$",
    /\$\{[^}\n]{0,40}[^\w}.\s\-\n][^}\n]{0,40}\}/y,
    PLACE.query | PLACE.cookie,
  ),
  rule(code, "[", /\[\[\s{0,2}[$*]\{|\[\(\s{0,2}[$*]\{/y),
  rule(
    code,
    "<",
    /<#-?-?\s{0,2}(?:assign|import|include|list|if|function|macro)\b|<@\w{2,20}|<%@?[=!-]{0,2}\s{0,3}(?:\d{1,9}\s{0,2}\*|`|system\b|exec\b|file\.|dir\.|io\.|`|request\b|runtime\b|eval\b|response\b|out\.|new\s|java|import\b|page\s|global_variables|self\.|env\b|require\b|process\.|execute)/y,
  ),
  rule(
    code,
    "#",
    /#(?:set|foreach|include|evaluate|parse)\s{0,2}\(\s{0,2}[$"']/y,
    TERSE,
  ),
  rule(
    code,
    "#",
    /#\{\s{0,3}(?:\d{1,9}\s{0,2}\*|system|exec|`|%x|file|io\.|t\(|["'])/y,
  ),
  rule(
    code,
    "<",
    /<!--\s{0,2}#\s{0,2}(?:exec|include|echo|set|config|printenv|fsize|flastmod|if)\b/y,
  ),
  // XML with external or recursive entities
  rule(
    code,
    "<",
    /<!(?:doctype\s{1,3}[^>]{1,200}?\[|entity\s{1,3}[%\w])/y,
  ),
  rule(
    code,
    "<",
    /<\/?(?:xsl:|xi:include|soap:\w{1,10}\s[^>]{0,20}entity)/y,
    TERSE,
  ),
  // Deserialization in .NET
  rule(
    code,
    "objectdataprovider losformatter binaryformatter typeconfusedelegate system",
    /(?:objectdataprovider|losformatter|binaryformatter|typeconfusedelegate|system\.(?:diagnostics\.process|windows\.data|reflection|io\.file|net\.webclient))/y,
  ),
];
