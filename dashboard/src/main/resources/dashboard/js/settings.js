/** The window over which figures are taken: one for all pages, kept in this browser. */

const WINDOW = "riser.window";

export const WINDOWS = [["30s", "30 s"], ["60s", "1 min"], ["5m", "5 min"], ["15m", "15 min"], ["60m", "1 h"]];

const listeners = new Set();

export function chosenWindow() {
  const kept = localStorage.getItem(WINDOW);
  return WINDOWS.some(([value]) => value === kept) ? kept : "60s";
}

export function chooseWindow(value) {
  localStorage.setItem(WINDOW, value);
  listeners.forEach((listener) => listener());
}

export function onWindow(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
