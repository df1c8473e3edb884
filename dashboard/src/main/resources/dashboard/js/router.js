/** Where the page is: `#/services/prod/product?q=…`. Segments and query of the fragment, nothing else. */

export function place() {
  const fragment = location.hash.replace(/^#\/?/, "");
  const [path, query = ""] = fragment.split("?", 2);
  const segments = path.split("/").filter((segment) => segment !== "").map(decoded);
  return { page: segments[0] ?? "services", segments: segments.slice(1), query: new URLSearchParams(query) };
}

// A fragment that somebody cut by hand may not decode; then it is taken as it stands.
function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

export function link(page, ...segments) {
  return `#/${[page, ...segments].map(encodeURIComponent).join("/")}`;
}

/** Puts a filter into the address, so that it can be shared and survives going back, without a step in the history. */
export function keepInAddress(name, value) {
  const fragment = location.hash === "" ? "#/services" : location.hash;
  const [path, query = ""] = fragment.split("?", 2);
  const parameters = new URLSearchParams(query);
  if (value === "") {
    parameters.delete(name);
  } else {
    parameters.set(name, value);
  }
  const text = parameters.toString();
  history.replaceState(null, "", text === "" ? path : `${path}?${text}`);
}
