/**
 * Names that look like another: scripts that a name may be written in, letters that pass for Latin
 * ones, and code points that nobody sees (UTS 39, UAX 31).
 *
 * @module
 */

/** Scripts in everyday use, UAX 31 table 5; others, Cherokee among them, hold look-alikes only. */
const SCRIPTS = [
  "Arabic",
  "Armenian",
  "Bengali",
  "Cyrillic",
  "Devanagari",
  "Ethiopic",
  "Georgian",
  "Greek",
  "Gujarati",
  "Gurmukhi",
  "Hebrew",
  "Kannada",
  "Khmer",
  "Lao",
  "Latin",
  "Malayalam",
  "Myanmar",
  "Oriya",
  "Sinhala",
  "Tamil",
  "Telugu",
  "Thaana",
  "Thai",
  "Tibetan",
];

/** Writing systems of more than one script: Japanese, Chinese and Korean. */
const MIXED = [
  ["Han", "Hiragana", "Katakana"],
  ["Han", "Bopomofo"],
  ["Han", "Hangul"],
];

/** A script's letters, and the marks that are written with them; Latin has those that all have. */
function lettersOf(script: string): string {
  const letters = `\\p{Script=${script}}`;
  if (script === "Latin") return letters;
  const marks = `[\\p{Script_Extensions=${script}}&&\\p{Mn}]`;
  return letters + marks + (script === "Katakana" ? "\u30fc" : "");
}

/** One of them, with what all share: digits, punctuation and accents; no mark of another script. */
const ONE_SCRIPT = [...SCRIPTS.map((one) => [one]), ...MIXED].map((scripts) => {
  const letters = scripts.map(lettersOf).join("");
  return new RegExp(`^[${letters}0-9._@+\\u0300-\\u036f\\-]*$`, "v");
});

/** Invisible characters, or ones that change their neighbours. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]/u;

/**
 * Latin letters of phonetic alphabets, medieval texts and clicks, such as the small capitals
 * `ᴀᴅᴍɪɴ`; those that languages of today are written with stay.
 */
const RARE_LATIN =
  /(?![ɓɔɖɗəɛɣɲʋ])[\u0250-\u02ff\u01c0-\u01c3\u1d00-\u1dbf\u2c60-\u2c7f\ua720-\ua7ff\uab30-\uab6f\u{10780}-\u{107bf}\u{1df00}-\u{1dfff}]/u;

/** A mark twice, or more than four on one letter: nobody's name, and not to be told apart. */
const PILED_MARKS = /(\p{Mn})\1|\p{Mn}{5}/u;

/** Whether a text holds a code point that leaves no trace on a screen. */
export function hasInvisible(text: string): boolean {
  return INVISIBLE.test(text);
}

/** Whether a folded name is written in one script of everyday use, without rare letters. */
export function isOneScript(name: string): boolean {
  return ONE_SCRIPT.some((script) => script.test(name)) &&
    !RARE_LATIN.test(name) && !PILED_MARKS.test(name.normalize("NFD"));
}

/** The Latin letters that other letters and digits resemble. */
const LOOKS: ReadonlyMap<string, string> = new Map(
  [
    ["a", "аα"],
    ["b", "ьвβ"],
    ["c", "сϲ"],
    ["d", "ԁ"],
    ["e", "еє"],
    ["f", "ғ"],
    ["g", "ց"],
    ["h", "һнհ"],
    ["i", "іιӏı"],
    ["j", "јյ"],
    ["k", "кκ"],
    ["l", "1ӏ"],
    ["m", "м"],
    ["n", "пոηռ"],
    ["o", "0оοօσ"],
    ["p", "рρ"],
    ["q", "ԛզ"],
    ["r", "гր"],
    ["s", "ѕ"],
    ["t", "тτ"],
    ["u", "υսцμ"],
    ["v", "νѵ"],
    ["w", "ѡԝωш"],
    ["x", "хχ"],
    ["y", "уγү"],
    ["z", "з"],
  ].flatMap(([latin, others]) => [...others!].map((each) => [each, latin!])),
);

/**
 * The appearance of a folded name: names with the same one are confusable. Marks fall away, letters
 * become the Latin ones that they resemble, `1` and `l` are one, `0` and `o`, `rn` and `m`, and so
 * are the signs between letters.
 */
export function lookOf(name: string): string {
  return Array.from(
    name.normalize("NFD").replace(/\p{M}/gu, ""),
    (letter) => LOOKS.get(letter) ?? letter,
  ).join("").replaceAll("rn", "m").replaceAll("vv", "w")
    .replace(/[._@+-]+/g, ".").replaceAll("i", "l");
}
