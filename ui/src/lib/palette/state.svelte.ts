/** Whether the palette is open; the button and the keys share it. */
export const palette = $state({ open: false });

/** “⌘K” or “Ctrl K” */
export const paletteKeys = (): string => (/Mac|iPhone|iPad/.test(navigator.platform) ? '⌘K' : 'Ctrl K');
