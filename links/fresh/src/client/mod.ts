/** What a page's start script imports. */
export function boot(): void {}
