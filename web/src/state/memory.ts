// What the address asks for, and what this browser remembers of its user's choices.

export const query = (key: string): string | null => new URLSearchParams(location.search).get(key);

/** Storage may be forbidden; then nothing is remembered and all works the same. */
export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(`citygate.${key}`);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(`citygate.${key}`, value);
  } catch {
    // see above
  }
}
