import { LONGEST_SENT, memo } from "../base/memo.ts";
import { fold } from "./fold.ts";
import { payloadIn } from "./payload.ts";
import { PLACE } from "./place.ts";
import { isProbePath } from "./probe_paths.ts";
import { ofEncoding } from "./protocol.ts";
import { BIT } from "./signal.ts";

/** Characters of ordinary paths: a path of only these carries no payload. */
const ORDINARY = new Uint8Array(128);
for (
  const character of "abcdefghijklmnopqrstuvwxyz" +
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./~"
) ORDINARY[character.charCodeAt(0)] = 1;

/** Beginnings of paths that lead into a file system. */
const INTO_FILES =
  /^\/{1,3}(?:@fs|@vite|etc|proc|sys|var|usr|root|windows|winnt|home|web-inf|meta-inf|cgi-bin)\b/i;

/** A system file before a question mark, which cuts off what a server appends. */
const SWALLOWED = /\/(?:usr\/(?:share|lib|local)|etc|var|opt)\/[^?]{1,200}\?$/;

/** A line end within a path, or full-width characters in place of a slash or dot. */
const BROKEN = /%0[ad](?!(?:%0[ad]|%20)*$)|%uff[0-5]/i;

/**
 * The signals of a target's path, as sent. With `isKept`, for methods that store files, a name
 * alone is no signal.
 */
export function ofPath(path: string, isKept = false): number {
  if (!isKept) return shownByPage(path);
  const found = shownByPage(path) & ~BIT.probe;
  return (found & BIT.lfi) !== 0 && !path.includes("\\") &&
      !traverses(path, fold(path))
    ? found & ~BIT.lfi
    : found;
}

/** Cached, as a site has few pages. */
const shownByPage = memo(ofPagePath, 8_192, LONGEST_SENT);

function ofPagePath(path: string): number {
  let isOrdinary = true;
  let dots = false;
  for (let at = 0; at < path.length; at++) {
    const code = path.charCodeAt(at);
    if (code > 127 || ORDINARY[code] === 0) {
      isOrdinary = false;
      break;
    }
    if (code === 0x2e && path.charCodeAt(at + 1) === 0x2e) dots = true;
  }
  const probe = isProbePath(path) ? BIT.probe : 0;
  if (isOrdinary && !dots && !INTO_FILES.test(path)) return probe;
  const folded = fold(path);
  if (SWALLOWED.test(folded)) return probe | BIT.lfi;
  return probe | ofEncoding(path) |
    (BROKEN.test(path) ? BIT.protocol : 0) |
    (folded.includes("\0") || traverses(path, folded) ? BIT.lfi : 0) |
    payloadIn(folded, PLACE.path) | ofSegments(folded);
}

/**
 * The signals of single segments, which apps read as values, and of the text after their equals
 * signs.
 */
function ofSegments(path: string): number {
  let found = 0;
  // In a path a plus sign may stand for a space, or for itself
  for (const segment of path.replaceAll("+", " ").split("/", 64)) {
    if (segment.length < 4 || !ODD.test(segment)) continue;
    found |= payloadIn(segment, PLACE.path);
    const equals = segment.indexOf("='");
    if (equals > 0) found |= payloadIn(segment.slice(equals + 1), PLACE.path);
  }
  return found;
}

const ODD = /[^\w.~-]/;

/** Extensions of page parts: clients that resolve relative links badly request these. */
const PIECE =
  /\.(?:png|jpe?g|gif|webp|avif|svg|ico|css|m?js|map|woff2?|ttf|eot|html?|mp[34]|webm|json|xml|pdf)$/;

/** Whether a path leads above the site's root, or hides that it goes up. */
function traverses(path: string, folded: string): boolean {
  if (!folded.includes("..")) return false;
  let depth = 0;
  let leaves = false;
  let goesUp = false;
  for (const segment of folded.split(/[\\/]/)) {
    if (segment === ".." || segment.startsWith("..;")) {
      goesUp = true;
      if (--depth < 0) leaves = true;
    } else if (segment !== "" && segment !== ".") depth++;
  }
  if (!goesUp) return false;
  const isHidden = !path.includes("..") || /%2e|%2f|%5c|\\|\.\.;/i.test(path);
  return isHidden || leaves && !PIECE.test(folded);
}
