/** The ids of the dialogs for the console's scripts. */
export const SHORTCUTS_ID = "shortcuts";
export const SINGLE_KEYS_ID = "single-keys";
export const BLOCK_ID = "ask-block";
