/**
 * A text as SQL reads it, one letter for each token: `1' or 1=1--` begun inside quotes is `s&nonc`.
 *
 * | letter | token |
 * |---|---|
 * | `s` `n` `v` | a string; a number, null, true; a variable such as `@@version` |
 * | `b` `f` | a name; a name before a bracket |
 * | `&` `!` | and, or, xor, `\|\|`, `&&`; not |
 * | `o` `a` | comparison, also `like` and `in`; arithmetic |
 * | `J` `j` | an operator on JSON such as `->>`; `::` |
 * | `u` `k` `e` | union; all, distinct; select |
 * | `d` `t` `I` | drop, insert and others that change; table, schema; into |
 * | `F` `W` `H` `Y` `L` `A` `q` `T` | from; where; having, group, order; by; limit; as; case; a type |
 * | `c` `C` | a comment at the end; one with much text in it |
 * | `(` `)` `,` `;` `.` | themselves |
 * | `x` | anything else |
 */
const KEYWORDS = new Map<string, string>();
const put = (letter: string, words: string) => {
  for (const word of words.split(" ")) KEYWORDS.set(word, letter);
};
put("&", "and or xor");
put("!", "not");
put("u", "union except intersect");
put("k", "all distinct distinctrow");
put("e", "select");
put(
  "d",
  "insert delete update drop create alter truncate declare exec execute shutdown merge replace grant revoke waitfor handler attach",
);
put("t", "table database schema view index procedure function trigger column");
put("I", "into outfile dumpfile");
put("F", "from");
put("W", "where");
put("H", "having group order");
put("Y", "by");
put("L", "limit offset");
put("A", "as");
put("q", "case when then else");
put("o", "like rlike regexp ilike glob similar between in is sounds div mod");
put("n", "null true false");
put(
  "T",
  "int integer bool boolean text json jsonb bigint smallint float numeric decimal varchar char nvarchar date timestamp double bytea xml regclass oid",
);

/** The limits of a text: its first tokens are enough. */
const MOST_TOKENS = 96;
const MOST_CHARACTERS = 1_024;
/** A comment that only cuts off the rest of a statement is short. */
const SHORT = 12;

