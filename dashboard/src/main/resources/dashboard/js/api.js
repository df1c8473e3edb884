/**
 * The control plane's HTTP API as this page uses it: reads only.
 *
 * Reads are open on loopback; elsewhere the control plane asks for its token. The token stays in this tab's session
 * storage, so closing the tab forgets it.
 */

const TOKEN = "riser.token";
const TIMEOUT_MILLISECONDS = 8000;

/** A call that gave no answer, or an answer that says no. `status` is 0 where nothing answered. */
export class ApiFailure extends Error {
  constructor(status, message) {
    super(message);
    this.name = "ApiFailure";
    this.status = status;
  }

  /** Nothing useful is there to answer: not reachable, or a gateway in between says so. */
  get gone() {
    return this.status === 0 || this.status >= 500;
  }

  get unauthorized() {
    return this.status === 401 || this.status === 403;
  }
}

export function token() {
  return sessionStorage.getItem(TOKEN) ?? "";
}

export function keepToken(value) {
  sessionStorage.setItem(TOKEN, value.trim());
}

/** Address of a call relative to the page, with the parameters that have a value. */
export function address(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const query = new URLSearchParams(given).toString();
  return `api/v1/${path}${query === "" ? "" : `?${query}`}`;
}

/** Reads JSON; throws {@link ApiFailure}. */
export async function read(url) {
  const headers = { Accept: "application/json" };
  if (token() !== "") {
    headers.Authorization = `Bearer ${token()}`;
  }
  let response;
  try {
    response = await fetch(new URL(url, document.baseURI), { headers, signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS) });
  } catch (reason) {
    const silent = reason.name === "TimeoutError";
    throw new ApiFailure(0, silent ? `no answer within ${TIMEOUT_MILLISECONDS / 1000} s` : "no connection");
  }
  if (!response.ok) {
    throw new ApiFailure(response.status, await refusal(response));
  }
  try {
    return await response.json();
  } catch {
    throw new ApiFailure(502, `${url} did not answer with JSON`);
  }
}

async function refusal(response) {
  try {
    const body = await response.json();
    if (typeof body.error === "string") {
      return body.error;
    }
  } catch {
    // A proxy in between answers with HTML; its status line says as much.
  }
  return `${response.status} ${response.statusText}`.trim();
}
