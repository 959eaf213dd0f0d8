import { type Rule, rule } from "./grammar.ts";
import { ANYWHERE, BODY, PLACE, TERSE } from "./place.ts";
import { BIT } from "./signal.ts";

const { xss } = BIT;
const ARGUMENTS = ANYWHERE & ~PLACE.path & ~PLACE.json;
const BUT_JSON = ANYWHERE & ~PLACE.json;

/** Markup that a browser would run if a page contained it. */
export const MARKUP: readonly Rule[] = [
  // A text from an editor contains markup; a script in it must do something to count
  rule(xss, "<", /<\s{0,3}\/?(?:[a-z]{1,10}:)?script(?:[\s\/>"'+]|$)/y, TERSE),
  rule(
    xss,
    "<",
    /<\s{0,3}(?:[a-z]{1,10}:)?script(?:[\s\/+][^>]{0,200}(?:src|href|data)\s{0,3}=|[^>]{0,100}>[^<]{0,80}?\b(?:alert|confirm|prompt|eval|document|window|location|fetch|settimeout|setinterval|atob|new\s|var\s|let\s|const\s|function|import|self|top|parent|console|\$|jquery|xmlhttp)\b)/y,
    BODY,
  ),
  rule(
    xss,
    "<",
    /<\s{0,3}(?:[a-z]{1,10}:)?(?:[a-z][\w-]{0,20})(?:[\s\/"'+][^<>]{0,120}?[\s\/"'+])?[\s\/"'+]{0,3}on[a-z]{3,30}\s{0,3}=/y,
  ),
  rule(
    xss,
    "<",
    /<\s{0,3}(?:iframe|object|embed|applet|base|meta|link|frame|frameset|form|isindex|svg|math|xml|bgsound|layer|ilayer|style|body|html|portal|animate|set|marquee|keygen|template|details|dialog|video|audio|source|textarea|noscript|xmp|plaintext)(?:[\s\/][^>]{0,20}?[a-z-]{2,20}\s{0,3}=|[\s\/]{1,3}on|\s{0,2}>|\/)/y,
    TERSE,
  ),
  rule(
    xss,
    "<",
    /<(?:img|image|input|video|audio)[\s\/]{1,3}(?:src|href|type|onerror)\s{0,3}=/y,
    TERSE,
  ),
  rule(
    xss,
    "<",
    /<\s{0,3}(?:applet|base|meta\s{1,3}(?:http-equiv|charset)|object\s{1,3}(?:data|type|classid|codebase)|embed\s{1,3}(?:src|code|type)|iframe[^>]{0,60}?\s(?:srcdoc|src\s{0,3}=\s{0,3}["']?\s{0,3}(?:javascript|data|vbscript):)|isindex|bgsound|xml\s{1,3}(?:src|id|ns)|\?import|\?xml-stylesheet)/y,
    BUT_JSON,
  ),
  rule(
    xss,
    "<",
    /<\s{0,3}a[\s\/][^>]{0,60}?href\s{0,3}=\s{0,3}["']?\s{0,6}(?:javascript|vbscript|data):/y,
  ),
  rule(xss, "<", /<!\[cdata\[[<\]]|<!--\[if|<\?xml-stylesheet/y, TERSE),
  // A tag without its end: a test whether it is reflected
  rule(
    xss,
    "<",
    /<\/?(?:a|b|br|body|div|embed|form|frame|h1|hr|html|i|iframe|img|input|link|meta|object|p|script|span|style|svg|table|td|textarea|title|tr|u|video)$/y,
    PLACE.query,
  ),
  rule(xss, "alert prompt confirm", /\w{5,7}\($/y, PLACE.query),
  // A scanner's test of what a page lets through
  rule(xss, "<", /<['"]{2}>/y, PLACE.query | PLACE.form),
  rule(xss, "\" '", /(?<=^["']?)["']{1,2}>{1,2}<?$/y, PLACE.query),
  rule(
    xss,
    "<",
    /<\/(?:textarea|title|style|script|noscript|xmp|iframe|select|template)\s{0,2}>/y,
    TERSE,
  ),
  rule(
    xss,
    "<",
    /<\s{0,2}(?:a|vmlframe|table|td|div|button|form|image)[\s\/][^<>]{0,60}?(?:href|xlink:href|src|background|formaction|action)\s{0,3}=/y,
    TERSE,
  ),
  rule(
    xss,
    "location innerhtml outerhtml",
    /(?<=^|[\s;"'`.(])(?:location(?:\.(?:href|hash|assign|replace))?|(?:inner|outer)html)\s{0,3}(?:=\s{0,3}["'`\w]|\(\s{0,3}["'`])/y,
    PLACE.query | PLACE.cookie | PLACE.agent,
  ),
  rule(
    xss,
    "fromcharcode",
    /(?<=string\s{0,2}\.\s{0,2})fromcharcode\s{0,3}[(.]/y,
    BUT_JSON,
  ),
  // The end of an attribute and a handler
  rule(
    xss,
    "=",
    /(?<=(?:^\s{1,8}|[\s"'`;\/,(]\s{0,8})on(?:abort|activate|afterprint|after\w{3,12}|animation\w{3,9}|auxclick|before\w{3,16}|begin|blur|bounce|cancel|canplay\w{0,7}|change|click|close|contextmenu|copy|cuechange|cut|dblclick|drag\w{0,5}|drop|durationchange|emptied|end|ended|error|filterchange|finish|focus|focusin|focusout|formdata|fullscreenchange|hashchange|help|input|invalid|keydown|keypress|keyup|load|loaded\w{4,8}|loadend|loadstart|message|mouse\w{2,5}|move\w{0,5}|offline|online|pagehide|pageshow|page|paste|pause|play|playing|pointer\w{2,10}|popstate|progress|propertychange|ratechange|readystatechange|repeat|reset|resize\w{0,5}|row\w{4,9}|scroll|scrollend|search|seeked|seeking|select|selectstart|selectionchange|show|stalled|start|stop|storage|submit|suspend|timeupdate|toggle|touch\w{3,6}|transition\w{3,6}|unhandledrejection|unload|volumechange|waiting|webkit\w{5,35}|wheel|zoom)\s{0,8})=(?!=)/y,
    ANYWHERE & ~PLACE.form,
  ),
  rule(
    xss,
    "=",
    /(?<=(?:^\s{1,8}|["'`]\s{1,8})on[a-z]{3,40}\s{0,8})=(?!=)/y,
    ANYWHERE & ~PLACE.path,
  ),
  rule(
    xss,
    "=",
    /(?<=["'`]\s{0,4}on[a-z]{4,30}\s{0,4})=\s{0,3}["'`]?\s{0,3}[\w$[(]/y,
    BUT_JSON,
  ),
  // Schemes that run code
  rule(
    xss,
    "javascript vbscript livescript jscript",
    /(?<=^|[\s"'`=(,;:>\/\0])\w{7,10}\s{0,4}:\s{0,4}(?!void)[^\s]/y,
    ANYWHERE & ~PLACE.json,
  ),
  rule(
    xss,
    "javascript",
    /javascript\s{0,3}:[^"'\n]{0,60}(?:alert|eval|document|window|confirm|prompt|fetch|\\)/y,
  ),
  rule(
    xss,
    "javascript",
    /(?<=^\s{0,3})javascript\s{0,3}:(?!void\b)\w{1,10}\s{0,3}[=(]/y,
  ),
  rule(
    xss,
    "v",
    /v[\s\n]{0,3}b[\s\n]{0,3}s[\s\n]{0,3}c[\s\n]{0,3}r[\s\n]{0,3}i[\s\n]{0,3}p[\s\n]{0,3}t[\s\n]{0,3}:/y,
    ARGUMENTS,
  ),
  rule(
    xss,
    "j",
    /j[\s\n]{0,3}a[\s\n]{0,3}v[\s\n]{0,3}a[\s\n]{0,3}s[\s\n]{0,3}c[\s\n]{0,3}r[\s\n]{0,3}i[\s\n]{0,3}p[\s\n]{0,3}t[\s\n]{0,3}:/y,
    ARGUMENTS,
  ),
  rule(
    xss,
    "ja jav java javas javasc javascr javascri javascrip",
    /j[\s\n]{0,3}a[\s\n]{0,3}v[\s\n]{0,3}a[\s\n]{0,3}s[\s\n]{0,3}c[\s\n]{0,3}r[\s\n]{0,3}i[\s\n]{0,3}p[\s\n]{0,3}t[\s\n]{0,3}:/y,
    ARGUMENTS,
  ),
  rule(
    xss,
    "data",
    /(?<=^|[\s"'`=(,])data\s{0,3}:(?:\s{0,3}(?:text\/(?:html|javascript|xml|vbscript)|image\/svg|application\/(?:x-?)?(?:javascript|xhtml|xml))|[^,\n]{0,40},[^\n]{0,40}<)/y,
  ),
  // A page's objects, except in the paths of pages about them
  rule(
    xss,
    "document",
    /(?<![\w\/.-])document\s{0,2}(?:\.\s{0,2}(?:cookie|domain|write|writeln|location|body|documentelement|queryselector|getelement|createelement|forms|referrer|url|defaultview|execcommand|implementation|open)|\[\s{0,2}["'`])/y,
    ARGUMENTS,
  ),
  rule(
    xss,
    "window self top parent frames globalthis this",
    /(?<![\w\/.-])\w{3,10}\s{0,2}\[\s{0,2}(?:["'`\/]|\/\*)/y,
    ARGUMENTS,
  ),
  rule(
    xss,
    "window self top parent globalthis",
    /(?<![\w\/.-])\w{3,10}\s{0,2}\.\s{0,2}(?:location|name\b|open|eval|onerror|alert|document|fetch|postmessage|opener|atob|settimeout)(?:\W|$)/y,
    ARGUMENTS,
  ),
  rule(
    xss,
    "alert confirm prompt print",
    /(?<=^|[\s"'`;=>({,:\/.[!+\]&|?-])\w{5,7}\s{0,3}(?:\(\s{0,3}(?:\)|[\d"'`\/(.[]|document|window|this|self|origin|name|string|xss|top|location)|`|\.(?:call|apply|bind)\s{0,2}[(`])/y,
    BUT_JSON,
  ),
  // `(alert)(1)`, `a=alert,a(1)`
  rule(
    xss,
    "alert confirm prompt",
    /(?<=\()\w{5,7}\)\(|(?<=\w=)\w{5,7},\s{0,2}\w{1,10}\(/y,
    BUT_JSON,
  ),
  rule(
    xss,
    "settimeout setinterval atob btoa eval fetch setimmediate importscripts requestanimationframe getscript",
    /(?<=^|[\s"'`;=>({,:.[!+$-])\w{4,21}(?:\s{0,3}`|\(|\s{1,3}\((?!\s?[a-z]{1,20}\s?\))|\.(?:call|apply)\s{0,2}[(`])/y,
    ARGUMENTS & ~PLACE.form,
  ),
  rule(
    xss,
    "settimeout setinterval atob eval",
    /(?<=^|["'`;=>(]\s{0,3})\w{4,11}(?:\s{0,3}\(\s{0,3}["'`]|\(\w)/y,
    PLACE.form,
  ),
  rule(
    xss,
    "function",
    /(?<=new\s{1,4})function\s{0,3}[(`]|function\s{0,3}(?:\(\s{0,2}["'`]|`)/y,
    ARGUMENTS,
  ),
  rule(
    xss,
    "function",
    /(?<=["'+;(]\s{0,3}\(?)function\s{0,3}\w{0,12}\s{0,3}\([\w,\s]{0,40}\)\s{0,3}\{/y,
    BUT_JSON,
  ),
  rule(
    xss,
    "call apply bind",
    /(?<=\.\s{0,3}(?:\/\*\s{0,2}\*\/\s{0,3})?)\w{4,5}\s{0,3}(?:\/\*[^*]{0,20}\*\/\s{0,3})?`/y,
    ARGUMENTS,
  ),
  rule(
    xss,
    "sort map filter find foreach reduce every some call",
    /(?<=(?:\]|reflect|array)\s{0,3}\.\s{0,3}(?:\/\*[^*]{0,20}\*\/\s{0,3})?)\w{3,7}\s{0,3}\.?\s{0,3}\w{0,5}\s{0,3}[(`]/y,
    ARGUMENTS,
  ),
  rule(
    xss,
    "import",
    /(?<=^|[;"'=\s])import\s{0,3}(?:\(|\{[^}]{1,80}\}\s{0,3}from|["'`])/y,
    ARGUMENTS,
  ),
  rule(
    xss,
    "! + [",
    /\(!\[\]|!!\[\]|\[!\[\]|\+\[\]|\[\]\[(?:["'`(!+\[]|\w{1,10}\])|\{\}\+\[|\[\]\.(?:filter|map|find|sort|constructor|flat|fill)\b/y,
    ARGUMENTS,
  ),
  rule(
    xss,
    "in instanceof typeof",
    /(?<=["'`]\s{0,3})\w{2,10}\s{1,3}\w{2,20}(?:\.\w{1,20})?\s{0,2}=/y,
    PLACE.query | PLACE.cookie,
  ),
  // Styles, and scripts hidden in UTF-7
  rule(
    xss,
    "expression behavior behaviour binding",
    /(?<=[:;{\s"'-])(?:expression\s{0,3}\(|behaviou?r\s{0,3}:\s{0,3}url|binding\s{0,3}:\s{0,3}url)/y,
  ),
  rule(xss, "@", /@import\s{1,3}(?:url|["'])|@\\0069/y, TERSE),
  rule(xss, "adw", /(?<=\+|\s)adw-/y),
  rule(xss, "\xbc", /\xbc(?:script|\/|img|svg)/y),
  rule(
    xss,
    "v x ng",
    /(?<=[\s"'\[])(?:v-(?:bind|on|html)|x-(?:data|init|on)|ng-(?:app|init|click|bind|include))[:=\s"'\]]/y,
    BUT_JSON,
  ),
];
