/** The version after `from` for a step or a version; null if that is invalid. */
export function nextVersion(from: string, how: string): string | null {
  const [major = 0, minor = 0, patch = 0] = from.split(".").map(Number);
  switch (how) {
    case "major":
      return `${major + 1}.0.0`;
    case "minor":
      return `${major}.${minor + 1}.0`;
    case "patch":
      return `${major}.${minor}.${patch + 1}`;
  }
  if (!/^(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}$/.test(how)) return null;
  const later = how.split(".").map(Number);
  const at = [major, minor, patch].findIndex((part, i) => part !== later[i]);
  return at >= 0 && later[at]! > [major, minor, patch][at]! ? how : null;
}

const UNRELEASED = /^## Unreleased\n([\s\S]*?)(?=^## |$(?![\s\S]))/m;

/** The changelog with the unreleased entries under a version; null if there are none. */
export function releasedChangelog(
  text: string,
  version: string,
  date: string,
): string | null {
  const [found, said = ""] = UNRELEASED.exec(text) ?? [];
  if (found === undefined || said.trim() === "") return null;
  return text.replace(
    found,
    () => `## Unreleased\n\n## ${version}, ${date}\n${said}`,
  );
}
