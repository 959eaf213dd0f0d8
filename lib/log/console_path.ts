/** The paths of the console's pages and of the calls that they and their scripts make. */
const CONSOLE =
  /^(?:\/admin|\/api\/(?:requests|stats|incidents|suspicious|blocked|policy|limits|feeds|detect|addresses|console))(?:\/|$)/;

/** Whether a path belongs to the console. */
export function isConsolePath(path: string): boolean {
  return CONSOLE.test(path);
}
