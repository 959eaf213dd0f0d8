import { type Rule, rule } from "./grammar.ts";
import { ANYWHERE, BODY, PLACE, TERSE } from "./place.ts";
import { BIT } from "./signal.ts";
import { fingerprint } from "./sql_tokens.ts";

const { sqli } = BIT;
const BUT_JSON = ANYWHERE & ~PLACE.json;
const ARGUMENTS = ANYWHERE & ~PLACE.path;

/** Not a signal: the text contains words of SQL, and its tokens should be read. */
export const SQL_HINT = 1 << 20;

/** Fragments that are SQL by themselves, whatever is around them. */
export const SQL: readonly Rule[] = [
  rule(
    SQL_HINT,
    `and or xor union select having order group limit insert delete update drop create alter
     truncate declare exec execute waitfor like rlike regexp between case when from procedure not
     int text json jsonb bigint bool double as except intersect null if`,
    /(?:)/y,
  ),
  rule(SQL_HINT, "' \" `", /(?:)/y),
  rule(SQL_HINT, "| &", /(?:\|\||&&)\s{0,3}[\d'"(]/y),
  rule(sqli, "or and", /(?<=\w['"])(?:or|and)['"]\d/y, TERSE | PLACE.form),
  // Functions that wait, read files or return the database user
  rule(
    sqli,
    "sleep",
    /sleep\s{0,5}(?:\/\*.{0,40}?\*\/\s{0,5})?\(\s{0,5}(?:\/\*.{0,40}?\*\/\s{0,3})?(?:\(?\s{0,3}[-+]?\d|["'@]|mod|select|case|if)/y,
    BUT_JSON,
  ),
  rule(
    sqli,
    "benchmark",
    /benchmark\s{0,5}\(\s{0,5}(?:\d{2,12}|0x\w{1,10}|\(select)\s{0,3}(?:\/\*.{0,20}?\*\/\d{0,9}\s{0,3})?,/y,
    ANYWHERE & ~PLACE.path,
  ),
  rule(sqli, "benchmark", /benchmark\s{0,5}\(\s{0,5}\d{2,12}\s{0,3},[^\/]/y),
  rule(sqli, "waitfor", /waitfor\s{1,5}(?:delay|time)\s{0,5}["'(@]/y),
  rule(
    sqli,
    "pg_sleep pg_read_file pg_ls_dir pg_catalog lo_import lo_get lo_export lo_from_bytea dblink_connect query_to_xml database_to_xml table_to_xml xp_cmdshell xp_dirtree xp_regread xp_fileexist xp_subdirs sp_executesql sp_password sp_oacreate sp_configure sp_makewebtask openrowset opendatasource msdasql sqloledb dbms_pipe dbms_lock dbms_ldap dbms_xmlgen dbms_java utl_http utl_inaddr utl_file utl_smtp ctxsys extractvalue updatexml load_file load_extension group_concat concat_ws make_set name_const json_keys st_latfromgeohash gtid_subset sysdatabases sysobjects syscolumns sysusers systables sqlite_master sqlite_temp_master all_tables all_users user_tables user_tab_columns dba_users msysaccessobjects msysobjects mysqluser db_name",
    /\w{6,25}\s{0,5}(?:\(|\.\w{1,30}(?:\(|\b))/y,
    BUT_JSON,
  ),
  rule(
    sqli,
    "pg_catalog information_schema pg_sleep msysaccessobjects sysdatabases sqlite_master msdb tempdb northwind mysql master schema_name sysobjects xp_dirtree",
    /(?<=^(?:select\s{1,3})?|from\s{0,5}["'\x60]?|exec\s{1,3})(?:pg_catalog|information_schema|pg_sleep|msysaccessobjects|sysdatabases|sqlite_master|msdb|tempdb|northwind|mysql\.(?:db|user)|master\.(?:\.|dbo)|schema_name|sysobjects)(?:$|["'\x60.]|\s{0,3}$|\s{1,3}(?:where|limit))/y,
    ARGUMENTS & ~PLACE.json,
  ),
  rule(
    sqli,
    "information_schema",
    /information_schema["'`]?\s{0,3}\.\s{0,3}["'`]?\w/y,
    BUT_JSON,
  ),
  rule(
    sqli,
    "current_user session_user system_user user database version schema current_database inet_server_addr connection_id last_insert_id row_count",
    /(?<=[,(=|+@'"]\s{0,3}|select\s{1,3}|^current_|^session_|^system_)\w{4,18}\s{0,3}\(\s{0,3}(?:\)|$)|(?<=^)(?:current_|session_|system_)user\s{0,3}\(/y,
    ARGUMENTS & ~PLACE.json & ~PLACE.agent & ~PLACE.referrer & ~PLACE.cookie,
  ),
  rule(
    sqli,
    "user database version schema",
    /(?<=^)\w{4,18}\s{0,3}\(\s{0,3}(?:\)|$)/y,
    PLACE.form,
  ),
  rule(
    sqli,
    "@",
    /@@(?:version|hostname|datadir|basedir|tmpdir|global|session|servername|language|spid|max_|plugin|secure|innodb|\w{2,12}_)/y,
  ),
  rule(
    sqli,
    `unhex group_concat json_extract ascii coalesce nullif ifnull aes_encrypt aes_decrypt from_base64
     to_base64 inet_aton master_pos_wait get_lock release_lock find_in_set export_set strcmp soundex
     from_unixtime unix_timestamp str_to_date timestampadd sec_to_time found_rows sysdate uncompress
     old_password sha2 generate_series randomblob zeroblob sqlite_version sqlite_source_id to_char
     to_number regexp_like regexp_substr string_agg array_agg xmlagg xmltype substring_index
     char_length character_length octet_length bit_length last_insert_id des_encrypt validate_password
     uuid_short is_free_lock session_user current_user lo_open pg_user pg_shadow pg_stat_file
     fn_virtualfilestats fn_trace_gettable has_dbaccess is_srvrolemember object_id col_name
     suser_sname original_login`,
    /\w{4,20}\s{0,3}\(\s{0,3}(?:[\d"'@)]|0x|select\b|\w{1,30}\s{0,2}[,()])/y,
    PLACE.query | PLACE.cookie | PLACE.form,
  ),
  rule(sqli, "'", /(?<=^)'\s?[-&^*+=|]{1,2}\s?'$/y, PLACE.query | PLACE.form),
  // Statements
  rule(
    sqli,
    "union",
    /union\s{0,5}(?:\/\*.{0,60}?\*\/\s{0,3}|#.{0,20}?\n\s{0,3}|--.{0,20}?\n\s{0,3})?(?:(?:all|distinct|distinctrow)\b\s{0,5}(?:\/\*.{0,60}?\*\/\s{0,3})?)?(?:[("'`]\s{0,5}){0,4}(?:\/\*!?\d{0,6}\s{0,3})?select(?:$|[^a-z])/y,
    PLACE.form,
  ),
  rule(
    sqli,
    "union",
    /union\s{0,5}(?:\/\*.{0,60}?\*\/\s{0,3}|#.{0,20}?\n\s{0,3}|--.{0,20}?\n\s{0,3})?(?:(?:all|distinct|distinctrow)\b\s{0,5}(?:\/\*.{0,60}?\*\/\s{0,3})?)?(?:[("'`]\s{0,5}){0,4}(?:\/\*!?\d{0,6}\s{0,3})?select(?:$|[^a-z])(?:(?<=[^a-z])\s{0,3}[^\s]|(?<=["'`)\d]\s{0,5}union.{0,40}))/y,
    TERSE,
  ),
  rule(
    sqli,
    "union",
    /(?<=["')]\s{0,3}|^\s{0,2}[-\d.]{1,10}\s{1,3})union\s{1,5}all\b/y,
    TERSE & ~PLACE.path,
  ),
  rule(
    sqli,
    "union",
    /(?<=\/\s{0,2}[-\d.]{1,10}\s{1,3})union\s{1,5}all\b(?!\s)/y,
    PLACE.path,
  ),
  rule(
    sqli,
    "union alter",
    /(?<=["'`]\s{0,3})(?:union|alter)(?:\/|\s{1,3}[a-z]$)/y,
    BUT_JSON,
  ),
  rule(
    sqli,
    "xunionselectfrom unionselect unionallselect selectfrom",
    /\w/y,
    BUT_JSON,
  ),
  rule(
    sqli,
    "select",
    /select\s{0,5}(?:\*\/\s{0,3}\d|\/\*.{0,60}?\*\/\s{0,3})?(?:(?:all|distinct|top\s{1,3}\d{1,5})\s{1,5})?(?:\(?\s{0,3}(?:char|chr|concat|concat_ws|group_concat|load_file|if|iif|case\s{1,3}when|count|sum|min|max|user|database|version|substr|substring|mid|ascii|hex|unhex|length|cast|convert|extractvalue|updatexml|benchmark|sleep|pg_sleep|char_length|ifnull|elt|floor|rand|left|right|reverse|string_agg|array_agg|xmltype|to_char|exp|polygon|row)\s{0,5}(?:\/\*.{0,60}?\*\/\s{0,3})?\(|pg_sleep|@@|0x[0-9a-f]{4,}|null\s{0,3}(?:,|--|#|from|$)|\(\s{0,3}select\b|[\w.'"`]{1,30}\s{0,3}\|\||\d{1,6}\s{0,3},\s{0,3}(?:\d|null|\w{1,20}\())/y,
    BUT_JSON,
  ),
  rule(
    sqli,
    "select",
    /select\s{0,5}(?:\/\*.{0,60}?\*\/\s{0,3})?(?:(?:all|distinct)\s{1,5})?(?:\*|@{0,2}[\w.`"[\]]{1,60}(?:\s{0,5}(?:\/\*.{0,60}?\*\/\s{0,3})?,\s{0,5}[\w.`"()*@[\]]{1,60}){1,30})\s{0,5}(?:\/\*.{0,60}?\*\/\s{0,3})?from(?:$|[\s`"([{\/])/y,
    PLACE.form,
  ),
  rule(
    sqli,
    "select",
    /select\s{0,5}(?:\/\*.{0,60}?\*\/\s{0,3})?(?:(?:all|distinct)\s{1,5})?(?:\*|@{0,2}[\w.`"[\]]{1,60}(?:\s{0,5}(?:\/\*.{0,60}?\*\/\s{0,3})?,\s{0,5}[\w.`"()*@[\]]{1,60}){1,30})\s{0,5}(?:\/\*.{0,60}?\*\/\s{0,3})?from\s{0,5}(?:\/\*.{0,60}?\*\/\s{0,3})?[`"([{]?\s{0,3}[\w@(]/y,
    TERSE,
  ),
  rule(
    sqli,
    "select",
    /select(?:\s|\/\*.{0,60}?\*\/){1,5}[\w.`"@[\]]{1,60}(?:\s|\/\*.{0,60}?\*\/){1,5}from(?:\s|\/\*.{0,60}?\*\/){1,5}[\w.`"@[\]]{1,60}(?:\s|\/\*.{0,60}?\*\/){0,5}(?:where\s{1,3}[\w.`"(]{1,40}\s{0,3}(?:[=<>!]|like|in\b|is\b)|limit\s{1,3}\d|order\s{1,3}by|group\s{1,3}by|having\s|;|--|#|\)|\/\*)/y,
    BUT_JSON,
  ),
  rule(
    sqli,
    "select",
    /select(?:\/\*.{0,60}?\*\/\s{0,3}){1,3}[\w.`"@]{1,60}|(?<=["')];?\s{0,3}|;\s{0,3})select\s{1,5}(?:[\w*@`"(.]{1,40}\s{0,3}(?:,|from\s{1,3}[\w(`]|$|[-#*@(])|$)/y,
    BUT_JSON,
  ),
  rule(sqli, "select", /(?<=^[;'"]\s{0,3})select$/y, ANYWHERE),
  rule(
    sqli,
    "from",
    /(?<=["'`\w)]\s{1,3}(?:as\s{0,3}["'`]?[\w]{0,40}["'`]?|as\s{1,3}not)\s{1,10}|^\s{0,3})from\s{0,5}(?:\(\s{0,3}select\b|\/\*\*\/|`[\w-]{1,40}`(?:\.`\w{1,40}`)?\s{1,3}(?:where|limit|order|group)|\w{1,40}(?:\.\w{1,40})?\s{1,3}(?:where\s{1,3}[\w.`(]{1,60}\s{0,3}(?:=|like\b|regexp\b|in\b)|limit\b|order\s{1,3}by))/y,
    BUT_JSON,
  ),
  rule(
    sqli,
    "as",
    /(?<=^[^\n]{0,80}[)`;!\d]\s{0,8})as\s{0,8}["'`]?[\w ]{0,40}["'`]?\s{1,8}from(?:$|\s)/y,
    BUT_JSON,
  ),
  rule(
    sqli,
    "drop truncate alter create",
    /(?<=^|[;"')\/]\s{0,5}|\/)\w{4,8}(?:\s|\/\*.{0,60}?\*\/){1,5}(?:or\s{1,3}replace\s{1,3}|temporary\s{1,3}|unique\s{1,3})?(?:table|database|schema|view|index|procedure|function|trigger|column|user|login|role|tablespace|extension|sequence|domain)\s{1,5}(?:if\s{1,3}(?:not\s{1,3})?exists\s{1,3})?[\w`"[.]{1,60}\s{0,3}(?:$|[;(\/-]|--|#|select|as\b|add|drop|modify)/y,
    BUT_JSON,
  ),
  rule(
    sqli,
    "drop dr",
    /(?<=^|[;"')]\s{0,5})(?:drop|dr(?:\/\*.{0,40}?\*\/)op)(?:(?:\/\*.{0,60}?\*\/\s{0,3}){1,3}\w|\s{1,3}\w{1,40}\s{0,3};)/y,
    BUT_JSON,
  ),
  rule(
    sqli,
    "insert",
    /insert(?:\s|\/\*.{0,60}?\*\/){1,5}(?:ignore\s{1,3})?into(?:\s|\/\*.{0,60}?\*\/){1,5}[\w`"[.\]]{1,60}\s{0,5}(?:\([^()]{1,200}\)\s{0,5})?(?:values|select|set)\b/y,
    BUT_JSON,
  ),
  rule(
    sqli,
    "delete",
    /delete(?:\s|\/\*.{0,60}?\*\/){1,5}from(?:\s|\/\*.{0,60}?\*\/){1,5}[\w`"[.\]]{1,60}\s{0,3}(?:;|--|#|where\s{1,3}[\w.`"(]{1,40}\s{0,3}(?:[=<>!]|like|in\b))/y,
    TERSE | PLACE.form,
  ),
  rule(
    sqli,
    "update",
    /update(?:\s|\/\*.{0,60}?\*\/){1,5}[\w`"[.\]]{1,60}(?:\s|\/\*.{0,60}?\*\/){1,5}set(?:\s|\/\*.{0,60}?\*\/){1,5}[\w`"[.\]]{1,60}\s{0,3}=/y,
    BUT_JSON,
  ),
  rule(
    sqli,
    "into",
    /into\s{1,5}(?:outfile|dumpfile)\b\s{0,5}["'@(0x\\]|(?<=select.{0,60})into\s{1,5}(?:outfile|dumpfile)/y,
  ),
  rule(sqli, "load", /load\s{1,5}data\s{1,5}(?:local\s{1,3})?infile/y),
  rule(sqli, "declare", /declare(?:\s|\/\*.{0,60}?\*\/){0,5}@\w/y, BUT_JSON),
  rule(
    sqli,
    "exec execute",
    /exec(?:ute)?\s{0,5}(?:\(\s{0,3}@|\s(?:master|msdb|sys)?\.{0,2}(?:dbo\.)?\.?(?:xp|sp)_|\s{1,3}immediate\b|\s{1,3}master\.|\(\s{0,3}["'])/y,
    BUT_JSON,
  ),
  rule(sqli, "procedure", /procedure\s{1,5}analyse\s{0,5}\(/y),
  rule(sqli, "set", /set\s{1,3}@\w{1,20}\s{0,3}:?=/y, BUT_JSON),
  rule(
    sqli,
    "div",
    /(?<=^|[\s(,])div\s{0,3}\(\s{0,3}[-\d.]{1,10}\s{0,3},\s{0,3}[-\d.]{1,10}\s{0,3}\)/y,
    TERSE,
  ),
  rule(sqli, "msdasql sqloledb", /\w{7,8}/y, ARGUMENTS & ~PLACE.json),
  rule(sqli, "overlay", /overlay\s{0,3}\([^)]{1,60}?\splacing\s/y),
  rule(
    sqli,
    "having",
    /having\s{1,5}(?:["'`]?\w{1,30}["'`]?\s{0,3}[=<>]|(?:count|sum|min|max|avg)\s{0,3}\(|["'][^"']{0,20}["']\s{0,3}[=<>])/y,
    BUT_JSON,
  ),
  rule(
    sqli,
    "order group",
    /(?<=["'`)\d]\s{1,5})\w{5}\s{1,5}by\s{1,5}(?:\d{1,4}|`?\w{1,30}`?)\s{0,3}(?:,\s{0,3}\d{1,4}\s{0,3}){0,20}(?:$|--|#|;|limit\b|asc\s{0,3}--)/y,
    TERSE | PLACE.form,
  ),
  rule(
    sqli,
    "case",
    /case\s{1,5}(?:when\s{1,5}[^\n]{1,80}?\s{1,5}then\s|\w{1,20}\s{1,3}when\s{1,3}\w{1,20}\s{1,3}then\s)/y,
    TERSE | PLACE.form,
  ),
  rule(sqli, "case", /(?<=select\s{0,3}\(?\s{0,3})case(?:$|\s)/y, BUT_JSON),
  rule(
    sqli,
    "if iif",
    /(?<=^|[\s(,+|'"=;])i{1,2}f\s{0,3}\(\s{0,3}(?:\d{1,9}\s{0,3}[=<>]|now\s{0,3}\(|\(\s{0,3}select|["'][^"']{0,20}["']\s{0,3}[=<>]|ascii|substr|length|user|database|\w{2,20}\([^()]{0,40}\)\s{0,2}[=<>])/y,
    BUT_JSON,
  ),
  rule(
    sqli,
    "like rlike regexp",
    /(?<=[)`]\s{0,3})\w{4,6}\s{0,3}(?:[(%]|binary\b|$)/y,
    TERSE | PLACE.form,
  ),
  rule(
    sqli,
    "concat char chr",
    /(?:concat\s{0,3}\(\s{0,3}(?:0x[0-9a-f]{2,}|char\(|\(\s{0,3}select|["'`]\w{0,20}["'`],\s{0,3}(?:0x|\(select|user|version|database|@@)|user|version|database|\w{1,30},\s{0,3}0x)|cha?r\s{0,3}\(\s{0,3}\d{1,3}\s{0,3}\)\s{0,3}(?:\|\||\+|,\s{0,2}cha?r|\.\s{0,2}chr)|char\s{0,3}\(\s{0,3}\d{1,3}(?:\s{0,2},\s{0,2}\d{1,3}){2,})/y,
    BUT_JSON,
  ),
  rule(
    sqli,
    "x b n",
    /(?<=[=(,\s]\s{0,3})[xb]'[0-9a-f]{16,}'?/y,
    BUT_JSON,
  ),
  // Comments that hide or cut off code
  rule(
    sqli,
    "/",
    /\/\*\s{0,2}\+?!\d{0,6}[a-z\s]|\/\*\+\s{0,2}\w|(?<=[a-z]\s{0,2})\/\*[^*]{0,40}\*\/(?=\s{0,2}[a-z(0-9])/y,
    BUT_JSON & ~PLACE.path,
  ),
  rule(sqli, "/", /\/\*!\d{0,6}[a-z\s]/y),
  rule(
    sqli,
    "or and",
    /(?<=^|[\d'")]\s{1,3})(?:or|and)\s{1,5}(?:\d{1,9}\s{0,3}(?:#|--\s|=\s{0,3}\d|<\s{0,3}\d|>\s{0,3}\d)|true\s{0,3}(?:$|--|#|;)|\/\*|\{if\b|not\s{1,3}(?:false|\d|null)|\d{1,9}\s{1,3}is\s{1,3}(?:not\s{1,3})?null|exists\s{0,3}\(|ascii\s{0,3}\(|substr|length\s{0,3}\(|char\s{0,3}\(|mid\s{0,3}\(|ord\s{0,3}\(|sleep|updatexml|extractvalue|row\s{0,3}\(|elt\s{0,3}\(|json|\(\s{0,3}select|\d{1,9}\s{1,3}(?:between|in)\b|1\s{0,3}$)/y,
    TERSE | PLACE.form,
  ),
  // A constant: `1 and 0`, `1||1`, which a sentence does not begin with
  rule(
    sqli,
    "or and xor | &",
    /(?<=^\({0,2}['"]?-?\d{1,9}['")]{0,3}\s{0,5})(?:\w{2,3}\s|\|\||&&)\s{0,5}(?:[01]|null|false|true)\s{0,3}(?:$|--|#|;)/y,
    PLACE.path | PLACE.query | PLACE.form,
  ),
  // Two kinds of quotes, one of which ends a string
  rule(sqli, "'", /(?<=^\w{0,8})'"\)?$/y, PLACE.query),
  // The end of a quoted value, `admin' or '1`, or a name compared with itself
  rule(
    sqli,
    "or and xor",
    /(?<=^[\w.@-]{0,40}['"]\){0,3}\s{1,3})\w{2,3}\s{1,3}\({0,3}['"]\w{0,20}$|(?<=^\w{0,40}['"])\w{2,3}['"]\d{1,3}$|(?<=^(?:[\d'")]{1,10}\s{1,3})?)\w{2,3}\s{1,3}([a-z]{1,10})\s{0,2}=\s{0,2}\1\s{0,2}(?:$|--|#|;)/y,
    TERSE | PLACE.form,
  ),
  rule(
    sqli,
    "current_user session_user current_setting current_database pg_read_file pg_ls_dir",
    /(?<=^[^a-z]{0,20}select\s{1,5})\w{8,20}/y,
    TERSE | PLACE.form,
  ),
  // Other query languages: MongoDB, LDAP
  rule(
    sqli,
    "ne eq gt gte lt lte in nin all and or nor not size exists type mod regex where text elemmatch slice comment jsonschema expr near within geowithin",
    /(?<=^(?!filters?\b|where\b|query\b|selector\b|sort\b|populate\b)[^\s]{0,80}[\[{]\s{0,3}["']?\$)\w{2,12}["']?\s{0,2}[\]:]/y,
    PLACE.query | PLACE.form | PLACE.cookie | PLACE.field,
  ),
  rule(
    sqli,
    "where function accumulator",
    /(?<=["']?\$)(?:where|function|accumulator)(?:["']?\s{0,3}:|$)/y,
  ),
  // A complete filter is configuration
  rule(
    sqli,
    ") (",
    /\)\s{0,2}\(\s{0,2}[|&!]|\*\)\s{0,2}\(|\)\s{0,2}!?\s{0,2}\(\s{0,2}(?:cn|uid|objectclass|mail|samaccountname|userpassword|sn|ou|dc|member\w{0,3}|givenname|homedirectory)\s{0,2}[~<>]?=/y,
    TERSE,
  ),
  rule(
    sqli,
    ")",
    /(?<=^[^(]{0,60})\)\s{0,2}!?\s{0,2}\(\s{0,2}(?:[|&!]|[a-z]{2,20}\s{0,2}[~<>]?=)/y,
    TERSE | PLACE.form,
  ),
  rule(
    sqli,
    "(",
    /(?<=^)\(\s{0,2}(?:[|&!]\s{0,2}\(\s{0,2}[\w.-]{1,30}|objectsid|objectclass|useraccountcontrol)\s{0,2}(?:[~<>]?=|:)/y,
    PLACE.query,
  ),
];

/** Outside of quotes: constants compared with themselves, statements, operators on JSON. */
const PLAIN = [
  /^[nbsv)]{0,4}&[!(]{0,4}(?:n\)?o\(?[n]|s\)?o\(?[s]|[ns]\)?J)/,
  /^a?[nbsv)]{0,4}&[!(]{0,4}n(?:an){1,6}\)?on/,
  /^[nbsv)]{0,4}&[!(]*[of]\([^;&F]{0,24}\)+o[ns]/,
  /^&[!(]*(?:s[jbT]*[oJ]|f\([^;&]{0,24}\)[oJ])/,
  /^[nsb)]{1,3}&[!(]*[ns]o[ns]/,
  /u[k(]*e./,
  /ek?(?:b|f\([^F]{0,24}\)|[*vns])(?:[,a.][bfvns*]\(?\)?){0,16}F[b(sv](?:\.b|Ab|,b){0,6}(?:[;cCWLHuI]|\)$)/,
  /e[kbnT]{0,2}[*v][,bnvf().]{0,20}F[bv(]/,
  /e[(]*f\([^F]{0,40}F[b(]/,
  /[;)]d(?:tb|Ib|Fb|v|b[;c(])/,
  /^[bftAvn)s][^;]{0,20}jT/,
  /^s(?:j[bT])?J[sn(b]/,
  /^[nbs]o[nbs]&c/,
  /^s[oJ]s(?:o[ns])?$/,
  /^[bns)]{0,2}[)]+(?:a?[;]?c|&)/,
  /^s(?:jT?)(?:J|a|&)/,
  /^bo?s(?:j[bT])[aJ&o]/,
];

/** Inside of quotes that the text closes. */
const QUOTED = [
  /^s\)*&[!(]*n(?:an){1,6}\)?on/,
  /^s\)*a?&a?[!(]*(?:[snvb]\)*[oJ]|f\(|[nv]\)*(?:c|;|$)|s\)*(?:c|;)|[bo]\(|e|[(]*e|[snb]\)*c|[sn]&|s[sa]s?)/,
  /^s\)*;?c/,
  /^s\)*,?[;,]*\)*;d(?:tb|Ib|F|v|b)/,
  /^s\)*;(?:e|d(?:[tIFbv(cC]|$))/,
  /^s\)*uk?\(*e/,
  /^s\)*[oa&][(]*(?:f\(|e)/,
  /^so(?:[snv(](?:[c&)]|$)|so)/,
  /^s\)*(?:H|L|o\(?e)[Yn(e]/,
  /^s\)*d[tvIF]/,
  /^sI[sb]/,
  /^s\)*oF/,
  /^s\)*\*F[on]/,
];

/** Whether a folded text is SQL, from its start or as the end of a quoted string. */
export function isSql(text: string, place: number): boolean {
  const plain = fingerprint(text);
  if ((place & BODY) === 0 || text.length < 256) {
    if (PLAIN.some((pattern) => pattern.test(plain))) return true;
  }
  return quoted(text, "'") || quoted(text, '"');
}

/** Only the first quote can end a string that the app began. */
function quoted(text: string, quote: string): boolean {
  const at = text.indexOf(quote);
  if (at < 0) return false;
  const print = fingerprint(text, at, quote);
  return QUOTED.some((pattern) => pattern.test(print));
}
