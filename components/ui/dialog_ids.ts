/** By which the console's scripts know its dialogs. */
export const SHORTCUTS_ID = "shortcuts";
export const SINGLE_KEYS_ID = "single-keys";
export const BLOCK_ID = "ask-block";
