// What this tab keeps over a reload.

const known = new Map();

export function remembered(key) {
  if (known.has(key)) return known.get(key);
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key, value) {
  known.set(key, value);
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // Without storage, a reload begins anew.
  }
}