/** Reads a text from `start`, outside of quotes or, with `quote`, inside of them. */
export function fingerprint(text: string, start = 0, quote = ""): string {
  let print = "";
  let at = start;
  if (quote !== "") {
    at = text.indexOf(quote, start) + 1;
    if (at === 0) return "";
    print = "s";
  }
  const length = Math.min(text.length, start + MOST_CHARACTERS);
  while (at < length && print.length < MOST_TOKENS) {
    const code = text.charCodeAt(at);
    if (isLetter(code)) {
      const from = at;
      do at++; while (at < length && isName(text.charCodeAt(at)));
      const word = text.slice(from, at);
      const letter = KEYWORDS.get(word);
      if (letter !== undefined) print += letter;
      else {
        let next = at;
        while (next < length && text.charCodeAt(next) === 0x20) next++;
        print += text.charCodeAt(next) === 0x28 ? "f" : "b";
      }
      continue;
    }
    if (isDigit(code)) {
      do at++; while (at < length && isNumber(text.charCodeAt(at)));
      print += "n";
      continue;
    }
    const next = at + 1 < length ? text.charCodeAt(at + 1) : 0;
    switch (code) {
      case 0x20:
      case 0x0a:
      case 0x0d:
      case 0x00:
      case 0x09:
      case 0x0b:
      case 0x0c:
        at++;
        continue;
      case 0x27: // '
      case 0x22: // "
        at = endOfString(text, at, code, length);
        print += "s";
        continue;
      case 0x60: { // `
        const end = text.indexOf("`", at + 1);
        at = end < 0 ? length : end + 1;
        print += "b";
        continue;
      }
      case 0x2d: // -
        if (next === 0x2d) return print + comment(text, at + 2);
        if (next === 0x3e) {
          at += text.charCodeAt(at + 2) === 0x3e ? 3 : 2;
          print += "J";
          continue;
        }
        print += "a";
        break;
      case 0x23: // #
        if (next === 0x3e || next === 0x2d) {
          at += text.charCodeAt(at + 2) === 0x3e ? 3 : 2;
          print += "J";
          continue;
        }
        // A `#` before a name is no comment: `$('#id')`
        if (isLetter(next)) {
          print += "x";
          break;
        }
        {
          const line = text.indexOf("\n", at);
          if (line < 0) return print + comment(text, at + 1);
          at = line;
          continue;
        }
      case 0x2f: // /
        if (next === 0x2a) {
          if (text.charCodeAt(at + 2) === 0x21) {
            at += 3;
            while (at < length && isDigit(text.charCodeAt(at))) at++;
            continue;
          }
          const end = text.indexOf("*/", at + 2);
          if (end < 0) return print + comment(text, at + 2);
          at = end + 2;
          continue;
        }
        print += "a";
        break;
      case 0x2a: // *
        if (next === 0x2f) {
          at += 2;
          continue;
        }
        print += "*";
        break;
      case 0x40: // @
        if (next === 0x3e || next === 0x3f || next === 0x20) {
          at += 2;
          print += "J";
          continue;
        }
        if (next === 0x40 && text.charCodeAt(at + 2) === 0x20) {
          at += 2;
          print += "J";
          continue;
        }
        at++;
        while (
          at < length &&
          (isName(text.charCodeAt(at)) || text.charCodeAt(at) === 0x40 ||
            text.charCodeAt(at) === 0x60)
        ) at++;
        print += "v";
        continue;
      case 0x7c: // |
      case 0x26: // &
        if (next === code) {
          at += 2;
          print += "&";
          continue;
        }
        print += "a";
        break;
      case 0x3c: // <
        if (next === 0x40) {
          at += 2;
          print += "J";
          continue;
        }
        at++;
        if (next === 0x3e || next === 0x3d || next === 0x3c) at++;
        if (text.charCodeAt(at) === 0x3e) at++;
        print += "o";
        continue;
      case 0x3d: // =
      case 0x3e: // >
      case 0x7e: // ~
        at++;
        if (next === 0x3d || next === 0x3e) at++;
        print += "o";
        continue;
      case 0x21: // !
        if (next === 0x3d || next === 0x3e || next === 0x7e) {
          at += 2;
          print += "o";
          continue;
        }
        print += "!";
        break;
      case 0x3a: // :
        if (next === 0x3a) {
          at += 2;
          print += "j";
          continue;
        }
        if (next === 0x3d) {
          at += 2;
          print += "o";
          continue;
        }
        print += "x";
        break;
      case 0x3f: // ?
        // An operator on JSON, if an operand follows; else the end of a question
        print += /^\?[|&]?\s{0,3}(?:['"]|array)/.test(text.slice(at, at + 8))
          ? "J"
          : "x";
        break;
      case 0x2b: // +
      case 0x25: // %
      case 0x5e: // ^
        print += "a";
        break;
      case 0x28:
      case 0x29:
      case 0x2c:
      case 0x3b:
      case 0x2e:
        print += text[at]!;
        break;
      case 0x7b: // { as ODBC's escapes have it
      case 0x7d:
        break;
      default:
        print += "x";
    }
    at++;
  }
  return print;
}

function comment(text: string, at: number): string {
  return REST.test(text.slice(at, at + SHORT)) ? "c" : "C";
}

/** What may follow the comment with which an attack cuts off the rest of a statement. */
const REST = /^[\s\0+;*/()'"-]{0,8}(?:[a-z0-9]{0,4}\s{0,3})?$/;

/** The position after the quote that ends a string; doubled and escaped ones do not. */
function endOfString(
  text: string,
  at: number,
  quote: number,
  length: number,
): number {
  for (at++; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === quote) {
      if (text.charCodeAt(at + 1) !== quote) return at + 1;
      at++;
    }
  }
  return length;
}

function isLetter(code: number): boolean {
  return code >= 0x61 && code <= 0x7a || code === 0x5f || code >= 0x80;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isName(code: number): boolean {
  return isLetter(code) || isDigit(code) || code === 0x24;
}

/** Includes hexadecimal and decimal points; `0x1f`, `1.5e3`, but `1or` is a number and a word. */
function isNumber(code: number): boolean {
  return isDigit(code) || code === 0x2e || code === 0x78;
}
